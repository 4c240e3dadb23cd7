#include "core/renames.hpp"

#include "core/ddl_parts.hpp"

#include <algorithm>

namespace proapp::core {

namespace {

bool is_relation(std::string_view kind) { return kind == "table" || kind == "foreign table" || kind == "view" || kind == "materialized view"; }

bool can_be_renamed(std::string_view kind) {
  return is_relation(kind) || kind == "column" || kind == "constraint" || kind == "index" || kind == "policy" || kind == "trigger" || kind == "rule" || kind == "function" ||
         kind == "procedure" || kind == "sequence" || kind == "enum" || kind == "domain" || kind == "composite type" || kind == "schema" || kind == "publication" ||
         kind == "event trigger";
}

struct Candidate {
  Digest likeness;  // of everything but the name
  const Object *object;
};

// What a part is called whatever its relation is: an index lives in the relation's schema, a member of a publication has the relation's name.
std::string_view name_of_part(const Object &part) { return part.kind == "publication member" ? text(part, "publication") : behind_schema(own_name(part)); }

bool by_parent(const Object *a, const Object *b) { return a->parent < b->parent; }

class Likeness {
 public:
  Likeness(Arena &arena, std::span<const Object> all) : arena_(arena), parts_(arena), digests_(arena), scratch_(arena) {
    for (const Object &object : all)
      if (!object.parent.empty()) parts_.push_back(&object);
    std::stable_sort(parts_.begin(), parts_.end(), by_parent);
  }

  // Equal for objects that only their names tell apart; parts belong to their relation.
  Digest of(const Object &object) {
    const Digest own = under(object, "?", object.parent, object.identity);
    if (!is_relation(object.kind)) return own;
    const Object parent{{}, {}, object.identity, {}};
    digests_.clear();
    for (auto part = std::lower_bound(parts_.begin(), parts_.end(), &parent, by_parent); part != parts_.end() && (*part)->parent == object.identity; ++part)
      digests_.push_back(under(**part, name_of_part(**part), "?", object.identity));
    std::sort(digests_.begin(), digests_.end());
    digests_.push_back(own);
    return sha256({reinterpret_cast<const char *>(digests_.data()), digests_.size() * sizeof(Digest)});
  }

 private:
  Digest under(Object object, std::string_view identity, std::string_view parent, std::string_view relation) {
    object.identity = identity;
    object.parent = parent;
    object.attributes = without_names(object, relation);
    return digest(object, scratch_).digest;
  }

  // What a sequence is called, whom it belongs to and which table a key refers to follow a rename, or stay behind: only where they tell more they count.
  std::span<const Member> without_names(const Object &object, std::string_view relation) {
    auto &attributes = arena_.make<Vector<Member>>(arena_);
    for (const Member &attribute : object.attributes) {
      if (object.kind == "sequence" && attribute.name == "owned_by") continue;
      const bool itself = object.kind == "constraint" && attribute.name == "references" && attribute.value.text() == relation;
      attributes.push_back({attribute.name, itself ? Value(std::string_view("?")) : attribute.name == "identity_sequence" ? nameless(attribute.value) : attribute.value});
    }
    return attributes.span();
  }

  Value nameless(const Value &sequence) {
    auto &members = arena_.make<Vector<Member>>(arena_);
    for (const Member &member : sequence.members())
      if (member.name != "name") members.push_back(member);
    return Value(members.span());
  }

  Arena &arena_;
  Vector<const Object *> parts_;
  Vector<Digest> digests_;
  Bytes scratch_;
};

// Those that `these` has and `those` has not, by likeness.
void only_in(Arena &arena, std::span<const Object> these, std::span<const Object> those, Vector<Candidate> &into) {
  auto &likeness = arena.make<Likeness>(arena, these);
  for (const Object &object : these) {
    if (!can_be_renamed(object.kind) || std::binary_search(those.begin(), those.end(), object, before)) continue;
    into.push_back({likeness.of(object), &object});
  }
  std::sort(into.begin(), into.end(), [](const Candidate &a, const Candidate &b) { return a.likeness < b.likeness; });
}

// The only one of its likeness; null where there are more.
const Candidate *alone(const Vector<Candidate> &all, std::size_t at) {
  const auto like = [&](std::size_t other) { return all[other].likeness == all[at].likeness; };
  const bool twin = (at > 0 && like(at - 1)) || (at + 1 < all.size() && like(at + 1));
  return twin ? nullptr : &all[at];
}

// Another name in the same schema, or the same name in another: both at once is more than a rename.
bool one_step(const Object &expected, const Object &actual) {
  if (!expected.parent.empty()) return true;
  return schema_of(expected.identity) == schema_of(actual.identity) || behind_schema(expected.identity) == behind_schema(actual.identity);
}

}  // namespace

std::span<const Rename> find_renames(Arena &arena, std::span<const Object> expected, std::span<const Object> actual) {
  auto &missing = arena.make<Vector<Candidate>>(arena);
  auto &unexpected = arena.make<Vector<Candidate>>(arena);
  auto &renames = arena.make<Vector<Rename>>(arena);
  only_in(arena, expected, actual, missing);
  if (missing.empty()) return {};
  only_in(arena, actual, expected, unexpected);
  for (std::size_t m = 0, u = 0; m < missing.size() && u < unexpected.size();) {
    if (missing[m].likeness != unexpected[u].likeness) {
      missing[m].likeness < unexpected[u].likeness ? ++m : ++u;
      continue;
    }
    const bool clear = alone(missing, m) != nullptr && alone(unexpected, u) != nullptr;
    if (clear && one_step(*missing[m].object, *unexpected[u].object)) renames.push_back({missing[m].object, unexpected[u].object});
    ++m;
  }
  std::sort(renames.begin(), renames.end(), [](const Rename &a, const Rename &b) { return before(*a.expected, *b.expected); });
  return renames.span();
}

void rename_back(const Rename &rename, Bytes &out) {
  const Object &expected = *rename.expected, &actual = *rename.actual;
  const std::string_view to = own_name(expected);
  if (actual.kind == "column") {
    out.raw("alter table ").raw(actual.parent).raw(" rename column ").raw(own_name(actual)).raw(" to ").raw(to).raw(';');
  } else if (actual.kind == "constraint") {
    out.raw(flag(actual, "of_domain") ? "alter domain " : "alter table ").raw(actual.parent).raw(" rename constraint ").raw(own_name(actual)).raw(" to ").raw(to).raw(';');
  } else if (schema_of(expected.identity) != schema_of(actual.identity) && !schema_of(expected.identity).empty() && expected.parent.empty()) {
    target(actual, out.raw("alter "));
    out.raw(" set schema ").raw(schema_of(expected.identity)).raw(';');
  } else {
    target(actual, out.raw("alter "));
    out.raw(" rename to ").raw(without_arguments(behind_schema(to))).raw(';');
  }
}

}  // namespace proapp::core
