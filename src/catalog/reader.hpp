// What all readers of one manifest share. A reader walks one catalog, drafts an object for each row that is wanted and hands it to the sink.
// Everything that a reader keeps on its stack is trivially destructible, so PostgreSQL's errors may pass over it.
#pragma once
#include "pg/postgres.hpp"

#include "pg/context_arena.hpp"
#include "pg/scan.hpp"
#include "pg/text.hpp"

#include "catalog/deparse.hpp"
#include "core/expression.hpp"
#include "core/names.hpp"
#include "core/object.hpp"
#include "core/object_map.hpp"
#include "core/selector.hpp"
#include "core/tree_memo.hpp"

#include <optional>

namespace proapp::catalog {

// Takes one object; it lives until take() returns.
class Sink {
 public:
  virtual void take(const core::Object &object) = 0;
  // All objects of that kind were there, of one parent's, one after the other. Said where it is known; it saves memory.
  virtual void end_of_parent(std::string_view, std::string_view) {}
  // All objects of that kind were there.
  virtual void end_of_kind(std::string_view) {}

 protected:
  ~Sink() = default;
};

struct OperatorClass {
  std::string_view name;  // qualified
  bool is_default = false;
};

// What pg_class says about a sequence.
struct SequenceClass {
  Oid owner = InvalidOid;
  bool unlogged = false;
  std::optional<Datum> grants;
};

struct ForeignTable {
  std::string_view server;
  core::Value options;
};

// Facts that one catalog has and another one's objects need.
struct Lookups {
  explicit Lookups(core::Arena &arena)
      : names(arena),
        comments(arena),
        labels(arena),
        members(arena),
        operator_classes(arena),
        index_options(arena),
        index_tablespaces(arena),
        domains(arena),
        parents(arena),
        queries(arena),
        toast_options(arena),
        replica_identities(arena),
        foreign_tables(arena),
        disabled_constraints(arena),
        index_statistics(arena),
        sequences(arena) {}

  core::Names names;
  core::ObjectMap<std::string_view> comments;            // pg_description
  core::ObjectMap<std::span<const core::Value>> labels;  // pg_seclabel: "provider: label", sorted
  core::ObjectMap<std::string_view> members;             // object -> extension that it is a member of
  core::OidMap<OperatorClass> operator_classes;
  core::OidMap<std::span<const core::Value>> index_options;  // sorted name=value
  core::OidMap<Oid> index_tablespaces;
  core::OidMap<std::string_view> domains;                    // pg_type: the bare names of domains
  core::ObjectMap<std::string_view> parents;                 // pg_inherits: child, sequence number -> parent's identity
  core::OidMap<core::Digest> queries;                        // pg_rewrite: view -> digest of its query
  core::ObjectMap<core::Digest> *defaults = nullptr;         // pg_attrdef: relation, column -> digest of the expression
  core::OidMap<std::span<const core::Value>> toast_options;  // TOAST table -> toast.name=value, sorted
  core::OidMap<Oid> replica_identities;                      // table -> index
  core::OidMap<ForeignTable> foreign_tables;
  core::OidMap<bool> disabled_constraints;  // those with a trigger of their own that somebody switched off, or to replicas only
  core::ObjectMap<int64> index_statistics;  // index, column number -> target
  core::OidMap<SequenceClass> sequences;
};

class Reader {
 public:
  Reader(core::Arena &lasting, pg::ContextArena &of_object, MemoryContext of_row, Snapshot at, core::Selection &what, Sink &into, const core::Watch &watch)
      : lookups(lasting),
        names(lookups.names),
        arena(of_object),
        row(of_row),
        snapshot(at),
        selection(what),
        sink(into),
        expressions(lasting, lookups.names, watch),
        attributes_(lasting),
        lasting_(lasting),
        memo_(lasting.make<core::TreeMemo<core::Digest>>(lasting)),
        typmod_names_(lasting) {}

  Lookups lookups;
  core::Names &names;
  pg::ContextArena &arena;  // of the object being drafted
  MemoryContext row;        // of the catalog row being read; detoasted values die with it
  Snapshot snapshot;
  core::Selection &selection;
  Sink &sink;
  core::Expressions expressions;

  core::Arena &lasting() { return lasting_; }  // until the manifest is done

