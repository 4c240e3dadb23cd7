#include "deletion/obstacles.hpp"

#include "pg/boundary.hpp"

#include "deletion/sets_sql.hpp"

extern "C" {
#include <optimizer/clauses.h>
#include <optimizer/optimizer.h>
#include <rewrite/rewriteHandler.h>
#include <utils/ruleutils.h>
#include <utils/syscache.h>
}

namespace proapp::deletion {

using Action = Reference::Action;

namespace {

bool is_not_null(Oid relation, AttrNumber column) {
  HeapTuple tuple = SearchSysCache2(ATTNUM, ObjectIdGetDatum(relation), Int16GetDatum(column));
  if (!HeapTupleIsValid(tuple)) elog(ERROR, "cache lookup failed for attribute %d of relation %u", column, relation);
  const bool not_null = reinterpret_cast<Form_pg_attribute>(GETSTRUCT(tuple))->attnotnull;
  ReleaseSysCache(tuple);
  return not_null;
}

class Search {
 public:
  Search(core::Arena &arena, Closure &closure)
      : closure_(closure), graph_(*closure.graph), found_{arena.make<core::Vector<Obstacle>>(arena), arena.make<core::Vector<Update>>(arena)} {}

  Obstacles run() {
    for (const Reference &reference : graph_.references) {
      const RowSet *referenced = closure_.going[reference.to].rows;
      if (reference.follows || referenced == nullptr || referenced->count == 0) continue;
      if (reference.action == Action::set_null || reference.action == Action::set_default || removes_elements(reference))
        update(reference);
      else
        forbid(reference);
    }
    return found_;
  }

 private:
  // What a tenant leaves behind in arrays is taken out of them.
  bool removes_elements(const Reference &reference) const { return graph_.erase && reference.kind == Reference::Kind::array; }

  // Rows that go themselves forbid nothing and are not updated. With RESTRICT only a row's reference to itself counts for nothing.
  StringInfo referencing(const Reference &reference, const char *columns) {
    StringInfo sql = makeStringInfo();
    appendStringInfo(sql, "select %s", columns);
    append_referencing(sql, graph_, reference, closure_.going[reference.to].rows);
    const Going &own = closure_.going[reference.from];
    if (reference.action != Action::restricts) {
      if (own.count > 0) append_not_in(sql, own.rows);
    } else if (reference.from == reference.to) {
      appendStringInfoString(sql, " and not (");
      append_same_place(sql);
      appendStringInfoChar(sql, ')');
    }
    return sql;
  }

  void forbid(const Reference &reference) {
    const bool repeated = reference.kind == Reference::Kind::array;
    StringInfo sql = referencing(reference, repeated ? "distinct c.ctid, c.tableoid" : "");
    const uint64 count = run_as_owner(graph_.tables[reference.from].id, sql->data, closure_.sets, nullptr, closure_.purpose == Purpose::plan ? Purpose::plan : Purpose::prove);
    if (count == 0) return;
    found_.blocking.push_back({reference.to, graph_.tables[reference.from].name, reference.name, count,
                               psprintf("%s forbids to delete rows of %s that are referenced.", rule_of(reference), graph_.tables[reference.to].name), nullptr,
                               ERRCODE_FOREIGN_KEY_VIOLATION});
  }

  static const char *rule_of(const Reference &reference) {
    if (reference.kind != Reference::Kind::foreign_key) return "The registered reference";
    return reference.action == Action::restricts ? "ON DELETE RESTRICT" : "ON DELETE NO ACTION";
  }

  void update(const Reference &reference) {
    const auto number = static_cast<unsigned>(&reference - graph_.references.data());
    const Table &table = graph_.tables[reference.from];
    RowSet *rows = open_set(closure_.sets, psprintf("updated_%u", number), columns_of_set(graph_, reference.from, closure_.keeps_rows()), reference.kind == Reference::Kind::array);
    StringInfo columns = makeStringInfo();
    append_columns(columns, table, rows->columns);
    StringInfo sql = referencing(reference, columns->data);
    if (closure_.purpose == Purpose::remove) appendStringInfoString(sql, " for update of c");
    run_as_owner(table.id, sql->data, closure_.sets, rows_into(rows, nullptr, PG_UINT64_MAX), closure_.purpose);
    if (rows->count == 0) {
      close_set(closure_.sets, rows);
      return;
    }
    found_.updates.push_back({&reference, rows});
    insist_on_nullable(reference, rows->count);
    if (reference.action == Action::set_default) insist_on_default(reference, rows);
  }

