// An object of a stored expression with all its fields at hand: read once, whatever is asked of it afterwards.
#pragma once
#include "core/arena.hpp"
#include "core/tree_text.hpp"

#include <string_view>

namespace proapp::core {

class TreeNode {
 public:
  struct Field {
    std::string_view name;
    TreeText value;
  };
  // `fields` is a stack that nodes of one reader share, the innermost last: a node takes its own off again.
  TreeNode(TreeText at, Vector<Field> &fields) : fields_(fields), first_(fields.size()), start_(at) {
    type_ = at.open_object();
    for (std::string_view name = at.next_field(); !name.empty(); name = at.next_field()) {
      fields_.push_back({name, at});
      at.skip_values();
    }
    count_ = fields_.size() - first_;
    after_ = at;
  }
  ~TreeNode() { fields_.resize(first_); }
  TreeNode(const TreeNode &) = delete;
  TreeNode &operator=(const TreeNode &) = delete;

  std::string_view type() const { return type_; }
  TreeText start() const { return start_; }
  TreeText after() const { return after_; }
  // At the field's value; at the end of everything where there is no such field.
  TreeText field(std::string_view name) const {
    for (std::size_t i = first_; i < first_ + count_; ++i)
      if (fields_[i].name == name) return fields_[i].value;
    return {};
  }
  // Nothing for a list or an object.
  std::string_view token(std::string_view name) const {
    TreeText value = field(name);
    const char c = value.peek();
    return c == '\0' || c == '{' || c == '(' ? std::string_view{} : value.token();
  }
  // Calls `visit(value)` with a cursor at each field's value.
  template <class Visit>
  void each(Visit visit) const {
    for (std::size_t i = first_; i < first_ + count_; ++i) visit(fields_[i].value);
  }
  std::int64_t number(std::string_view name) const { return to_number(token(name)); }

 private:
  Vector<Field> &fields_;
  std::size_t first_, count_ = 0;
  std::string_view type_;
  TreeText start_, after_;
};

}  // namespace proapp::core
