// PostgreSQL's stored expressions (pg_node_tree) read as plain text into a small tree of their own.
// The format is that of PostgreSQL's outfuncs.c and read.c: {TYPE :field value …}, lists in parentheses, tokens with backslash escapes.
#pragma once
#include "core/arena.hpp"
#include "core/watch.hpp"

#include <cstdint>
#include <string_view>

namespace proapp::core {

struct Node {
  enum class Kind : std::uint8_t { token, list, object, field } kind;
  std::string_view text;    // a token's text, an object's type, a field's name
  std::uint32_t first = 0;  // first child: a list's items, an object's fields, a field's values; 0: none
  std::uint32_t next = 0;   // next sibling; 0: none
};

// Reused for one tree after the other; its nodes point into the text.
class NodeTree {
 public:
  NodeTree(Arena &arena, const Watch &watch) : nodes_(arena), watch_(&watch) {}

  // The root's index. Throws Error XX001 where the text is no node tree.
  std::uint32_t parse(std::string_view text);

  const Node &operator[](std::uint32_t index) const { return nodes_[index]; }
  // The first value of an object's field; 0 where it has no such field.
  std::uint32_t value(std::uint32_t object, std::string_view field) const;
  std::string_view token(std::uint32_t object, std::string_view field) const;  // empty where it is none
  std::int64_t number(std::uint32_t object, std::string_view field) const;     // 0 where it is none

 private:
  std::uint32_t parse_value();
  std::uint32_t parse_object();
  std::uint32_t parse_list();
  std::uint32_t add(Node::Kind kind, std::string_view text);
  void skip_blanks();
  std::string_view take_token();
  [[noreturn]] void broken() const;

  Vector<Node> nodes_;
  const Watch *watch_;
  const char *at_ = nullptr;
  const char *end_ = nullptr;
};

std::int64_t to_number(std::string_view token);  // 0 where it is none

}  // namespace proapp::core
