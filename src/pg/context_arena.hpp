// An arena over a MemoryContext: freed with it, also when an ERROR unwinds past us.
#pragma once
#include "pg/postgres.hpp"

#include "core/arena.hpp"

#include <bit>
#include <type_traits>

namespace proapp::pg {

class ContextArena final : public core::Arena {
 public:
  explicit ContextArena(MemoryContext context) noexcept : context_(context) {}
  // A child of the current context, gone with it.
  explicit ContextArena(const char *name) : context_(AllocSetContextCreateInternal(CurrentMemoryContext, name, ALLOCSET_DEFAULT_SIZES)) {}

  // NO_OOM and the checks before it: nothing here can longjmp through a container that is half built. A single piece above 1 GB is somebody's
  // mistake or attack, and PostgreSQL could return no value of that size.
  void *allocate(std::size_t bytes, std::size_t alignment) override {
    if (!std::has_single_bit(alignment) || alignment > MAXIMUM_ALIGNOF || !AllocSizeIsValid(bytes)) throw std::bad_alloc();
    void *p = MemoryContextAllocExtended(context_, bytes, MCXT_ALLOC_NO_OOM);
    if (p == nullptr) throw std::bad_alloc();
    return p;
  }

  MemoryContext context() const noexcept { return context_; }
  void reset() { MemoryContextReset(context_); }

 private:
  MemoryContext context_;
};
static_assert(std::is_trivially_destructible_v<ContextArena>);

}  // namespace proapp::pg
