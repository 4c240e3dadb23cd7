// A hash map from OID to a small value: open addressing over arena memory, 0 means empty. Grows by doubling; nothing is ever removed.
#pragma once
#include "core/arena.hpp"

#include <cstdint>

namespace proapp::core {

using Oid = std::uint32_t;

template <class T>
class OidMap {
 public:
  explicit OidMap(Arena &arena) : arena_(&arena) {}

  const T *find(Oid oid) const {
    if (capacity_ == 0 || oid == 0) return nullptr;
    for (std::size_t i = slot(oid);; i = (i + 1) & (capacity_ - 1)) {
      if (slots_[i].oid == oid) return &slots_[i].value;
      if (slots_[i].oid == 0) return nullptr;
    }
  }
  T *find(Oid oid) { return const_cast<T *>(static_cast<const OidMap *>(this)->find(oid)); }

  // The value of `oid`, a default one where it was not there. Stays where it is until the next new key.
  T &at(Oid oid) {
    if ((size_ + 1) * 2 > capacity_) grow();
    std::size_t i = slot(oid);
    while (slots_[i].oid != oid && slots_[i].oid != 0) i = (i + 1) & (capacity_ - 1);
    if (slots_[i].oid == 0) {
      slots_[i].oid = oid;
      ++size_;
    }
    return slots_[i].value;
  }

  template <class Visit>
  void each(Visit visit) {
    for (std::size_t i = 0; i < capacity_; ++i)
      if (slots_[i].oid != 0) visit(slots_[i].oid, slots_[i].value);
  }
  template <class Visit>
  void each(Visit visit) const {
    for (std::size_t i = 0; i < capacity_; ++i)
      if (slots_[i].oid != 0) visit(slots_[i].oid, slots_[i].value);
  }
  std::size_t size() const { return size_; }

 private:
  struct Slot {
    Oid oid = 0;
    T value{};
  };
  static_assert(std::is_trivially_destructible_v<Slot>);

  // Fibonacci hashing: neighbouring OIDs spread.
  std::size_t slot(Oid oid) const { return static_cast<std::size_t>((oid * 0x9E3779B97F4A7C15ull) >> 32) & (capacity_ - 1); }

  void grow() {
    const std::size_t old_capacity = capacity_;
    Slot *old = slots_;
    const std::size_t bigger = capacity_ == 0 ? 64 : capacity_ * 2;
    auto *fresh = static_cast<Slot *>(arena_->allocate(bigger * sizeof(Slot), alignof(Slot)));
    for (std::size_t i = 0; i < bigger; ++i) new (&fresh[i]) Slot();
    slots_ = fresh;
    capacity_ = bigger;
    for (std::size_t i = 0; i < old_capacity; ++i) {
      if (old[i].oid == 0) continue;
      std::size_t j = slot(old[i].oid);
      while (slots_[j].oid != 0) j = (j + 1) & (capacity_ - 1);
      slots_[j] = old[i];
    }
  }

  Arena *arena_;
  Slot *slots_ = nullptr;
  std::size_t capacity_ = 0;
  std::size_t size_ = 0;
};

}  // namespace proapp::core
