// Types that are lists: the values of an enum, the attributes of a composite type. Changed in place where PostgreSQL can do that without losing a value.
#include "core/ddl.hpp"
#include "core/ddl_parts.hpp"

namespace proapp::core {

namespace {

// All of `actual` in the same order among others of `expected`: what ADD VALUE makes.
bool is_subsequence(std::span<const Value> actual, std::span<const Value> expected) {
  std::size_t found = 0;
  for (const Value &value : expected)
    if (found < actual.size() && same(actual[found], value)) ++found;
  return found == actual.size();
}

void rename_value(const Object &type, std::string_view from, std::string_view to, Bytes &out) {
  out.raw(out.size() == 0 ? "" : " ").raw("alter type ").raw(type.identity).raw(" rename value ");
  literal(from, out);
  literal(to, out.raw(" to "));
  out.raw(';');
}

void add_values(const Object &type, std::span<const Value> wanted, std::span<const Value> present, Bytes &out) {
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (holds(present, wanted[i])) continue;
    out.raw(out.size() == 0 ? "" : " ").raw("alter type ").raw(type.identity).raw(" add value ");
    literal(wanted[i].text(), out);
    if (i > 0)
      literal(wanted[i - 1].text(), out.raw(" after "));
    else if (!present.empty())
      literal(present[0].text(), out.raw(" before "));
    out.raw(';');
  }
}

void attribute(const Value &item, Bytes &out) {
  out.raw(member(item, "type"));
  if (!member(item, "collation").empty()) out.raw(" collate ").raw(member(item, "collation"));
}

const Value *named(std::span<const Value> all, std::string_view name) {
  for (const Value &item : all)
    if (member(item, "name") == name) return &item;
  return nullptr;
}

// One name differs, nothing else.
bool rename_attribute(const Object &type, std::span<const Value> was, std::span<const Value> is, Bytes &out) {
  std::size_t at = was.size();
  for (std::size_t i = 0; was.size() == is.size() && i < was.size(); ++i) {
    if (same(was[i], is[i])) continue;
    const bool only_name = member(was[i], "type") == member(is[i], "type") && member(was[i], "collation") == member(is[i], "collation");
    if (at != was.size() || !only_name || named(is, member(was[i], "name")) != nullptr) return false;
    at = i;
  }
  if (at >= was.size()) return false;
  out.raw("alter type ").raw(type.identity).raw(" rename attribute ").raw(member(is[at], "name")).raw(" to ").raw(member(was[at], "name")).raw(" cascade;");
  return true;
}

// Do the attributes that stay come first, and in the wanted order? What is added comes last.
bool order_can_be_kept(std::span<const Value> was, std::span<const Value> is) {
  std::size_t at = 0;
  for (const Value &item : is) {
    if (named(was, member(item, "name")) == nullptr) continue;
    if (at == was.size() || member(was[at], "name") != member(item, "name")) return false;
    ++at;
  }
  return true;
}

}  // namespace

void create_enum(const Object &type, Bytes &out) {
  out.raw("create type ").raw(type.identity).raw(" as enum");
  std::string_view separator = " (";
  for (const Value &value : items(type, "values")) {
    literal(value.text(), out.raw(separator));
    separator = ", ";
  }
  out.raw(separator == ", " ? ");" : " ();");
}

void alter_enum(const Object &expected, const Object &actual, Bytes &out) {
  const auto was = items(expected, "values"), is = items(actual, "values");
  if (is_subsequence(is, was)) {
    add_values(expected, was, is, out);
  } else if (was.size() == is.size()) {
    for (std::size_t i = 0; i < was.size(); ++i)
      if (!same(was[i], is[i]) && (holds(is, was[i]) || holds(was, is[i]))) return;
    for (std::size_t i = 0; i < was.size(); ++i)
      if (!same(was[i], is[i])) rename_value(expected, is[i].text(), was[i].text(), out);
  }
}

void alter_composite(const Object &expected, const Object &actual, Bytes &out) {
  const auto was = items(expected, "attributes"), is = items(actual, "attributes");
  if (rename_attribute(expected, was, is, out) || !order_can_be_kept(was, is)) return;
  std::string_view separator = " ";
  const auto next = [&]() -> Bytes & {
    if (separator == " ") out.raw("alter type ").raw(expected.identity);
    out.raw(separator);
    separator = ", ";
    return out;
  };
  for (const Value &item : is)
    if (named(was, member(item, "name")) == nullptr) next().raw("drop attribute ").raw(member(item, "name"));
  for (const Value &item : was) {
    const Value *old = named(is, member(item, "name"));
    if (old != nullptr && same(*old, item)) continue;
    attribute(item, next().raw(old == nullptr ? "add attribute " : "alter attribute ").raw(member(item, "name")).raw(old == nullptr ? " " : " type "));
    if (old != nullptr && member(item, "collation").empty() && !member(*old, "collation").empty()) out.raw(" collate pg_catalog.\"default\"");
  }
  if (separator == ", ") out.raw(';');
}

}  // namespace proapp::core
