#include "core/plan.hpp"

#include "core/ddl.hpp"
#include "core/ddl_parts.hpp"
#include "core/hazards.hpp"
#include "core/phases.hpp"
#include "core/renames.hpp"

#include <algorithm>

namespace proapp::core {

namespace {

bool is_parent(const Object &object) {
  return object.kind == "table" || object.kind == "foreign table" || object.kind == "view" || object.kind == "materialized view" || object.kind == "domain";
}

const Object *find(std::span<const Object> all, const Object &object) {
  const auto found = std::lower_bound(all.begin(), all.end(), object, before);
  return found != all.end() && !before(object, *found) ? &*found : nullptr;
}

bool differs(const Object &expected, const Object &actual, std::string_view attribute) {
  const Value *was = expected.find(attribute), *is = actual.find(attribute);
  return !same(was == nullptr ? Value() : *was, is == nullptr ? Value() : *is);
}

// Every attribute that one of them has and the other has otherwise. The order of columns is nobody's to change, short of a new table.
template <class Take>
void each_difference(const Object &expected, const Object &actual, Take take) {
  const auto relevant = [&](std::string_view attribute) { return attribute != "definition" && attribute != "column_order" && differs(expected, actual, attribute); };
  for (const Member &attribute : expected.attributes)
    if (relevant(attribute.name)) take(attribute.name);
  for (const Member &attribute : actual.attributes)
    if (expected.find(attribute.name) == nullptr && relevant(attribute.name)) take(attribute.name);
}

bool by_parent(const Object *a, const Object *b) { return a->parent < b->parent; }

// A view's columns are its query's.
bool is_view_column(const Object &object) { return object.kind == "column" && object.find("storage") == nullptr; }

bool is_type(std::string_view kind) { return kind == "enum" || kind == "domain" || kind == "composite type" || kind == "range type" || kind == "base type"; }

}  // namespace

Plan::Plan(Arena &arena, std::span<const Object> expected, std::span<const Object> actual, std::span<const std::string_view> stubborn)
    : arena_(arena),
      expected_(expected),
      actual_(actual),
      stubborn_(stubborn),
      pairs_(arena),
      missing_(arena),
      unexpected_(arena),
      missing_parents_(arena),
      unexpected_parents_(arena),
      missing_columns_(arena),
      uprooted_(arena),
      cleared_(arena),
      steps_(arena) {
  rename_all();
  if (steps_.empty()) pair_up(expected, actual);  // names first: what else differs may differ by them alone
}

void Plan::rename_all() {
  for (const Rename &rename : find_renames(arena_, expected_, actual_)) {
    Bytes out(arena_);
    rename_back(rename, out);
    add(*rename.expected, phase::rename, out.view());
  }
}

void Plan::pair_up(std::span<const Object> expected, std::span<const Object> actual) {
  for (const Object &object : expected) {
    const Object *other = find(actual, object);
    if (other == nullptr) {
      missing_.push_back(&object);
    } else {
      pairs_.push_back({&object, other, false});
      decide(pairs_.back());
    }
  }
  for (const Object &object : actual)
    if (find(expected, object) == nullptr) unexpected_.push_back(&object);
  for (const Object *object : unexpected_)
    if (is_parent(*object)) unexpected_parents_.push_back(object->identity);
  for (const Object *object : missing_) {
    if (is_parent(*object) && object->kind != "domain") missing_parents_.push_back(object->identity);
    if (object->kind == "column") missing_columns_.push_back(object);
  }
  std::sort(unexpected_parents_.begin(), unexpected_parents_.end());
  std::sort(missing_parents_.begin(), missing_parents_.end());
  std::stable_sort(missing_columns_.begin(), missing_columns_.end(), by_parent);
  for (const Object *object : unexpected_)
    if (!parent_goes(*object)) uproot(*object, false);
}

bool Plan::is_stubborn(const Object &object) const { return std::binary_search(stubborn_.begin(), stubborn_.end(), object.identity); }

bool Plan::parent_goes(const Object &object) const { return std::binary_search(unexpected_parents_.begin(), unexpected_parents_.end(), object.parent); }

void Plan::uproot(const Object &object, bool retyped) { uprooted_.push_back({object.kind, object.identity, object.parent, own_name(object), retyped}); }

void Plan::decide(Pair &pair) {
  const Object &expected = *pair.expected, &actual = *pair.actual;
  bool retyped = false;
  each_difference(expected, actual, [&](std::string_view attribute) {
    Bytes out(arena_);
    alter(expected, actual, attribute, out);
    if (out.size() == 0 && is_rebuildable(expected.kind)) pair.rebuild = true;
    if (expected.kind == "column" && (attribute == "type" || attribute == "collation" || (attribute == "generated" && out.size() == 0))) retyped = true;
  });
  if (is_stubborn(expected) && is_rebuildable(expected.kind)) pair.rebuild = true;
  if (pair.rebuild || retyped) uproot(actual, !pair.rebuild);
}

std::span<const Step> Plan::steps(std::span<const Object> in_the_way) {
  if (pairs_.empty() && missing_.empty() && unexpected_.empty()) return steps_.span();
  clear_the_way(in_the_way);
  for (const Object *object : unexpected_)
    if (!parent_goes(*object)) take_away(*object);
  for (const Pair &pair : pairs_)
    if (!is_cleared(*pair.actual)) pair.rebuild ? rebuild(pair, in_the_way) : change(pair);
  for (const Object *object : missing_) make(*object);
  std::stable_sort(steps_.begin(), steps_.end(), [](const Step &a, const Step &b) { return a.phase < b.phase; });
  return steps_.span();
}

void Plan::add(const Object &object, int phase, std::string_view statement, std::initializer_list<Hazard> hazards) {
  if (statement.empty()) return;
  if (!steps_.empty() && steps_.back().statement == statement && steps_.back().identity == object.identity) return;  // says all attributes at once
  auto &all = arena_.make<Vector<Hazard>>(arena_);
  all.assign(hazards.begin(), hazards.end());
  add_notes(statement, all);
  steps_.push_back({object.kind, object.identity, arena_.copy(statement), {}, all.span(), phase});
}

void Plan::give_up(const Object &object, std::string_view reason) { steps_.push_back({object.kind, object.identity, {}, reason, {}, phase::last}); }

// What has to make room and is as it should be comes back in the next round, where it is missing.
void Plan::clear_the_way(std::span<const Object> in_the_way) {
  for (const Object &object : in_the_way) {
    const Object *wanted = find(expected_, object);
    if (wanted == nullptr && find(actual_, object) != nullptr) continue;  // goes anyway
    Bytes out(arena_);
    if (object.kind == "column" && !sql(object, "default").empty()) {
      out.raw("alter table ").raw(object.parent).raw(" alter column ").raw(own_name(object)).raw(" drop default;");
      add(object, phase::make_room, out.view());
    } else if (object.kind == "column" && !sql(object, "generated").empty()) {
      drop(object, out);
      add(object, phase::make_room + 1, out.view(), {{"rewrite", rows_of(arena_, object.parent)}});
    } else if (is_rebuildable(object.kind) && !is_type(object.kind)) {
      drop(object, out);
      add(object, phase::take_away(object.kind), out.view());
      cleared_.push_back(&object);
    }
  }
}

bool Plan::is_cleared(const Object &object) const {
  const auto it = [&](const Object *cleared) {
    // Columns of a view go and come with it.
    return (cleared->kind == object.kind && cleared->identity == object.identity) || (is_parent(*cleared) && cleared->identity == object.parent);
  };
  return std::any_of(cleared_.begin(), cleared_.end(), it);
}

void Plan::take_away(const Object &object) {
  if (is_view_column(object)) return;
  Bytes out(arena_);
  if (object.kind == "subscription" && !text(object, "slot").empty())
    return give_up(object, "dropping a subscription drops its slot on the other server, which cannot be taken back");
  drop(object, out);
  if (out.size() == 0) return give_up(object, "PostgreSQL has no statement that takes it away");
  const std::string_view guard = loss_guard(arena_, object);
  if (guard.empty())
    add(object, phase::take_away(object.kind), out.view());
  else
    add(object, phase::take_away(object.kind), out.view(), {{"row_loss", guard}});
}

static std::string_view no_statement(Arena &arena, const Object &expected, std::string_view attribute) {
  Bytes out(arena);
  if (attribute.ends_with("options") || attribute == "connection" || attribute == "value") return "a secret would have to be known";
  return arena.copy(out.raw("PostgreSQL has no statement that changes ").raw(attribute).raw(" of a ").raw(expected.kind).view());
}

void Plan::change(const Pair &pair) {
  const Object &expected = *pair.expected, &actual = *pair.actual;
  if (expected.kind == "column") return change_column(expected, actual);
  if (expected.kind == "table" && differs(expected, actual, "partition_key")) {
    Bytes out(arena_);
    drop(actual, out);
    add(expected, phase::take_away("table"), out.view(), {{"row_loss", rows_of(arena_, actual.identity)}});
    return;
  }
  each_difference(expected, actual, [&](std::string_view attribute) {
    Bytes out(arena_);
    alter(expected, actual, attribute, out);
    const bool nothing_needed = attribute == "owner" && expected.kind == "sequence";  // with its table
    if (out.size() == 0 && !nothing_needed) return give_up(expected, no_statement(arena_, expected, attribute));
    if (attribute == "persistence" || attribute == "access_method" || attribute == "tablespace")
      add(expected, phase::change(attribute), out.view(), {{"rewrite", rows_of(arena_, expected.parent.empty() ? expected.identity : expected.parent)}});
    else if (attribute == "attributes")
      add(expected, phase::change(attribute), out.view(), {{"row_loss", values_of_type(arena_, expected.identity)}});
    else
      add(expected, phase::change(attribute), out.view());
  });
}

void Plan::change_column(const Object &expected, const Object &actual) {
  Bytes out(arena_);
  if (is_view_column(expected) && (differs(expected, actual, "type") || differs(expected, actual, "collation"))) return;
  if (differs(expected, actual, "generated") && !sql(expected, "generated").empty()) {
    // Only a new column can be generated; its values follow from the others.
    const bool computed = !sql(actual, "generated").empty();
    drop(actual, out);
    create(expected, {}, out.raw(' '));
    const Hazard rewrite{"rewrite", rows_of(arena_, expected.parent)};
    computed ? add(expected, phase::change("type"), out.view(), {rewrite})
             : add(expected, phase::change("type"), out.view(), {rewrite, {"row_loss", other_values(arena_, expected, sql(expected, "generated"))}});
    return;
  }
  if (differs(expected, actual, "type") || differs(expected, actual, "collation")) {
    alter(expected, actual, differs(expected, actual, "collation") ? "collation" : "type", out);
    if (is_stubborn(expected)) {
      out.clear();
      out.raw("alter table ").raw(expected.parent).raw(" alter column ").raw(own_name(expected)).raw(" drop default, alter column ").raw(own_name(expected));
      out.raw(" type ").raw(text(expected, "type")).raw(" using ").raw(own_name(expected)).raw("::pg_catalog.text::").raw(text(expected, "type")).raw(';');
    }
    add(expected, phase::change("type"), out.view(), {{"rewrite", rows_of(arena_, expected.parent)}, {"row_loss", lossy_conversion(arena_, expected, text(actual, "type"))}});
  }
  each_difference(expected, actual, [&](std::string_view attribute) {
    if (attribute == "type" || attribute == "collation") return;
    Bytes one(arena_);
    alter(expected, actual, attribute, one);
    const bool told_elsewhere = attribute == "identity_sequence" || attribute == "default";
    if (one.size() == 0 && !told_elsewhere) return give_up(expected, no_statement(arena_, expected, attribute));
    add(expected, phase::change(attribute), one.view());
  });
}

void Plan::make(const Object &object) {
  // The columns of a new table are in its CREATE TABLE, and those of a view in its query.
  if (is_view_column(object) || (object.kind == "column" && std::binary_search(missing_parents_.begin(), missing_parents_.end(), object.parent))) return;
  if (object.kind == "subscription") return give_up(object, "a subscription's slot and password are not the baseline's to know");
  auto &columns = arena_.make<Vector<Object>>(arena_);
  if (object.kind == "table" || object.kind == "foreign table") {
    const Object table{{}, {}, object.identity, {}};
    auto column = std::lower_bound(missing_columns_.begin(), missing_columns_.end(), &table, by_parent);
    for (; column != missing_columns_.end() && (*column)->parent == object.identity; ++column) columns.push_back(**column);
  }
  Bytes out(arena_);
  create(object, columns.span(), out);
  if (out.size() == 0 && object.kind == "user mapping") return give_up(object, "a secret would have to be known");
  if (out.size() == 0) return give_up(object, "nothing tells how it was made");
  add(object, phase::make(object), out.view());
}

void Plan::rebuild(const Pair &pair, std::span<const Object> in_the_way) {
  const Object &expected = *pair.expected, &actual = *pair.actual;
  if (is_type(expected.kind) && std::any_of(in_the_way.begin(), in_the_way.end(), [](const Object &object) { return object.kind == "column"; }))
    return swap_type(expected, actual, in_the_way);
  Bytes out(arena_);
  create(expected, {}, out);
  if (out.size() == 0) return give_up(expected, "nothing tells how it was made");
  add(expected, phase::make(expected), out.view());
  out.clear();
  drop(actual, out);
  if (expected.kind == "base type") {
    // Its functions speak of it and it of them: they go with it and come back, as no column is in the way.
    out.clear();
    out.raw("drop type ").raw(actual.identity).raw(" cascade;");
  }
  add(expected, phase::take_away(expected.kind), out.view());
}

// Columns of the type get the new one through text; values that it does not have are an error.
void Plan::swap_type(const Object &expected, const Object &actual, std::span<const Object> in_the_way) {
  Bytes out(arena_);
  const std::string_view word = expected.kind == "domain" ? "domain " : "type ", schema = schema_of(expected.identity);
  constexpr std::string_view old_name = "\"replaced by proapp.repair\"";
  out.raw("alter ").raw(word).raw(actual.identity).raw(" rename to ").raw(old_name).raw("; ");
  create(expected, {}, out);
  for (const Object &column : in_the_way) {
    const std::string_view type = text(column, "type");
    const std::string_view rest = type.starts_with(actual.identity) ? type.substr(actual.identity.size()) : type;
    if (column.kind != "column" || (!rest.empty() && rest != "[]")) continue;
    out.raw(" alter table ").raw(column.parent).raw(" alter column ").raw(own_name(column));
    out.raw(" type ").raw(type).raw(" using ").raw(own_name(column)).raw("::pg_catalog.text::").raw(type).raw(';');
  }
  out.raw(" drop ").raw(word).raw(schema).raw(schema.empty() ? "" : ".").raw(old_name).raw(';');
  add(expected, phase::change("type"), out.view(), {{"rewrite", values_of_type(arena_, actual.identity)}});
}

}  // namespace proapp::core
