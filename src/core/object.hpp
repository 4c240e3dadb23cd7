// One object of a schema, as plain facts: what manifests list, digests cover and drift compares.
#pragma once
#include "core/digest.hpp"
#include "core/value.hpp"

#include <span>
#include <string_view>

namespace proapp::core {

struct Object {
  std::string_view kind;
  std::string_view identity;  // as pg_identify_object prints it under an empty search_path; unique within its kind
  std::string_view parent;    // identity of the relation that it hangs on; empty for the others
  std::span<const Member> attributes;

  const Value *find(std::string_view attribute) const { return Value(attributes).find(attribute); }
  Value definition() const { return Value(attributes); }
};

// Two digests: `digest` covers what makes two schemas different; `aside` what drift mentions although a restore may change it
// (attributes that rules.hpp calls aside, such as the order of columns).
struct Digests {
  Digest digest;
  Digest aside;
};

// Canonical bytes: attributes by name, absent ones left out, every field with its length, and of an expression its tree, not its SQL text.
// `scratch` is overwritten.
Digests digest(const Object &object, Bytes &scratch);

Object copy(Arena &arena, const Object &object);
Value copy(Arena &arena, const Value &value);
bool same(const Value &a, const Value &b);  // equal canonical bytes

// By kind and identity, in byte order: what makes an object the same object in two manifests.
bool before(const Object &a, const Object &b);

// The digest of a set of objects, whatever order they come in: a tree of object, parent, kind, root.
class TreeDigest {
 public:
  explicit TreeDigest(Arena &arena) : leaves_(arena), parents_(arena), kinds_(arena), bytes_(arena) {}
  void add(const Object &object, const Digest &digest);
  // Every object of that kind was there, of one parent's, or at all: their leaves make room.
  void close(std::string_view kind, std::string_view parent);
  void close(std::string_view kind);
  Digest root();

 private:
  struct Leaf {
    std::uint64_t kind, parent;  // hashes of the names: they only group
    Digest digest;
    auto operator<=>(const Leaf &) const = default;
  };
  struct KindDigest {
    std::uint64_t kind;
    Digest digest;
    auto operator<=>(const KindDigest &) const = default;
  };
  void fold_leaves(std::size_t from);
  void fold_parents(std::size_t from);

  Vector<Leaf> leaves_, parents_;
  Vector<KindDigest> kinds_;
  Bytes bytes_;
};

}  // namespace proapp::core
