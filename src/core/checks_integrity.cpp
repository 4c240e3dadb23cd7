// Keys, constraints and cascades.
#include "core/check_parts.hpp"

#include <algorithm>

namespace proapp::core {

static std::string_view column_list(const Facts &facts, const TableFact &table, std::span<const std::int16_t> columns) {
  std::string_view text;
  for (const std::int16_t number : columns)
    if (const ColumnFact *column = table.column(number)) text = text.empty() ? column->quoted : facts.text({text, ", ", column->quoted});
  return text;
}

// Do the index's first columns, in any order, make up the key? Such an index finds a key's rows.
static bool leads(const IndexFact &index, std::span<const std::int16_t> key) {
  if (!index.valid || index.columns.size() < key.size()) return false;
  const auto first = index.columns.first(key.size());
  return std::all_of(key.begin(), key.end(), [&](std::int16_t column) { return std::find(first.begin(), first.end(), column) != first.end(); });
}

// A key's value is never null, so an index of those that are not serves it.
static bool skips_only_nulls(const IndexFact &index, std::span<const std::int16_t> key) {
  if (key.size() != 1 || index.predicate->kind != Term::Kind::is_not_null) return false;
  const Term &tested = *index.predicate->arguments[0];
  return tested.kind == Term::Kind::column && tested.number == key[0];
}

bool serves_key(const IndexFact &index, const ConstraintFact &key) {
  return (index.btree || index.hash) && leads(index, key.columns) && (!index.partial() || skips_only_nulls(index, key.columns));
}

static void foreign_key_without_index(const Facts &facts, Findings &findings) {
  for (const ConstraintFact *key : facts.constraints) {
    if (key->type != 'f' || !is_own(*key->table)) continue;
    const Vector<IndexFact *> *indexes = Facts::get(facts.indexes_of, key->table->id);
    if (indexes != nullptr && std::any_of(indexes->begin(), indexes->end(), [&](const IndexFact *index) { return serves_key(*index, *key); })) continue;
    const std::string_view columns = column_list(facts, *key->table, key->columns);
    findings.add(key->table, key->identity,
                 facts.text({"deleting a row of ", key->referenced != nullptr ? key->referenced->identity : "the referenced table", " reads all of ", key->table->identity,
                             ": no index begins with ", columns}),
                 facts.text({"create index on ", key->table->identity, " (", columns, ")"}));
  }
}

// The same key with another rule for deletions.
static std::string_view replace_rule(const Facts &facts, const ConstraintFact &key, std::string_view on_delete) {
  static constexpr std::pair<char, std::string_view> updates[] = {
      {'r', " on update restrict"}, {'c', " on update cascade"}, {'n', " on update set null"}, {'d', " on update set default"}};
  std::string_view on_update;
  for (const auto &[letter, text] : updates)
    if (key.on_update == letter) on_update = text;
  return facts.text({"alter table ", key.table->identity, " drop constraint ", key.quoted, ", add constraint ", key.quoted, " foreign key (",
                     column_list(facts, *key.table, key.columns), ") references ", key.referenced->identity, " (", column_list(facts, *key.referenced, key.referenced_columns), ")",
                     on_update, " on delete ", on_delete, key.deferrable ? " deferrable" : "", key.validated ? "" : " not valid"});
}

static std::string_view singular(std::string_view name) { return name.ends_with('s') ? name.substr(0, name.size() - 1) : name; }

static constexpr std::string_view money[] = {"payment", "invoice", "order", "transaction", "ledger", "receipt", "refund", "payout", "charge", "purchase", "sale", "billing"};
static constexpr std::string_view trail[] = {"audit"};
static constexpr std::string_view past[] = {"log", "history", "histories", "archive"};

// What belongs to a person rather than to the books.
static constexpr std::string_view about[] = {"method", "setting", "preference", "option", "type", "status", "template", "draft", "profile", "address", "category"};

static bool is_record(std::string_view name) { return !has_word(name, about) && (has_word(name, money) || has_word(name, trail) || has_word(name, past)); }

// invoice_lines go with their invoice; invoice_payments are records of their own.
static bool is_part_of(const TableFact &part, const TableFact &whole) {
  const std::string_view name = singular(whole.name);
  return is_record(name) && part.name.starts_with(name) && !is_record(part.name.substr(name.size()));
}

static void cascade_into_records(const Facts &facts, Findings &findings) {
  for (const ConstraintFact *key : facts.constraints) {
    if (key->type != 'f' || key->on_delete != 'c' || key->referenced == nullptr || !is_own(*key->table)) continue;
    if (!is_record(key->table->name) || key->referenced == key->table || is_part_of(*key->table, *key->referenced)) continue;
    const bool of_money = has_word(key->table->name, money), of_trail = has_word(key->table->name, trail);
    findings.add(of_money || of_trail ? FindingSeverity::high : FindingSeverity::low, key->table, nullptr, key->identity,
                 facts.text({"deleting a row of ", key->referenced->identity, " deletes ",
                             of_money   ? "records of money in "
                             : of_trail ? "the trail in "
                                        : "what is past in ",
                             key->table->identity}),
                 replace_rule(facts, *key, "restrict"));
  }
}

static void set_null_on_not_null(const Facts &facts, Findings &findings) {
  for (const ConstraintFact *key : facts.constraints) {
    if (key->type != 'f' || key->on_delete != 'n' || key->referenced == nullptr || !is_own(*key->table)) continue;
    for (const std::int16_t number : key->set_columns.empty() ? key->columns : key->set_columns) {
      const ColumnFact *column = key->table->column(number);
      if (column == nullptr || !column->not_null) continue;
      findings.add(key->table, key->identity,
                   facts.text({"deleting a referenced row of ", key->referenced->identity, " fails: ", column->quoted, " is to become null and may not"}),
                   replace_rule(facts, *key, "restrict"));
      break;
    }
  }
}

static void constraint_not_validated(const Facts &facts, Findings &findings) {
  for (const ConstraintFact *constraint : facts.constraints)
    if (!constraint->validated && is_own(*constraint->table))
      findings.add(constraint->table, constraint->identity, "rows from before it was added may break it",
                   facts.text({"alter table ", constraint->table->identity, " validate constraint ", constraint->quoted}));
}

static const IndexFact *key_to_be(const Facts &facts, const TableFact &table) {
  const Vector<IndexFact *> *indexes = Facts::get(facts.indexes_of, table.id);
  if (indexes == nullptr) return nullptr;
  for (const IndexFact *index : *indexes)
    if (index->unique && index->valid && !index->partial() && index->btree && std::all_of(index->columns.begin(), index->columns.end(), [&](std::int16_t number) {
          const ColumnFact *column = table.column(number);
          return column != nullptr && column->not_null;
        }))
      return index;
  return nullptr;
}

static void no_primary_key(const Facts &facts, Findings &findings) {
  for (const TableFact *table : facts.tables) {
    if (!table->is_table() || !is_own(*table) || table->primary_key || table->partition || table->parent != 0) continue;
    const IndexFact *index = key_to_be(facts, *table);
    const auto is_published = [&](const PublishedFact *published) { return published->table == table; };
    const bool published = (table->replica_identity == 'd' || table->replica_identity == 'n') && std::any_of(facts.published.begin(), facts.published.end(), is_published);
    findings.add(published ? FindingSeverity::medium : FindingSeverity::low, table, nullptr, table->identity,
                 published ? "without a primary key its updates and deletions fail while it is published" : "without a primary key nothing names one of its rows",
                 index == nullptr ? std::string_view{} : facts.text({"alter table ", table->identity, " add primary key (", column_list(facts, *table, index->columns), ")"}));
  }
}

// orders for order_ids: a table that the column's name speaks of, with a key of that type.
static const TableFact *spoken_of(const Facts &facts, const TableFact &table, const ColumnFact &column) {
  std::string_view name = column.name;
  if (!name.ends_with("_ids") || name.size() < 6) return nullptr;
  name.remove_suffix(4);
  const std::string_view type = facts.type_name(column.type);
  if (!type.ends_with("[]")) return nullptr;
  for (const TableFact *other : facts.tables) {
    if (!other->is_table() || other->schema != table.schema || !singular(other->name).ends_with(name)) continue;
    const std::string_view before = other->name.substr(0, singular(other->name).size() - name.size());
    if (!before.empty() && before.back() != '_') continue;
    const Vector<IndexFact *> *indexes = Facts::get(facts.indexes_of, other->id);
    if (indexes == nullptr) continue;
    for (const IndexFact *index : *indexes) {
      const ColumnFact *key = index->primary && index->columns.size() == 1 ? other->column(index->columns[0]) : nullptr;
      if (key != nullptr && facts.type_name(key->type) == type.substr(0, type.size() - 2)) return other;
    }
  }
  return nullptr;
}

// By a body that speaks of the column, or by an argument that names it.
static bool guards(const TriggerFact &trigger, const ColumnFact &column) {
  if (!trigger.enabled) return false;
  return trigger.arguments.find(column.name) != std::string_view::npos || (trigger.function != nullptr && trigger.function->source.find(column.name) != std::string_view::npos);
}

static void unguarded_reference_array(const Facts &facts, Findings &findings) {
  for (const TableFact *table : facts.tables) {
    if (!table->is_table() || !is_own(*table) || table->partition) continue;
    for (std::size_t number = 1; number <= table->columns.size(); ++number) {
      const ColumnFact *column = table->column(static_cast<int>(number));
      const TableFact *other = column == nullptr ? nullptr : spoken_of(facts, *table, *column);
      if (other == nullptr) continue;
      const bool guarded =
          std::any_of(facts.triggers.begin(), facts.triggers.end(), [&](const TriggerFact *trigger) { return trigger->table == table && guards(*trigger, *column); });
      if (!guarded)
        findings.add(
            table, facts.column_identity(table->id, static_cast<int>(number)),
            facts.text({"ids of ", other->identity, " in an array, which no foreign key and no trigger guards: they outlive the rows that they name"}),
            facts.text({"select proapp.add_reference(", literal_text(facts, other->identity), ", ", literal_text(facts, table->identity), ", ", literal_text(facts, column->name), ", 'array')"}));
    }
  }
}

static void foreign_key_to_auth_unique(const Facts &facts, Findings &findings) {
  for (const ConstraintFact *key : facts.constraints) {
    if (key->type != 'f' || !is_own(*key->table) || key->referenced == nullptr || key->referenced->of_schema == nullptr || key->referenced->of_schema->name != "auth") continue;
    const Vector<IndexFact *> *indexes = Facts::get(facts.indexes_of, key->referenced->id);
    const bool primary =
        indexes != nullptr && std::any_of(indexes->begin(), indexes->end(), [&](const IndexFact *index) { return index->primary && leads(*index, key->referenced_columns); });
    if (!primary)
      findings.add(key->table, key->identity, facts.text({"it refers to a key of ", key->referenced->identity, " that is not its primary one, and that the platform may change"}),
                   {});
  }
}

static void unlogged_references(const Facts &facts, Findings &findings) {
  for (const ConstraintFact *key : facts.constraints)
    if (key->type == 'f' && key->table->unlogged && is_own(*key->table) && key->referenced != nullptr && !key->referenced->unlogged)
      findings.add(key->table, key->table->identity, facts.text({"a crash empties it, while what it refers to, ", key->referenced->identity, ", stays"}),
                   facts.text({"alter table ", key->table->identity, " set logged"}));
}

static constexpr Check checks[] = {
    {"cascade_into_records", FindingSeverity::high, "a cascade deletes records of money or an audit trail",
     "What has to be kept for years goes with a row that anybody may delete. Parts of what is deleted, as lines of an invoice, are left out.", cascade_into_records},
    {"foreign_key_without_index", FindingSeverity::medium, "a foreign key has no index",
     "Each deletion, and each change of the referenced key, reads the whole referencing table, once a row; joins over the key do, too.", foreign_key_without_index},
    {"set_null_on_not_null", FindingSeverity::medium, "ON DELETE SET NULL on a column that may not be null",
     "Every deletion of a referenced row fails with 23502, although the key says that it may go.", set_null_on_not_null},
    {"constraint_not_validated", FindingSeverity::medium, "a constraint was never validated", "It holds for new rows only, and the planner does not rely on it.",
     constraint_not_validated},
    {"unguarded_reference_array", FindingSeverity::medium, "an array of ids that nothing guards",
     "Foreign keys do not look into arrays: ids of rows that are gone stay, and wrong ones are accepted.", unguarded_reference_array},
    {"foreign_key_to_auth_unique", FindingSeverity::medium, "a foreign key to a non-primary key of the auth schema",
     "Only primary keys of the platform's tables are promised to stay; an upgrade of the platform fails, or takes the constraint along.", foreign_key_to_auth_unique},
    {"unlogged_references", FindingSeverity::medium, "an unlogged table refers to others",
     "After a crash it is empty and on replicas it always is: nothing that others rely on may stand in it.", unlogged_references},
    {"no_primary_key", FindingSeverity::low, "a table has no primary key",
     "Rows may stand there twice, updates name all of them, and logical replication cannot tell which one changed.", no_primary_key},
};

std::span<const Check> integrity_checks() { return checks; }

}  // namespace proapp::core