  void insist_on_nullable(const Reference &reference, uint64 count) {
    if (reference.kind != Reference::Kind::foreign_key) return;
    const Table &table = graph_.tables[reference.from];
    for (int i = 0; i < reference.set_count; ++i) {
      bool changes;
      const bool to_null = reference.action == Action::set_null || strcmp(default_of(table.id, reference.set_columns[i], &changes), "null") == 0;
      if (to_null && is_not_null(table.id, reference.set_columns[i]))
        found_.blocking.push_back({reference.to, table.name, reference.name, count,
                                   psprintf("ON DELETE SET %s meets column %s, which is NOT NULL.", reference.action == Action::set_null ? "NULL" : "DEFAULT, without a default,",
                                            column_name(table.id, reference.set_columns[i])),
                                   nullptr, ERRCODE_NOT_NULL_VIOLATION});
    }
  }

  // The default's text, qualified because the search_path is pinned; null where it is none, or another one each time.
  static const char *default_of(Oid relation, AttrNumber column, bool *changes) {
    const Relation table = table_open(relation, AccessShareLock);
    Node *expression = build_column_default(table, column);
    table_close(table, NoLock);
    *changes = expression != nullptr && contain_volatile_functions(expression);
    return expression == nullptr ? "null" : deparse_expression(expression, NIL, false, false);
  }

  // A default that references nothing that stays lets the deletion fail, as PostgreSQL's own would.
  void insist_on_default(const Reference &reference, RowSet *rows) {
    const Table &table = graph_.tables[reference.from], &referenced = graph_.tables[reference.to];
    StringInfo sql = makeStringInfo(), key = makeStringInfo();
    publish_count(rows);
    appendStringInfoString(sql, "select from ");
    append_table(sql, table);
    appendStringInfo(sql, ", %s g where ", rows->name);
    append_same_place(sql);
    for (int i = 0; i < reference.columns; ++i) {
      const char *value = psprintf("c.%s", column_name(table.id, reference.referencing_columns[i]));
      for (int j = 0; j < reference.set_count; ++j) {
        if (reference.set_columns[j] != reference.referencing_columns[i]) continue;
        bool changes;
        value = psprintf("(%s)", default_of(table.id, reference.set_columns[j], &changes));
        if (changes) return;  // asking would use up a sequence; the update itself will say
      }
      const Oid type = get_atttype(table.id, reference.referencing_columns[i]);
      value = psprintf("%s::%s", value, format_type_be_qualified(type));
      appendStringInfo(sql, " and %s is not null", value);
      appendStringInfoString(key, i == 0 ? "" : " and ");
      generate_operator_clause(key, psprintf("p.%s", column_name(referenced.id, reference.referenced_columns[i])), get_atttype(referenced.id, reference.referenced_columns[i]),
                               reference.operators[i], value, type);
    }
    appendStringInfo(
        sql,
        " and not exists (select from %s%s p where %s and not exists (select from %s x where x.place operator(pg_catalog.=) p.ctid and x.part operator(pg_catalog.=) p.tableoid))",
        referenced.partitioned ? "" : "only ", referenced.name, key->data, closure_.going[reference.to].rows->name);
    const uint64 count = run_as_owner(table.id, sql->data, closure_.sets, nullptr, closure_.purpose);
    if (count > 0)
      found_.blocking.push_back({reference.to, table.name, reference.name, count,
                                 psprintf("ON DELETE SET DEFAULT meets a default that references no row of %s that stays.", referenced.name), nullptr,
                                 ERRCODE_FOREIGN_KEY_VIOLATION});
  }

  Closure &closure_;
  const Graph &graph_;
  Obstacles found_;
};

}  // namespace

Obstacles find_obstacles(core::Arena &arena, Closure &closure) { return arena.make<Search>(arena, closure).run(); }

}  // namespace proapp::deletion
