// protect, unprotect and what view protected_relations shows.
#include "pg/boundary.hpp"

#include "deletion/expression.hpp"
#include "deletion/guard.hpp"
#include "deletion/hiding.hpp"
#include "deletion/registration.hpp"
#include "deletion/registrations.hpp"
#include "deletion/table_name.hpp"
#include "pg/arguments.hpp"
#include "pg/attempt.hpp"
#include "pg/rows.hpp"
#include "pg/session.hpp"

extern "C" {
#include <catalog/pg_type.h>
}

using namespace proapp;

namespace proapp::deletion {

// Who deletes past us: by a grant on the table or on a partition of it, whose statement only takes back what its grantor gave.
static constexpr char direct_ways[] =
    "with target as ("
    "  select c.oid, c.oid::regclass::text as name, c.relowner, c.relacl from pg_class c where c.oid = $1 or c.oid in (select relid from pg_partition_tree($1))),"
    " granted as ("
    "  select t.oid, t.name, t.relowner, a.grantee, a.grantor, string_agg(a.privilege_type, ', ' order by a.privilege_type) as privileges, bool_or(a.is_grantable) as grantable"
    "  from target t, aclexplode(t.relacl) a left join pg_roles r on r.oid = a.grantee"
    "  where a.privilege_type in ('DELETE', 'TRUNCATE') and a.grantee <> t.relowner and not coalesce(r.rolsuper, false)"
    "  group by t.oid, t.name, t.relowner, a.grantee, a.grantor),"
    " named as (select *, case grantee when 0 then 'PUBLIC' else quote_ident(pg_get_userbyid(grantee)) end as role, quote_ident(pg_get_userbyid(grantor)) as giver from granted)"
    " select format('%s has %s on %s%s', role, privileges, name, case when grantor <> relowner then ', granted by ' || giver end),"
    "  format('revoke %s on %s from %s%s', lower(privileges), name, case when grantor = relowner then case grantee when 0 then 'public' else role end else giver end,"
    "   case when grantor <> relowner or grantable then ' cascade' else '' end)"
    " from named order by oid <> $1, name collate \"C\", grantee <> 0, role collate \"C\"";

static constexpr char cascades[] =
    "select format('its rows go with those of %s, ON DELETE CASCADE of %I', confrelid::regclass, conname), format('select * from proapp.protect(%L)', confrelid::regclass)"
    " from pg_constraint where conrelid = $1 and confrelid <> $1 and contype = 'f' and confdeltype = 'c' and conparentid = 0 order by conname collate \"C\"";

static void put_query(pg::Rows &rows, const char *sql, Oid relation) {
  pg::spi_run(sql, {pg::Argument(OIDOID, ObjectIdGetDatum(relation))});
  pg::spi_put(rows);
}

static void save(const char *relation, const char *allowed) {
  state::run(
      "insert into proapp_data.protections as p (relation, allowed) values ($1, $2)"
      " on conflict (relation) do update set allowed = excluded.allowed, registered_at = pg_catalog.now(), registered_by = session_user"
      " where p.allowed is distinct from excluded.allowed",
      {relation, allowed});
}

static const char *guard_text(const char *guard, bool by_key, bool installed) {
  return by_key ? psprintf("by foreign key %s", quote_identifier(guard)) : psprintf("by trigger %s%s", quote_identifier(guard), installed ? ", which was missing" : "");
}

// A guard that was dropped, or that a dropped foreign key made necessary, is put back.
template <class Kept, class Resolved>
static Resolved restore_guard(const Kept &kept, Oid table, const char *guard, const Resolved &resolved) {
  if (guard != nullptr) return resolved;
  Relation opened = open_own_table(table, AccessShareLock);
  install_guard(opened, resolved.arguments);
  table_close(opened, NoLock);
  CommandCounterIncrement();
  return resolve(kept);
}

static void put_guards(pg::Rows &rows, const char *relation) {
  const ListCell *cell;
  const List *all = kept_blockers(Sight::latest);
  foreach (cell, all) {
    const auto &kept = *static_cast<const KeptBlocker *>(lfirst(cell));
    if (strcmp(kept.relation, relation) != 0) continue;
    const ResolvedBlocker before = resolve(kept);
    const Blocker now = restore_guard(kept, before.blocker.blocking, before.blocker.guard, before).blocker;
    const bool by_key = find_guard(now.blocking, before.arguments) == nullptr;
    rows.put({psprintf("blocker %s%s is guarded %s", kept.blocking, kept.condition != nullptr ? psprintf(" where %s", kept.condition) : "",
                       guard_text(now.guard, by_key, before.blocker.guard == nullptr)),
              pg::Cell::null()});
  }
  all = kept_references(Sight::latest);
  foreach (cell, all) {
    const auto &kept = *static_cast<const KeptReference *>(lfirst(cell));
    if (strcmp(kept.relation, relation) != 0) continue;
    const ResolvedReference before = resolve(kept);
    const RegisteredReference now = restore_guard(kept, before.reference.referencing, before.reference.guard, before).reference;
    rows.put({psprintf("reference %s.%s is guarded %s", kept.referencing, quote_identifier(kept.column), guard_text(now.guard, false, before.reference.guard == nullptr)),
              pg::Cell::null()});
  }
}

// What is registered about a table that is no longer protected, each with what forgets it.
static constexpr char remaining_blockers[] =
    "select format('blocker %s stays', blocking), format('select proapp.remove_blocker(%L, %L)', relation, blocking) from proapp_data.blockers where relation = $1"
    " group by relation, blocking order by blocking collate \"C\"";
static constexpr char remaining_references[] =
    "select format('reference %s.%I stays', referencing, referencing_column), format('select proapp.remove_reference(%L, %L, %L)', relation, referencing, referencing_column)"
    " from proapp_data.registered_references where relation = $1 group by relation, referencing, referencing_column order by referencing collate \"C\", referencing_column collate "
    "\"C\"";
static constexpr char remaining_holds[] =
    "select format('%s rows stay held', count(*)), format('select * from proapp.holds where relation = %L', relation) from proapp_data.holds where relation = $1"
    " and (until is null or until > pg_catalog.now()) group by relation";

static void put_remaining(pg::Rows &rows, const state::Table &table, const char *sql, const char *relation) {
  if (!OidIsValid(state::find(table))) return;
  state::run(sql, {relation});
  pg::spi_put(rows);
}

static void put_hiding(pg::Rows &rows, Relation table) {
  const bool changed = install_hiding_policy(table);
  if (changed) CommandCounterIncrement();
  if (const char *why = why_not_hidden(table); why != nullptr)
    rows.put({psprintf("its rows stay visible while they are deleted in batches: %s", why), pg::Cell::null()});
  else
    rows.put({psprintf("its rows are hidden while they are deleted in batches, by a restrictive policy%s", changed ? ", which was missing" : ""), pg::Cell::null()});
}

static const char *problem_of(const KeptProtection &kept) {
  const ErrorData *problem = pg::attempt([&kept] { resolve(kept); });
  return problem != nullptr ? problem->message : nullptr;
}

}  // namespace proapp::deletion

