// The type of the values that a stored expression makes.
#pragma once
#include "core/oid_map.hpp"
#include "core/tree_text.hpp"

namespace proapp::core {

// 0 where the expression does not say it.
Oid expression_type(TreeText value);

}  // namespace proapp::core
