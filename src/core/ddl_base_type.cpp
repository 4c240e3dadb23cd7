// Base types: a shell first, then functions that speak of it, then the type.
#include "core/ddl_options.hpp"

namespace proapp::core {

void create_base_type(const Object &type, Bytes &out) {
  out.raw("create type ").raw(type.identity);
  if (flag(type, "shell")) return;
  Options options(out);
  for (const std::string_view function : {"input", "output", "receive", "send", "typmod_in", "typmod_out", "analyze", "subscript"})
    options.option(function, without_arguments(text(type, function)));
  if (text(type, "length") == "variable")
    options.option("internallength", "variable");
  else
    options.number("internallength", type.find("length"));
  options.flag("passedbyvalue", flag(type, "passed_by_value"));
  options.option("alignment", text(type, "alignment"));
  options.option("storage", text(type, "storage"));
  options.literal("category", text(type, "category"));
  options.option("preferred", flag(type, "preferred") ? "true" : "");
  options.option("default", text(type, "default"));
  options.option("element", text(type, "element"));
  options.literal("delimiter", text(type, "delimiter"));
  options.option("collatable", flag(type, "collatable") ? "true" : "");
  options.close();
}

// A shell becomes the type by CREATE TYPE. Of a type that is there, ALTER TYPE … SET takes a few; the rest stays as it was made.
void alter_base_type(const Object &type, const Object &actual, std::string_view attribute, Bytes &out) {
  if (flag(actual, "shell") && !flag(type, "shell")) {
    create_base_type(type, out);
    out.raw(';');
    return;
  }
  for (const std::string_view function : {"receive", "send", "typmod_in", "typmod_out", "analyze", "subscript"}) {
    if (attribute != function) continue;
    const std::string_view name = text(type, attribute);
    out.raw("alter type ").raw(type.identity).raw(" set (").raw(attribute).raw(" = ").raw(name.empty() ? "none" : without_arguments(name)).raw(");");
  }
  if (attribute == "storage") out.raw("alter type ").raw(type.identity).raw(" set (storage = ").raw(text(type, attribute)).raw(");");
}

}  // namespace proapp::core
