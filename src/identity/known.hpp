// Registrations whose tables were inspected. A registration follows snapshots and is recognised by its row; the table's definition does not.
#pragma once
#include "pg/postgres.hpp"

#include "identity/cache.hpp"
#include "identity/shelf.hpp"
#include "identity/target.hpp"
#include "pg/kept_row.hpp"

namespace proapp::identity {

struct Known {
  uint64 inspection;  // which one: another for each
  uint64 generation;
  pg::KeptRow row;
  const char *problem;  // null where there is none
};

// Whether what was inspected before still holds, as far as is known before the next lock.
inline bool holds(Known &known, Snapshot snapshot) { return known.problem == nullptr && known.generation == pg::generation() && pg::sees(snapshot, known.row); }

// Opens it then.
bool reopen_known(Known &known, Target &target, Snapshot snapshot);

// The registration of that name, inspected before or now by `inspect(item)`; item.target() is open then, where there is no problem, until close_target().
template <class Item, class Inspect>
Item &open_known(Shelf<Item> &shelf, std::string_view name, Snapshot snapshot, Inspect inspect) {
  Item *known = shelf.find(name);
  if (known != nullptr && reopen_known(*known, known->target(), snapshot)) return *known;
  return shelf.put(name, [&] {
    static uint64 inspections = 0;
    Item item{};
    item.inspection = ++inspections;
    item.generation = pg::generation();
    inspect(item);
    return item;
  });
}

}  // namespace proapp::identity
