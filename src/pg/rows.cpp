#include "pg/rows.hpp"

#include "pg/jsonb.hpp"
#include "pg/text.hpp"

extern "C" {
#include <catalog/pg_type.h>
#include <funcapi.h>
}

namespace proapp::pg {

Rows::Rows(FunctionCallInfo fcinfo) {
  // A function that returns a set of plain values has no row type of its own; the caller describes its one column.
  const bool plain = get_call_result_type(fcinfo, nullptr, nullptr) == TYPEFUNC_SCALAR;
  InitMaterializedSRF(fcinfo, plain ? MAT_SRF_USE_EXPECTED_DESC : 0);
  result_ = reinterpret_cast<ReturnSetInfo *>(fcinfo->resultinfo);
  scratch_ = AllocSetContextCreate(CurrentMemoryContext, "proapp row", ALLOCSET_DEFAULT_SIZES);
}

static Datum to_datum(const Cell &cell, Oid type) {
  switch (cell.type) {
    case Cell::Type::text:
      return text_datum(cell.text);
    case Cell::Type::boolean:
      return BoolGetDatum(cell.boolean);
    case Cell::Type::integer:
      return type == INT4OID ? Int32GetDatum(static_cast<int32>(cell.integer)) : Int64GetDatum(cell.integer);
    case Cell::Type::json:
      return to_jsonb(*cell.json);
    case Cell::Type::datum:
      return cell.datum;
    case Cell::Type::null:
      break;
  }
  return static_cast<Datum>(0);
}

void Rows::put(std::initializer_list<Cell> cells) {
  constexpr int limit = 32;
  Datum values[limit];
  bool nulls[limit];
  int column = 0;
  if (static_cast<int>(cells.size()) != result_->setDesc->natts || result_->setDesc->natts > limit)
    elog(ERROR, "a row of %zu columns does not fit the function's %d", cells.size(), result_->setDesc->natts);
  const MemoryContext before = MemoryContextSwitchTo(scratch_);
  for (const Cell &cell : cells) {
    nulls[column] = cell.type == Cell::Type::null;
    values[column] = to_datum(cell, TupleDescAttr(result_->setDesc, column)->atttypid);
    ++column;
  }
  tuplestore_putvalues(result_->setResult, result_->setDesc, values, nulls);
  MemoryContextSwitchTo(before);
  MemoryContextReset(scratch_);
}

void Rows::put_tuple(HeapTuple tuple, TupleDesc columns) {
  bool same = columns->natts == result_->setDesc->natts;
  for (int i = 0; same && i < columns->natts; ++i) same = TupleDescAttr(columns, i)->atttypid == TupleDescAttr(result_->setDesc, i)->atttypid;
  if (!same) elog(ERROR, "a row's columns are not those that the function declares");
  tuplestore_puttuple(result_->setResult, tuple);
}

}  // namespace proapp::pg
