// erase_tenant: a tenant leaves, and what was kept of it goes, too; view erasures says what proves it.
#include "pg/boundary.hpp"

#include "pg/arguments.hpp"
#include "pg/attempt.hpp"
#include "pg/context_arena.hpp"
#include "pg/rows.hpp"
#include "pg/spi.hpp"

#include "deletion/hiding.hpp"
#include "deletion/remove.hpp"
#include "deletion/table_name.hpp"
#include "deletion/tenant_archive.hpp"

extern "C" {
#include <access/xact.h>
}

using namespace proapp;
using namespace proapp::deletion;

static pg::Argument uuid(const pg_uuid_t &deletion) { return {UUIDOID, UUIDPGetDatum(&deletion)}; }

// What others archive or reference meanwhile is only found by who looks at what is there now.
static void insist_on_read_committed() {
  if (!IsolationUsesXactSnapshot()) return;
  ereport(ERROR, (errcode(ERRCODE_ACTIVE_SQL_TRANSACTION), errmsg("erase_tenant() needs isolation level READ COMMITTED"),
                  errdetail("This transaction looks at the past, and the proof is about what is there now."), errhint("BEGIN ISOLATION LEVEL READ COMMITTED.")));
}

static void insist_on_nothing_kept(const Closure &closure, const pg_uuid_t &deletion) {
  const Kept left = count_kept(closure, deletion);
  if (left.is_none()) return;
  ereport(ERROR, (errcode(ERRCODE_T_R_SERIALIZATION_FAILURE), errmsg("rows of the tenant were archived meanwhile"),
                  errdetail(UINT64_FORMAT " rows and " UINT64_FORMAT " deletions are in the archive, and " UINT64_FORMAT " holds.", left.rows, left.deletions, left.holds),
                  errhint("Run the transaction again.")));
}

// Of the claims, who it was; the rest may be anything, also about the tenant.
static const char *subject_of(const char *claims) {
  if (claims == nullptr) return nullptr;
  const char *subject = nullptr;
  pg::attempt([&] {
    state::run("select pg_catalog.jsonb_build_object('sub', $1::pg_catalog.jsonb ->> 'sub')::pg_catalog.text", {claims});
    subject = pg::c_string(pg::spi_text(0, 1));
  });
  return subject;
}

// The key becomes a digest, by which whoever knows the key recognises the tenant.
static void keep_proof(const pg_uuid_t &deletion, const Graph &graph, const Closure &closure, const Kept &cleared) {
  auto *proven = static_cast<const char **>(palloc(sizeof(char *) * (graph.references.size() + 1)));
  size_t count = 0;
  for (const Reference &reference : graph.references)
    if (closure.going[reference.to].count > 0) proven[count++] = psprintf("%s by %s", graph.tables[reference.from].name, reference.name);
  state::run(
      "update proapp_data.deletions d set"
      " key = pg_catalog.jsonb_build_object('sha256', pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(pg_catalog.concat_ws(' ', deletion, relation, key), 'UTF8')), "
      "'hex')),"
      " proof = pg_catalog.jsonb_build_object('proven_at', pg_catalog.clock_timestamp(),"
      "  'deleted', (select coalesce(pg_catalog.jsonb_object_agg(relation, row_count), '{}') from proapp_data.deletion_steps s where s.deletion = d.deletion and action = "
      "'delete'),"
      "  'updated', (select coalesce(pg_catalog.jsonb_object_agg(relation || ' by ' || via, row_count), '{}') from proapp_data.deletion_steps s where s.deletion = d.deletion and "
      "action = 'update'),"
      "  'no_references_left', (select coalesce(pg_catalog.jsonb_agg(r order by r collate \"C\"), '[]') from pg_catalog.unnest($2) r),"
      "  'cleared', pg_catalog.jsonb_build_object('deletions', $3, 'archived_rows', $4, 'holds', $5))"
      " where deletion = $1",
      {uuid(deletion), pg::text_array(count, [&](size_t i) { return std::string_view(proven[i]); }), static_cast<int64>(cleared.deletions), static_cast<int64>(cleared.rows),
       static_cast<int64>(cleared.holds)});
}

static void put_answer(pg::Rows &rows, const pg_uuid_t &deletion) {
  state::run(
      "select deletion, relation, action, row_count from ("
      " select deletion, step, relation, action, row_count from proapp_data.deletion_steps where deletion = $1"
      " union all select d.deletion, c.step, c.relation, 'clear', (d.proof -> 'cleared' ->> c.field)::pg_catalog.int8 from proapp_data.deletions d,"
      "  (values (2147483645, 'proapp.deletion_archive', 'archived_rows'), (2147483646, 'proapp.deletions', 'deletions'), (2147483647, 'proapp.holds', 'holds')) c(step, relation, "
      "field)"
      "  where d.deletion = $1 and (d.proof -> 'cleared' ->> c.field)::pg_catalog.int8 > 0) a order by step",
      {uuid(deletion)});
  pg::spi_put(rows);
}

PROAPP_FUNCTION(proapp_erase_tenant) {
  PreventCommandIfReadOnly("proapp.erase_tenant()");
  insist_on_read_committed();
  const Request request = read_request(fcinfo, true, Purpose::remove);
  const char *reason = pg::optional_text(fcinfo, 2);
  Actor actor = current_actor();
  pg::Rows rows(fcinfo);
  auto &arena = *new (palloc(sizeof(pg::ContextArena))) pg::ContextArena("proapp erasure");
  make_archive();
  pg::spi_begin();
  lock_root(request);
  Examination &examination = examine(arena, request);
  if (!examination.is_empty()) {
    insist_on_not_hidden(request.key);
    insist_on_no_obstacle(request, examination);
    actor.claims = subject_of(actor.claims);
    const pg_uuid_t deletion = archive_deletion({table_text(request.relation), request.key, true, reason, nullptr, "deleted"}, actor);
    remove_all(examination, deletion, 1);
    const Kept cleared = forget_kept(examination.closure, deletion);
    insist_on_nothing_kept(examination.closure, deletion);
    keep_proof(deletion, examination.graph, examination.closure, cleared);
    end_deletion(deletion, "deleted");
    put_answer(rows, deletion);
  }
  close(examination);
  pg::spi_end();
  return rows.done();
}

PROAPP_FUNCTION(proapp_erasures) {
  return state::rows(fcinfo, deletions,
                     "select deletion, relation, key ->> 'sha256', reason, claims::pg_catalog.jsonb ->> 'sub', acting_role, login_role, started_at, ended_at, proof"
                     " from proapp_data.deletions where erase order by started_at, deletion");
}
