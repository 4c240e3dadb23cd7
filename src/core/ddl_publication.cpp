// Publications and their members.
#include "core/ddl.hpp"
#include "core/ddl_parts.hpp"

namespace proapp::core {

namespace {

void options(const Object &publication, Bytes &out) {
  out.raw("(publish = '");
  join(publication, "operations", out);
  out.raw("', publish_via_partition_root = ").raw(flag(publication, "via_root") ? "true)" : "false)");
}

// Schemas that `these` has and `those` has not.
void schema_difference(const Object &these, const Object &those, std::string_view verb, Bytes &out) {
  for (const Value &schema : items(these, "schemas")) {
    if (holds(items(those, "schemas"), schema)) continue;
    if (out.size() > 0) out.raw(' ');
    out.raw("alter publication ").raw(these.identity).raw(verb).raw(schema.text()).raw(';');
  }
}

}  // namespace

void create_publication(const Object &publication, Bytes &out) {
  out.raw("create publication ").raw(publication.identity);
  if (flag(publication, "all_tables")) out.raw(" for all tables");
  std::string_view separator = " for tables in schema ";
  for (const Value &schema : items(publication, "schemas")) {
    out.raw(separator).raw(schema.text());
    separator = ", ";
  }
  options(publication, out.raw(" with "));
  out.raw(';');
}

void create_publication_member(const Object &member, Bytes &out) {
  out.raw("alter publication ").raw(text(member, "publication")).raw(" add table only ").raw(member.parent);
  if (!items(member, "columns").empty()) {
    out.raw(" (");
    join(member, "columns", out);
    out.raw(')');
  }
  if (!sql(member, "filter").empty()) out.raw(" where (").raw(sql(member, "filter")).raw(')');
  out.raw(';');
}

void alter_publication(const Object &expected, const Object &actual, std::string_view attribute, Bytes &out) {
  if (attribute == "operations" || attribute == "via_root") {
    options(expected, out.raw("alter publication ").raw(expected.identity).raw(" set "));
    out.raw(';');
  } else if (attribute == "schemas") {
    schema_difference(actual, expected, " drop tables in schema ", out);
    schema_difference(expected, actual, " add tables in schema ", out);
  }
}

}  // namespace proapp::core
