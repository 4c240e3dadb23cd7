// A few things that this backend worked out and may meet again, each with its name and memory of its own.
#pragma once
#include "pg/postgres.hpp"

#include "pg/text.hpp"

#include <string_view>
#include <type_traits>

namespace proapp::identity {

template <class Item>
class Shelf {
 public:
  // Null where there is none of that name.
  Item *find(std::string_view name) {
    for (Place &place : places_)
      if (place.full && place.name_size == name.size() && memcmp(place.name, name.data(), name.size()) == 0) return &place.item;
    return nullptr;
  }

  // `fill` makes the item of that name anew, in memory that lives as long as the item; where it raises there is none.
  // It takes the place of an earlier one, or of what waited longest.
  template <class Fill>
  Item &put(std::string_view name, Fill fill) {
    static_assert(std::is_trivially_destructible_v<Fill>);
    Place &place = make_room(name);
    const MemoryContext before = MemoryContextSwitchTo(place.memory);
    place.name = pg::c_string(name);
    place.name_size = name.size();
    place.item = fill();
    place.full = true;
    MemoryContextSwitchTo(before);
    return place.item;
  }

 private:
  static_assert(std::is_trivially_destructible_v<Item>);
  struct Place {
    bool full;
    MemoryContext memory;
    const char *name;
    size_t name_size;
    Item item;
  };

  Place &make_room(std::string_view name) {
    Place *place = nullptr;
    for (Place &candidate : places_)
      if (candidate.full && name == std::string_view(candidate.name, candidate.name_size)) place = &candidate;
    if (place == nullptr) {
      place = &places_[next_];
      next_ = (next_ + 1) % size;
    }
    place->full = false;
    if (place->memory == nullptr)
      place->memory = AllocSetContextCreateInternal(TopMemoryContext, "proapp identity", ALLOCSET_SMALL_SIZES);
    else
      MemoryContextReset(place->memory);
    return *place;
  }

  static constexpr int size = 8;
  Place places_[size];
  int next_ = 0;
};

}  // namespace proapp::identity