  // Is an object that lives in `schema`, or a part of such a relation, one of those asked for?
  bool wants(std::string_view kind, Oid catalog, Oid object, Oid schema, std::string_view name);
  bool wants_part(std::string_view kind, const core::RelationName &relation, Oid relation_oid, std::string_view part);
  bool wants_of_database(std::string_view kind, std::string_view name);
  bool wants_of_database(std::string_view kind, Oid catalog, Oid object, std::string_view name);  // where PostgreSQL or an extension has some of its own
  bool wants_part_of_domain(std::string_view kind, Oid domain, std::string_view part);

  // Schemas that no manifest covers: PostgreSQL's own, temporary ones and ours.
  bool is_system(Oid schema) const {
    const core::SchemaName *found = names.schemas.find(schema);
    return found == nullptr || found->system;
  }

  // The digest of a stored expression about `relation` (0: about none); of a column's default without the conversion to the column's type.
  core::Digest tree(Datum stored, Oid relation) { return tree(stored, relation, false); }
  core::Digest default_tree(Datum stored, Oid relation) { return tree(stored, relation, true); }

  // begin(), any number of add(), finish(). Texts must live until finish().
  void begin(std::string_view kind, std::string_view identity, std::string_view parent = {});
  void add(std::string_view name, core::Value value) { attributes_.push_back({name, value}); }
  void add(std::string_view name, std::string_view text) { add(name, text.empty() ? core::Value() : core::Value(text)); }
  void add(std::string_view name, const char *text) { add(name, std::string_view(text)); }
  void add(std::string_view name, bool flag) { add(name, core::Value(flag)); }
  void add(std::string_view name, int64 number) { add(name, core::Value(number)); }
  void add_comment(Oid catalog, Oid object, int32 part = 0);  // and security labels
  void finish();

  // {"sql": …, "tree": …}: the digest now, the SQL when somebody wants to read it.
  core::Value expression(const core::Digest &tree, Deparse what, Oid object, int32 part = 0);
  core::Value definition(Deparse what, Oid object);  // {"sql": …}

  std::string_view role(Oid oid) const { return text_of(names.roles.find(oid)); }
  // Identities; empty for InvalidOid.
  std::string_view function(Oid oid) const { return text_of(names.functions.find(oid)); }
  std::string_view operation(Oid oid) const { return text_of(names.operators.find(oid)); }
  std::string_view collation(Oid oid) const { return text_of(names.collations.find(oid)); }
  std::string_view language(Oid oid) const { return text_of(names.languages.find(oid)); }
  std::string_view operator_family(Oid oid) const { return text_of(names.operator_families.find(oid)); }
  std::string_view other(Oid oid) const { return text_of(names.others.find(oid)); }
  std::string_view schema(Oid oid) const;                                 // quoted
  std::string_view type(Oid oid, int32 typmod = -1);                      // as SQL writes it
  std::string_view join(std::initializer_list<std::string_view> pieces);  // in the object's arena

 private:
  core::Digest tree(Datum stored, Oid relation, bool is_default);
  static std::string_view text_of(const std::string_view *found) { return found == nullptr ? std::string_view{} : *found; }

  core::Object draft_;
  core::Vector<core::Member> attributes_;
  core::Arena &lasting_;
  core::TreeMemo<core::Digest> &memo_;
  core::ObjectMap<std::string_view> typmod_names_;  // type, modifier -> as SQL writes it
};

// The kind under which a pg_class.relkind is listed; empty for those that are no objects of their own.
std::string_view relation_kind(char relkind);

// Fills the lookups; first of all readers.
void read_names(Reader &reader);
void read_lookups(Reader &reader);
void read_defaults(Reader &reader, core::Arena &arena);  // in `arena`; for read_columns()

// One for each kind of object; sequences, columns, indexes and constraints are in sequences.hpp and indexes.hpp.
void read_schemas(Reader &reader);
void read_extensions(Reader &reader);
void read_default_privileges(Reader &reader);
void read_types(Reader &reader);
void read_relations(Reader &reader);
void read_functions(Reader &reader);
void read_triggers(Reader &reader);
void read_policies(Reader &reader);
void read_publications(Reader &reader);
void read_operators(Reader &reader);
void read_operator_classes(Reader &reader);
void read_casts(Reader &reader);
void read_languages(Reader &reader);
void read_access_methods(Reader &reader);
void read_collations(Reader &reader);
void read_text_search(Reader &reader);
void read_statistics_objects(Reader &reader);
void read_rules(Reader &reader);
void read_event_triggers(Reader &reader);
void read_foreign(Reader &reader);  // before relations and columns
void read_subscriptions(Reader &reader);
void read_databases(Reader &reader);
void read_unmodelled(Reader &reader);

}  // namespace proapp::catalog
