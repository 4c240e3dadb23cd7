#include "core/value.hpp"

#include <algorithm>

namespace proapp::core {

const Value *Value::find(std::string_view name) const {
  for (const Member &member : members())
    if (member.name == name) return &member.value;
  return nullptr;
}

bool Value::is_absent() const {
  switch (type_) {
    case Type::null:
      return true;
    case Type::boolean:
      return !boolean_;
    case Type::text:
    case Type::list:
    case Type::object:
      return size_ == 0;
    case Type::integer:
    case Type::deferred:
      break;
  }
  return false;
}

void sort_by_text(Vector<Value> &items) {
  std::sort(items.begin(), items.end(), [](const Value &a, const Value &b) { return a.text() < b.text(); });
}

}  // namespace proapp::core
