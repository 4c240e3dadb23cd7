#include "identity/row_place.hpp"

#include "pg/session.hpp"
#include "pg/spi.hpp"

extern "C" {
#include <access/stratnum.h>
#include <catalog/pg_operator.h>
#include <utils/jsonb.h>
#include <utils/syscache.h>
}

namespace proapp::identity {

namespace {

// A row is named by at most as many columns as an index has.
struct Key {
  int count;
  AttrNumber columns[INDEX_MAX_KEYS];
  const char *equals[INDEX_MAX_KEYS];  // the index's own operator: OPERATOR(pg_catalog.=)
};

}  // namespace

const char *relation_text(Relation relation) { return quote_qualified_identifier(get_namespace_name(RelationGetNamespace(relation)), RelationGetRelationName(relation)); }

static const char *column_name(Relation relation, AttrNumber column) { return NameStr(TupleDescAttr(RelationGetDescr(relation), column - 1)->attname); }

static const char *operator_text(Oid id) {
  HeapTuple tuple = SearchSysCache1(OPEROID, ObjectIdGetDatum(id));
  if (!HeapTupleIsValid(tuple)) elog(ERROR, "cache lookup failed for operator %u", id);
  const auto *row = reinterpret_cast<Form_pg_operator>(GETSTRUCT(tuple));
  const char *text = psprintf("operator(%s.%s)", quote_identifier(get_namespace_name(row->oprnamespace)), NameStr(row->oprname));
  ReleaseSysCache(tuple);
  return text;
}

static void read_key(Relation index, Key &into) {
  into.count = IndexRelationGetNumberOfKeyAttributes(index);
  for (int i = 0; i < into.count; ++i) {
    const Oid type = index->rd_opcintype[i];
    into.columns[i] = index->rd_index->indkey.values[i];
    into.equals[i] = operator_text(get_opfamily_member(index->rd_opfamily[i], type, type, BTEqualStrategyNumber));
  }
}

static Key primary_key(Relation relation) {
  Key key{};
  const ListCell *cell;
  foreach (cell, RelationGetIndexList(relation)) {
    Relation index = index_open(lfirst_oid(cell), AccessShareLock);
    if (index->rd_index->indisprimary) read_key(index, key);
    index_close(index, AccessShareLock);
  }
  if (key.count == 0)
    ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE), errmsg("table %s has no primary key", relation_text(relation)),
                    errdetail("A row is named by its primary key."), errhint("Add one: alter table %s add primary key (…).", relation_text(relation))));
  return key;
}

static Jsonb *members(Relation relation, const Key &key, const char *text) {
  Jsonb *object = DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(text)));
  bool fits = JB_ROOT_IS_OBJECT(object) && JB_ROOT_COUNT(object) == static_cast<uint32>(key.count);
  const char *columns = "";
  for (int i = 0; i < key.count; ++i) {
    const char *name = column_name(relation, key.columns[i]);
    columns = psprintf("%s%s\"%s\": …", columns, i > 0 ? ", " : "", name);
    JsonbValue value;
    fits = fits && getKeyJsonValueFromContainer(&object->root, name, static_cast<int>(strlen(name)), &value) != nullptr;
  }
  if (!fits)
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("key of table %s must be a JSON object of its columns", relation_text(relation)),
                    errhint("Such as '{%s}'.", columns)));
  return object;
}

// select t.tableoid, t.ctid, t.* from public.notes t where t.id operator(pg_catalog.=) $1::integer. All columns, because all may be needed: who may
// not read the row whole shall not learn what expressions over it say.
static const char *statement(Relation relation, const Key &key, bool is_json) {
  const char *sql = psprintf("select t.tableoid, t.ctid, t.* from %s t where ", relation_text(relation));
  for (int i = 0; i < key.count; ++i) {
    const char *name = column_name(relation, key.columns[i]);
    const char *value = is_json ? psprintf("($1 ->> %s)", quote_literal_cstr(name)) : "$1";
    sql = psprintf("%s%st.%s %s %s::%s", sql, i > 0 ? " and " : "", quote_identifier(name), key.equals[i], value,
                   format_type_be_qualified(TupleDescAttr(RelationGetDescr(relation), key.columns[i] - 1)->atttypid));
  }
  return sql;
}

static const char *key_text(Relation relation, const Key &key, const char *text) { return key.count > 1 ? text : psprintf("%s = %s", column_name(relation, key.columns[0]), text); }

RowPlace find_row(Relation relation, const char *text) {
  const Key key = primary_key(relation);
  const bool is_json = key.count > 1;
  const Datum value = is_json ? JsonbPGetDatum(members(relation, key, text)) : pg::text_datum(text);
  const char *sql = statement(relation, key, is_json);
  RowPlace row{};
  row.key = key_text(relation, key, text);

  const int pin = pg::pin_search_path();
  pg::spi_begin();
  row.found = pg::spi_run(sql, {pg::Argument(is_json ? JSONBOID : TEXTOID, value)}, true) > 0;
  if (row.found) {
    row.table = DatumGetObjectId(*pg::spi_datum(0, 1));
    row.place = *reinterpret_cast<ItemPointer>(DatumGetPointer(*pg::spi_datum(0, 2)));
  }
  pg::spi_end();
  pg::unpin_search_path(pin);
  if (row.found && get_rel_relkind(row.table) == RELKIND_FOREIGN_TABLE)
    ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED), errmsg("the row of table %s is in a foreign table", relation_text(relation)),
                    errdetail("Foreign table %s keeps its rows elsewhere.", get_rel_name(row.table))));
  return row;
}

}  // namespace proapp::identity
