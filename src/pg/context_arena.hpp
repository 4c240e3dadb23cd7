// An arena over a MemoryContext: freed with it, also when an ERROR unwinds past us.
#pragma once
#include "pg/postgres.hpp"

#include "core/arena.hpp"

#include <bit>
#include <cstdint>
#include <type_traits>

namespace proapp::pg {

class ContextArena final : public core::Arena {
 public:
  explicit ContextArena(MemoryContext context) noexcept : context_(context) {}
  // A child of the current context, gone with it.
  explicit ContextArena(const char *name) : context_(AllocSetContextCreateInternal(CurrentMemoryContext, name, ALLOCSET_DEFAULT_SIZES)) {}
  ContextArena(const ContextArena &) = delete;
  ContextArena &operator=(const ContextArena &) = delete;

  // Small pieces are cut from blocks: a manifest makes millions of them, and the context would round each up and put a header before it.
  // NO_OOM and the checks before it: nothing here can longjmp through a container that is half built. A single piece above 1 GB is somebody's
  // mistake or attack, and PostgreSQL could return no value of that size.
  void *allocate(std::size_t bytes, std::size_t alignment) override {
    if (!std::has_single_bit(alignment) || alignment > MAXIMUM_ALIGNOF || !AllocSizeIsValid(bytes)) throw std::bad_alloc();
    if (is_alone(bytes)) return from_context(bytes);
    char *aligned = reinterpret_cast<char *>(TYPEALIGN(alignment, reinterpret_cast<std::uintptr_t>(at_)));
    if (at_ == nullptr || aligned > end_ || bytes > static_cast<std::size_t>(end_ - aligned)) {
      aligned = static_cast<char *>(from_context(block_size));
      end_ = aligned + block_size;
    }
    at_ = aligned + bytes;
    return aligned;
  }

  // A growing table leaves smaller ones behind, which together are as large again.
  void release(void *piece, std::size_t bytes) noexcept override {
    if (is_alone(bytes)) pfree(piece);
  }

  MemoryContext context() const noexcept { return context_; }
  void reset() {
    MemoryContextReset(context_);
    at_ = end_ = nullptr;
  }

 private:
  static constexpr std::size_t block_size = 4096;  // a power of two: the context would round up anything else

  static bool is_alone(std::size_t bytes) { return bytes > block_size / 4; }

  void *from_context(std::size_t bytes) {
    void *p = MemoryContextAllocExtended(context_, bytes, MCXT_ALLOC_NO_OOM);
    if (p == nullptr) throw std::bad_alloc();
    return p;
  }

  MemoryContext context_;
  char *at_ = nullptr, *end_ = nullptr;  // what is left of the current block
};
static_assert(std::is_trivially_destructible_v<ContextArena>);

}  // namespace proapp::pg
