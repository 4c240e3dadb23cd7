#include "pg/boundary.hpp"

#include "deletion/expression.hpp"
#include "deletion/key.hpp"
#include "deletion/registration.hpp"
#include "deletion/registrations.hpp"
#include "deletion/table_name.hpp"
#include "pg/spi.hpp"

extern "C" {
#include <catalog/pg_type.h>
}

namespace proapp::deletion {

namespace {

// Rows of one of our tables, copied out of SPI's memory by take(row).
template <class Kept>
List *read(const state::Table &table, const char *sql, Sight sight, void (*take)(uint64 row, Kept &into)) {
  if (!OidIsValid(state::find(table))) return NIL;
  List *all = NIL;
  const MemoryContext context = CurrentMemoryContext;
  pg::spi_begin();
  const uint64 count = state::run(sql, {}, sight == Sight::snapshot);
  const MemoryContext spi = MemoryContextSwitchTo(context);
  for (uint64 row = 0; row < count; ++row) {
    auto *kept = static_cast<Kept *>(palloc0(sizeof(Kept)));
    take(row, *kept);
    all = lappend(all, kept);
  }
  MemoryContextSwitchTo(spi);
  pg::spi_end();
  return all;
}

}  // namespace

static const char *text_of(uint64 row, int column) {
  const auto value = pg::spi_datum(row, column);
  return value ? TextDatumGetCString(*value) : nullptr;
}

static List *texts_of(uint64 row, int column) {
  List *texts = NIL;
  const auto value = pg::spi_datum(row, column);
  if (!value) return NIL;
  Datum *items;
  int count;
  deconstruct_array(DatumGetArrayTypeP(*value), TEXTOID, -1, false, TYPALIGN_INT, &items, nullptr, &count);
  for (int i = 0; i < count; ++i) texts = lappend(texts, TextDatumGetCString(items[i]));
  return texts;
}

List *kept_blockers(Sight sight) {
  return read<KeptBlocker>(blockers,
                           "select relation, blocking, blocking_columns, relation_columns, condition, message from proapp_data.blockers"
                           " order by relation collate \"C\", blocking collate \"C\", blocking_columns, relation_columns, condition collate \"C\" nulls first",
                           sight,
                           [](uint64 row, KeptBlocker &into) { into = {text_of(row, 1), text_of(row, 2), texts_of(row, 3), texts_of(row, 4), text_of(row, 5), text_of(row, 6)}; });
}

List *kept_references(Sight sight) {
  return read<KeptReference>(references,
                             "select relation, referencing, referencing_column, type_column, type_value from proapp_data.registered_references"
                             " order by relation collate \"C\", referencing collate \"C\", referencing_column collate \"C\", type_column collate \"C\", type_value collate \"C\"",
                             sight, [](uint64 row, KeptReference &into) {
                               into = {text_of(row, 1), text_of(row, 2), text_of(row, 3), text_of(row, 4), text_of(row, 5)};
                             });
}

List *kept_protections(Sight sight) {
  return read<KeptProtection>(protections, "select relation, allowed from proapp_data.protections order by relation collate \"C\"", sight, [](uint64 row, KeptProtection &into) {
    into = {text_of(row, 1), text_of(row, 2)};
  });
}

static void raise_gone(const char *what, const char *registered, const char *remove) {
  ereport(ERROR,
          (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE), errmsg("%s no longer exists as it was registered", what),
           errdetail("%s names it. Until that is settled, nothing is deleted.", registered), errhint("Register what replaced it, and forget the old one: select %s.", remove)));
}

static Oid table_named(const char *text, const char *registered, const char *remove) {
  const Oid relation = find_table(text);
  if (!OidIsValid(relation)) raise_gone(psprintf("table %s", text), registered, remove);
  return relation;
}

static AttrNumber column_named(const char *table, Oid relation, const char *column, const char *registered, const char *remove) {
  const AttrNumber number = get_attnum(relation, column);
  if (number <= 0) raise_gone(psprintf("column %s.%s", table, quote_identifier(column)), registered, remove);
  return number;
}

// Closed without giving the lock back.
static Relation open(const char *text, const char *registered, const char *remove) {
  Relation table = try_table_open(table_named(text, registered, remove), AccessShareLock);
  if (table == nullptr) raise_gone(psprintf("table %s", text), registered, remove);
  return table;
}

