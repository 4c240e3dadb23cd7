// The arguments of a function that is not STRICT, because some of them may be null.
#pragma once
#include "pg/postgres.hpp"

namespace proapp::pg {

// Raises 22004 where it is null.
inline Datum required(FunctionCallInfo fcinfo, int argument, const char *name) {
  if (PG_ARGISNULL(argument)) ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("argument \"%s\" must not be null", name)));
  return PG_GETARG_DATUM(argument);
}

// Raises 22023 where it is empty, too.
inline const char *required_text(FunctionCallInfo fcinfo, int argument, const char *name) {
  const char *value = TextDatumGetCString(required(fcinfo, argument, name));
  if (*value == '\0') ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("argument \"%s\" must not be empty", name)));
  return value;
}

// A text that may be null.
inline const char *optional_text(FunctionCallInfo fcinfo, int argument) { return PG_ARGISNULL(argument) ? nullptr : TextDatumGetCString(PG_GETARG_DATUM(argument)); }

}  // namespace proapp::pg
