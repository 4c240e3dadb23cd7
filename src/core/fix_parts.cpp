#include "core/fix_parts.hpp"

namespace proapp::core {

std::string_view sql(const Object &object, std::string_view attribute) {
  const Value *value = object.find(attribute);
  if (value == nullptr) return {};
  const Value *text = value->find("sql");
  return text == nullptr ? value->text() : text->text();
}

std::string_view text(const Object &object, std::string_view attribute) {
  const Value *value = object.find(attribute);
  return value == nullptr ? std::string_view{} : value->text();
}

bool flag(const Object &object, std::string_view attribute) {
  const Value *value = object.find(attribute);
  return value != nullptr && value->boolean();
}

void join(const Object &object, std::string_view attribute, Bytes &out) {
  const Value *value = object.find(attribute);
  if (value == nullptr) return;
  bool first = true;
  for (const Value &item : value->items()) {
    if (!first) out.raw(", ");
    first = false;
    out.raw(item.text());
  }
}

std::string_view own_name(const Object &object) {
  std::string_view name = object.identity;
  if (name.starts_with(object.kind) && name.substr(object.kind.size()).starts_with(' ')) name.remove_prefix(object.kind.size() + 1);
  const std::size_t end = name.size() - object.parent.size();
  if (!object.parent.empty() && name.ends_with(object.parent) && end >= 4 && name.substr(end - 4, 4) == " on ") return name.substr(0, end - 4);
  if (object.kind == "column" && name.starts_with(object.parent) && name.size() > object.parent.size()) return name.substr(object.parent.size() + 1);
  return name;
}

static bool hangs_by_name(std::string_view kind) { return kind == "policy" || kind == "trigger" || kind == "constraint" || kind == "rule"; }

// What statements call a kind.
static std::string_view statement_word(std::string_view kind) {
  if (kind == "enum" || kind == "composite type" || kind == "range type" || kind == "base type") return "type";
  if (kind == "foreign server") return "server";
  return kind == "statistics object" ? "statistics" : kind;
}

void target(const Object &object, Bytes &out) {
  out.raw(statement_word(object.kind)).raw(' ');
  if (hangs_by_name(object.kind))
    out.raw(own_name(object)).raw(flag(object, "of_domain") ? " on domain " : " on ").raw(object.parent);
  else if (object.kind == "aggregate" && object.identity.ends_with("()"))
    out.raw(object.identity.substr(0, object.identity.size() - 2)).raw("(*)");
  else
    out.raw(object.identity);
}

}  // namespace proapp::core
