// current_user_id, current_user_key, auth_id, whoami: what policies call, and what a user asks who sees nothing.
#include "pg/boundary.hpp"

#include "identity/cache.hpp"
#include "identity/lookup.hpp"
#include "pg/rows.hpp"
#include "pg/text.hpp"

extern "C" {
#include <nodes/pg_list.h>
#include <utils/uuid.h>
}

namespace proapp::identity {

// The statement's snapshot; where a caller has none (it never has from SQL) one of our own.
class StatementSnapshot {
 public:
  StatementSnapshot() : pushed_(!ActiveSnapshotSet()) {
    if (pushed_) PushActiveSnapshot(GetTransactionSnapshot());
  }
  Snapshot get() const { return GetActiveSnapshot(); }
  void close() {
    if (pushed_) PopActiveSnapshot();
  }

 private:
  bool pushed_;
};

// Texts live until the next call.
static Answer current_user(std::string_view mapping) {
  StatementSnapshot snapshot;
  Answer answer;
  if (!recall(mapping, snapshot.get(), answer)) {
    const MemoryContext scratch = AllocSetContextCreate(CurrentMemoryContext, "proapp identity lookup", ALLOCSET_SMALL_SIZES);
    const MemoryContext before = MemoryContextSwitchTo(scratch);
    const uint64 generation = cache_generation();
    answer = look_up(find_registration(mapping, snapshot.get()), snapshot.get());
    remember(mapping, snapshot.get(), generation, answer);
    MemoryContextSwitchTo(before);
    if (answer.key != nullptr) answer.key = pstrdup(answer.key);
    MemoryContextDelete(scratch);
  }
  snapshot.close();
  return answer;
}

}  // namespace proapp::identity

using namespace proapp;

PROAPP_FUNCTION(proapp_current_user_id) {
  const identity::Answer answer = identity::current_user(pg::view(PG_GETARG_TEXT_PP(0)));
  if (!answer.has_uuid) PG_RETURN_NULL();
  auto *uuid = static_cast<pg_uuid_t *>(palloc(sizeof(pg_uuid_t)));
  memcpy(uuid, &answer.uuid, sizeof(pg_uuid_t));
  PG_RETURN_UUID_P(uuid);
}

PROAPP_FUNCTION(proapp_current_user_key) {
  const identity::Answer answer = identity::current_user(pg::view(PG_GETARG_TEXT_PP(0)));
  if (answer.key == nullptr) PG_RETURN_NULL();
  PG_RETURN_DATUM(pg::text_datum(answer.key));
}

PROAPP_FUNCTION(proapp_auth_id) {
  const char *reason;
  const char *claim = identity::read_claim("sub", &reason);
  if (claim == nullptr) PG_RETURN_NULL();
  PG_RETURN_DATUM(pg::text_datum(claim));
}

static pg::Cell text_cell(const char *text) { return text != nullptr ? pg::Cell(text) : pg::Cell::null(); }

PROAPP_FUNCTION(proapp_whoami) {
  pg::Rows rows(fcinfo);
  identity::StatementSnapshot snapshot;
  const List *all = identity::all_registrations(snapshot.get());
  const ListCell *cell;
  foreach (cell, all) {
    const auto *registration = static_cast<const identity::Registration *>(lfirst(cell));
    const identity::Answer answer = identity::look_up(*registration, snapshot.get());
    rows.put({registration->mapping, text_cell(answer.claim), text_cell(answer.key), text_cell(answer.reason)});
  }
  if (all == NIL) {
    const char *reason;
    const char *claim = identity::read_claim("sub", &reason);
    rows.put({pg::Cell::null(), text_cell(claim), pg::Cell::null(),
              psprintf("no mapping is registered%s%s; an administrator calls proapp.map_users('<mapping>', '<users table>', '<column with the auth id>')",
                       reason != nullptr ? ", and " : "", reason != nullptr ? reason : "")});
  }
  snapshot.close();
  return rows.done();
}
