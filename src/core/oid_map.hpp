// A hash map from OID to a value: open addressing over arena memory, 0 means empty; nothing is ever removed.
// Slots are eight bytes and values stand in blocks in the order they came, so that a look-up touches little memory and growing moves no value.
#pragma once
#include "core/arena.hpp"

#include <cstdint>

namespace proapp::core {

using Oid = std::uint32_t;

template <class T>
class OidMap {
 public:
  explicit OidMap(Arena &arena) : arena_(&arena), blocks_(arena) {}

  const T *find(Oid oid) const {
    if (capacity_ == 0 || oid == 0) return nullptr;
    for (std::size_t i = place(oid);; i = (i + 1) & (capacity_ - 1)) {
      if (slots_[i].oid == oid) return &entry(slots_[i].index).value;
      if (slots_[i].oid == 0) return nullptr;
    }
  }
  T *find(Oid oid) { return const_cast<T *>(static_cast<const OidMap *>(this)->find(oid)); }

  // The value of `oid`, a default one where it was not there. Stays where it is.
  T &at(Oid oid) {
    if ((size_ + 1) * 2 > capacity_) grow();
    std::size_t i = place(oid);
    while (slots_[i].oid != oid && slots_[i].oid != 0) i = (i + 1) & (capacity_ - 1);
    if (slots_[i].oid == 0) {
      slots_[i] = {oid, static_cast<std::uint32_t>(size_)};
      if (size_ % block_size == 0) blocks_.push_back(static_cast<Entry *>(arena_->allocate(block_size * sizeof(Entry), alignof(Entry))));
      new (&entry(size_++)) Entry{oid, T{}};
    }
    return entry(slots_[i].index).value;
  }

  // In the order they came.
  template <class Visit>
  void each(Visit visit) {
    for (std::size_t i = 0; i < size_; ++i) visit(entry(i).oid, entry(i).value);
  }
  template <class Visit>
  void each(Visit visit) const {
    for (std::size_t i = 0; i < size_; ++i) visit(entry(i).oid, static_cast<const T &>(entry(i).value));
  }
  std::size_t size() const { return size_; }

 private:
  static constexpr std::size_t block_size = 256;
  struct Slot {
    Oid oid = 0;
    std::uint32_t index = 0;
  };
  struct Entry {
    Oid oid;
    T value;
  };
  static_assert(std::is_trivially_destructible_v<Entry>);

  Entry &entry(std::size_t i) const { return blocks_[i / block_size][i % block_size]; }

  // Fibonacci hashing: neighbouring OIDs spread.
  std::size_t place(Oid oid) const { return static_cast<std::size_t>((oid * 0x9E3779B97F4A7C15ull) >> 32) & (capacity_ - 1); }

  void grow() {
    Slot *const old = slots_;
    const std::size_t old_capacity = capacity_;
    const std::size_t bigger = capacity_ == 0 ? 64 : capacity_ * 2;
    auto *fresh = static_cast<Slot *>(arena_->allocate(bigger * sizeof(Slot), alignof(Slot)));
    for (std::size_t i = 0; i < bigger; ++i) new (&fresh[i]) Slot();
    slots_ = fresh;
    capacity_ = bigger;
    for (std::size_t i = 0; i < old_capacity; ++i) {
      if (old[i].oid == 0) continue;
      std::size_t j = place(old[i].oid);
      while (slots_[j].oid != 0) j = (j + 1) & (capacity_ - 1);
      slots_[j] = old[i];
    }
    if (old != nullptr) arena_->release(old, old_capacity * sizeof(Slot));
  }

  Arena *arena_;
  Slot *slots_ = nullptr;
  Vector<Entry *> blocks_;
  std::size_t capacity_ = 0;
  std::size_t size_ = 0;
};

}  // namespace proapp::core
