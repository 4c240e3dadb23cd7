// query_as: one statement as a user of the application, for editors that keep no transaction open.
#include "pg/boundary.hpp"

#include "pg/arguments.hpp"
#include "pg/impersonate.hpp"
#include "pg/rows.hpp"
#include "pg/spi.hpp"

extern "C" {
#include <funcapi.h>
#include <nodes/parsenodes.h>
#include <parser/parser.h>
#include <tcop/utility.h>
#include <utils/jsonb.h>
}

using namespace proapp;

namespace {

// What the statement is called where it returns no rows: UPDATE.
const char *the_one_command(const char *sql) {
  const List *statements = raw_parser(sql, RAW_PARSE_DEFAULT);
  if (list_length(statements) != 1)
    ereport(ERROR, (errcode(ERRCODE_SYNTAX_ERROR), errmsg("query_as runs one statement"), errdetail("The text holds %d statements.", list_length(statements)),
                    errhint("For several: begin; select * from proapp.act_as(…); …; rollback;")));
  return GetCommandTagName(CreateCommandTag(linitial_node(RawStmt, statements)->stmt));
}

Datum to_jsonb(const char *json) { return DirectFunctionCall1(jsonb_in, CStringGetDatum(json)); }

// Still as that user: casts to json are functions of whoever made them.
void put_rows(pg::Rows &rows) {
  const MemoryContext scratch = AllocSetContextCreate(CurrentMemoryContext, "proapp query_as row", ALLOCSET_DEFAULT_SIZES);
  const TupleDesc columns = BlessTupleDesc(SPI_tuptable->tupdesc);
  const SPITupleTable *result = SPI_tuptable;
  const uint64 count = SPI_processed;
  for (uint64 i = 0; i < count; ++i) {
    const MemoryContext before = MemoryContextSwitchTo(scratch);
    const Datum row = heap_copy_tuple_as_datum(result->vals[i], columns);
    const char *json = TextDatumGetCString(DirectFunctionCall1(row_to_json, row));
    rows.put({pg::Cell::of(to_jsonb(json))});
    MemoryContextSwitchTo(before);
    MemoryContextReset(scratch);
  }
}

// For DML how many rows it changed, as psql says it below.
void put_outcome(pg::Rows &rows, const char *command, int result) {
  const bool counts = result == SPI_OK_INSERT || result == SPI_OK_UPDATE || result == SPI_OK_DELETE || result == SPI_OK_MERGE || result == SPI_OK_SELINTO;
  const char *text = counts ? psprintf("{\"command\": \"%s\", \"rows\": " UINT64_FORMAT "}", command, SPI_processed) : psprintf("{\"command\": \"%s\"}", command);
  rows.put({pg::Cell::of(to_jsonb(text))});
}

void run(pg::Rows &rows, const char *sql) {
  const char *command = the_one_command(sql);
  pg::spi_begin();
  const int result = SPI_execute(sql, false, 0);
  if (result == SPI_ERROR_TRANSACTION)
    ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED), errmsg("transaction control statements are not allowed in query_as"),
                    errdetail("The statement is part of your own transaction.")));
  if (result == SPI_ERROR_COPY)
    ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED), errmsg("COPY to or from the client is not possible in query_as"), errhint("Use SELECT or INSERT.")));
  if (result < 0) elog(ERROR, "SPI failed with %s", SPI_result_code_string(result));
  if (SPI_tuptable != nullptr)
    put_rows(rows);
  else
    put_outcome(rows, command, result);
  pg::spi_end();
}

}  // namespace

PROAPP_FUNCTION(proapp_query_as) {
  const char *sql = TextDatumGetCString(pg::required(fcinfo, 1, "sql"));
  const pg::Identity identity = {pg::optional_text(fcinfo, 0), NameStr(*DatumGetName(pg::required(fcinfo, 2, "role"))), pg::no_claims()};
  pg::Rows rows(fcinfo);
  const pg::Impersonation impersonation = pg::impersonate(identity, pg::Effects::kept);
  run(rows, sql);
  pg::stop(impersonation);
  return rows.done();
}
