// Between core's values and jsonb.
#pragma once
#include "pg/postgres.hpp"

#include "core/value.hpp"
#include "core/watch.hpp"

namespace proapp::pg {

// In the current memory context. Raises 54000 where the result would be larger than jsonb can hold.
Datum to_jsonb(const core::Value &value);

// Texts and containers are copied into `arena`. Numbers that are no 64-bit integers come as texts.
core::Value from_jsonb(Datum jsonb, core::Arena &arena, const core::Watch &watch);

}  // namespace proapp::pg
