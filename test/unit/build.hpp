// Short ways to say what tests are about: build.text("a"), build.list({…}), build.object("table", "s.t", {{"owner", build.text("x")}}).
#pragma once
#include "core/object.hpp"

#include "unit/test_arena.hpp"

#include <initializer_list>
#include <string>

namespace proapp::test {

class Build {
 public:
  core::Value text(std::string_view text) { return core::Value(arena.copy(text)); }
  core::Value list(std::initializer_list<core::Value> items) { return core::Value(arena.copy(std::span<const core::Value>(items.begin(), items.size()))); }
  core::Value texts(std::initializer_list<std::string_view> items) {
    auto &values = arena.make<core::Vector<core::Value>>(arena);
    for (const auto item : items) values.push_back(text(item));
    return core::Value(values.span());
  }
  core::Value members(std::initializer_list<core::Member> list) { return core::Value(arena.copy(std::span<const core::Member>(list.begin(), list.size()))); }
  core::Value sql(std::string_view sql, std::string_view tree = "1") { return members({{"sql", text(sql)}, {"tree", text(tree)}}); }
  core::Object object(std::string_view kind, std::string_view identity, std::initializer_list<core::Member> attributes, std::string_view parent = {}) {
    return {arena.copy(kind), arena.copy(identity), arena.copy(parent), members(attributes).members()};
  }

  std::string digest(const core::Object &object) {
    core::Bytes scratch(arena);
    return std::string(core::hex(arena, core::digest(object, scratch).digest));
  }

  TestArena arena;
};

}  // namespace proapp::test
