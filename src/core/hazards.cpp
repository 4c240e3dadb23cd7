#include "core/hazards.hpp"

#include "core/ddl.hpp"
#include "core/ddl_parts.hpp"

namespace proapp::core {

std::string_view rows_of(Arena &arena, std::string_view relation) {
  Bytes out(arena);
  return out.raw("select exists (select from ").raw(relation).raw(")").view();
}

std::string_view loss_guard(Arena &arena, const Object &object) {
  if (object.kind == "table") return rows_of(arena, object.identity);
  Bytes out(arena);
  if (object.kind == "column" && sql(object, "generated").empty())
    return out.raw("select exists (select from ").raw(object.parent).raw(" where ").raw(own_name(object)).raw(" is not null)").view();
  if (object.kind == "extension") {
    out.raw(
        "select exists (select from pg_catalog.pg_depend d join pg_catalog.pg_extension e on d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass and d.refobjid = e.oid"
        " join pg_catalog.pg_class c on d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.objid = c.oid"
        " where d.deptype = 'e' and c.relkind = 'r' and pg_catalog.pg_relation_size(c.oid) > 0 and e.extname = ");
    literal(unquoted(arena, object.identity), out);
    return out.raw(')').view();
  }
  return {};
}

std::string_view lossy_conversion(Arena &arena, const Object &column, std::string_view type_now) {
  Bytes out(arena);
  const std::string_view name = own_name(column), type = text(column, "type");
  out.raw("select exists (select from ").raw(column.parent).raw(" where ").raw(name).raw("::pg_catalog.text::").raw(type).raw("::pg_catalog.text::").raw(type_now);
  return out.raw("::pg_catalog.text is distinct from ").raw(name).raw("::pg_catalog.text)").view();
}

std::string_view other_values(Arena &arena, const Object &column, std::string_view expression) {
  Bytes out(arena);
  out.raw("select exists (select from ").raw(column.parent).raw(" where ").raw(own_name(column)).raw("::pg_catalog.text is distinct from (");
  return out.raw(expression).raw(")::").raw(text(column, "type")).raw("::pg_catalog.text)").view();
}

std::string_view values_of_type(Arena &arena, std::string_view type) {
  Bytes out(arena);
  out.raw(
      "select exists (select from pg_catalog.pg_attribute a join pg_catalog.pg_class c on c.oid = a.attrelid join pg_catalog.pg_type t on t.oid = a.atttypid"
      " where c.relkind in ('r', 'm') and not a.attisdropped and pg_catalog.pg_relation_size(c.oid) > 0 and pg_catalog.to_regtype(");
  literal(type, out);
  return out.raw(") in (t.oid, t.typelem))").view();
}

namespace {

// Statements by what they begin with or say.
constexpr struct {
  std::string_view begins, says, note;
} notes[] = {
    {"alter table ", "", "access exclusive lock"},
    {"alter materialized view ", "", "access exclusive lock"},
    {"drop ", "", "access exclusive lock"},
    {"alter table ", " set not null", "scans the table"},
    {"alter table ", " add constraint ", "scans the table"},
    {"alter table ", " validate constraint ", "scans the table"},
    {"alter domain ", " add constraint ", "scans the tables that use it"},
    {"CREATE INDEX ", "", "blocks writes while it builds"},
    {"CREATE UNIQUE INDEX ", "", "blocks writes while it builds"},
    {"reindex ", "", "blocks writes while it builds"},
    {"create materialized view ", "", "runs its query"},
    {"alter type ", " add value ", "irreversible"},
    {"alter type ", " drop attribute ", "irreversible"},
    {"grant ", "", "grants rights"},
    {"revoke ", "", "takes rights"},
    {"alter table ", " replica identity ", "changes what subscribers get"},
    {"drop publication ", "", "its subscribers get no more changes until it is there again"},
    {"drop statistics ", "", "statistics are lost until the next ANALYZE"},
};

}  // namespace

void add_notes(std::string_view statement, Vector<Hazard> &hazards) {
  for (const auto &note : notes)
    if (statement.starts_with(note.begins) && statement.find(note.says) != std::string_view::npos) hazards.push_back({note.note, {}});
}

}  // namespace proapp::core
