// The words of a definition, for those that write statements.
#pragma once
#include "core/object.hpp"

namespace proapp::core {

// An expression's SQL, or a plain text.
inline std::string_view sql(const Object &object, std::string_view attribute) {
  const Value *value = object.find(attribute);
  if (value == nullptr) return {};
  const Value *text = value->find("sql");
  return text == nullptr ? value->text() : text->text();
}

inline std::string_view text(const Object &object, std::string_view attribute) {
  const Value *value = object.find(attribute);
  return value == nullptr ? std::string_view{} : value->text();
}

inline bool flag(const Object &object, std::string_view attribute) {
  const Value *value = object.find(attribute);
  return value != nullptr && value->boolean();
}

inline void join(const Object &object, std::string_view attribute, Bytes &out) {
  const Value *value = object.find(attribute);
  if (value == nullptr) return;
  bool first = true;
  for (const Value &item : value->items()) {
    if (!first) out.raw(", ");
    first = false;
    out.raw(item.text());
  }
}

}  // namespace proapp::core
