// Indexes, extensions, sequences, and what a dump would lose.
#include "core/check.hpp"

namespace proapp::core {

std::span<const Check> operation_checks() { return {}; }

}  // namespace proapp::core
