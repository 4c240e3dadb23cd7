// An arena for tests of core: everything goes when it goes.
#pragma once
#include "core/arena.hpp"

#include <memory>
#include <vector>

namespace proapp::test {

class MallocArena final : public core::Arena {
 public:
  void *allocate(std::size_t bytes, std::size_t) override { return blocks_.emplace_back(new char[bytes > 0 ? bytes : 1]).get(); }

 private:
  std::vector<std::unique_ptr<char[]>> blocks_;
};

}  // namespace proapp::test
