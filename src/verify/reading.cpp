#include "pg/boundary.hpp"

#include "verify/reading.hpp"

extern "C" {
#include <catalog/dependency.h>
#include <catalog/pg_authid.h>
#include <catalog/pg_depend.h>
#include <catalog/pg_extension.h>
#include <catalog/pg_type.h>
#include <utils/acl.h>
#include <utils/array.h>
#include <utils/fmgroids.h>
}

namespace proapp::verify {

static constexpr uint32 reads = core::may_select, writes = core::may_insert | core::may_update | core::may_delete;

static ApiRole api_role(Oid oid) {
  if (!OidIsValid(oid)) return {};
  if (superuser_arg(oid)) return {oid, ~uint32{0}};
  return {oid, (has_privs_of_role(oid, ROLE_PG_READ_ALL_DATA) ? reads : 0) | (has_privs_of_role(oid, ROLE_PG_WRITE_ALL_DATA) ? writes : 0)};
}

static void read_members(Reading &reading) {
  core::OidMap<std::string_view> &extensions = reading.facts.arena.make<core::OidMap<std::string_view>>(reading.facts.arena);
  for (pg::CatalogScan scan(ExtensionRelationId, reading.snapshot, reading.row); scan.next();)
    extensions.at(scan.row<Form_pg_extension>()->oid) = reading.names.of(scan.row<Form_pg_extension>()->extname).bare;
  ScanKeyData key;
  ScanKeyInit(&key, Anum_pg_depend_refclassid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(ExtensionRelationId));
  for (pg::CatalogScan scan(DependRelationId, DependReferenceIndexId, reading.snapshot, &key, 1, reading.row); scan.next();) {
    const auto *row = scan.row<Form_pg_depend>();
    const std::string_view *extension = extensions.find(row->refobjid);
    if (row->deptype == DEPENDENCY_EXTENSION && row->objsubid == 0 && extension != nullptr) reading.members.put(row->classid, row->objid, 0, *extension);
  }
}

Reading::Reading(core::Facts &of, MemoryContext of_row, Snapshot at)
    : facts(of), snapshot(at), row(of_row), names(of.arena), terms(of.arena, pg::watch), indexes(of.arena), members(of.arena), types_(of.arena) {
  for (const core::RoleFact *role : facts.roles) {
    if (role->name == "anon") anon = api_role(role->id);
    if (role->name == "authenticated") authenticated = api_role(role->id);
  }
  read_members(*this);
}

const core::Term *Reading::term(std::optional<Datum> stored, Oid relation) {
  if (!stored) return nullptr;
  // As it is stored, compressed or not: what was met before need not even be decompressed.
  const auto *raw = reinterpret_cast<const varlena *>(DatumGetPointer(*stored));
  if (VARATT_IS_EXTERNAL(raw)) return terms.read({}, pg::view(*stored), relation);
  const std::string_view key(reinterpret_cast<const char *>(raw), VARSIZE_ANY(raw));
  if (const core::Term *known = terms.find(key, relation)) return known;
  return terms.read(key, pg::view(*stored), relation);
}

std::string_view Reading::type(Oid oid) {
  if (const std::string_view *known = types_.find(oid)) return *known;
  const std::string_view name = facts.arena.copy(std::string_view(format_type_extended(oid, -1, FORMAT_TYPE_ALLOW_INVALID)));
  types_.at(oid) = name;
  const char kind = get_typtype(oid);
  if (kind != TYPTYPE_PSEUDO && kind != TYPTYPE_COMPOSITE && kind != '\0') facts.types.at(oid) = name;
  return name;
}

std::span<const std::int16_t> Reading::numbers(std::optional<Datum> array) {
  if (!array) return {};
  const ArrayType *values = DatumGetArrayTypeP(*array);
  return facts.arena.copy(
      std::span<const std::int16_t>(reinterpret_cast<const std::int16_t *>(ARR_DATA_PTR(values)), static_cast<size_t>(ArrayGetNItems(ARR_NDIM(values), ARR_DIMS(values)))));
}

uint32 Reading::rights(const ApiRole &role, const Acl *acl, Oid owner, uint32 asked) {
  if (!OidIsValid(role.id)) return 0;
  const uint32 known = role.everywhere & asked;
  return known == asked ? asked : known | static_cast<uint32>(aclmask(acl, role.id, owner, asked, ACLMASK_ALL));
}

}  // namespace proapp::verify
