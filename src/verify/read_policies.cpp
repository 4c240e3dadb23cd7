#include "pg/boundary.hpp"

#include "verify/reading.hpp"

extern "C" {
#include <catalog/pg_policy.h>
#include <utils/array.h>
}

namespace proapp::verify {

static std::span<const core::Oid> roles_of(core::Arena &arena, Datum polroles) {
  const ArrayType *array = DatumGetArrayTypeP(polroles);
  return arena.copy(std::span<const core::Oid>(reinterpret_cast<const Oid *>(ARR_DATA_PTR(array)), static_cast<size_t>(ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array)))));
}

void read_policies(Reading &reading) {
  core::Facts &facts = reading.facts;
  for (pg::CatalogScan scan(PolicyRelationId, reading.snapshot, reading.row); scan.next();) {
    const auto *row = scan.row<Form_pg_policy>();
    const core::TableFact *table = facts.table(row->polrelid);
    if (table == nullptr) continue;
    auto &policy = facts.arena.make<core::PolicyFact>();
    const catalog::QuotedNames::Name name = reading.names.of(row->polname);
    policy.table = table;
    policy.name = name.bare;
    policy.identity = facts.text({"policy ", name.quoted, " on ", table->identity});
    policy.command = row->polcmd;
    policy.permissive = row->polpermissive;
    policy.roles = roles_of(facts.arena, *scan.column(Anum_pg_policy_polroles));
    policy.qual = reading.term(scan.column(Anum_pg_policy_polqual), table->id);
    policy.check = reading.term(scan.column(Anum_pg_policy_polwithcheck), table->id);
    if (policy.qual != nullptr) policy.qual_text = reading.text(catalog::Deparse::policy_using, row->oid);
    if (policy.check != nullptr) policy.check_text = reading.text(catalog::Deparse::policy_check, row->oid);
    append(facts, facts.policies_of, table->id, policy);
  }
  gather_by_table(facts, facts.policies_of, facts.policies);
}

}  // namespace proapp::verify
