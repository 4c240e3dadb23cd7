// What policies cost, and policies that go round in circles.
#include "core/check.hpp"

namespace proapp::core {

std::span<const Check> policy_cost_checks() { return {}; }

}  // namespace proapp::core
