#include "pg/spi.hpp"

extern "C" {
#include <access/xact.h>
#include <nodes/parsenodes.h>
}

namespace proapp::pg {

void spi_begin() {
  if (SPI_connect() != SPI_OK_CONNECT) elog(ERROR, "SPI_connect failed");
}

void spi_end() { SPI_finish(); }

void spi_begin_procedure() {
  if (SPI_connect_ext(SPI_OPT_NONATOMIC) != SPI_OK_CONNECT) elog(ERROR, "SPI_connect_ext failed");
}

void insist_on_commit(FunctionCallInfo fcinfo, const char *procedure, const char *why, const char *instead) {
  const auto *call = fcinfo->context != nullptr && IsA(fcinfo->context, CallContext) ? reinterpret_cast<const CallContext *>(fcinfo->context) : nullptr;
  if (call != nullptr && !call->atomic && GetCurrentTransactionNestLevel() == 1) return;
  ereport(ERROR, (errcode(ERRCODE_INVALID_TRANSACTION_TERMINATION), errmsg("%s cannot commit here", procedure), errdetail_internal("%s", why),
                  errhint("CALL it alone: outside of a transaction block, of functions and exception blocks, and not with other statements in one message. %s", instead)));
}

void spi_commit() { SPI_commit(); }

uint64 spi_run(const char *sql, std::initializer_list<Argument> arguments, bool read_only) {
  Oid types[FUNC_MAX_ARGS];
  Datum values[FUNC_MAX_ARGS];
  char nulls[FUNC_MAX_ARGS] = {};
  int count = 0;
  for (const Argument &argument : arguments) {
    types[count] = argument.type;
    values[count] = argument.value;
    nulls[count++] = argument.null ? 'n' : ' ';
  }
  const int result = SPI_execute_with_args(sql, count, types, values, nulls, read_only, 0);
  if (result < 0) elog(ERROR, "SPI failed with %s: %s", SPI_result_code_string(result), sql);
  return SPI_processed;
}

void spi_put(Rows &rows) {
  const uint64 count = SPI_processed;
  for (uint64 i = 0; i < count; ++i) rows.put_tuple(SPI_tuptable->vals[i], SPI_tuptable->tupdesc);
}

std::optional<Datum> spi_datum(uint64 row, int column) {
  bool null;
  const Datum value = SPI_getbinval(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, column, &null);
  return null ? std::nullopt : std::optional<Datum>(value);
}

std::string_view spi_text(uint64 row, int column) {
  const auto value = spi_datum(row, column);
  return value ? view(*value) : std::string_view{};
}

}  // namespace proapp::pg
