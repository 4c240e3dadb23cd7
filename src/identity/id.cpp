#include "pg/boundary.hpp"

#include "identity/id.hpp"
#include "pg/text.hpp"

extern "C" {
#include <catalog/pg_type.h>
#include <utils/uuid.h>
}

#include <limits>

namespace proapp::identity {

std::optional<Datum> to_key(const char *text, Oid type) {
  switch (type) {
    case UUIDOID: {
      const auto uuid = core::parse_uuid(text);
      if (!uuid) return std::nullopt;
      static_assert(sizeof(pg_uuid_t) == sizeof(core::Uuid));
      return UUIDPGetDatum(static_cast<pg_uuid_t *>(memcpy(palloc(sizeof(pg_uuid_t)), &*uuid, sizeof(pg_uuid_t))));
    }
    case INT4OID: {
      const auto integer = core::parse_integer(text, std::numeric_limits<int32>::min(), std::numeric_limits<int32>::max());
      if (!integer) return std::nullopt;
      return Int32GetDatum(static_cast<int32>(*integer));
    }
    case INT8OID: {
      const auto integer = core::parse_integer(text, std::numeric_limits<int64>::min(), std::numeric_limits<int64>::max());
      if (!integer) return std::nullopt;
      return Int64GetDatum(*integer);
    }
    default:
      return CStringGetTextDatum(text);
  }
}

Id to_id(Datum value, Oid type) {
  Id id{};
  switch (type) {
    case UUIDOID:
      memcpy(&id.uuid, DatumGetUUIDP(value), sizeof id.uuid);
      id.has_uuid = true;
      id.text = pg::c_string({core::uuid_text(id.uuid).data(), 36});
      break;
    case INT4OID:
      id.text = psprintf("%d", DatumGetInt32(value));
      break;
    case INT8OID:
      id.text = psprintf(INT64_FORMAT, DatumGetInt64(value));
      break;
    default:
      id.text = TextDatumGetCString(value);
      if (const auto uuid = core::parse_uuid(id.text)) {
        id.uuid = *uuid;
        id.has_uuid = true;
      }
  }
  return id;
}

}  // namespace proapp::identity
