// Guards: triggers that make a new blocking or referencing row wait for a deletion of what it names, where no foreign key does.
#pragma once
#include "pg/postgres.hpp"

#include "deletion/match.hpp"

extern "C" {
#include <nodes/bitmapset.h>
}

namespace proapp::deletion {

// The arguments of proapp.guard_deletion(), in the trigger: kind, table, and
//   blocker      the number of columns, as many pairs of blocking and relation column, then the columns of the condition ("*" for all)
//   array        referencing column, key column
//   polymorphic  referencing column, key column, type column, type value
inline constexpr char blocker_guard[] = "blocker", array_guard[] = "array", polymorphic_guard[] = "polymorphic";

struct GuardArguments {
  const char *text[FUNC_MAX_ARGS * 4];
  int count;
  void add(const char *argument) {
    if (count >= static_cast<int>(lengthof(text))) ereport(ERROR, (errcode(ERRCODE_TOO_MANY_COLUMNS), errmsg("a guard has too many columns")));
    text[count++] = argument;
  }
};

GuardArguments arguments_of_blocker(Relation blocking, const char *relation, const ColumnPair *pairs, int count, Oid relation_id, const Bitmapset *condition_columns);
GuardArguments arguments_of_reference(const char *relation, const char *column, const char *key_column, const char *type_column, const char *type_value);

// The name of the foreign key of `blocking` that locks the matching row by itself; null where there is none.
const char *foreign_key_over(Oid blocking, Oid relation, const ColumnPair *pairs, int count);

// The name of the enabled trigger with these arguments; null where there is none.
const char *find_guard(Oid table, const GuardArguments &arguments, bool also_disabled = false);
// Both answer whether something changed; all three between spi_begin() and spi_end().
bool install_guard(Relation table, const GuardArguments &arguments);
bool drop_guard(Oid table, const GuardArguments &arguments);

struct NeededGuards {
  const GuardArguments *first;
  int count;
};
// Drops the table's guards by blockers or by references of this column to `relation` that are not among the needed.
void drop_other_guards(Oid table, bool blockers, const char *relation, const char *column, const NeededGuards &needed);

}  // namespace proapp::deletion
