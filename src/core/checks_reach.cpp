// What the roles that serve requests reach besides tables with policies.
#include "core/check.hpp"

namespace proapp::core {

std::span<const Check> reach_checks() { return {}; }

}  // namespace proapp::core
