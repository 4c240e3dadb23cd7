// JSON-shaped values: what a manifest's definitions are made of. Plain bytes over arena memory, cheap to copy, never freed alone.
#pragma once
#include "core/arena.hpp"

#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

namespace proapp::core {

struct Member;

// Where SQL text for an expression can be had when somebody wants to read it: deparsing is most of a manifest's cost, and digests never need it.
struct Origin {
  std::uint32_t kind;  // meaning is the catalog reader's (catalog/deparse.hpp)
  std::uint32_t object;
  std::int32_t part;
};

class Value {
 public:
  enum class Type : std::uint8_t { null, boolean, integer, text, list, object, deferred };

  Value() = default;
  explicit Value(bool boolean) : type_(Type::boolean), boolean_(boolean) {}
  explicit Value(std::int64_t integer) : type_(Type::integer), integer_(integer) {}
  explicit Value(int integer) : Value(std::int64_t{integer}) {}
  explicit Value(std::string_view text) : type_(Type::text), size_(text.size()), text_(text.data()) {}
  explicit Value(const char *) = delete;
  explicit Value(std::span<const Value> items) : type_(Type::list), size_(items.size()), items_(items.data()) {}
  explicit Value(std::span<const Member> members) : type_(Type::object), size_(members.size()), members_(members.data()) {}
  explicit Value(const Origin &origin) : type_(Type::deferred), origin_(origin) {}

  Type type() const { return type_; }
  bool is_null() const { return type_ == Type::null; }
  // Each answers what its name says, and nothing (false, 0, empty) for another type.
  bool boolean() const { return type_ == Type::boolean && boolean_; }
  std::int64_t integer() const { return type_ == Type::integer ? integer_ : 0; }
  std::string_view text() const { return type_ == Type::text ? std::string_view(text_, size_) : std::string_view{}; }
  std::span<const Value> items() const { return type_ == Type::list ? std::span(items_, size_) : std::span<const Value>{}; }
  std::span<const Member> members() const;
  Origin origin() const { return origin_; }
  // A member of an object; null where there is none.
  const Value *find(std::string_view name) const;

  // Nothing to say: null, false, "", [] and {}. Such an attribute counts as absent in canonical bytes.
  bool is_absent() const;

 private:
  Type type_ = Type::null;
  std::size_t size_ = 0;
  union {
    bool boolean_;
    std::int64_t integer_ = 0;
    const char *text_;
    const Value *items_;
    const Member *members_;
    Origin origin_;
  };
};

struct Member {
  std::string_view name;
  Value value;
};

static_assert(std::is_trivially_copyable_v<Value> && std::is_trivially_destructible_v<Value>);

// By their texts, in byte order: for lists whose order means nothing.
void sort_by_text(Vector<Value> &items);

inline std::span<const Member> Value::members() const { return type_ == Type::object ? std::span(members_, size_) : std::span<const Member>{}; }

}  // namespace proapp::core
