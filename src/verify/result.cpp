#include "pg/boundary.hpp"

#include "pg/spi.hpp"
#include "verify/facts.hpp"

extern "C" {
#include <utils/array.h>
}

namespace proapp::verify {

Result::Result(const char *sql, core::Arena &arena) : arena_(arena), count_(pg::spi_run(sql, {}, true)), table_(SPI_tuptable) {}

Datum Result::datum(uint64 row, int column, bool &null) const { return SPI_getbinval(table_->vals[row], table_->tupdesc, column, &null); }

bool Result::is_null(uint64 row, int column) const {
  bool null;
  datum(row, column, null);
  return null;
}

std::string_view Result::text(uint64 row, int column) const {
  bool null;
  const Datum value = datum(row, column, null);
  return null ? std::string_view{} : arena_.copy(pg::view(value));
}

core::Oid Result::oid(uint64 row, int column) const {
  bool null;
  const Datum value = datum(row, column, null);
  return null ? InvalidOid : DatumGetObjectId(value);
}

bool Result::flag(uint64 row, int column) const {
  bool null;
  const Datum value = datum(row, column, null);
  return !null && DatumGetBool(value);
}

char Result::letter(uint64 row, int column) const {
  bool null;
  const Datum value = datum(row, column, null);
  return null ? '\0' : DatumGetChar(value);
}

int64 Result::integer(uint64 row, int column) const {
  bool null;
  const Datum value = datum(row, column, null);
  return null ? 0 : DatumGetInt64(value);
}

template <class T>
static std::span<const T> items(Datum value, bool null, core::Arena &arena) {
  if (null) return {};
  const ArrayType *array = DatumGetArrayTypeP(value);
  const auto count = static_cast<size_t>(ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array)));
  return arena.copy(std::span<const T>(reinterpret_cast<const T *>(ARR_DATA_PTR(array)), count));
}

std::span<const core::Oid> Result::oids(uint64 row, int column) const {
  bool null;
  const Datum value = datum(row, column, null);
  return items<core::Oid>(value, null, arena_);
}

std::span<const std::int16_t> Result::numbers(uint64 row, int column) const {
  bool null;
  const Datum value = datum(row, column, null);
  return items<std::int16_t>(value, null, arena_);
}

}  // namespace proapp::verify
