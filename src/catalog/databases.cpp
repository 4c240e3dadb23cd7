// Kinds: database, database setting. No dump of a single database carries them, so that after a restore these are differences indeed.
#include "pg/postgres.hpp"

#include "catalog/reader.hpp"
#include "catalog/values.hpp"
#include "core/secrets.hpp"

extern "C" {
#include <catalog/pg_database.h>
#include <catalog/pg_db_role_setting.h>
#include <utils/fmgroids.h>
}

namespace proapp::catalog {

// Its name is no fact about the schema: the same schema in another database is equal. All of its attributes are outside of the digest (core/rules.cpp).
static void read_database(Reader &reader) {
  if (!reader.wants_of_database("database", "current")) return;
  ScanKeyData key;
  ScanKeyInit(&key, Anum_pg_database_oid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(MyDatabaseId));
  pg::CatalogScan scan(DatabaseRelationId, DatabaseOidIndexId, reader.snapshot, &key, 1);
  if (!scan.next()) return;
  const auto *row = scan.row<Form_pg_database>();
  reader.begin("database", "current");
  if (row->datconnlimit >= 0) reader.add("connection_limit", int64{row->datconnlimit});
  reader.add("refuses_connections", !row->datallowconn);
  reader.add("template", row->datistemplate);
  reader.add("owner", reader.role(row->datdba));
  reader.add("grants", grants(reader, scan.column(Anum_pg_database_datacl), OBJECT_DATABASE, row->datdba));
  reader.add_comment(DatabaseRelationId, row->oid);
  reader.finish();
  scan.close();
}

static void take_setting(Reader &reader, std::string_view role, std::string_view setting) {
  const size_t equals = setting.find('=');
  const std::string_view name = setting.substr(0, equals);
  if (equals == std::string_view::npos || !reader.wants_of_database("database setting", name)) return;
  reader.begin("database setting", role.empty() ? name : reader.join({"role ", role, ": ", name}));
  reader.add("role", role);
  reader.add("setting", name);
  const std::string_view value = setting.substr(equals + 1);
  const bool empty = value.empty() || value == "\"\"";  // the latter in lists
  reader.add("value", core::is_secret(name) ? core::secret_is_set : empty ? std::string_view("''") : value);
  reader.finish();
}

static void read_settings(Reader &reader) {
  for (pg::CatalogScan scan(DbRoleSettingRelationId, reader.snapshot, reader.row); scan.next();) {
    const auto *row = scan.row<Form_pg_db_role_setting>();
    if (row->setdatabase != MyDatabaseId) continue;
    const std::string_view role = reader.role(row->setrole);
    const core::Value settings = text_list(reader.lasting(), scan.column(Anum_pg_db_role_setting_setconfig), true);
    for (const core::Value &setting : settings.items()) take_setting(reader, role, setting.text());
  }
}

void read_databases(Reader &reader) {
  read_database(reader);
  read_settings(reader);
}

}  // namespace proapp::catalog
