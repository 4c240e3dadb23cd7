#include "pg/boundary.hpp"

#include "core/claims.hpp"
#include "identity/lookup.hpp"
#include "identity/target.hpp"
#include "pg/compat.hpp"
#include "pg/context_arena.hpp"
#include "pg/text.hpp"

extern "C" {
#include <access/stratnum.h>
#include <access/tableam.h>
#include <catalog/pg_type.h>
#include <mb/pg_wchar.h>
#include <utils/guc.h>
#include <utils/jsonb.h>
#include <utils/uuid.h>
}

#include <limits>

namespace proapp::identity {

static constexpr char claims_setting[] = "request.jwt.claims";

static const char *setting(const char *name) {
  const char *value = name != nullptr ? GetConfigOption(name, true, false) : nullptr;
  return value != nullptr ? value : "";
}

ClaimSettings read_claim_settings(const char *legacy_name) { return {setting(legacy_name), setting(claims_setting)}; }

static const char *legacy_name(const core::ClaimPath &path) { return path.is_plain() ? psprintf("request.jwt.claim.%s", pg::c_string(path.names[0])) : nullptr; }

// jsonb's own text, as ->> gives it. The scanner took the document for valid, so this cannot raise, but for a nesting that exhausts the stack.
static const char *container_text(const core::Claim &claim) {
  constexpr int levels_without_risk = 64;
  if (claim.levels > levels_without_risk || GetDatabaseEncoding() != PG_UTF8) return pg::c_string(claim.text);
  Jsonb *jsonb = DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(pg::c_string(claim.text))));
  return JsonbToCString(nullptr, &jsonb->root, VARSIZE(jsonb));
}

namespace {

struct ClaimText {
  const char *text;    // null where there is none
  const char *reason;  // why not; or, with a text, why it can be nobody's id
};

}  // namespace

static ClaimText claim_text(const ClaimSettings &settings, const char *path_text, const core::ClaimPath &path, core::Arena &arena) {
  if (*settings.legacy != '\0') return {pstrdup(settings.legacy), nullptr};
  if (*settings.claims == '\0') return {nullptr, "nobody is signed in: the setting request.jwt.claims is empty"};
  const core::Claim claim = core::find_claim(settings.claims, path, GetDatabaseEncoding() == PG_UTF8, arena);
  switch (claim.state) {
    case core::Claim::State::malformed:
      return {nullptr, "the setting request.jwt.claims is not valid JSON"};
    case core::Claim::State::not_an_object:
      return {nullptr, "the setting request.jwt.claims is not a JSON object"};
    case core::Claim::State::missing:
      return {nullptr, psprintf("the claims have no \"%s\"", path_text)};
    case core::Claim::State::untranslatable:
      return {nullptr, psprintf("the claim \"%s\" has escaped characters, which only a database in UTF-8 translates", path_text)};
    case core::Claim::State::found:
      break;
  }
  if (claim.text.empty()) return {nullptr, psprintf("the claim \"%s\" is empty", path_text)};
  if (claim.container) return {container_text(claim), psprintf("the claim \"%s\" is an object or an array", path_text)};
  return {pg::c_string(claim.text), nullptr};
}

const char *read_claim(const char *path_text, const char **reason) {
  pg::ContextArena arena("proapp claim");
  const auto path = core::parse_claim_path(path_text, arena);
  if (!path) {
    *reason = psprintf("\"%s\" names no claim", path_text);
    return nullptr;
  }
  const ClaimText claim = claim_text(read_claim_settings(legacy_name(*path)), path_text, *path, arena);
  *reason = claim.reason;
  return claim.text;
}

