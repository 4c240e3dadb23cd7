// What verify knows about a database: read once a call, then looked at by every check. Plain structs over an arena; identities as interface.md prints them.
#pragma once
#include "core/names.hpp"
#include "core/oid_map.hpp"
#include "core/printed.hpp"
#include "core/term.hpp"

#include <cstdint>
#include <span>
#include <string_view>

namespace proapp::core {

struct SqlToken;  // core/sql_tokens.hpp
class BodyText;   // core/plpgsql_text.hpp

// PostgreSQL's bits of aclitem.
enum Privilege : std::uint32_t {
  may_insert = 1 << 0,
  may_select = 1 << 1,
  may_update = 1 << 2,
  may_delete = 1 << 3,
  may_truncate = 1 << 4,
  may_reference = 1 << 5,
  may_trigger = 1 << 6,
  may_execute = 1 << 7,
  may_use = 1 << 8,
  may_create = 1 << 9,
};

// What the roles that serve requests may do, by themselves, by PUBLIC and by the roles they are members of.
// On tables with a privilege of single columns, too. 0 where the schema may not be used.
struct Reach {
  std::uint32_t anon = 0, authenticated = 0;
  std::uint32_t either() const { return anon | authenticated; }
};

struct RoleFact {
  Oid id = 0;
  std::string_view name;
  bool superuser = false, bypasses_rls = false, can_login = false;
  bool serves_requests = false;         // anon or authenticated, or a role that may become one of them (authenticator)
  std::span<const Oid> member_of = {};  // of anon and authenticated
  std::string_view bypasses_through;    // the role that it is a member of, as SQL writes it, that may do without row-level security
  std::string_view quoted;              // as SQL writes it
};

struct SchemaFact {
  Oid id = 0;
  std::string_view name;
  bool system = false;           // PostgreSQL's own, temporary ones and ours
  bool managed = false;          // of the platform: auth, storage, realtime, vault, …
  bool exposed = false;          // requests reach it: listed in pgrst.db_schemas, or without that setting used by anon or authenticated and not managed
  Reach reach;                   // may_use, may_create
  std::string_view quoted = {};  // as SQL writes it
};

struct ColumnFact {
  std::string_view name;    // as it is; empty for a dropped one
  std::string_view quoted;  // as SQL writes it
  Oid type = 0;
  bool not_null = false, generated = false, identity = false;
  const Term *default_value = nullptr;  // or the generation expression
};

struct TableFact {
  Oid id = 0;
  Oid schema = 0, owner = 0, parent = 0;
  char kind = 'r';  // pg_class.relkind: r, p, v, m, f
  bool rls = false, forced = false, partition = false, exposed = false;
  bool primary_key = false, unlogged = false;
  char replica_identity = 'd';                 // pg_class.relreplident
  bool invoker = false, barrier = false;       // of a view
  std::string_view name, identity, extension;  // the extension that it is a member of
  Reach reach;
  double rows = 0;                        // as last analysed; below 0: never
  std::int64_t scans = 0;                 // since statistics are gathered, by index or without
  std::span<ColumnFact> columns;          // by number from 1
  std::span<const Query *const> queries;  // of a view
  Printed query_text;                     // likewise
  std::string_view options;               // of a view, as WITH (…) writes them
  const SchemaFact *of_schema = nullptr;

  const ColumnFact *column(int number) const {
    return number > 0 && static_cast<std::size_t>(number) <= columns.size() && !columns[static_cast<std::size_t>(number) - 1].name.empty()
               ? &columns[static_cast<std::size_t>(number) - 1]
               : nullptr;
  }
  bool is_table() const { return kind == 'r' || kind == 'p'; }
};

struct PolicyFact {
  const TableFact *table = nullptr;
  std::string_view name, identity;  // policy own on public.notes
  char command = '*';               // pg_policy.polcmd: r, a, w, d, * for all
  bool permissive = true;
  std::span<const Oid> roles;  // 0 is PUBLIC
  const Term *qual = nullptr, *check = nullptr;
  Printed qual_text, check_text;
  bool applies_to(char kind) const { return command == '*' || command == kind; }
};

struct ConstraintFact {
  Oid id = 0;
  char type = 'c';  // pg_constraint.contype: c, f, p, u, x
  const TableFact *table = nullptr, *referenced = nullptr;
  std::string_view name, identity;
  std::span<const std::int16_t> columns, referenced_columns;
  char on_delete = 'a', on_update = 'a';  // a NO ACTION, r RESTRICT, c CASCADE, n SET NULL, d SET DEFAULT
  std::span<const std::int16_t> set_columns;
  bool validated = true, deferrable = false;
  const Term *check = nullptr;
  Printed text;             // of a check: CHECK (…) and what else its definition has
  std::string_view quoted;  // its name as SQL writes it
};

struct IndexFact {
  Oid id = 0;
  const TableFact *table = nullptr;
  std::string_view name, identity;
  std::string_view shape;                 // bytes: method, columns, operator classes, collations, order; equal for indexes that differ in expressions at most
  std::span<const std::int16_t> columns;  // the key's; 0 for an expression
  std::span<const Term *const> expressions;
  std::span<const Printed> expression_texts;
  const Term *predicate = nullptr;
  Printed predicate_text;
  bool unique = false, primary = false, valid = true, of_constraint = false, btree = true, hash = false;
  std::int64_t scans = 0, bytes = 0;
  bool partial() const { return predicate != nullptr; }
};

struct FunctionFact {
  Oid id = 0;
  Oid schema = 0, owner = 0, result = 0;
  std::string_view name, identity, language, source, extension;
  std::string_view search_path;  // as it is pinned
  bool definer = false, leakproof = false, exposed = false, returns_trigger = false, returns_set = false, pins_search_path = false;
  char kind = 'f', volatility = 'v';
  Reach reach;                            // may_execute
  std::span<const Query *const> queries;  // of an SQL function, where its body can be read
  const SchemaFact *of_schema = nullptr;
  std::span<const Oid> argument_types;
  std::string_view argument_names;  // of IN, OUT and TABLE arguments, a line each; empty lines for those without one

