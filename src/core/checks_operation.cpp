// Indexes, extensions, sequences, and what a dump or an upgrade would lose.
#include "core/check_parts.hpp"

#include <algorithm>
#include <charconv>

namespace proapp::core {

// A constraint's index stays, then a unique one, then the first by name.
static bool is_dropped_rather(const IndexFact &a, const IndexFact &b) {
  if (a.of_constraint != b.of_constraint) return b.of_constraint;
  if (a.unique != b.unique) return b.unique;
  return a.name > b.name;
}

static bool does_the_same(const IndexFact &a, const IndexFact &b) {
  const auto same = [](const Printed &one, const Printed &other) { return std::string_view(one) == std::string_view(other); };
  return a.shape == b.shape && a.partial() == b.partial() && a.expression_texts.size() == b.expression_texts.size() && same(a.predicate_text, b.predicate_text) &&
         std::equal(a.expression_texts.begin(), a.expression_texts.end(), b.expression_texts.begin(), same);
}

static void duplicate_index(const Facts &facts, Findings &findings) {
  for (const IndexFact *index : facts.indexes) {
    // One of the unique ones may be the table's replica identity.
    if (index->of_constraint || !index->valid || !is_own(*index->table) || index->table->partition || (index->unique && index->table->replica_identity == 'i')) continue;
    const Vector<IndexFact *> *others = Facts::get(facts.indexes_of, index->table->id);
    for (const IndexFact *other : *others)
      if (other != index && other->valid && is_dropped_rather(*index, *other) && does_the_same(*index, *other)) {
        findings.add(index->table, index->identity, facts.text({other->identity, " is the same: each write pays for both"}), facts.text({"drop index ", index->identity}));
        break;
      }
  }
}

static bool serves_some_key(const Facts &facts, const IndexFact &index) {
  const Vector<ConstraintFact *> *keys = Facts::get(facts.constraints_of, index.table->id);
  return keys != nullptr && std::any_of(keys->begin(), keys->end(), [&](const ConstraintFact *key) { return key->type == 'f' && serves_key(index, *key); });
}

// Statistics say something after a month, or where they were never reset, after a thousand scans of the table.
static bool has_been_watched(const Facts &facts, const TableFact &table) { return table.scans >= 1000 && (facts.statistics_days < 0 || facts.statistics_days >= 30); }

static void unused_index(const Facts &facts, Findings &findings) {
  for (const IndexFact *index : facts.indexes)
    if (index->scans == 0 && !index->unique && !index->of_constraint && index->valid && is_own(*index->table) && index->table->kind == 'r' && !index->table->partition &&
        has_been_watched(facts, *index->table) && !serves_some_key(facts, *index))
      findings.add(index->table, index->identity, "no query has used it since statistics are gathered, and each write pays for it", facts.text({"drop index ", index->identity}));
}

static void invalid_index(const Facts &facts, Findings &findings) {
  for (const IndexFact *index : facts.indexes)
    if (!index->valid && index->table->of_schema != nullptr && !index->table->of_schema->system)
      findings.add(index->table, index->identity,
                   index->table->kind == 'p' ? "a partition has no index for it yet: no query uses it" : "it was not built to its end: writes pay for it, no query uses it",
                   index->table->kind == 'p' ? std::string_view{} : facts.text({"reindex index ", index->identity}));
}

static void extension_in_public(const Facts &facts, Findings &findings) {
  const bool has_home = std::any_of(facts.schemas.begin(), facts.schemas.end(), [](const SchemaFact *schema) { return schema->name == "extensions"; });
  for (const ExtensionFact *extension : facts.extensions)
    if (extension->schema == "public")
      findings.add(nullptr, facts.text({"extension ", extension->quoted}), "requests reach its functions by the schema that the API serves",
                   has_home && extension->relocatable ? facts.text({"alter extension ", extension->quoted, " set schema extensions"}) : std::string_view{});
}

// 1.10 is newer than 1.9; what does not begin with numbers is compared as nothing.
static bool is_newer(std::string_view a, std::string_view b) {
  while (!a.empty() && !b.empty()) {
    long left = 0, right = 0;
    const auto [a_end, a_error] = std::from_chars(a.data(), a.data() + a.size(), left);
    const auto [b_end, b_error] = std::from_chars(b.data(), b.data() + b.size(), right);
    if (a_error != std::errc{} || b_error != std::errc{}) return false;
    if (left != right) return left > right;
    a.remove_prefix(static_cast<std::size_t>(a_end - a.data()));
    b.remove_prefix(static_cast<std::size_t>(b_end - b.data()));
    if (!a.empty()) a.remove_prefix(1);
    if (!b.empty()) b.remove_prefix(1);
  }
  return !a.empty() && b.empty();
}

static void extension_outdated(const Facts &facts, Findings &findings) {
  for (const ExtensionFact *extension : facts.extensions)
    if (is_newer(extension->available, extension->version))
      findings.add(nullptr, facts.text({"extension ", extension->quoted}), facts.text({"it is ", extension->version, ", and the server has ", extension->available}),
                   facts.text({"alter extension ", extension->quoted, " update"}));
}

static void sequence_nearly_exhausted(const Facts &facts, Findings &findings) {
  for (const SequenceFact *sequence : facts.sequences) {
    const double used = sequence->greatest > 0 ? static_cast<double>(sequence->last) / static_cast<double>(sequence->greatest) : 0;
    if (used < 0.75) continue;
    findings.add(used >= 0.9 ? FindingSeverity::high : FindingSeverity::medium, nullptr, nullptr, facts.text({"sequence ", sequence->identity}),
                 used >= 0.9 ? "less than a tenth of its numbers is left; then every insert fails" : "less than a quarter of its numbers is left; then every insert fails", {});
  }
}

// Hangs on no table: what belongs to extensions is left out, and this is what does not.
static void part_lost_by_dump(const Facts &facts, Findings &findings) {
  for (const MemberAdditionFact *addition : facts.member_additions)
    if (addition->table->of_schema != nullptr && !addition->table->of_schema->system)
      findings.add(addition->kind == "index" ? FindingSeverity::medium : FindingSeverity::high, nullptr, nullptr,
                   facts.text({addition->kind, " ", addition->name, " on ", addition->table->identity}),
                   facts.text({"the table belongs to extension ", addition->table->extension, ", which makes it anew on restore, without this"}), {});
}

static void type_blocks_upgrade(const Facts &facts, Findings &findings) {
  static constexpr std::string_view types[] = {"regproc", "regprocedure", "regoper", "regoperator", "regconfig", "regdictionary", "regnamespace", "regcollation"};
  for (const TableFact *table : facts.tables) {
    if ((!table->is_table() && table->kind != 'm') || !is_own(*table)) continue;
    for (std::size_t number = 1; number <= table->columns.size(); ++number) {
      const ColumnFact *column = table->column(static_cast<int>(number));
      if (column == nullptr) continue;
      std::string_view type = facts.type_name(column->type);
      if (type.ends_with("[]")) type.remove_suffix(2);
      if (std::find(std::begin(types), std::end(types), type) == std::end(types)) continue;
      const bool alone = table->is_table() && !facts.type_name(column->type).ends_with("[]") && column->default_value == nullptr;
      findings.add(table, facts.column_identity(table->id, static_cast<int>(number)), facts.text({"pg_upgrade refuses a database with a column of type ", type}),
                   alone ? facts.text({"alter table ", table->identity, " alter column ", column->quoted, " type text using ", column->quoted, "::text"}) : std::string_view{});
    }
  }
}

static constexpr Check checks[] = {
    {"sequence_nearly_exhausted", FindingSeverity::high, "a sequence is near its end", "At its greatest value it raises an error, and with it every insert that needs a number.",
     sequence_nearly_exhausted},
    {"part_lost_by_dump", FindingSeverity::high, "an extension's table carries what a dump does not",
     "A dump holds CREATE EXTENSION instead of the table: indexes, triggers, policies and columns added to it are gone after a restore.", part_lost_by_dump},
    {"invalid_index", FindingSeverity::medium, "an index is invalid",
     "CREATE INDEX CONCURRENTLY failed or was cancelled. If it was to be unique, duplicates may stand in the table.", invalid_index},
    {"type_blocks_upgrade", FindingSeverity::medium, "a column's type holds an OID", "Other objects have these OIDs after an upgrade, so pg_upgrade refuses the database.",
     type_blocks_upgrade},
    {"duplicate_index", FindingSeverity::low, "two indexes are the same", "Each write maintains both, and both take memory.", duplicate_index},
    {"unused_index", FindingSeverity::low, "an index is never used", "Each write maintains it. Replicas count their own use: look there, too, before it goes.", unused_index},
    {"extension_in_public", FindingSeverity::low, "an extension lives in schema public", "What it brings stands among what the API serves, and its names are found before others'.",
     extension_in_public},
    {"extension_outdated", FindingSeverity::low, "an extension is older than the server's files",
     "Corrections, of security faults too, take effect only with ALTER EXTENSION … UPDATE.", extension_outdated},
};

std::span<const Check> operation_checks() { return checks; }

}  // namespace proapp::core
