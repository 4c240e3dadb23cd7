#include "core/render.hpp"

namespace proapp::core {

// Members that stand for the whole: their name would only be in the way.
static bool says_itself(std::string_view name) { return name == "column" || name == "expression" || name == "name" || name == "grantee" || name == "privileges"; }

static void write(const Value &value, std::string_view separator, Bytes &out) {
  bool first = true;
  switch (value.type()) {
    case Value::Type::boolean:
      out.raw(value.boolean() ? "true" : "false");
      break;
    case Value::Type::integer:
      out.number(value.integer());
      break;
    case Value::Type::text:
      out.raw(value.text());
      break;
    case Value::Type::list:
      for (const Value &item : value.items()) {
        if (!first) out.raw(separator);
        first = false;
        write(item, separator, out);
      }
      break;
    case Value::Type::object:
      if (const Value *sql = value.find("sql"); sql != nullptr && sql->type() == Value::Type::text) {
        out.raw(sql->text());
        break;
      }
      for (const Member &member : value.members()) {
        if (member.value.is_absent()) continue;
        if (!first) out.raw(' ');
        first = false;
        if (!says_itself(member.name)) out.raw(member.name);
        if (member.value.type() == Value::Type::boolean) continue;
        if (!says_itself(member.name)) out.raw(' ');
        write(member.value, separator, out);
      }
      break;
    case Value::Type::null:
    case Value::Type::deferred:
      break;
  }
}

std::string_view render(Arena &arena, const Value &value) {
  Bytes out(arena);
  write(value, ", ", out);
  return arena.copy(out.view());
}

std::string_view render(Arena &arena, const Object &object) {
  Bytes out(arena);
  bool first = true;
  for (const Member &attribute : object.attributes) {
    if (attribute.value.is_absent() || attribute.name == "definition" || attribute.name == "grants" || attribute.name == "owner" || attribute.name == "column_order") continue;
    if (!first) out.raw("; ");
    first = false;
    out.raw(attribute.name);
    if (attribute.value.type() == Value::Type::boolean) continue;
    out.raw(' ');
    write(attribute.value, ", ", out);
  }
  return arena.copy(out.view());
}

}  // namespace proapp::core
