// Keys, constraints and cascades.
#include "core/check.hpp"

namespace proapp::core {

std::span<const Check> integrity_checks() { return {}; }

}  // namespace proapp::core
