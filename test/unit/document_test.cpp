#include "core/document.hpp"

#include "core/error.hpp"
#include "unit/build.hpp"

#include <gtest/gtest.h>

#include <string>

namespace proapp::core {
namespace {

class Documents : public testing::Test, protected test::Build {
 protected:
  Value honest() {
    Document document;
    document.postgresql = 15;
    objects_[0] = object("column", "s.t.c", {{"type", text("integer")}, {"default", sql("1")}}, "s.t");
    objects_[1] = object("table", "s.t", {{"rls_enabled", Value(true)}, {"column_order", texts({"c"})}});
    document.objects = objects_;
    Bytes scratch(arena);
    TreeDigest tree(arena);
    for (const Object &object : objects_) tree.add(object, core::digest(object, scratch).digest);
    document.digest = tree.root();
    digest_ = document.digest;
    return write_document(arena, document, members({{"database", text("x")}}));
  }

  // The value with another one in place of what the path names; a number is a place in a list.
  Value with(const Value &value, std::initializer_list<std::string_view> path, const Value &part) { return with(value, std::span(path.begin(), path.size()), part); }
  Value with(const Value &value, std::span<const std::string_view> path, const Value &part) {
    if (path.empty()) return part;
    auto &members = arena.make<Vector<Member>>(arena);
    auto &items = arena.make<Vector<Value>>(arena);
    std::size_t i = 0;
    for (const Value &item : value.items()) items.push_back(std::to_string(i++) == path[0] ? with(item, path.subspan(1), part) : item);
    for (const Member &member : value.members()) members.push_back({member.name, member.name == path[0] ? with(member.value, path.subspan(1), part) : member.value});
    return value.type() == Value::Type::list ? Value(items.span()) : Value(members.span());
  }

  std::string refusal(const Value &value) {
    try {
      read_document(arena, value, Watch{});
    } catch (const Error &e) {
      EXPECT_STREQ(e.sqlstate, "22023");
      EXPECT_STRNE(e.hint, "");
      return e.message;
    }
    return "taken";
  }

  Object objects_[2];
  Digest digest_;
};

TEST_F(Documents, ComeBackAsTheyWere) {
  const Document back = read_document(arena, honest(), Watch{});
  EXPECT_EQ(back.digest, digest_);
  EXPECT_EQ(back.postgresql, 15);
  ASSERT_EQ(back.objects.size(), 2u);
  EXPECT_EQ(digest(back.objects[0]), digest(objects_[0]));
  EXPECT_EQ(back.objects[0].parent, "s.t");
}

TEST_F(Documents, AreSortedAnew) {
  const Value document = honest();
  const auto items = document.find("objects")->items();
  EXPECT_EQ(refusal(with(document, {"objects"}, list({items[1], items[0]}))), "taken");
}

TEST_F(Documents, RefuseWhatIsNone) {
  const std::string none = "not a manifest document of proapp_schema";
  const Value document = honest();
  for (const Value &value :
       {Value(), Value(1), text("x"), list({}), members({}), with(document, {"proapp_manifest"}, text("1")), with(document, {"proapp_manifest"}, Value(0)),
        with(document, {"postgresql"}, Value()), with(document, {"objects"}, Value()), with(document, {"objects", "0"}, Value(1)),
        with(document, {"objects", "0", "kind"}, Value()), with(document, {"objects", "0", "identity"}, Value(1)), with(document, {"objects", "0", "parent"}, Value(true)),
        with(document, {"objects", "0", "definition"}, list({})), with(document, {"objects", "0", "digest"}, text("x")), with(document, {"digest"}, Value())})
    EXPECT_EQ(refusal(value), none);
  const auto items = document.find("objects")->items();
  EXPECT_EQ(refusal(with(document, {"objects"}, list({items[0], items[0]}))), none);
  EXPECT_EQ(refusal(with(document, {"proapp_manifest"}, Value(document_format + 1))), "manifest document has a newer format");
}

TEST_F(Documents, RefuseWhatWasChanged) {
  const std::string changed = "manifest document was changed";
  const Value document = honest();
  const auto items = document.find("objects")->items();
  EXPECT_EQ(refusal(with(document, {"objects", "0", "definition", "type"}, text("bigint"))), changed);
  EXPECT_EQ(refusal(with(document, {"objects", "0", "parent"}, text("s.u"))), changed);
  EXPECT_EQ(refusal(with(document, {"objects"}, list({items[0]}))), changed);
  EXPECT_EQ(refusal(with(document, {"digest"}, text(std::string(64, '0')))), changed);
  EXPECT_EQ(refusal(with(document, {"objects", "0", "definition", "default", "sql"}, text("2"))), "taken") << "what it reads like is no fact";
  EXPECT_EQ(refusal(with(document, {"environment"}, Value())), "taken");
}

TEST_F(Documents, CanBeInterrupted) {
  const Value document = honest();
  const Watch impatient{[]() noexcept { return true; }, nullptr};
  EXPECT_THROW(read_document(arena, document, impatient), Cancelled);
}

}  // namespace
}  // namespace proapp::core
