// Registrations whose tables were inspected. A registration follows snapshots and is recognised by its row; the table's definition does not.
#pragma once
#include "pg/postgres.hpp"

#include "identity/cache.hpp"
#include "identity/shelf.hpp"
#include "identity/target.hpp"
#include "state/scan.hpp"

namespace proapp::identity {

struct Known {
  uint64 generation;
  state::KeptRow row;
  const char *problem;  // null where there is none
};

// Opens what was inspected before and still holds.
bool reopen_known(const Known &known, Target &target, Snapshot snapshot);

// The registration of that name, inspected before or now by `inspect(item)`; item.target() is open then, where there is no problem, until close_target().
template <class Item, class Inspect>
Item &open_known(Shelf<Item> &shelf, std::string_view name, Snapshot snapshot, Inspect inspect) {
  Item *known = shelf.find(name);
  if (known != nullptr && reopen_known(*known, known->target(), snapshot)) return *known;
  return shelf.put(name, [&] {
    Item item{};
    item.generation = cache_generation();
    inspect(item);
    return item;
  });
}

}  // namespace proapp::identity
