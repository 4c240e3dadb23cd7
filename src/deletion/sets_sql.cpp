#include "deletion/sets_sql.hpp"

extern "C" {
#include <catalog/pg_collation.h>
#include <catalog/pg_inherits.h>
#include <utils/array.h>
#include <utils/ruleutils.h>
#include <utils/syscache.h>
#include <utils/typcache.h>
}

namespace proapp::deletion {

void append_table(StringInfo sql, const Table &table) { appendStringInfo(sql, "%s%s c", table.partitioned ? "" : "only ", table.name); }

static const char *collation_name(Oid collation) {
  HeapTuple tuple = SearchSysCache1(COLLOID, ObjectIdGetDatum(collation));
  if (!HeapTupleIsValid(tuple)) elog(ERROR, "cache lookup failed for collation %u", collation);
  auto *row = reinterpret_cast<Form_pg_collation>(GETSTRUCT(tuple));
  const char *name = quote_qualified_identifier(get_namespace_name(row->collnamespace), NameStr(row->collname));
  ReleaseSysCache(tuple);
  return name;
}

static void type_of(Oid table, AttrNumber column, Oid &type, Oid &collation) {
  int32 modifier;
  get_atttypetypmodcoll(table, column, &type, &modifier, &collation);
}

// Of a foreign key the referenced column's collation says what is equal.
static void append_key(StringInfo sql, const Graph &graph, const Reference &reference, int i) {
  const Oid from = graph.tables[reference.from].id, to = graph.tables[reference.to].id;
  Oid type, collation, referencing_type, referencing_collation;
  type_of(to, reference.referenced_columns[i], type, collation);
  type_of(from, reference.referencing_columns[i], referencing_type, referencing_collation);
  const char *left = psprintf("g.k%d", reference.referenced_columns[i]);
  if (OidIsValid(collation) && collation != referencing_collation) left = psprintf("%s collate %s", left, collation_name(collation));
  const char *right = psprintf("c.%s", column_name(from, reference.referencing_columns[i]));
  generate_operator_clause(sql, left, type, reference.operators[i], right, referencing_type);
}

// The tables that hold the rows of a partition.
static void append_leaves(StringInfo sql, const char *column, Oid partition) {
  List *tables = find_all_inheritors(partition, AccessShareLock, nullptr);
  appendStringInfo(sql, " and %s operator(pg_catalog.=) any ('{", column);
  ListCell *cell;
  foreach (cell, tables) appendStringInfo(sql, "%s%u", cell == list_head(tables) ? "" : ",", lfirst_oid(cell));
  appendStringInfoString(sql, "}'::pg_catalog.oid[])");
}

static const char *column_of(const Table &table, AttrNumber column) { return psprintf("c.%s", column_name(table.id, column)); }

// An index finds the arrays that hold one value; the elements of all arrays are read where there are many values.
static constexpr uint64 few_values = 1000;

void append_carries(StringInfo sql, const Graph &graph, const Reference &reference) {
  const Table &from = graph.tables[reference.from];
  for (int i = 0; i < reference.columns; ++i) appendStringInfo(sql, " and %s is not null", column_of(from, reference.referencing_columns[i]));
  if (reference.referencing != from.id) append_leaves(sql, "c.tableoid", reference.referencing);
}

void append_referencing(StringInfo sql, const Graph &graph, const Reference &reference, RowSet *set, const char *source) {
  const Table &from = graph.tables[reference.from];
  publish_count(set);
  appendStringInfoString(sql, " from ");
  if (source != nullptr)
    appendStringInfo(sql, "%s c", source);
  else
    append_table(sql, from);
  const bool elements = reference.kind == Reference::Kind::array && !(reference.indexed && set->count <= few_values);
  if (elements) appendStringInfo(sql, ", lateral pg_catalog.unnest(%s) u(id)", column_of(from, reference.referencing_columns[0]));
  appendStringInfo(sql, ", %s g where ", set->name);
  const char *key = psprintf("g.k%d", reference.referenced_columns[0]);
  const Oid key_type = get_atttype(graph.tables[reference.to].id, reference.referenced_columns[0]);
  switch (reference.kind) {
    case Reference::Kind::foreign_key:
      for (int i = 0; i < reference.columns; ++i) {
        if (i > 0) appendStringInfoString(sql, " and ");
        append_key(sql, graph, reference, i);
      }
      break;
    case Reference::Kind::array:
      if (elements)
        append_equal(sql, key, "u.id", key_type);
      else
        appendStringInfo(sql, "%s operator(pg_catalog.@>) array[%s]", column_of(from, reference.referencing_columns[0]), key);
      break;
    case Reference::Kind::polymorphic: {
      const char *column = column_of(from, reference.referencing_columns[0]);
      appendStringInfo(sql, "c.%s::pg_catalog.text operator(pg_catalog.=) %s and ", quote_identifier(reference.type_column), quote_literal_cstr(reference.type_value));
      if (get_atttype(from.id, reference.referencing_columns[0]) == key_type)
        append_equal(sql, key, column, key_type);
      else
        appendStringInfo(sql, "%s::pg_catalog.text operator(pg_catalog.=) %s::pg_catalog.text", key, column);
      break;
    }
  }
  if (source != nullptr) return;
  if (reference.referencing != from.id) append_leaves(sql, "c.tableoid", reference.referencing);
  if (reference.referenced != graph.tables[reference.to].id) append_leaves(sql, "g.part", reference.referenced);
}

void append_not_in(StringInfo sql, const RowSet *set) {
  appendStringInfo(sql, " and not exists (select from %s x where x.place operator(pg_catalog.=) c.ctid and x.part operator(pg_catalog.=) c.tableoid)", set->name);
}

void append_same_place(StringInfo sql) { appendStringInfoString(sql, "c.ctid operator(pg_catalog.=) g.place and c.tableoid operator(pg_catalog.=) g.part"); }

void append_operator(StringInfo sql, const char *left, Oid operation, const char *right, Oid type) {
  Oid takes_left, takes_right;
  op_input_types(operation, &takes_left, &takes_right);
  const Oid base = IsPolymorphicType(takes_left) ? getBaseType(type) : type;
  const auto as_base = [&](const char *value) { return IsPolymorphicType(takes_left) ? psprintf("(%s)::%s", value, format_type_be_qualified(base)) : value; };
  generate_operator_clause(sql, as_base(left), base, operation, as_base(right), base);
}

void append_equal(StringInfo sql, const char *left, const char *right, Oid type) {
  const TypeCacheEntry *entry = lookup_type_cache(type, TYPECACHE_EQ_OPR);
  if (!OidIsValid(entry->eq_opr)) elog(ERROR, "type %u of a key has no equality", type);
  append_operator(sql, left, entry->eq_opr, right, type);
}

void append_same_row(StringInfo sql, const Table &table) {
  if (table.key_columns == 0) {
    append_same_place(sql);
    return;
  }
  for (int i = 0; i < table.key_columns; ++i) {
    if (i > 0) appendStringInfoString(sql, " and ");
    append_equal(sql, psprintf("c.%s", column_name(table.id, table.key[i])), psprintf("g.k%d", table.key[i]), get_atttype(table.id, table.key[i]));
  }
}

void append_set(StringInfo sql, const Graph &graph, const Reference &reference, const RowSet *going) {
  const Table &table = graph.tables[reference.from];
  appendStringInfoString(sql, " set ");
  if (reference.kind == Reference::Kind::array) {
    const char *column = column_name(table.id, reference.referencing_columns[0]);
    StringInfo equal = makeStringInfo();
    append_equal(equal, psprintf("x.k%d", reference.referenced_columns[0]), "u.id", get_atttype(graph.tables[reference.to].id, reference.referenced_columns[0]));
    appendStringInfo(sql,
                     "%s = (select coalesce(pg_catalog.array_agg(u.id order by u.n), '{}') from pg_catalog.unnest(c.%s) with ordinality u(id, n)"
                     " where not exists (select from %s x where %s))",
                     column, column, going->name, equal->data);
    return;
  }
  const char *value = reference.action == Reference::Action::set_null ? "null" : "default";
  for (int i = 0; i < reference.set_count; ++i) appendStringInfo(sql, "%s%s = %s", i == 0 ? "" : ", ", column_name(table.id, reference.set_columns[i]), value);
}

void append_columns(StringInfo sql, const Table &table, TupleDesc columns) {
  appendStringInfoString(sql, "c.ctid, c.tableoid");
  for (int i = first_key_column; i <= columns->natts; ++i) {
    const char *name = NameStr(TupleDescAttr(columns, i - 1)->attname);
    if (name[0] == 'k')
      appendStringInfo(sql, ", c.%s", column_name(table.id, static_cast<AttrNumber>(pg_strtoint16(name + 1))));
    else
      appendStringInfoString(sql, ", c.*::pg_catalog.text");  // c alone may be a column
  }
}

}  // namespace proapp::deletion
