#include "core/fix.hpp"

#include "core/ddl.hpp"

namespace proapp::core {

std::string_view fix(Arena &arena, const Object &object, Change change) {
  Bytes out(arena);
  if (change == Change::missing && object.kind != "table")  // its columns, keys and policies are more than a statement
    create(object, {}, out);
  else if (change == Change::unexpected && !may_hold_rows(object.kind))
    drop(object, out);
  return arena.copy(out.view());
}

std::string_view fix(Arena &arena, const Object &expected, const Object &actual, std::string_view attribute) {
  Bytes out(arena);
  alter(expected, actual, attribute, out);
  if (attribute == "attributes" && out.view().find(" drop attribute ") != std::string_view::npos) return {};  // its values would go
  if (out.size() > 0 || attribute == "version" || !is_replaceable(expected.kind)) return arena.copy(out.view());
  Bytes anew(arena);
  create(expected, {}, anew);
  if (anew.size() == 0) return {};
  drop(actual, out);
  return arena.copy(out.raw(' ').raw(anew.view()).view());
}

}  // namespace proapp::core
