// An arena for tests: every piece is its own malloc, so that AddressSanitizer sees each overrun, and all are freed with the arena.
//
//   TestArena arena;
//   auto &numbers = arena.make<core::Vector<int>>(arena);
#pragma once
#include "core/arena.hpp"

#include <cstdlib>
#include <new>
#include <vector>

namespace proapp::test {

class TestArena final : public core::Arena {
 public:
  // Throws std::bad_alloc once `limit` bytes were given out, to see what core does then.
  explicit TestArena(std::size_t limit = static_cast<std::size_t>(-1)) : left_(limit) {}
  TestArena(const TestArena &) = delete;
  TestArena &operator=(const TestArena &) = delete;
  ~TestArena() {
    for (void *piece : pieces_) std::free(piece);
  }

  void *allocate(std::size_t bytes, std::size_t alignment) override {
    if (bytes > left_ || alignment > alignof(std::max_align_t)) throw std::bad_alloc();
    if (pieces_.size() == pieces_.capacity()) pieces_.reserve(pieces_.size() * 2 + 16);
    void *piece = std::malloc(bytes == 0 ? 1 : bytes);
    if (piece == nullptr) throw std::bad_alloc();
    pieces_.push_back(piece);
    left_ -= bytes;
    return piece;
  }

  std::size_t pieces() const { return pieces_.size(); }

 private:
  std::size_t left_;
  std::vector<void *> pieces_;
};

}  // namespace proapp::test
