#include "core/node_tree.hpp"

#include "core/error.hpp"

#include <charconv>

namespace proapp::core {

void NodeTree::broken() const { fail("XX001", "stored expression is not a node tree", "A catalog holds an expression that this version cannot read."); }

void NodeTree::skip_blanks() {
  while (at_ < end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\t')) ++at_;
}

std::uint32_t NodeTree::add(Node::Kind kind, std::string_view text) {
  nodes_.push_back({kind, text});
  return static_cast<std::uint32_t>(nodes_.size() - 1);
}

static bool ends_token(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '(' || c == ')' || c == '{' || c == '}'; }

std::string_view NodeTree::take_token() {
  const char *start = at_;
  // The bytes of a constant, "[ 1 0 0 0 ]", are one token.
  if (at_ < end_ && *at_ == '[') {
    while (at_ < end_ && *at_ != ']') ++at_;
    if (at_ == end_) broken();
    ++at_;
    return {start, static_cast<std::size_t>(at_ - start)};
  }
  while (at_ < end_ && !ends_token(*at_)) at_ += *at_ == '\\' && at_ + 1 < end_ ? 2 : 1;
  if (at_ == start) broken();
  return {start, static_cast<std::size_t>(at_ - start)};
}

std::uint32_t NodeTree::parse_list() {
  const std::uint32_t list = add(Node::Kind::list, {});
  ++at_;
  std::uint32_t last = 0;
  for (skip_blanks(); at_ < end_ && *at_ != ')'; skip_blanks()) {
    const std::uint32_t item = parse_value();
    (last == 0 ? nodes_[list].first : nodes_[last].next) = item;
    last = item;
  }
  if (at_ == end_) broken();
  ++at_;
  return list;
}

std::uint32_t NodeTree::parse_object() {
  ++at_;
  skip_blanks();
  if (at_ < end_ && *at_ == '}') broken();
  const std::uint32_t object = add(Node::Kind::object, take_token());
  std::uint32_t last_field = 0;
  for (skip_blanks(); at_ < end_ && *at_ != '}'; skip_blanks()) {
    if (*at_ != ':') broken();
    ++at_;
    const std::uint32_t field = add(Node::Kind::field, take_token());
    (last_field == 0 ? nodes_[object].first : nodes_[last_field].next) = field;
    last_field = field;
    skip_blanks();
    if (at_ == end_) broken();
    // The first value may itself begin with a colon (a name); a constant's bytes follow their length.
    std::uint32_t last = parse_value();
    nodes_[field].first = last;
    for (skip_blanks(); at_ < end_ && *at_ != ':' && *at_ != '}'; skip_blanks()) {
      const std::uint32_t more = parse_value();
      nodes_[last].next = more;
      last = more;
    }
  }
  if (at_ == end_) broken();
  ++at_;
  return object;
}

std::uint32_t NodeTree::parse_value() {
  watch_->descend();
  skip_blanks();
  if (at_ == end_) broken();
  if (*at_ == '{') return parse_object();
  if (*at_ == '(') return parse_list();
  return add(Node::Kind::token, take_token());
}

std::uint32_t NodeTree::parse(std::string_view text) {
  nodes_.clear();
  at_ = text.data();
  end_ = at_ + text.size();
  add(Node::Kind::token, {});  // index 0 means none
  const std::uint32_t root = parse_value();
  skip_blanks();
  if (at_ != end_) broken();
  return root;
}

std::uint32_t NodeTree::value(std::uint32_t object, std::string_view field) const {
  for (std::uint32_t f = nodes_[object].first; f != 0; f = nodes_[f].next)
    if (nodes_[f].text == field) return nodes_[f].first;
  return 0;
}

std::string_view NodeTree::token(std::uint32_t object, std::string_view field) const {
  const Node &node = nodes_[value(object, field)];
  return node.kind == Node::Kind::token ? node.text : std::string_view{};
}

std::int64_t NodeTree::number(std::uint32_t object, std::string_view field) const { return to_number(token(object, field)); }

std::int64_t to_number(std::string_view token) {
  std::int64_t number = 0;
  std::from_chars(token.data(), token.data() + token.size(), number);
  return number;
}

}  // namespace proapp::core
