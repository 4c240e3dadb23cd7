#include "deletion/batch.hpp"

#include "pg/boundary.hpp"

#include "pg/session.hpp"

#include "deletion/archive.hpp"
#include "deletion/rights.hpp"

namespace proapp::deletion {

namespace {

class Search {
 public:
  Search(core::Arena &arena, const Request &request, const Graph &graph, uint64 size, Guess &guess)
      : arena_(arena), request_(request), graph_(graph), needed_(needed_rows(graph, true)), size_(size), guess_(guess) {}

  Batch run() {
    Closure root = start_closure(graph_, Purpose::remove, PG_UINT64_MAX);
    RowSet *key = key_set(root.sets, request_.key);
    find_root(root, key);
    close_set(root.sets, key);
    Batch batch = {nullptr, false};
    if (root.going[0].count > 0) {
      batch.examination = fits(0, root.going[0].rows) ? nullptr : descend(root);
      batch.is_last = batch.examination == nullptr;
      if (batch.is_last) batch.examination = &examine_with(0, root.going[0].rows);
    }
    close(root);
    return batch;
  }

 private:
  // Looks, and locks nothing.
  bool fits(uint32_t table, const RowSet *rows) {
    Closure closure = start_closure(graph_, Purpose::prove, size_ + 1);
    take_along(closure, table, rows);
    if (!closure.at_limit()) find_going_with(closure, table, needed_);
    const bool fits = !closure.at_limit();
    if (fits && table != 0) guess_ = {graph_.tables[table].id, Max(rows->count * size_ / closure.total, 1)};
    close(closure);
    return fits;
  }

  Examination &examine_with(uint32_t table, const RowSet *rows) {
    Closure closure = start_closure(graph_, Purpose::remove, PG_UINT64_MAX);
    take_along(closure, table, rows);
    find_going_with(closure, table, needed_);
    return look_around(arena_, graph_, closure);
  }

  // A NO ACTION key forbids only while its rows are there, and those that go with the root are in another batch.
  bool waits_for_another(const Examination &examination) const {
    const auto &blocking = examination.obstacles.blocking;
    if (blocking.empty()) return false;
    for (const Obstacle &obstacle : blocking) {
      bool found = false;
      for (const Reference &reference : graph_.references)
        found |= obstacle.via == reference.name && reference.action == Reference::Action::no_action && graph_.tables[reference.from].goes;
      if (!found) return false;
    }
    return true;
  }

  RowSet *halve(RowSet *rows, Closure &of) {
    RowSet *half = open_set(of.sets, psprintf("half_%d", ++halves_), rows->columns, false);
    copy_rows(rows, half, rows->count / 2);
    return half;
  }

  uint64 first_try(uint32_t table) const { return guess_.table == graph_.tables[table].id ? Min(guess_.rows, size_) : size_; }

  // A batch of the rows that reference those of the source by one key; or, where even one of them is too much, that one as the next source.
  Examination *follow(Closure &source, const Reference &reference, Closure &next) {
    RowSet *rows = find_followers(source, reference, first_try(reference.from));
    while (rows->count > 1 && !fits(reference.from, rows)) rows = halve(rows, source);
    if (rows->count == 0) return nullptr;
    if (rows->count == 1 && !fits(reference.from, rows)) {
      next = start_closure(graph_, Purpose::remove, PG_UINT64_MAX);
      take_along(next, reference.from, rows);
      return nullptr;
    }
    Examination &examination = examine_with(reference.from, rows);
    if (!waits_for_another(examination)) return &examination;
    close(examination);
    was_blocked_ = true;
    return nullptr;
  }

  // Null: there is nothing that could go before the root and its cycle do.
  Examination *descend(Closure &root) {
    Closure source = root;
    uint32_t table = 0;
    for (;;) {
      CHECK_FOR_INTERRUPTS();
      find_circle_of(source, table);
      const uint32_t cycle = graph_.order.cycle_of[table];
      Closure next = {};
      const Reference *into = nullptr;
      for (const Reference &reference : graph_.references) {
        if (!reference.follows || source.going[reference.to].count == 0 || graph_.order.cycle_of[reference.from] == cycle) continue;
        if (Examination *examination = follow(source, reference, next)) return examination;
        if (next.graph == nullptr) continue;
        into = &reference;
        break;
      }
      if (into == nullptr) break;
      source = next;
      table = into->from;
    }
    if (was_blocked_ || table == 0) return nullptr;
    return &examine_with(table, source.going[table].rows);
  }

  core::Arena &arena_;
  const Request &request_;
  const Graph &graph_;
  const bool *needed_;
  uint64 size_;
  Guess &guess_;
  bool was_blocked_ = false;
  int halves_ = 0;
};

}  // namespace

Batch next_batch(core::Arena &arena, const Request &request, uint64 size, Guess &guess) {
  const int pin = pin_settings();
  auto &graph = arena.make<Graph>(read_graph(arena, request.relation, false, true));
  const Batch batch = arena.make<Search>(arena, request, graph, size, guess).run();
  pg::unpin_search_path(pin);
  if (batch.examination != nullptr) insist_on_rights(batch.examination->closure, batch.examination->obstacles);
  return batch;
}

}  // namespace proapp::deletion
