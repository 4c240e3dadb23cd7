// What keeps long work in core polite: a stop flag to poll and a stack limit to respect, both injected, because core knows neither signals nor PostgreSQL.
#pragma once
#include "core/error.hpp"

namespace proapp::core {

struct Watch {
  bool (*stop)() noexcept = nullptr;      // the user cancelled
  bool (*too_deep)() noexcept = nullptr;  // the next frame may not fit on the stack

  // Throws Cancelled. Cheap enough for every few thousand steps of a loop.
  void poll() const {
    if (stop != nullptr && stop()) throw Cancelled{};
  }
  // For every level of a recursion. Throws Error 54001.
  void descend() const {
    if (too_deep != nullptr && too_deep())
      fail("54001", "stack depth limit exceeded", "An expression is nested too deeply.", "Increase the configuration parameter \"max_stack_depth\".");
  }
};

}  // namespace proapp::core
