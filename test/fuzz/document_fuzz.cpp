// Documents made of any bytes, honest ones and ones that somebody changed: what read_document() takes comes back from write_document() with the same digest,
// and a change that it overlooks is one that digests leave out.
#include "core/document.hpp"

#include "core/diff.hpp"
#include "core/error.hpp"
#include "fuzz/fuzzing.hpp"
#include "unit/test_arena.hpp"

#include <string_view>

using namespace proapp;
using namespace proapp::core;

namespace {

constexpr std::string_view kinds_and_names[] = {"table",  "column", "policy", "constraint", "extension",  "function", "column_order", "version", "sql",  "tree",
                                                "grants", "owner",  "using",  "comment",    "definition", "",         "rls_enabled",  "values",  "type", "columns"};

// Bytes into values: the first says which, the next how many or which word.
class Decoder {
 public:
  Decoder(std::string_view bytes, Arena &arena) : bytes_(bytes), arena_(arena) {}

  bool more() const { return at_ < bytes_.size(); }
  unsigned byte() { return more() ? static_cast<unsigned char>(bytes_[at_++]) : 0; }

  std::string_view text() {
    const unsigned how = byte();
    if (how < 200) return kinds_and_names[how % std::size(kinds_and_names)];
    const std::string_view taken = bytes_.substr(at_, how - 200);
    at_ += taken.size();
    return taken;
  }

  Value value(int depth) {
    switch (depth > 6 ? byte() % 4 : byte() % 6) {
      case 0:
        return {};
      case 1:
        return Value((byte() & 1) != 0);
      case 2:
        return Value(static_cast<std::int64_t>(byte()) - 128);
      case 3:
        return Value(text());
      case 4: {
        auto &items = arena_.make<Vector<Value>>(arena_);
        for (unsigned n = byte() % 5; n > 0; --n) items.push_back(value(depth + 1));
        return Value(items.span());
      }
      default:
        return Value(members(depth + 1));
    }
  }

  // As jsonb has them: every name once.
  std::span<const Member> members(int depth) {
    auto &members = arena_.make<Vector<Member>>(arena_);
    for (unsigned n = byte() % 6; n > 0; --n) {
      const std::string_view name = text();
      const Value content = value(depth);
      if (Value(members.span()).find(name) == nullptr) members.push_back({name, content});
    }
    return members.span();
  }

 private:
  std::string_view bytes_;
  Arena &arena_;
  std::size_t at_ = 0;
};

Document make_document(Decoder &decoder, Arena &arena) {
  Document document;
  document.postgresql = 15;
  auto &objects = arena.make<Vector<Object>>(arena);
  auto &tree = arena.make<TreeDigest>(arena);
  auto &scratch = arena.make<Bytes>(arena);
  for (unsigned n = decoder.byte() % 5; n > 0; --n) {
    Object object;
    object.kind = decoder.text();
    object.identity = decoder.text();
    object.parent = decoder.text();
    object.attributes = decoder.members(0);
    bool known = object.kind.empty() || object.identity.empty();
    for (const Object &other : objects) known = known || (other.kind == object.kind && other.identity == object.identity);
    if (known) continue;
    objects.push_back(object);
    tree.add(object, digest(object, scratch).digest);
  }
  document.objects = objects.span();
  document.digest = tree.root();
  return document;
}

// The value with one of its parts replaced: `which` counts them from the front.
Value with_change(Arena &arena, const Value &value, unsigned &which, const Value &part) {
  if (which-- == 0) return part;
  if (value.type() == Value::Type::list) {
    auto &items = arena.make<Vector<Value>>(arena);
    for (const Value &item : value.items()) items.push_back(with_change(arena, item, which, part));
    return Value(items.span());
  }
  if (value.type() == Value::Type::object) {
    auto &members = arena.make<Vector<Member>>(arena);
    for (const Member &member : value.members()) members.push_back({member.name, with_change(arena, member.value, which, part)});
    return Value(members.span());
  }
  return value;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
  test::TestArena arena;
  const test::StackWatch stack;
  const Watch watch = stack.watch();
  Decoder decoder(test::text_of(data, size), arena);
  const Document document = make_document(decoder, arena);
  const Value written = write_document(arena, document, Value());
  const Document back = read_document(arena, written, watch);
  test::require(back.digest == document.digest && back.objects.size() == document.objects.size());
  test::require(diff(arena, back.objects, back.objects, watch).empty());

  try {
    unsigned which = decoder.byte();
    const Document changed = read_document(arena, with_change(arena, written, which, decoder.value(0)), watch);
    test::require(changed.digest == document.digest);
    diff(arena, back.objects, changed.objects, watch);
    const Document again = read_document(arena, write_document(arena, changed, Value()), watch);
    test::require(again.digest == changed.digest && diff(arena, again.objects, changed.objects, watch).empty());
  } catch (const Error &e) {
    test::require(std::string_view(e.sqlstate) == "22023");
  }
  return 0;
}
