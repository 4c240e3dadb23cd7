#include "pg/boundary.hpp"

#include "pg/attempt.hpp"
#include "pg/session.hpp"
#include "verify/function_body.hpp"

extern "C" {
#include <catalog/pg_proc.h>
#include <executor/functions.h>
#include <nodes/nodes.h>
#include <nodes/parsenodes.h>
#include <parser/analyze.h>
#include <tcop/tcopprot.h>
#include <utils/array.h>
#include <utils/guc.h>
#include <utils/syscache.h>
}

namespace proapp::verify {

// The function's own settings; its search_path, or the one with which sessions begin.
static void use_settings(HeapTuple tuple) {
  const char *path = GetConfigOptionResetString("search_path");
  set_config_option("search_path", path, PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
  bool null;
  const Datum settings = SysCacheGetAttr(PROCOID, tuple, Anum_pg_proc_proconfig, &null);
  if (!null) ProcessGUCArray(DatumGetArrayTypeP(settings), PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE);
}

static const char *analyse(HeapTuple tuple) {
  bool null;
  Datum value = SysCacheGetAttr(PROCOID, tuple, Anum_pg_proc_prosqlbody, &null);
  if (!null) return TextDatumGetCString(value);
  value = SysCacheGetAttr(PROCOID, tuple, Anum_pg_proc_prosrc, &null);
  const char *source = TextDatumGetCString(value);
  SQLFunctionParseInfoPtr arguments = prepare_sql_fn_parse_info(tuple, nullptr, InvalidOid);
  List *queries = NIL;
  const ListCell *cell;
  const List *statements = pg_parse_query(source);
  foreach (cell, statements) {
    auto *statement = static_cast<RawStmt *>(lfirst(cell));
    queries = lappend(queries, pg_analyze_and_rewrite_withcb(statement, source, reinterpret_cast<ParserSetupHook>(sql_fn_parser_setup), arguments, nullptr));
  }
  return nodeToString(queries);
}

const char *function_body(Oid function) {
  HeapTuple tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
  if (!HeapTupleIsValid(tuple)) return nullptr;
  HeapTuple copy = heap_copytuple(tuple);
  ReleaseSysCache(tuple);
  const char *trees = nullptr;
  const ErrorData *error = pg::attempt([&trees, copy] {
    const int nest = NewGUCNestLevel();
    use_settings(copy);
    trees = analyse(copy);
    AtEOXact_GUC(true, nest);
  });
  return error == nullptr ? trees : nullptr;
}

}  // namespace proapp::verify
