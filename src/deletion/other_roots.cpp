#include "deletion/other_roots.hpp"

#include "pg/boundary.hpp"

#include "deletion/sets_sql.hpp"

namespace proapp::deletion {

namespace {

class Search {
 public:
  Search(const Closure &closure, Obstacles &obstacles) : closure_(closure), graph_(*closure.graph), obstacles_(obstacles) {}

  void run() {
    if (closure_.going[0].count == 0) return;
    root_ = open_set(closure_.sets, "root_row", columns_of_set(graph_, 0, closure_.keeps_rows()), false);
    copy_rows(closure_.going[0].rows, root_, 1);
    for (const Reference &reference : graph_.references)
      if (is_key_of_root(reference) && has_rows(reference.from)) insist_on_own(reference);
    if (closure_.going[0].count > 1) insist_on_one_root();
    close_set(closure_.sets, root_);
  }

 private:
  static bool is_key_of_root(const Reference &reference) { return reference.kind == Reference::Kind::foreign_key && reference.to == 0; }
  bool has_rows(uint32_t table) const { return closure_.going[table].rows != nullptr && closure_.going[table].count > 0; }
  uint64 count(const Table &table, StringInfo sql) { return run_as_owner(table.id, sql->data, closure_.sets, nullptr, closure_.purpose); }

  // c is a row that goes, but not the root.
  void append_goes(StringInfo sql, uint32_t number) {
    appendStringInfo(sql, " exists (select from %s x where x.place operator(pg_catalog.=) c.ctid and x.part operator(pg_catalog.=) c.tableoid)", closure_.going[number].rows->name);
    if (number == 0) append_not_in(sql, root_);
  }

  void insist_on_own(const Reference &reference) {
    const Table &table = graph_.tables[reference.from];
    StringInfo all = makeStringInfo(), own = makeStringInfo();
    publish_count(closure_.going[reference.from].rows);
    appendStringInfoString(all, "select from ");
    append_table(all, table);
    appendStringInfoString(all, " where");
    append_goes(all, reference.from);
    append_carries(all, graph_, reference);
    appendStringInfoString(own, "select");
    append_referencing(own, graph_, reference, root_);
    appendStringInfoString(own, " and");
    append_goes(own, reference.from);
    const uint64 others = count(table, all) - count(table, own);
    if (others > 0) add(reference.from, reference.name, others, psprintf("The key of another row of %s: they are not this one's alone.", graph_.tables[0].name));
  }

  void insist_on_one_root() {
    const Table &root = graph_.tables[0];
    StringInfo sql = makeStringInfo();
    appendStringInfoString(sql, "select from ");
    append_table(sql, root);
    appendStringInfoString(sql, " where");
    append_goes(sql, 0);
    for (const Reference &reference : graph_.references) {
      if (!is_key_of_root(reference) || reference.from != 0) continue;
      StringInfo own = makeStringInfo();
      append_carries(own, graph_, reference);
      appendStringInfo(sql, " and not (%s)", own->data + strlen(" and "));
    }
    const uint64 others = count(root, sql);
    if (others > 0) add(0, nullptr, others, "Another row of the table would go along.");
  }

  void add(uint32_t number, const char *via, uint64 others, const char *detail) {
    obstacles_.blocking.push_back({number, graph_.tables[number].name, via, others, detail, nullptr, ERRCODE_FOREIGN_KEY_VIOLATION, true});
  }

  const Closure &closure_;
  const Graph &graph_;
  Obstacles &obstacles_;
  RowSet *root_ = nullptr;
};

}  // namespace

void add_rows_of_others(const Closure &closure, Obstacles &obstacles) { Search(closure, obstacles).run(); }

}  // namespace proapp::deletion
