#include "deletion/row_set.hpp"

extern "C" {
#include <executor/tuptable.h>
#include <storage/itemptr.h>
#include <utils/hsearch.h>
}

namespace proapp::deletion {

namespace {

struct Place {
  ItemPointerData place;
  Oid part;
};

struct Receiver {
  DestReceiver base;
  RowSet *into, *fresh;
  uint64 limit;
};

HTAB *open_places() {
  HASHCTL control = {};
  control.keysize = sizeof(Place);
  control.entrysize = sizeof(Place);
  control.hcxt = CurrentMemoryContext;
  return hash_create("proapp places of rows", 1024, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
}

bool is_new(RowSet *set, TupleTableSlot *slot) {
  if (set->places == nullptr) return true;
  Place key;
  memset(&key, 0, sizeof key);  // what lies between the fields is hashed, too
  key.place = *reinterpret_cast<ItemPointer>(DatumGetPointer(slot->tts_values[place_column - 1]));
  key.part = DatumGetObjectId(slot->tts_values[part_column - 1]);
  bool found;
  hash_search(set->places, &key, HASH_ENTER, &found);
  return !found;
}

bool receive(TupleTableSlot *slot, DestReceiver *self) {
  auto *receiver = reinterpret_cast<Receiver *>(self);
  slot_getallattrs(slot);
  if (is_new(receiver->into, slot)) {
    tuplestore_puttupleslot(receiver->into->rows, slot);
    ++receiver->into->count;
    if (receiver->fresh != nullptr) {
      tuplestore_puttupleslot(receiver->fresh->rows, slot);
      ++receiver->fresh->count;
    }
  }
  return receiver->into->count < receiver->limit;
}

void start(DestReceiver *, int, TupleDesc) {}
void finish(DestReceiver *) {}

}  // namespace

RowSet *open_set(QueryEnvironment *sets, const char *name, TupleDesc columns, bool once) {
  auto *set = static_cast<RowSet *>(palloc0(sizeof(RowSet)));
  set->name = name;
  set->columns = columns;
  set->rows = tuplestore_begin_heap(false, false, work_mem);
  if (once) set->places = open_places();
  auto *entry = static_cast<EphemeralNamedRelationData *>(palloc0(sizeof(EphemeralNamedRelationData)));
  entry->md.name = pstrdup(name);
  entry->md.tupdesc = columns;
  entry->md.enrtype = ENR_NAMED_TUPLESTORE;
  entry->reldata = set->rows;
  set->entry = entry;
  register_ENR(sets, entry);
  return set;
}

void close_set(QueryEnvironment *sets, RowSet *set) {
  unregister_ENR(sets, set->name);
  tuplestore_end(set->rows);
  if (set->places != nullptr) hash_destroy(set->places);
  pfree(set);
}

void empty_set(RowSet *set) {
  tuplestore_clear(set->rows);
  set->count = 0;
}

void copy_rows(const RowSet *from, RowSet *to, uint64 limit) {
  TupleTableSlot *slot = MakeSingleTupleTableSlot(from->columns, &TTSOpsMinimalTuple);
  tuplestore_rescan(from->rows);
  while (to->count < limit && tuplestore_gettupleslot(from->rows, true, false, slot)) {
    slot_getallattrs(slot);
    if (!is_new(to, slot)) continue;
    tuplestore_puttupleslot(to->rows, slot);
    ++to->count;
  }
  ExecDropSingleTupleTableSlot(slot);
}

void publish_count(RowSet *set) { set->entry->md.enrtuples = static_cast<double>(set->count); }

DestReceiver *rows_into(RowSet *into, RowSet *fresh, uint64 limit) {
  auto *receiver = static_cast<Receiver *>(palloc0(sizeof(Receiver)));
  receiver->base.receiveSlot = receive;
  receiver->base.rStartup = start;
  receiver->base.rShutdown = finish;
  receiver->base.rDestroy = finish;
  receiver->base.mydest = DestNone;
  receiver->into = into;
  receiver->fresh = fresh;
  receiver->limit = limit;
  return &receiver->base;
}

}  // namespace proapp::deletion
