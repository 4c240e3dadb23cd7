// What prove_isolation() tells, and what a case of it is.
#pragma once
#include "pg/postgres.hpp"

#include "verify/isolation_attempt.hpp"

namespace proapp::verify {

struct Finding {
  const char *relation, *command, *actor, *victim, *verdict;
  int64 reached;
  const char *through;
  int number = 0;  // in the order of the attempts
};

// One table, one actor, one victim.
struct Case {
  const Table *table;
  const Pair *pair;
  Acquaintances *acquaintances;
  const Budget *budget;
  List **findings;  // Finding *
  bool readable;    // the actor reads the victim's rows
};

void put(List *&findings, const Finding &finding);
void put_skipped(List *&findings, const char *relation, const char *actor, const char *reason);

// The verdict on a command; `through` is what let it through, asked for only where it did.
void conclude(const Case &one, const char *command, const Sum &sum, const char *through);

// The permissive policies for the command (as in pg_policy) and the actor's role, or why none is asked. Of several, those that are true of one of the
// victim's rows, where the actor sees them and so can tell.
const char *let_through(const Case &one, const Table &table, char command);

// Any of the victim's rows.
const char *any_row(const Case &one, const char *alias);

List *sorted(List *findings);  // worst first

// At most three rows of the victim's are written to.
inline constexpr int most_written = 3;

void try_commands(Case &one);
void try_views(const Case &one);
void try_references(const Case &one);

struct Function {
  const char *oid, *schema, *bare;
  const char *name, *text;     // public.f; public.f(uuid)
  const char *mention, *body;  // its name and its body in small letters
  const char *extension;
  bool definer, wanted;
};

// All that have a body to be read; `wanted` is the caller's to set.
List *read_functions();
// Of those that are wanted, the ones whose body, or that of a function named in it, names the table or a view over it; what EXECUTE makes nobody knows, so that counts as well.
List *concerned_functions(const List *functions, Oid table);

void try_functions(const Case &one, const List *functions);

// What the victim's row holds that nobody else's holds, so that it is recognised wherever it turns up: char * without quotes and backslashes.
List *marks(const Table &table, Row &row);

// INSERT INTO with those values for the columns that the role may write; `fresh` makes another key.
const char *insert_text(const Table &table, const char *role, const char **values);
const char **with_fresh_key(const Table &table, const Row &row);

}  // namespace proapp::verify
