#include "deletion/archive.hpp"

#include "pg/boundary.hpp"

#include "pg/session.hpp"
#include "pg/spi.hpp"

extern "C" {
#include <executor/tuptable.h>
#include <utils/guc.h>
}

namespace proapp::deletion {

void take_memory() {
  if (maintenance_work_mem > work_mem) set_config_option("work_mem", psprintf("%d", maintenance_work_mem), PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
}

int pin_settings() {
  const int pin = pg::pin_texts();
  take_memory();
  return pin;
}

Actor current_actor() {
  const char *claims = GetConfigOption("request.jwt.claims", true, false);
  return {claims != nullptr && *claims != '\0' ? pstrdup(claims) : nullptr, GetUserNameFromId(GetUserId(), false), GetUserNameFromId(GetSessionUserId(), false)};
}

void make_archive() {
  state::find_or_make(deletions);
  state::find_or_make(deletion_steps);
  state::find_or_make(deletion_rows);
}

static pg::Argument uuid_argument(const pg_uuid_t &uuid) { return {UUIDOID, UUIDPGetDatum(&uuid)}; }

pg_uuid_t archive_deletion(const Archived &deletion, const Actor &actor) {
  state::run(
      "insert into proapp_data.deletions (relation, key, state, erase, reason, request_key, claims, acting_role, login_role)"
      " values ($1, $2, $3, $4, $5, $6, $7, $8, $9) returning deletion",
      {deletion.relation,
       {JSONBOID, key_jsonb(deletion.key)},
       deletion.state,
       deletion.erase,
       deletion.reason,
       deletion.request_key,
       actor.claims,
       actor.acting_role,
       actor.login_role});
  return *DatumGetUUIDP(*pg::spi_datum(0, 1));
}

void end_deletion(const pg_uuid_t &deletion, const char *state) {
  state::run("update proapp_data.deletions set state = $2, ended_at = pg_catalog.clock_timestamp() where deletion = $1", {uuid_argument(deletion), state});
}

static pg::Argument column_names(Oid table, const AttrNumber *columns, int count) {
  return pg::text_array(static_cast<size_t>(count), [&](size_t i) { return std::string_view(get_attname(table, columns[i], false)); });
}

const char *type_text(Oid type, int32 modifier) { return format_type_extended(type, modifier, FORMAT_TYPE_TYPEMOD_GIVEN | FORMAT_TYPE_FORCE_QUALIFY); }

void archive_count(const pg_uuid_t &deletion, int step, const ArchivedStep &what) {
  const Relation relation = table_open(what.table->id, AccessShareLock);
  const TupleDesc columns = RelationGetDescr(relation);
  auto *live = static_cast<Form_pg_attribute *>(palloc(sizeof(Form_pg_attribute) * static_cast<size_t>(Max(columns->natts, 1))));
  size_t count = 0;
  for (int i = 0; i < columns->natts; ++i)
    if (!TupleDescAttr(columns, i)->attisdropped) live[count++] = TupleDescAttr(columns, i);
  state::run("insert into proapp_data.deletion_steps values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
             {uuid_argument(deletion), int32(step), what.table->name, what.via, what.action, static_cast<int64>(what.rows->count),
              pg::text_array(count, [&](size_t i) { return std::string_view(NameStr(live[i]->attname)); }),
              pg::text_array(count, [&](size_t i) { return std::string_view(type_text(live[i]->atttypid, live[i]->atttypmod)); }),
              column_names(what.table->id, what.table->key, what.table->key_columns), column_names(what.table->id, what.set_columns, what.set_count)});
  table_close(relation, NoLock);
}

// Rows wait until there are enough of them for a row of ours.
class Chunk {
 public:
  Chunk(const pg_uuid_t &deletion, int step, bool has_after)
      : deletion_(deletion), step_(step), has_after_(has_after), scratch_(AllocSetContextCreate(CurrentMemoryContext, "proapp chunk of rows", ALLOCSET_DEFAULT_SIZES)) {}

  void add(Datum before, Datum after) {
    const MemoryContext outside = MemoryContextSwitchTo(scratch_);
    before_[count_] = PointerGetDatum(PG_DETOAST_DATUM_COPY(before));
    after_[count_] = has_after_ ? PointerGetDatum(PG_DETOAST_DATUM_COPY(after)) : static_cast<Datum>(0);
    bytes_ += VARSIZE(DatumGetPointer(before_[count_]));
    MemoryContextSwitchTo(outside);
    if (++count_ == most_rows || bytes_ > most_bytes) flush();
  }

  void flush() {
    if (count_ == 0) return;
    const MemoryContext outside = MemoryContextSwitchTo(scratch_);
    state::run("insert into proapp_data.deletion_rows values ($1, $2, $3, $4, $5)", {uuid_argument(deletion_), int32(step_), int32(++number_), array(before_), after()});
    MemoryContextSwitchTo(outside);
    MemoryContextReset(scratch_);
    count_ = 0;
    bytes_ = 0;
  }

 private:
  static constexpr int most_rows = 1000;
  static constexpr size_t most_bytes = 1 << 20;

  pg::Argument array(Datum *texts) const { return {TEXTARRAYOID, PointerGetDatum(construct_array(texts, count_, TEXTOID, -1, false, TYPALIGN_INT))}; }
  pg::Argument after() { return has_after_ ? array(after_) : pg::Argument(TEXTARRAYOID, 0, true); }

  const pg_uuid_t &deletion_;
  int step_;
  bool has_after_;
  MemoryContext scratch_;
  Datum before_[most_rows], after_[most_rows];
  int count_ = 0, number_ = 0;
  size_t bytes_ = 0;
};
static_assert(std::is_trivially_destructible_v<Chunk>);

void archive_step(const pg_uuid_t &deletion, int step, const ArchivedStep &what) {
  archive_count(deletion, step, what);
  auto &chunk = *new (palloc(sizeof(Chunk))) Chunk(deletion, step, what.has_after);
  TupleTableSlot *slot = MakeSingleTupleTableSlot(what.rows->columns, &TTSOpsMinimalTuple);
  const int last = what.rows->columns->natts - 1;
  tuplestore_rescan(what.rows->rows);
  while (tuplestore_gettupleslot(what.rows->rows, true, false, slot)) {
    slot_getallattrs(slot);
    if (what.has_after)
      chunk.add(slot->tts_values[last - 1], slot->tts_values[last]);
    else
      chunk.add(slot->tts_values[last], 0);
  }
  ExecDropSingleTupleTableSlot(slot);
  chunk.flush();
}

}  // namespace proapp::deletion
