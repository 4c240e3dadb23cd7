#include "pg/boundary.hpp"

#include "deletion/key.hpp"
#include "deletion/match.hpp"
#include "deletion/table_name.hpp"
#include "pg/session.hpp"
#include "pg/text.hpp"

extern "C" {
#include <access/relation.h>
#include <catalog/pg_type.h>
#include <utils/jsonb.h>
#include <utils/numeric.h>
}

namespace proapp::deletion {

static bool is_key(Relation relation, Relation index) {
  const FormData_pg_index &form = *index->rd_index;
  if (!form.indisunique || !form.indimmediate || !form.indisvalid || !form.indisready || !form.indislive) return false;
  if (!heap_attisnull(index->rd_indextuple, Anum_pg_index_indpred, nullptr)) return false;
  for (int i = 0; i < form.indnkeyatts; ++i) {
    const AttrNumber column = form.indkey.values[i];
    if (column <= 0 || !TupleDescAttr(RelationGetDescr(relation), column - 1)->attnotnull) return false;
  }
  return true;
}

bool is_key_within(Relation relation, Relation index, const Bitmapset *columns) {
  if (!is_key(relation, index)) return false;
  for (int i = 0; i < index->rd_index->indnkeyatts; ++i)
    if (!bms_is_member(index->rd_index->indkey.values[i], columns)) return false;
  return true;
}

static KeyColumn describe(Relation relation, AttrNumber column) {
  const auto *attribute = TupleDescAttr(RelationGetDescr(relation), column - 1);
  Equality equality;
  const Oid type = getBaseType(attribute->atttypid);
  if (!find_equality(type, type, equality)) elog(ERROR, "type %s of a key has no equality", format_type_be(type));
  return {column, pstrdup(NameStr(attribute->attname)), type, equality.operation, attribute->attcollation, 0};
}

static Key shape(Relation relation, Relation index) {
  Key key{RelationGetRelid(relation), index->rd_index->indnkeyatts, nullptr};
  key.columns = static_cast<KeyColumn *>(palloc0(sizeof(KeyColumn) * static_cast<Size>(key.count)));
  for (int i = 0; i < key.count; ++i) key.columns[i] = describe(relation, index->rd_index->indkey.values[i]);
  return key;
}

Key key_shape(Relation relation) {
  Key key{};
  bool primary = false;
  List *indexes = RelationGetIndexList(relation);  // by OID, so that the choice among several is the oldest
  const ListCell *cell;
  foreach (cell, indexes) {
    Relation index = index_open(lfirst_oid(cell), AccessShareLock);
    const bool is_primary = index->rd_index->indisprimary && index->rd_index->indisvalid;
    if (is_primary || (!primary && key.columns == nullptr && is_key(relation, index))) {
      key = shape(relation, index);
      primary = primary || is_primary;
    }
    index_close(index, AccessShareLock);
  }
  list_free(indexes);
  if (key.columns == nullptr)
    ereport(ERROR, (errcode(ERRCODE_INVALID_COLUMN_REFERENCE), errmsg("table %s has no key", table_text(RelationGetRelid(relation))),
                    errdetail("Rows are named by the primary key, or by a unique index over columns that are not null."), errhint("Add a primary key.")));
  return key;
}

// Without the column's modifier: a value that it would round or cut names no row.
static Datum read_value(const KeyColumn &column, const char *value) {
  Oid input, parameter;
  getTypeInputInfo(column.type, &input, &parameter);
  return OidInputFunctionCall(input, const_cast<char *>(value), parameter, -1);
}

static const char *form(const Key &key) {
  StringInfoData text;
  initStringInfo(&text);
  for (int i = 0; i < key.count; ++i) appendStringInfo(&text, "%s\"%s\": …", i > 0 ? ", " : "", key.columns[i].name);
  return psprintf("'{%s}'", text.data);
}

static void raise_form(const Key &key, const char *detail) {
  ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("key of table %s must be a JSON object of its columns", table_text(key.relation)),
                  errdetail_internal("%s", detail), errhint("Write %s.", form(key))));
}

