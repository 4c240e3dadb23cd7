// post_restore: the versions of companions after a dump was restored. CREATE EXTENSION in a dump names none, so that the newest one comes, whatever was applied.
#include "pg/boundary.hpp"

#include "migration/ledger.hpp"
#include "migration/values.hpp"
#include "pg/compat.hpp"
#include "pg/rows.hpp"
#include "pg/spi.hpp"

extern "C" {
#include <access/htup_details.h>
#include <catalog/indexing.h>
#include <catalog/pg_extension.h>
#include <commands/extension.h>
#include <utils/acl.h>
#include <utils/fmgroids.h>
}

using namespace proapp;
using namespace proapp::migration;

// As ALTER EXTENSION … UPDATE does when its scripts have run.
static void stamp(Oid extension, const char *version) {
  const Relation catalog = table_open(ExtensionRelationId, RowExclusiveLock);
  ScanKeyData key;
  ScanKeyInit(&key, Anum_pg_extension_oid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(extension));
  const SysScanDesc scan = systable_beginscan(catalog, ExtensionOidIndexId, true, nullptr, 1, &key);
  const HeapTuple tuple = systable_getnext(scan);
  Datum values[Natts_pg_extension] = {};
  bool nulls[Natts_pg_extension] = {}, replaced[Natts_pg_extension] = {};
  values[Anum_pg_extension_extversion - 1] = CStringGetTextDatum(version);
  replaced[Anum_pg_extension_extversion - 1] = true;
  const HeapTuple changed = heap_modify_tuple(tuple, RelationGetDescr(catalog), values, nulls, replaced);
  CatalogTupleUpdate(catalog, &changed->t_self, changed);
  systable_endscan(scan);
  table_close(catalog, NoLock);
  CommandCounterIncrement();
}

struct Newest {
  const char *app, *version, *extension, *installed;
};

static const char *bring_into_line(const Newest &one) {
  if (one.installed == nullptr)
    return psprintf("extension %s is not there: create extension %s version %s", one.extension, quote_identifier(one.extension), quote_literal_cstr(one.version));
  if (strcmp(one.installed, one.version) == 0) return "extension and ledger agree";
  const Oid extension = get_extension_oid(one.extension, false);
  if (!pg::owns_extension(extension)) aclcheck_error(ACLCHECK_NOT_OWNER, OBJECT_EXTENSION, one.extension);
  stamp(extension, one.version);
  return psprintf("the extension said %s", one.installed);
}

PROAPP_FUNCTION(proapp_post_restore) {
  PreventCommandIfReadOnly("proapp.post_restore()");
  state::refuse_while_restoring();
  pg::Rows rows(fcinfo);
  if (!OidIsValid(state::find(ledger))) return rows.done();
  pg::spi_begin();
  const uint64 count = state::run(
      "select distinct on (m.app) m.app, m.version, m.extension, e.extversion from proapp_data.migrations m left join pg_catalog.pg_extension e on e.extname = m.extension"
      " where m.extension is not null order by m.app, m.number desc");
  auto *all = static_cast<Newest *>(palloc(sizeof(Newest) * (count + 1)));
  for (uint64 i = 0; i < count; ++i) {
    all[i] = {text_of(i, 1), text_of(i, 2), text_of(i, 3), text_of(i, 4)};
  }
  for (uint64 i = 0; i < count; ++i) rows.put({all[i].app, all[i].version, bring_into_line(all[i])});
  pg::spi_end();
  return rows.done();
}
