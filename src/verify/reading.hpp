// What readers share that walk the catalogs.
#pragma once
#include "pg/postgres.hpp"

#include "catalog/deparse.hpp"
#include "catalog/quoted_names.hpp"
#include "core/object_map.hpp"
#include "core/term_memo.hpp"
#include "pg/scan.hpp"
#include "verify/facts.hpp"

extern "C" {
#include <utils/acl.h>
}

namespace proapp::verify {

// What pg_class says about an index.
struct IndexClass {
  std::string_view name, quoted;
  Oid schema = InvalidOid, method = InvalidOid;
  int64 bytes = 0;
};

// anon or authenticated, and what they may do by what they are.
struct ApiRole {
  Oid id = InvalidOid;
  uint32 everywhere = 0;
};

class Reading {
 public:
  Reading(core::Facts &of, MemoryContext of_row, Snapshot at);

  core::Facts &facts;
  Snapshot snapshot;
  MemoryContext row;  // of the catalog row being read
  catalog::QuotedNames names;
  core::TermMemo terms;
  core::OidMap<IndexClass> indexes;
  core::ObjectMap<std::string_view> members;  // object -> extension that it is a member of
  ApiRole anon, authenticated;

  const core::Term *term(std::optional<Datum> stored, Oid relation);  // null where there is none
  core::Printed text(catalog::Deparse what, Oid object, int32 part = 0) { return {facts.unprinted, core::Origin{static_cast<uint32>(what), object, part}}; }
  std::string_view type(Oid oid);  // as SQL writes it; known to the facts from then on
  std::string_view extension(Oid catalog, Oid object) const {
    const std::string_view *found = members.find(catalog, object);
    return found == nullptr ? std::string_view{} : *found;
  }
  const core::SchemaFact *schema(Oid oid) const { return core::Facts::get(facts.schema_of, oid); }
  std::span<const std::int16_t> numbers(std::optional<Datum> array);  // a smallint[]

  // What the role may do of `asked` by an ACL, and as what it is.
  static uint32 rights(const ApiRole &role, const Acl *acl, Oid owner, uint32 asked);

 private:
  core::OidMap<std::string_view> types_;
};

// Where objects are that PostgreSQL brings along: of them checks look at names only.
inline bool is_built_in(const core::SchemaFact *schema) { return schema == nullptr || schema->name == "pg_catalog" || schema->name == "information_schema"; }

}  // namespace proapp::verify
