#include "core/diff.hpp"

#include "core/fix.hpp"
#include "core/renames.hpp"
#include "core/render.hpp"

#include <algorithm>

namespace proapp::core {

namespace {

class Comparison {
 public:
  Comparison(Arena &arena, const Watch &watch) : arena_(arena), watch_(watch), rows_(arena), missing_(arena), unexpected_(arena) {}

  std::span<const Difference> run(std::span<const Object> expected, std::span<const Object> actual) {
    relations_only_in(expected, actual, missing_);
    relations_only_in(actual, expected, unexpected_);
    renames_ = find_renames(arena_, expected, actual);
    std::size_t e = 0, a = 0;
    while (e < expected.size() || a < actual.size()) {
      watch_.poll();
      if (a == actual.size() || (e < expected.size() && before(expected[e], actual[a]))) {
        whole(expected[e++], missing);
      } else if (e == expected.size() || before(actual[a], expected[e])) {
        whole(actual[a++], unexpected);
      } else {
        attributes(expected[e++], actual[a++]);
      }
    }
    std::stable_sort(rows_.begin(), rows_.end(), [](const Difference &x, const Difference &y) { return x.severity < y.severity; });
    return rows_.span();
  }

 private:
  using enum Change;

  static bool is_relation(const Object &object) {
    return object.parent.empty() &&
           (object.kind == "domain" || object.kind == "table" || object.kind == "foreign table" || object.kind == "view" || object.kind == "materialized view");
  }

  static void relations_only_in(std::span<const Object> these, std::span<const Object> those, Vector<std::string_view> &into) {
    for (const Object &object : these)
      if (is_relation(object) && !std::binary_search(those.begin(), those.end(), object, before)) into.push_back(object.identity);
    std::sort(into.begin(), into.end());
  }

  void whole(const Object &object, Change change) {
    const auto &gone = change == missing ? missing_ : unexpected_;
    if (!object.parent.empty() && std::binary_search(gone.begin(), gone.end(), object.parent)) return;
    const auto same_object = [&](const Rename &rename) { return (change == missing ? rename.expected : rename.actual) == &object; };
    const auto rename = std::find_if(renames_.begin(), renames_.end(), same_object);
    if (rename != renames_.end()) {
      if (change == missing) renamed_object(*rename);
      return;
    }
    Difference row{};
    row.severity = find_rule(object.kind, "", change).severity;
    row.kind = object.kind;
    row.identity = object.identity;
    row.change = change;
    (change == missing ? row.expected : row.actual) = render(arena_, object);
    row.fix = fix(arena_, object, change);
    rows_.push_back(row);
  }

  void renamed_object(const Rename &rename) {
    Bytes statement(arena_);
    rename_back(rename, statement);
    Difference row{};
    row.severity = find_rule(rename.expected->kind, "", renamed).severity;
    row.kind = rename.expected->kind;
    row.identity = rename.expected->identity;
    row.change = renamed;
    row.attribute = "name";
    row.expected = rename.expected->identity;
    row.actual = rename.actual->identity;
    row.fix = statement.view();
    rows_.push_back(row);
  }

  void attributes(const Object &expected, const Object &actual) {
    for (const Member &attribute : expected.attributes) attribute_pair(expected, actual, attribute.name, attribute.value, actual.find(attribute.name));
    for (const Member &attribute : actual.attributes)
      if (expected.find(attribute.name) == nullptr) attribute_pair(expected, actual, attribute.name, Value(), &attribute.value);
  }

  void attribute_pair(const Object &expected, const Object &actual, std::string_view attribute, const Value &was, const Value *found) {
    const Value is = found == nullptr ? Value() : *found;
    if (attribute == "definition" || same(was, is) || (attribute == "column_order" && same_order(was, is))) return;
    Difference row{};
    row.severity = find_rule(expected.kind, attribute, direction(was, is)).severity;
    row.kind = expected.kind;
    row.identity = expected.identity;
    row.change = changed;
    row.attribute = attribute;
    const bool flag = was.type() == Value::Type::boolean || is.type() == Value::Type::boolean;
    row.expected = flag ? (was.boolean() ? "true" : "false") : render(arena_, was);
    row.actual = flag ? (is.boolean() ? "true" : "false") : render(arena_, is);
    row.fix = fix(arena_, expected, actual, attribute);
    rows_.push_back(row);
  }

  static bool holds(std::span<const Value> items, const Value &item) {
    return std::any_of(items.begin(), items.end(), [&](const Value &other) { return same(other, item); });
  }

  // Do the columns that both have come in the same order? New and missing ones have rows of their own.
  static bool same_order(const Value &was, const Value &is) {
    const auto a = was.items(), b = is.items();
    std::size_t i = 0, j = 0;
    for (;;) {
      while (i < a.size() && !holds(b, a[i])) ++i;
      while (j < b.size() && !holds(a, b[j])) ++j;
      if (i == a.size() || j == b.size()) return i == a.size() && j == b.size();
      if (!same(a[i++], b[j++])) return false;
    }
  }

  // Does an entry for the role say the privilege, be it as part of ALL or with a grant option beside?
  static bool granted(std::span<const Value> grants, std::string_view role, std::string_view privilege) {
    const bool grantable = privilege.ends_with('*');
    for (const Value &grant : grants) {
      if (grant.find("grantee") == nullptr || grant.find("grantee")->text() != role || grant.find("privileges") == nullptr) continue;
      for (const Value &item : grant.find("privileges")->items()) {
        const std::string_view has = item.text();
        const bool option = has.ends_with('*');
        const std::string_view right = has.substr(0, has.size() - option), wanted = privilege.substr(0, privilege.size() - grantable);
        if ((option || !grantable) && (right == "ALL" || right == wanted)) return true;
      }
    }
    return false;
  }

  // Is anything granted in `these` that is not in `those`?
  static bool grants_more(std::span<const Value> these, std::span<const Value> those) {
    for (const Value &grant : these) {
      if (grant.find("grantee") == nullptr || grant.find("privileges") == nullptr) continue;
      for (const Value &privilege : grant.find("privileges")->items())
        if (!granted(those, grant.find("grantee")->text(), privilege.text())) return true;
    }
    return false;
  }

  static Change direction(const Value &was, const Value &is) {
    if (was.is_absent()) return gained;
    if (is.is_absent()) return lost;
    if (was.type() != Value::Type::list || is.type() != Value::Type::list) return changed;
    if (!was.items().empty() && was.items()[0].find("grantee") != nullptr) return grants_more(is.items(), was.items()) ? gained : lost;
    const bool more = !std::all_of(is.items().begin(), is.items().end(), [&](const Value &item) { return holds(was.items(), item); });
    const bool less = !std::all_of(was.items().begin(), was.items().end(), [&](const Value &item) { return holds(is.items(), item); });
    return more && less ? gained_and_lost : more ? gained : lost;
  }
  // A list that both won and lost items is judged by what it won: that is how protection goes.
  static constexpr Change gained_and_lost = gained;

  Arena &arena_;
  const Watch &watch_;
  Vector<Difference> rows_;
  Vector<std::string_view> missing_, unexpected_;  // identities of relations
  std::span<const Rename> renames_;
};

}  // namespace

std::span<const Difference> diff(Arena &arena, std::span<const Object> expected, std::span<const Object> actual, const Watch &watch) {
  return arena.make<Comparison>(arena, watch).run(expected, actual);
}

}  // namespace proapp::core
