// A map from an object's address in the catalogs (catalog, OID, part) to a small value.
#pragma once
#include "core/oid_map.hpp"

namespace proapp::core {

template <class T>
class ObjectMap {
 public:
  explicit ObjectMap(Arena &arena) : arena_(&arena), chains_(arena) {}

  void put(Oid catalog, Oid object, std::int32_t part, const T &value) {
    Entry *&head = chains_.at(object);
    head = &arena_->make<Entry>(Entry{catalog, part, value, head});
  }

  const T *find(Oid catalog, Oid object, std::int32_t part = 0) const {
    Entry *const *head = chains_.find(object);
    for (Entry *entry = head == nullptr ? nullptr : *head; entry != nullptr; entry = entry->next)
      if (entry->catalog == catalog && entry->part == part) return &entry->value;
    return nullptr;
  }

 private:
  struct Entry {
    Oid catalog;
    std::int32_t part;
    T value;
    Entry *next;
  };
  Arena *arena_;
  OidMap<Entry *> chains_;
};

}  // namespace proapp::core