static const char *scalar_text(const JsonbValue &value) {
  switch (value.type) {
    case jbvString:
      return pnstrdup(value.val.string.val, static_cast<Size>(value.val.string.len));
    case jbvNumeric:
      return DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(value.val.numeric)));
    case jbvBool:
      return value.val.boolean ? "true" : "false";
    case jbvBinary:
      return JsonbToCString(nullptr, value.val.binary.data, value.val.binary.len);
    default:
      return nullptr;
  }
}

static void read_object(Key &key, Jsonb *object) {
  if (!JB_ROOT_IS_OBJECT(object)) raise_form(key, "It is no object.");
  for (int i = 0; i < key.count; ++i) {
    KeyColumn &column = key.columns[i];
    JsonbValue storage;
    const JsonbValue *value = getKeyJsonValueFromContainer(&object->root, column.name, static_cast<int>(strlen(column.name)), &storage);
    if (value == nullptr) raise_form(key, psprintf("Column \"%s\" is missing.", column.name));
    const char *text = scalar_text(*value);
    if (text == nullptr) ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("column \"%s\" of a key must not be null", column.name)));
    column.value = read_value(column, text);
  }
  if (static_cast<int>(JB_ROOT_COUNT(object)) > key.count) raise_form(key, "It has members that are no columns of the key.");
}

Key read_key(Relation relation, Datum written, Oid type) {
  Key key = key_shape(relation);
  if (type == JSONBOID)
    read_object(key, DatumGetJsonbP(written));
  else if (key.count == 1)
    key.columns[0].value = read_value(key.columns[0], TextDatumGetCString(written));
  else if (const char *object = TextDatumGetCString(written); object[strspn(object, " \t\n\r")] == '{')
    read_object(key, DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(object))));
  else
    raise_form(key, "The key has several columns.");
  return key;
}

bool names_columns(const Key &key, Datum jsonb) {
  Jsonb *object = DatumGetJsonbP(jsonb);
  if (!JB_ROOT_IS_OBJECT(object) || static_cast<int>(JB_ROOT_COUNT(object)) != key.count) return false;
  for (int i = 0; i < key.count; ++i) {
    JsonbValue storage;
    if (getKeyJsonValueFromContainer(&object->root, key.columns[i].name, static_cast<int>(strlen(key.columns[i].name)), &storage) == nullptr) return false;
  }
  return true;
}

Datum key_jsonb(const Key &key) {
  const int pin = pg::pin_texts();
  JsonbParseState *state = nullptr;
  pushJsonbValue(&state, WJB_BEGIN_OBJECT, nullptr);
  for (int i = 0; i < key.count; ++i) {
    Oid output;
    bool varlena;
    getTypeOutputInfo(key.columns[i].type, &output, &varlena);
    JsonbValue name, value;
    name.type = value.type = jbvString;
    name.val.string.val = const_cast<char *>(key.columns[i].name);
    name.val.string.len = static_cast<int>(strlen(key.columns[i].name));
    value.val.string.val = OidOutputFunctionCall(output, key.columns[i].value);
    value.val.string.len = static_cast<int>(strlen(value.val.string.val));
    pushJsonbValue(&state, WJB_KEY, &name);
    pushJsonbValue(&state, WJB_VALUE, &value);
  }
  const Datum result = PointerGetDatum(JsonbValueToJsonb(pushJsonbValue(&state, WJB_END_OBJECT, nullptr)));
  pg::unpin_search_path(pin);
  return result;
}

const char *key_sql(const Key &key, const char *alias, int first) {
  StringInfoData sql;
  initStringInfo(&sql);
  for (int i = 0; i < key.count; ++i) {
    Equality equality;
    find_equality(key.columns[i].type, key.columns[i].type, equality);
    appendStringInfo(&sql, "%s%s", i > 0 ? " and " : "",
                     equality_sql(equality, psprintf("%s.%s", alias, quote_identifier(key.columns[i].name)), get_atttype(key.relation, key.columns[i].column),
                                  psprintf("$%d", first + i), key.columns[i].type, false));
  }
  return sql.data;
}

}  // namespace proapp::deletion