PROAPP_FUNCTION(proapp_protect) {
  pg::Rows rows(fcinfo);
  const Oid relation = DatumGetObjectId(pg::required(fcinfo, 0, "relation"));
  Relation table = deletion::open_own_table(relation, AccessShareLock);
  const char *name = deletion::table_text(relation), *allowed = pg::optional_text(fcinfo, 1);
  if (allowed != nullptr) allowed = deletion::read_expression(allowed, table, "r", "allowed").text;

  state::find_or_make(deletion::protections);
  pg::spi_begin();
  deletion::save(name, allowed);
  const int pin = pg::pin_search_path();
  deletion::put_query(rows, deletion::direct_ways, relation);
  deletion::put_query(rows, deletion::cascades, relation);
  pg::unpin_search_path(pin);
  deletion::put_guards(rows, name);
  deletion::put_hiding(rows, table);
  rows.put({allowed != nullptr ? psprintf("rows of %s are deleted by those for whom %s", name, allowed) : psprintf("rows of %s are deleted by those who may DELETE", name),
            psprintf("select * from proapp.delete_safely(%s, '<key>')", quote_literal_cstr(name))});
  pg::spi_end();
  table_close(table, NoLock);
  return rows.done();
}

PROAPP_FUNCTION(proapp_unprotect) {
  pg::Rows rows(fcinfo);
  const char *relation = deletion::kept_text(pg::required_text(fcinfo, 0, "relation"));
  deletion::check_owns(relation);
  uint64 gone = 0;
  pg::spi_begin();
  if (OidIsValid(state::find(deletion::protections))) {
    state::refuse_while_restoring();
    gone = state::run("delete from proapp_data.protections where relation = $1", {relation});
  }
  if (gone == 0)
    ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT), errmsg("table %s is not protected", relation), errhint("Those that are: select * from proapp.protected_relations.")));
  rows.put({psprintf("table %s is no longer protected", relation), pg::Cell::null()});
  if (const Oid table = deletion::find_table(relation); OidIsValid(table) && deletion::drop_hiding_policy(table))
    rows.put({"its rows are no longer hidden while they are deleted in batches", pg::Cell::null()});
  deletion::put_remaining(rows, deletion::blockers, deletion::remaining_blockers, relation);
  deletion::put_remaining(rows, deletion::references, deletion::remaining_references, relation);
  deletion::put_remaining(rows, deletion::holds, deletion::remaining_holds, relation);
  pg::spi_end();
  return rows.done();
}

PROAPP_FUNCTION(proapp_protected_relations) {
  pg::Rows rows(fcinfo);
  const List *all = deletion::kept_protections(deletion::Sight::snapshot);
  const ListCell *cell;
  foreach (cell, all) {
    const auto &kept = *static_cast<const deletion::KeptProtection *>(lfirst(cell));
    rows.put({kept.relation, kept.allowed, deletion::problem_of(kept)});
  }
  return rows.done();
}
