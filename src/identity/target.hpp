// The table behind a mapping: is it one that may be read by an index, past its policies, at any moment? Asked when it is registered
// and again at every read, because tables change.
#pragma once
#include "pg/postgres.hpp"

#include "identity/registration.hpp"

#include <type_traits>

namespace proapp::identity {

// Why not. `message` is null where all is well; the texts are those of an error message.
struct Problem {
  int sqlstate;
  const char *message;
  const char *detail;
  const char *hint;

  explicit operator bool() const { return message != nullptr; }
};

struct Target {
  Relation table;
  Relation index;  // unique, on the auth column alone
  AttrNumber auth;
  AttrNumber id;
  Oid auth_type;
  Oid id_type;
};

// Finds columns and index in a table that is open; the index is left open where there is no problem.
Problem inspect_target(const Registration &registration, Relation table, Target &into);

// Finds and locks the table by its name, without asking for privileges, and inspects it. Nothing stays open where there is a problem.
Problem open_target(const Registration &registration, Target &into);
void close_target(const Target &target);

}  // namespace proapp::identity
