// manifest, manifest_digest, manifest_document, manifest_summary
#include "pg/boundary.hpp"

#include "catalog/manifest.hpp"
#include "core/kinds.hpp"
#include "pg/jsonb.hpp"
#include "pg/rows.hpp"
#include "pg/scan.hpp"

#include <algorithm>
#include <tuple>

extern "C" {
#include <catalog/pg_collation.h>
#include <catalog/pg_database.h>
#include <catalog/pg_extension.h>
#include <mb/pg_wchar.h>
#include <utils/fmgroids.h>
}

namespace proapp {

using core::Member;
using core::Object;
using core::Value;

PROAPP_FUNCTION(proapp_manifest) {
  pg::ContextArena arena("proapp manifest");
  const auto selectors = catalog::selectors(arena, fcinfo->args[0]);
  const std::span<Object> objects = catalog::manifest(arena, selectors, true);
  // What hangs on a relation stands together.
  std::sort(objects.begin(), objects.end(), [](const Object &a, const Object &b) { return std::tie(a.kind, a.parent, a.identity) < std::tie(b.kind, b.parent, b.identity); });

  auto &scratch = arena.make<core::Bytes>(arena);
  auto &of_row = arena.make<pg::ContextArena>(AllocSetContextCreate(arena.context(), "proapp manifest row", ALLOCSET_DEFAULT_SIZES));
  pg::Rows rows(fcinfo);
  for (Object &object : objects) {
    const std::string_view digest = core::hex(of_row, core::digest(object, scratch).digest);
    catalog::resolve(of_row, std::span(&object, 1));
    rows.put({object.kind, object.identity, pg::Cell::text_or_null(object.parent), object.definition(), digest});
    of_row.reset();
  }
  return rows.done();
}

PROAPP_FUNCTION(proapp_manifest_digest) {
  pg::ContextArena arena("proapp manifest");
  const auto selectors = catalog::selectors(arena, fcinfo->args[0]);
  const core::Digest digest = catalog::manifest_digest(arena, selectors, true);
  return pg::text_datum(core::hex(arena, digest));
}

static std::string_view own(core::Arena &arena, const char *text) { return arena.copy(std::string_view(text == nullptr ? "" : text)); }

static Value installed_extensions(core::Arena &arena) {
  auto &members = arena.make<core::Vector<Member>>(arena);
  for (pg::CatalogScan scan(ExtensionRelationId, nullptr); scan.next();) {
    const auto *row = scan.row<Form_pg_extension>();
    members.push_back({arena.copy(pg::view(row->extname)), Value(arena.copy(scan.text(Anum_pg_extension_extversion)))});
  }
  return Value(members.span());
}

// What may differ between two servers that hold the same schema.
static Value environment(core::Arena &arena) {
  ScanKeyData key;
  ScanKeyInit(&key, Anum_pg_database_oid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(MyDatabaseId));
  auto &members = arena.make<core::Vector<Member>>(arena);
  members.push_back({"server_version", Value(own(arena, PG_VERSION))});
  members.push_back({"encoding", Value(own(arena, GetDatabaseEncodingName()))});
  pg::CatalogScan scan(DatabaseRelationId, DatabaseOidIndexId, nullptr, &key, 1);
  if (scan.next()) {
    members.push_back({"collate", Value(arena.copy(scan.text(Anum_pg_database_datcollate)))});
    members.push_back({"ctype", Value(arena.copy(scan.text(Anum_pg_database_datctype)))});
    members.push_back({"collation_version", Value(arena.copy(scan.text(Anum_pg_database_datcollversion)))});
    scan.close();
  }
  members.push_back({"extensions", installed_extensions(arena)});
  return Value(members.span());
}

PROAPP_FUNCTION(proapp_manifest_document) {
  pg::ContextArena arena("proapp manifest");
  const auto selectors = catalog::selectors(arena, fcinfo->args[0]);
  const std::span<Object> objects = catalog::manifest(arena, selectors, true);
  catalog::resolve(arena, objects);
  const Value about = environment(arena);

  auto &texts = arena.make<core::Vector<Value>>(arena);
  for (const std::string_view selector : selectors) texts.push_back(Value(selector));
  auto &scratch = arena.make<core::Bytes>(arena);
  auto &tree = arena.make<core::TreeDigest>(arena);
  for (const Object &object : objects) tree.add(object, core::digest(object, scratch).digest);
  const core::Document document{PG_VERSION_NUM / 10000, texts.span(), objects, tree.root()};
  return pg::to_jsonb(core::write_document(arena, document, about));
}

PROAPP_FUNCTION(proapp_manifest_summary) {
  pg::ContextArena arena("proapp manifest");
  const auto selectors = catalog::selectors(arena, fcinfo->args[0]);
  const std::span<Object> objects = catalog::manifest(arena, selectors, true);

  auto &categories = arena.make<core::Vector<std::string_view>>(arena);
  for (const Object &object : objects) categories.push_back(catalog::category(object));
  std::sort(categories.begin(), categories.end());
  pg::Rows rows(fcinfo);
  for (size_t i = 0; i < categories.size();) {
    size_t end = i;
    while (end < categories.size() && categories[end] == categories[i]) ++end;
    rows.put({categories[i], static_cast<int64>(end - i)});
    i = end;
  }
  return rows.done();
}

}  // namespace proapp