 private:
  friend struct Facts;
  mutable std::span<const SqlToken> tokens_;
  mutable const BodyText *body_ = nullptr;
};

struct TriggerFact {
  const TableFact *table = nullptr;
  const FunctionFact *function = nullptr;
  std::string_view name, identity;
  bool enabled = true;
  std::string_view arguments;  // one a line
};

struct SequenceFact {
  std::string_view identity;
  std::int64_t last = 0, greatest = 0;
};

struct ExtensionFact {
  std::string_view name, schema, version, available;
  bool relocatable = false;
  std::string_view quoted = {};  // as SQL writes it
};

// What somebody made on a table that an extension's script had made: neither a dump nor CREATE EXTENSION brings it back.
struct MemberAdditionFact {
  const TableFact *table = nullptr;
  std::string_view kind, name;
};

struct PublishedFact {
  std::string_view publication;
  const TableFact *table = nullptr;
};

struct DefaultPrivilegeFact {
  std::string_view owner, schema;  // as SQL writes them; schema is empty for all
  char kind = 'r';                 // pg_default_acl.defaclobjtype
  Reach reach;
};

struct BucketFact {  // of Supabase Storage
  std::string_view name;
  bool is_public = false;
};

struct MappingFact {
  std::string_view name, claim;
  const TableFact *users = nullptr;
  int auth_column = 0, id_column = 0;
};

struct MembershipFact {
  std::string_view name, mapping;  // mapping is empty where the user column holds the auth id
  const TableFact *members = nullptr;
  int user_column = 0, organization_column = 0;
};

struct Facts {
  explicit Facts(Arena &of)
      : arena(of),
        roles(of),
        schemas(of),
        tables(of),
        policies(of),
        constraints(of),
        indexes(of),
        functions(of),
        triggers(of),
        sequences(of),
        extensions(of),
        member_additions(of),
        published(of),
        defaults(of),
        buckets(of),
        mappings(of),
        memberships(of),
        types(of),
        operators(of),
        table_of(of),
        function_of(of),
        schema_of(of),
        role_of(of),
        policies_of(of),
        indexes_of(of),
        constraints_of(of),
        unprinted(of) {}
  Arena &arena;
  Vector<RoleFact *> roles;
  Vector<SchemaFact *> schemas;
  Vector<TableFact *> tables;  // also views, materialized views and foreign tables; the catalogs' too, of which only names are known
  Vector<PolicyFact *> policies;
  Vector<ConstraintFact *> constraints;
  Vector<IndexFact *> indexes;
  Vector<FunctionFact *> functions;
  Vector<TriggerFact *> triggers;
  Vector<SequenceFact *> sequences;
  Vector<ExtensionFact *> extensions;
  Vector<MemberAdditionFact *> member_additions;
  Vector<PublishedFact *> published;
  Vector<DefaultPrivilegeFact *> defaults;
  Vector<BucketFact *> buckets;
  Vector<MappingFact *> mappings;
  Vector<MembershipFact *> memberships;
  OidMap<std::string_view> types;      // as format_type() writes them
  OidMap<std::string_view> operators;  // the bare name: =, <>, &&
  OidMap<TableFact *> table_of;
  OidMap<FunctionFact *> function_of;
  OidMap<SchemaFact *> schema_of;
  OidMap<RoleFact *> role_of;
  OidMap<Vector<PolicyFact *> *> policies_of;
  OidMap<Vector<IndexFact *> *> indexes_of;
  OidMap<Vector<ConstraintFact *> *> constraints_of;
  mutable Unprinted unprinted;
  bool has_api_roles = false;                               // anon or authenticated exists
  mutable const class CallerAware *caller_aware = nullptr;  // core/check_parts.hpp: made by the first check that asks
  double statistics_days = -1;                              // since statistics of use were last reset; below 0: never
  mutable class Domains *domains = nullptr;                 // core/domains.hpp: likewise

  template <class T>
  static T *get(const OidMap<T *> &map, Oid oid) {
    T *const *found = map.find(oid);
    return found == nullptr ? nullptr : *found;
  }
  const TableFact *table(Oid oid) const { return get(table_of, oid); }
  const FunctionFact *function(Oid oid) const { return get(function_of, oid); }
  // The identity of a called function, "auth.uid()"; empty where unknown.
  std::string_view called(const Term &term) const {
    const FunctionFact *found = term.kind == Term::Kind::call ? function(term.id) : nullptr;
    return found == nullptr ? std::string_view{} : found->identity;
  }
  std::string_view operator_name(Oid oid) const {
    const std::string_view *found = operators.find(oid);
    return found == nullptr ? std::string_view{} : *found;
  }
  std::string_view type_name(Oid oid) const {
    const std::string_view *found = types.find(oid);
    return found == nullptr ? std::string_view{} : *found;
  }
  // public.orders.owner_id
  std::string_view column_identity(Oid relation, int number) const;

  std::string_view text(std::initializer_list<std::string_view> pieces) const;  // joined, in the arena
  // Of a function's source; found once.
  std::span<const SqlToken> tokens(const FunctionFact &function) const;
  const BodyText &body(const FunctionFact &function) const;
};

}  // namespace proapp::core
