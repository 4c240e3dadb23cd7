#include "core/object.hpp"

#include "core/error.hpp"
#include "core/rules.hpp"

#include <algorithm>

namespace proapp::core {

static void encode(const Value &value, Bytes &into);

// The members that say something, in byte order of their names: JSON objects have no order of their own.
// Most objects have a dozen members, and only what is present is sorted.
template <class Want, class Take>
static void each_sorted(std::span<const Member> members, Want want, Take take) {
  constexpr std::size_t few = 64;
  const Member *sorted[few];
  std::size_t count = 0;
  for (const Member &member : members) {
    if (member.value.is_absent() || !want(member)) continue;
    if (count == few) fail("54000", "an object has too many attributes");
    std::size_t at = count++;
    for (; at > 0 && member.name < sorted[at - 1]->name; --at) sorted[at] = sorted[at - 1];
    sorted[at] = &member;
  }
  for (std::size_t i = 0; i < count; ++i) take(*sorted[i]);
}

static void encode_members(std::span<const Member> members, Bytes &into) {
  each_sorted(
      members, [](const Member &member) { return member.name != "sql"; },
      [&](const Member &member) {
        into.field(member.name);
        encode(member.value, into);
      });
}

static void encode(const Value &value, Bytes &into) {
  switch (value.type()) {
    case Value::Type::boolean:
      into.raw(value.boolean() ? 't' : 'f');
      break;
    case Value::Type::integer:
      into.raw('i').number(value.integer()).raw(';');
      break;
    case Value::Type::text:
      into.raw('s').field(value.text());
      break;
    case Value::Type::list:
      into.raw('[');
      for (const Value &item : value.items()) encode(item, into);
      into.raw(']');
      break;
    case Value::Type::object:
      into.raw('{');
      encode_members(value.members(), into);
      into.raw('}');
      break;
    case Value::Type::null:
    case Value::Type::deferred:
      into.raw('n');
      break;
  }
}

Digests digest(const Object &object, Bytes &scratch) {
  const auto write = [&](const Member &attribute) {
    scratch.field(attribute.name);
    encode(attribute.value, scratch);
  };
  const auto aside = [&](const Member &attribute) { return is_aside(object.kind, attribute.name); };
  Digests digests;
  scratch.clear();
  scratch.field(object.kind).field(object.parent).field(object.identity);
  each_sorted(
      object.attributes, [&](const Member &attribute) { return attribute.name != "definition" && !aside(attribute); }, write);
  digests.digest = sha256(scratch.view());
  scratch.clear();
  each_sorted(object.attributes, aside, write);
  if (scratch.size() > 0) digests.aside = sha256(scratch.view());
  return digests;
}

Value copy(Arena &arena, const Value &value) {
  switch (value.type()) {
    case Value::Type::text:
      return Value(arena.copy(value.text()));
    case Value::Type::list: {
      auto &items = arena.make<Vector<Value>>(arena);
      items.reserve(value.items().size());
      for (const Value &item : value.items()) items.push_back(copy(arena, item));
      return Value(items.span());
    }
    case Value::Type::object: {
      auto &members = arena.make<Vector<Member>>(arena);
      members.reserve(value.members().size());
      for (const Member &member : value.members()) members.push_back({arena.copy(member.name), copy(arena, member.value)});
      return Value(members.span());
    }
    default:
      return value;
  }
}

Object copy(Arena &arena, const Object &object) {
  return {arena.copy(object.kind), arena.copy(object.identity), arena.copy(object.parent), copy(arena, object.definition()).members()};
}

static bool same_members(std::span<const Member> a, const Value &b) {
  for (const Member &member : a) {
    if (member.name == "sql" || member.value.is_absent()) continue;
    const Value *other = b.find(member.name);
    if (other == nullptr || !same(member.value, *other)) return false;
  }
  return true;
}

bool same(const Value &a, const Value &b) {
  if (a.is_absent() || b.is_absent()) return a.is_absent() && b.is_absent();
  if (a.type() != b.type()) return false;
  switch (a.type()) {
    case Value::Type::boolean:
      return a.boolean() == b.boolean();
    case Value::Type::integer:
      return a.integer() == b.integer();
    case Value::Type::text:
      return a.text() == b.text();
    case Value::Type::list:
      return std::equal(a.items().begin(), a.items().end(), b.items().begin(), b.items().end(), same);
    case Value::Type::object:
      return same_members(a.members(), b) && same_members(b.members(), a);
    default:
      return true;
  }
}

bool before(const Object &a, const Object &b) { return a.kind != b.kind ? a.kind < b.kind : a.identity < b.identity; }

// FNV-1a
static std::uint64_t hash(std::string_view text) {
  std::uint64_t h = 0xcbf29ce484222325ull;
  for (const char c : text) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3ull;
  return h;
}

void TreeDigest::add(const Object &object, const Digest &digest) { leaves_.push_back({hash(object.kind), hash(object.parent), digest}); }

static void append(Bytes &bytes, const Digest &digest) { bytes.raw({reinterpret_cast<const char *>(digest.bytes.data()), digest.bytes.size()}); }

// The leaves from there on become one digest for each parent.
void TreeDigest::fold_leaves(std::size_t from) {
  std::sort(leaves_.begin() + static_cast<std::ptrdiff_t>(from), leaves_.end());
  for (std::size_t i = from; i < leaves_.size(); ++i) {
    append(bytes_, leaves_[i].digest);
    if (i + 1 < leaves_.size() && leaves_[i + 1].kind == leaves_[i].kind && leaves_[i + 1].parent == leaves_[i].parent) continue;
    parents_.push_back({leaves_[i].kind, leaves_[i].parent, sha256(bytes_.view())});
    bytes_.clear();
  }
  leaves_.resize(from);
}

// The parents from there on become one digest for each kind.
void TreeDigest::fold_parents(std::size_t from) {
  std::sort(parents_.begin() + static_cast<std::ptrdiff_t>(from), parents_.end());
  for (std::size_t i = from; i < parents_.size(); ++i) {
    append(bytes_, parents_[i].digest);
    if (i + 1 < parents_.size() && parents_[i + 1].kind == parents_[i].kind) continue;
    kinds_.push_back({parents_[i].kind, sha256(bytes_.view())});
    bytes_.clear();
  }
  parents_.resize(from);
}

void TreeDigest::close(std::string_view kind, std::string_view parent) {
  std::size_t from = leaves_.size();
  for (const std::uint64_t k = hash(kind), p = hash(parent); from > 0 && leaves_[from - 1].kind == k && leaves_[from - 1].parent == p;) --from;
  fold_leaves(from);
}

void TreeDigest::close(std::string_view kind) {
  const auto others = [closing = hash(kind)](Vector<Leaf> &all) {
    return static_cast<std::size_t>(std::partition(all.begin(), all.end(), [&](const Leaf &leaf) { return leaf.kind != closing; }) - all.begin());
  };
  fold_leaves(others(leaves_));
  fold_parents(others(parents_));
}

Digest TreeDigest::root() {
  fold_leaves(0);
  fold_parents(0);
  std::sort(kinds_.begin(), kinds_.end());
  for (const KindDigest &kind : kinds_) append(bytes_, kind.digest);
  return sha256(bytes_.view());
}

}  // namespace proapp::core