static const ColumnPair *resolve_pairs(const KeptBlocker &kept, Oid blocking, Oid relation, const char *registered, const char *remove) {
  const int count = list_length(kept.blocking_columns);
  auto *pairs = static_cast<ColumnPair *>(palloc0(sizeof(ColumnPair) * static_cast<Size>(count + 1)));
  for (int i = 0; i < count; ++i) {
    const auto *left = static_cast<const char *>(list_nth(kept.blocking_columns, i)), *right = static_cast<const char *>(list_nth(kept.relation_columns, i));
    column_named(kept.blocking, blocking, left, registered, remove);
    column_named(kept.relation, relation, right, registered, remove);
    if (!pair_columns(blocking, relation, left, right, pairs[i]))
      raise_gone(psprintf("equality of %s.%s and %s.%s", kept.blocking, quote_identifier(left), kept.relation, quote_identifier(right)), registered, remove);
  }
  return pairs;
}

static void describe_pairs(const ColumnPair *pairs, int count, Blocker &into) {
  auto *left = static_cast<AttrNumber *>(palloc(sizeof(AttrNumber) * static_cast<Size>(count + 1)));
  auto *right = static_cast<AttrNumber *>(palloc(sizeof(AttrNumber) * static_cast<Size>(count + 1)));
  auto *array = static_cast<bool *>(palloc(sizeof(bool) * static_cast<Size>(count + 1)));
  for (int i = 0; i < count; ++i) {
    left[i] = pairs[i].blocking;
    right[i] = pairs[i].relation;
    array[i] = pairs[i].array;
  }
  into.columns = count;
  into.blocking_columns = left;
  into.relation_columns = right;
  into.array_match = array;
  into.matches = match_sql(pairs, count, into.blocking, into.relation);
}

ResolvedBlocker resolve(const KeptBlocker &kept) {
  ResolvedBlocker resolved{};
  Blocker &blocker = resolved.blocker;
  const char *registered = psprintf("The blocker of %s by %s", kept.relation, kept.blocking);
  const char *remove = psprintf("proapp.remove_blocker(%s, %s)", quote_literal_cstr(kept.relation), quote_literal_cstr(kept.blocking));
  blocker.relation = table_named(kept.relation, registered, remove);
  Relation blocking = open(kept.blocking, registered, remove);
  blocker.blocking = RelationGetRelid(blocking);
  blocker.condition = kept.condition;
  blocker.message = kept.message;

  const int count = list_length(kept.blocking_columns);
  const ColumnPair *pairs = resolve_pairs(kept, blocker.blocking, blocker.relation, registered, remove);
  describe_pairs(pairs, count, blocker);
  const Bitmapset *columns = nullptr;
  if (kept.condition != nullptr)
    columns = read_kept_expression(kept.condition, blocking, "b", psprintf("condition of the blocker of %s by %s", kept.relation, kept.blocking), remove);
  blocker.guard = foreign_key_over(blocker.blocking, blocker.relation, pairs, count);
  resolved.arguments = arguments_of_blocker(blocking, kept.relation, pairs, count, blocker.relation, columns);
  if (blocker.guard == nullptr) blocker.guard = find_guard(blocker.blocking, resolved.arguments);
  table_close(blocking, NoLock);
  return resolved;
}

const char *type_value_text(Oid type, const char *value) {
  type = getBaseType(type);
  if (!has_one_text(type) && !type_is_enum(type)) return nullptr;
  Oid input, output, parameter;
  bool varlena;
  getTypeInputInfo(type, &input, &parameter);
  getTypeOutputInfo(type, &output, &varlena);
  return OidOutputFunctionCall(output, OidInputFunctionCall(input, const_cast<char *>(value), parameter, -1));
}

bool has_one_text(Oid type) {
  type = getBaseType(type);
  return type == TEXTOID || type == VARCHAROID || type == UUIDOID || type == INT2OID || type == INT4OID || type == INT8OID;
}

Oid plain_type(Oid type) {
  const Oid base = getBaseType(type);
  return base == VARCHAROID ? TEXTOID : base;
}

Oid element_type(Oid array) {
  const Oid element = get_element_type(getBaseType(array));
  return OidIsValid(element) ? plain_type(element) : InvalidOid;
}

