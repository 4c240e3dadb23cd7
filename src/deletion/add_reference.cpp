// add_reference, remove_reference and what view registered_references shows.
#include "pg/boundary.hpp"

#include "deletion/guard.hpp"
#include "deletion/registration.hpp"
#include "deletion/registrations.hpp"
#include "deletion/table_name.hpp"
#include "pg/arguments.hpp"
#include "pg/attempt.hpp"
#include "pg/rows.hpp"

extern "C" {
#include <catalog/pg_type.h>
}

using namespace proapp;

namespace proapp::deletion {

namespace {

struct NewReference {
  Relation relation, referencing;
  AttrNumber key, column;
  const char *type_column, *type_value;
};

}  // namespace

static const char *column_text(Relation table, AttrNumber column) {
  return psprintf("%s.%s", table_text(RelationGetRelid(table)), quote_identifier(get_attname(RelationGetRelid(table), column, false)));
}

static Oid type_of(Relation table, AttrNumber column) { return getBaseType(get_atttype(RelationGetRelid(table), column)); }

static void raise_kind(const char *kind) {
  ereport(ERROR,
          (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("unrecognized kind of reference \"%s\"", kind),
           errhint("Write 'array' for a column that is an array of keys, 'polymorphic:<type column>=<value>' for one that holds a key where another column has that value.")));
}

static void read_type(const char *kind, const char *condition, NewReference &into) {
  const char *sign = strchr(condition, '=');
  if (sign == nullptr || sign == condition || sign[1] == '\0') raise_kind(kind);
  into.type_column = pnstrdup(condition, static_cast<Size>(sign - condition));
  const AttrNumber column = find_column(into.referencing, into.type_column);
  into.type_value = type_value_text(type_of(into.referencing, column), sign + 1);
  if (into.type_value == nullptr)
    ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH), errmsg("column %s cannot tell what a row references", column_text(into.referencing, column)),
                    errdetail("It is of type %s; a text, an integer, a uuid or an enum can.", format_type_be(type_of(into.referencing, column)))));
}

static void check_type(const NewReference &reference) {
  const Oid key = plain_type(type_of(reference.relation, reference.key)), held = type_of(reference.referencing, reference.column);
  if (reference.type_column == nullptr ? element_type(held) == key : plain_type(held) == key || (plain_type(held) == TEXTOID && has_one_text(key))) return;
  ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
                  errmsg("column %s cannot hold keys of %s", column_text(reference.referencing, reference.column), table_text(RelationGetRelid(reference.relation))),
                  errdetail("It is of type %s, and keys are of type %s.", format_type_be(held), format_type_be(key))));
}

static void read_kind(const char *kind, NewReference &into) {
  constexpr std::string_view polymorphic = "polymorphic:";
  if (strncmp(kind, polymorphic.data(), polymorphic.size()) == 0)
    read_type(kind, kind + polymorphic.size(), into);
  else if (strcmp(kind, "array") != 0)
    raise_kind(kind);
}

static void save(const NewReference &reference) {
  state::run(
      "insert into proapp_data.registered_references (relation, referencing, referencing_column, type_column, type_value) values ($1, $2, $3, $4, $5) on conflict do nothing",
      {table_text(RelationGetRelid(reference.relation)), table_text(RelationGetRelid(reference.referencing)),
       get_attname(RelationGetRelid(reference.referencing), reference.column, false), reference.type_column, reference.type_value});
}

static void guard(const NewReference &reference) {
  install_guard(reference.referencing,
                arguments_of_reference(table_text(RelationGetRelid(reference.relation)), get_attname(RelationGetRelid(reference.referencing), reference.column, false),
                                       get_attname(RelationGetRelid(reference.relation), reference.key, false), reference.type_column, reference.type_value));
}

static const char *kind_text(const KeptReference &kept) { return kept.type_column == nullptr ? "array" : psprintf("polymorphic:%s=%s", kept.type_column, kept.type_value); }

static void put(pg::Rows &rows, const KeptReference &kept) {
  const char *guard = nullptr;
  const ErrorData *problem = pg::attempt([&kept, &guard] { guard = resolve(kept).reference.guard; });
  rows.put({kept.relation, kept.referencing, kept.column, kind_text(kept), guard, problem != nullptr ? problem->message : guard == nullptr ? missing_guard : nullptr});
}

}  // namespace proapp::deletion

PROAPP_FUNCTION(proapp_add_reference) {
  deletion::NewReference reference{};
  const Oid relation = DatumGetObjectId(pg::required(fcinfo, 0, "relation")), referencing = DatumGetObjectId(pg::required(fcinfo, 1, "referencing"));
  const char *column = NameStr(*DatumGetName(pg::required(fcinfo, 2, "referencing_column"))), *kind = pg::required_text(fcinfo, 3, "kind");
  reference.relation = deletion::open_own_table(relation, AccessShareLock);
  reference.referencing = deletion::open_own_table(referencing, AccessShareLock);
  reference.key = deletion::single_key_column(reference.relation);
  reference.column = deletion::find_column(reference.referencing, column);
  deletion::read_kind(kind, reference);
  deletion::check_type(reference);

  state::find_or_make(deletion::references);
  pg::spi_begin();
  deletion::save(reference);
  deletion::guard(reference);
  pg::spi_end();
  table_close(reference.referencing, NoLock);
  table_close(reference.relation, NoLock);
  PG_RETURN_VOID();
}

PROAPP_FUNCTION(proapp_remove_reference) {
  const char *relation = deletion::kept_text(pg::required_text(fcinfo, 0, "relation")), *referencing = deletion::kept_text(pg::required_text(fcinfo, 1, "referencing"));
  const char *column = NameStr(*DatumGetName(pg::required(fcinfo, 2, "referencing_column")));
  deletion::check_owns(relation);
  uint64 gone = 0;
  if (OidIsValid(state::find(deletion::references))) {
    state::refuse_while_restoring();
    pg::spi_begin();
    gone = state::run("delete from proapp_data.registered_references where relation = $1 and referencing = $2 and referencing_column = $3", {relation, referencing, column});
    if (const Oid table = deletion::find_table(referencing); gone > 0 && OidIsValid(table)) deletion::drop_other_guards(table, false, relation, column, {nullptr, 0});
    pg::spi_end();
  }
  if (gone == 0)
    ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT), errmsg("%s has no such reference by %s.%s", relation, referencing, quote_identifier(column)),
                    errhint("Those that there are: select * from proapp.registered_references.")));
  PG_RETURN_VOID();
}

PROAPP_FUNCTION(proapp_registered_references) {
  pg::Rows rows(fcinfo);
  const List *all = deletion::kept_references(deletion::Sight::snapshot);
  const ListCell *cell;
  foreach (cell, all) deletion::put(rows, *static_cast<const deletion::KeptReference *>(lfirst(cell)));
  return rows.done();
}
