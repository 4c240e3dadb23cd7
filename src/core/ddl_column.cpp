// Columns of tables, foreign tables and views.
#include "core/ddl.hpp"
#include "core/ddl_parts.hpp"

namespace proapp::core {

namespace {

void collation(const Object &column, Bytes &out) {
  if (!text(column, "collation").empty()) out.raw(" collate ").raw(text(column, "collation"));
}

void identity(const Object &column, Bytes &out) {
  out.raw(" generated ").raw(text(column, "identity")).raw(" as identity (");
  const Value *facts = column.find("identity_sequence");
  if (facts != nullptr && !member(*facts, "name").empty()) {
    out.raw("sequence name ");
    if (const std::string_view schema = schema_of(column.parent); !schema.empty()) out.raw(schema).raw('.');
    quoted(member(*facts, "name"), out);
    out.raw(' ');
  }
  Value none;
  sequence_options(facts == nullptr ? none : *facts, " ", out);
  out.raw(')');
}

// A new sequence would start anew: it goes on behind the values that are there.
void catch_up(const Object &column, Bytes &out) {
  out.raw(" select pg_catalog.setval(pg_catalog.pg_get_serial_sequence(");
  literal(column.parent, out);
  literal(unquoted(out.arena(), own_name(column)), out.raw(", "));
  out.raw("), pg_catalog.max(").raw(own_name(column)).raw(")) from ").raw(column.parent).raw(';');
}

Bytes &start(const Object &column, Bytes &out) { return out.raw("alter table ").raw(column.parent).raw(" alter column ").raw(own_name(column)); }

void alter_identity(const Object &column, const Object &actual, Bytes &out) {
  if (text(column, "identity").empty()) {
    start(column, out).raw(" drop identity;");
  } else if (!text(actual, "identity").empty()) {
    start(column, out).raw(" set generated ").raw(text(column, "identity")).raw(';');
  } else {
    if (actual.find("default") != nullptr && !actual.find("default")->is_absent()) start(column, out).raw(" drop default; ");
    if (!flag(actual, "not_null")) start(column, out).raw(" set not null; ");
    identity(column, start(column, out).raw(" add"));
    out.raw(';');
    catch_up(column, out);
  }
}

// What ALTER COLUMN … SET says of the sequence, then what the sequence has as an object of its own.
void alter_identity_sequence(const Object &column, const Object &actual, Bytes &out) {
  if (text(column, "identity").empty() || text(actual, "identity").empty()) return;
  const Object was = identity_sequence(out.arena(), column), is = identity_sequence(out.arena(), actual);
  if (was.identity != is.identity) out.raw("alter sequence ").raw(is.identity).raw(" rename to ").raw(behind_schema(was.identity)).raw("; ");
  sequence_options(was.definition(), " set ", start(column, out));
  out.raw(';');
  if (text(was, "type") != text(is, "type")) out.raw(" alter sequence ").raw(was.identity).raw(" as ").raw(text(was, "type")).raw(';');
  if (text(was, "comment") != text(is, "comment")) alter(was, is, "comment", out.raw(' '));
  if (!same(Value(items(was, "grants")), Value(items(is, "grants")))) alter_grants(was, is, out);
}

}  // namespace

void define_column(const Object &column, Bytes &out) {
  out.raw(own_name(column)).raw(' ').raw(text(column, "type"));
  collation(column, out);
  if (!sql(column, "generated").empty()) out.raw(" generated always as (").raw(sql(column, "generated")).raw(") stored");
  if (!sql(column, "default").empty()) out.raw(" default ").raw(sql(column, "default"));
  if (flag(column, "not_null")) out.raw(" not null");
  if (!text(column, "identity").empty()) identity(column, out);
  create_options(column, "foreign_options", out);
}

void create_column(const Object &column, Bytes &out) {
  define_column(column, out.raw("alter table ").raw(column.parent).raw(" add column "));
  out.raw(';');
}

void alter_column(const Object &expected, const Object &actual, std::string_view attribute, Bytes &out) {
  if (attribute == "identity") {
    alter_identity(expected, actual, out);
  } else if (attribute == "identity_sequence") {
    alter_identity_sequence(expected, actual, out);
  } else if (attribute == "generated") {
    if (sql(expected, attribute).empty()) start(expected, out).raw(" drop expression;");
  } else if (attribute == "not_null") {
    start(expected, out).raw(flag(expected, attribute) ? " set not null;" : " drop not null;");
  } else if (attribute == "default" && sql(expected, attribute).empty()) {
    if (sql(expected, "generated").empty()) start(expected, out).raw(" drop default;");
  } else if (attribute == "default") {
    if (sql(actual, "generated").empty()) start(expected, out).raw(" set default ").raw(sql(expected, attribute)).raw(';');
  } else if (attribute == "type" || attribute == "collation") {
    start(expected, out).raw(" type ").raw(text(expected, "type"));
    if (attribute == "collation" && text(expected, attribute).empty()) out.raw(" collate pg_catalog.\"default\"");
    collation(expected, out);
    out.raw(';');
  } else if (attribute == "storage" || attribute == "compression") {
    start(expected, out).raw(" set ").raw(attribute).raw(' ').raw(text(expected, attribute).empty() ? "default" : text(expected, attribute)).raw(';');
  } else if (attribute == "statistics") {
    start(expected, out).raw(" set statistics ").number(number(expected, attribute, -1)).raw(';');
  } else if (attribute == "options") {
    Bytes prefix(out.arena());
    alter_storage_options(expected, actual, start(expected, prefix).view(), out);
  }
}

}  // namespace proapp::core
