// Writing baselines: the first revision, the next one, and the objects that it changes.
#pragma once
#include "pg/postgres.hpp"

#include "drift/baseline.hpp"

namespace proapp::drift {

// What the row of a revision says beside name, number, time and user.
struct Head {
  std::string_view baseline;
  std::span<const std::string_view> selectors;
  int32 postgresql = PG_VERSION_NUM / 10000;
  bool imported = false;
  core::Digest digest;
  int64 object_count = 0;
  std::optional<std::string_view> reason = {};
};

// Raises 22004 and 22023 for a name that is null or empty.
std::string_view new_name(core::Arena &arena, FunctionCallInfo fcinfo);

// A new baseline of these objects, sorted by core::before. Raises 42710 where the name is taken. SQL texts are filled in as they are stored, so
// the objects' attributes are gone afterwards.
void store_first(pg::ContextArena &arena, const Head &head, std::span<core::Object> objects);

// Until the transaction ends nobody else gives the baseline a new revision. Pushes a snapshot that sees what the one before us did:
// reading is to start after it, and release_snapshot() ends it. Raises 42704.
void lock_for_revision(std::string_view baseline);
void release_snapshot();

// What the next revision does to the baseline's objects: a changed one goes and comes at the same place.
struct Changes {
  explicit Changes(core::Arena &arena) : gone(arena), come(arena), places(arena) {}
  void put(const core::Object &object, int32 place) {
    come.push_back(object);
    places.push_back(place);
  }
  bool empty() const { return gone.empty() && come.empty(); }

  core::Vector<core::Value> gone;  // places
  core::Vector<core::Object> come;
  core::Vector<int32> places;  // of those that come; 0: a new one
};

// Writes the revision after `before`, which lock_for_revision() has locked.
void store_next(pg::ContextArena &arena, const Baseline &before, const Head &head, Changes &changes);

}  // namespace proapp::drift
