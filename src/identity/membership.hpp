// What map_members() registered: names only, in our own table proapp_data.memberships.
#pragma once
#include "pg/postgres.hpp"

#include "core/condition.hpp"
#include "core/keys.hpp"
#include "identity/target.hpp"
#include "state/scan.hpp"

#include <string_view>

namespace proapp::identity {

extern const state::Table memberships;

struct Membership {
  const char *membership;
  Source source;  // user to organization
  // Null where there is none:
  const char *role_column;
  const char *mapping;  // whose id the user column holds; else it holds the auth id itself
  const char *active_condition;
};

// Raises 42704 where `snapshot` sees no such membership. Texts live in the current memory context. `row`, where wanted, is for recognising it.
Membership find_membership(std::string_view membership, Snapshot snapshot, pg::KeptRow *row = nullptr);

// All of them, by name; elements are Membership *, in the current memory context.
struct List *all_memberships(Snapshot snapshot);

// A test of a condition, bound to a column of a table: what a row must hold, in the column's own type.
struct BoundTest {
  core::ConditionTest::Kind kind;
  AttrNumber column;
  Oid type;
  union Value {
    int64 integer;
    bool boolean;
    core::Uuid uuid;
    std::string_view text;  // also of an enum's label
    Value() : integer(0) {}
  };
  const Value *values;
  int value_count;
};

// A membership whose table was inspected.
struct Members {
  Target target;
  AttrNumber role;  // 0 where there is none
  Oid role_type;
  core::Condition condition;  // no steps where there is none
  const BoundTest *tests;
};
static_assert(std::is_trivially_destructible_v<Members>);

// As inspect_target() and open_target(). What `into` points to lives in the current memory context.
Problem inspect_members(const Membership &membership, Relation table, Members &into);
Problem open_members(const Membership &membership, Members &into);

// The column's text where it is a text or an enum; null where it is null.
const char *label_of(const TargetScan &row, AttrNumber column, Oid type);
bool is_label_type(Oid type);

Problem bind_condition(const Membership &membership, Relation table, Members &into);
bool is_active(const Members &members, const TargetScan &row);

}  // namespace proapp::identity
