// Memory for core: an arena hands out bytes, and whoever made it frees all at once.
// Core never sees PostgreSQL: the server's arena is a MemoryContext (pg/context_arena.hpp), a test's is malloc.
#pragma once
#include <cstddef>
#include <cstring>
#include <new>
#include <span>
#include <string_view>
#include <utility>

#include <boost/container/vector.hpp>

namespace proapp::core {

class Arena {
 public:
  // Throws std::bad_alloc; never returns null.
  virtual void *allocate(std::size_t bytes, std::size_t alignment) = 0;
  // What allocate() gave for that many bytes is not needed any more: an arena may take it back, or wait until it goes.
  virtual void release(void *, std::size_t) noexcept {}

  // Objects live until the arena goes; their destructors never run, so they may own nothing but arena memory.
  template <class T, class... Args>
  T &make(Args &&...args) {
    return *new (allocate(sizeof(T), alignof(T))) T(std::forward<Args>(args)...);
  }

  std::string_view copy(std::string_view text) {
    if (text.empty()) return {};
    auto *bytes = static_cast<char *>(allocate(text.size(), 1));
    std::memcpy(bytes, text.data(), text.size());
    return {bytes, text.size()};
  }

  template <class T>
  std::span<const T> copy(std::span<const T> items) {
    static_assert(std::is_trivially_copyable_v<T>);
    if (items.empty()) return {};
    auto *bytes = static_cast<T *>(allocate(items.size_bytes(), alignof(T)));
    std::memcpy(static_cast<void *>(bytes), items.data(), items.size_bytes());
    return {bytes, items.size()};
  }

 protected:
  ~Arena() = default;
};

template <class T>
class ArenaAllocator {
 public:
  using value_type = T;
  explicit ArenaAllocator(Arena &arena) noexcept : arena_(&arena) {}
  template <class U>
  ArenaAllocator(const ArenaAllocator<U> &other) noexcept : arena_(other.arena()) {}

  T *allocate(std::size_t n) {
    if (n > static_cast<std::size_t>(-1) / sizeof(T)) throw std::bad_alloc();
    return static_cast<T *>(arena_->allocate(n * sizeof(T), alignof(T)));
  }
  void deallocate(T *items, std::size_t n) noexcept { arena_->release(items, n * sizeof(T)); }
  Arena *arena() const noexcept { return arena_; }
  friend bool operator==(const ArenaAllocator &a, const ArenaAllocator &b) noexcept { return a.arena_ == b.arena_; }

 private:
  Arena *arena_;
};

// Made by `arena.make<Vector<T>>(arena)`, so that no destructor stands on a stack that PostgreSQL may longjmp over.
template <class T>
class Vector : public boost::container::vector<T, ArenaAllocator<T>> {
 public:
  explicit Vector(Arena &arena) : boost::container::vector<T, ArenaAllocator<T>>(ArenaAllocator<T>(arena)) {}
  std::span<const T> span() const { return {this->data(), this->size()}; }
};

}  // namespace proapp::core