AttrNumber single_key_column(Relation relation) {
  const Key key = key_shape(relation);
  if (key.count != 1)
    ereport(ERROR, (errcode(ERRCODE_INVALID_COLUMN_REFERENCE), errmsg("the key of table %s has several columns", table_text(RelationGetRelid(relation))),
                    errdetail("An array or a polymorphic reference holds keys of one column.")));
  return key.columns[0].column;
}

static const char *reference_sql(const RegisteredReference &reference, const KeptReference &kept, const char *key_column) {
  const char *key = psprintf("r.%s", quote_identifier(key_column)), *column = psprintf("b.%s", quote_identifier(kept.column));
  const Oid key_type = get_atttype(reference.relation, reference.relation_column), type = get_atttype(reference.referencing, reference.column);
  const bool array = reference.kind == RegisteredReference::Kind::array;
  Equality equality;
  const Oid held = array ? get_element_type(getBaseType(type)) : type;
  if (!find_equality(reference.key_as_text ? TEXTOID : key_type, held, equality)) return nullptr;
  if (array) return equality_sql(equality, key, key_type, column, type, true);
  return psprintf("%s and b.%s::pg_catalog.text operator(pg_catalog.=) %s::pg_catalog.text",
                  equality_sql(equality, reference.key_as_text ? psprintf("%s::pg_catalog.text", key) : key, reference.key_as_text ? TEXTOID : key_type, column, type, false),
                  quote_identifier(kept.type_column), quote_literal_cstr(kept.type_value));
}

ResolvedReference resolve(const KeptReference &kept) {
  ResolvedReference resolved{};
  RegisteredReference &reference = resolved.reference;
  const char *registered = psprintf("The reference of %s.%s to %s", kept.referencing, quote_identifier(kept.column), kept.relation);
  const char *remove = psprintf("proapp.remove_reference(%s, %s, %s)", quote_literal_cstr(kept.relation), quote_literal_cstr(kept.referencing), quote_literal_cstr(kept.column));
  Relation relation = open(kept.relation, registered, remove);
  reference.kind = kept.type_column == nullptr ? RegisteredReference::Kind::array : RegisteredReference::Kind::polymorphic;
  reference.relation = RelationGetRelid(relation);
  reference.referencing = table_named(kept.referencing, registered, remove);
  reference.relation_column = single_key_column(relation);
  reference.column = column_named(kept.referencing, reference.referencing, kept.column, registered, remove);
  if (kept.type_column != nullptr) {
    reference.type_column = column_named(kept.referencing, reference.referencing, kept.type_column, registered, remove);
    reference.type_value = kept.type_value;
  }
  const Oid key_type = plain_type(get_atttype(reference.relation, reference.relation_column)), type = plain_type(get_atttype(reference.referencing, reference.column));
  const bool array = reference.kind == RegisteredReference::Kind::array;
  reference.key_as_text = !array && type != key_type && type == TEXTOID;
  const char *key_column = get_attname(reference.relation, reference.relation_column, false);
  const bool fits = array ? element_type(type) == key_type : type == key_type || (reference.key_as_text && has_one_text(key_type));
  reference.matches = fits ? reference_sql(reference, kept, key_column) : nullptr;
  if (reference.matches == nullptr) raise_gone(psprintf("type of %s.%s", kept.referencing, quote_identifier(kept.column)), registered, remove);
  resolved.arguments = arguments_of_reference(kept.relation, kept.column, key_column, kept.type_column, kept.type_value);
  reference.guard = find_guard(reference.referencing, resolved.arguments);
  table_close(relation, NoLock);
  return resolved;
}

Oid resolve(const KeptProtection &kept) {
  const char *registered = psprintf("The protection of %s", kept.relation), *remove = psprintf("* from proapp.unprotect(%s)", quote_literal_cstr(kept.relation));
  Relation relation = open(kept.relation, registered, remove);
  const Oid found = RelationGetRelid(relation);
  if (kept.allowed != nullptr) read_kept_expression(kept.allowed, relation, "r", psprintf("allowed of the protection of %s", kept.relation), remove);
  table_close(relation, NoLock);
  return found;
}

}  // namespace proapp::deletion