// The claim as a key of the auth column's type; false where it is none.
static bool to_key(const char *claim, Oid type, Datum &key) {
  switch (type) {
    case UUIDOID: {
      const auto uuid = core::parse_uuid(claim);
      if (!uuid) return false;
      auto *copy = static_cast<pg_uuid_t *>(palloc(sizeof(pg_uuid_t)));
      static_assert(sizeof(pg_uuid_t) == sizeof(core::Uuid));
      memcpy(copy, &*uuid, sizeof(pg_uuid_t));
      key = UUIDPGetDatum(copy);
      return true;
    }
    case INT4OID: {
      const auto integer = core::parse_integer(claim, std::numeric_limits<int32>::min(), std::numeric_limits<int32>::max());
      if (integer) key = Int32GetDatum(static_cast<int32>(*integer));
      return integer.has_value();
    }
    case INT8OID: {
      const auto integer = core::parse_integer(claim, std::numeric_limits<int64>::min(), std::numeric_limits<int64>::max());
      if (integer) key = Int64GetDatum(*integer);
      return integer.has_value();
    }
    default:
      key = CStringGetTextDatum(claim);
      return true;
  }
}

static void put_id(Answer &answer, Datum id, Oid type) {
  switch (type) {
    case UUIDOID:
      memcpy(&answer.uuid, DatumGetUUIDP(id), sizeof answer.uuid);
      answer.has_uuid = true;
      answer.key = pg::c_string({core::uuid_text(answer.uuid).data(), 36});
      return;
    case INT4OID:
      answer.key = psprintf("%d", DatumGetInt32(id));
      return;
    case INT8OID:
      answer.key = psprintf(INT64_FORMAT, DatumGetInt64(id));
      return;
    default: {
      answer.key = TextDatumGetCString(id);
      if (const auto uuid = core::parse_uuid(answer.key)) {
        answer.uuid = *uuid;
        answer.has_uuid = true;
      }
    }
  }
}

// One fetch by the unique index under the given snapshot: no executor, no privileges, no policies, as a definer's function would read.
static void read_row(const Registration &registration, const Target &target, Datum key, Snapshot snapshot, Answer &answer) {
  const Oid type = target.index->rd_opcintype[0];
  const Oid equals = get_opfamily_member(target.index->rd_opfamily[0], type, type, BTEqualStrategyNumber);
  ScanKeyData scan_key;
  ScanKeyEntryInitialize(&scan_key, 0, 1, BTEqualStrategyNumber, InvalidOid, target.index->rd_indcollation[0], get_opcode(equals), key);
  IndexScanDesc scan = pg::begin_index_scan(target.table, target.index, snapshot, 1);
  TupleTableSlot *row = table_slot_create(target.table, nullptr);
  index_rescan(scan, &scan_key, 1, nullptr, 0);
  if (index_getnext_slot(scan, ForwardScanDirection, row)) {
    bool null;
    const Datum id = slot_getattr(row, target.id, &null);
    if (null)
      answer.reason = psprintf("the user's %s is null", column_text(registration, registration.id_column));
    else
      put_id(answer, id, target.id_type);
  } else {
    answer.reason = psprintf("no row of %s has this %s", table_text(registration), quote_identifier(registration.auth_column));
  }
  index_endscan(scan);
  ExecDropSingleTupleTableSlot(row);
}

static const char *problem_text(const Problem &problem) { return problem.detail != nullptr ? psprintf("%s: %s", problem.message, problem.detail) : problem.message; }

Answer look_up(const Registration &registration, Snapshot snapshot) {
  Answer answer{};
  pg::ContextArena arena("proapp claim");
  const auto path = core::parse_claim_path(registration.claim, arena);
  if (!path) {
    answer.reason = psprintf("\"%s\" names no claim", registration.claim);
    return answer;
  }
  answer.legacy_name = legacy_name(*path);
  const ClaimText claim = claim_text(read_claim_settings(answer.legacy_name), registration.claim, *path, arena);
  answer.claim = claim.text;
  answer.reason = claim.reason;

  Target target;
  if (const Problem problem = open_target(registration, target)) {
    answer.reason = problem_text(problem);
    return answer;
  }
  Datum key = 0;
  if (answer.reason == nullptr) {
    if (to_key(answer.claim, target.auth_type, key))
      read_row(registration, target, key, snapshot, answer);
    else
      answer.reason = psprintf("the claim \"%s\" is no %s, as %s is", registration.claim, format_type_be(target.auth_type), column_text(registration, registration.auth_column));
  }
  close_target(target);
  return answer;
}

}  // namespace proapp::identity
