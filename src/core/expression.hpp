// The canonical form of a stored expression: equal for expressions that mean the same in any database, whatever OIDs, column numbers,
// creation order or number of dumps and restores lie between. Types, functions, operators, columns and enum values stand by name;
// positions in the source text, print formats and derived fields are left out; nested AND and OR are flattened.
#pragma once
#include "core/digest.hpp"
#include "core/names.hpp"
#include "core/node_tree.hpp"

namespace proapp::core {

class Expressions {
 public:
  Expressions(Arena &arena, const Names &names, const Watch &watch) : names_(names), watch_(watch), tree_(arena, watch), bytes_(arena), levels_(arena) {}

  // The digest of the expression that `text` stores. Its plain columns are those of `relation`; 0: it has none.
  Digest digest(std::string_view text, Oid relation) { return digest_node(tree_.parse(text), relation); }

  // A column's default: without the conversion to the column's type that PostgreSQL put around it, which is the column's fact.
  Digest default_digest(std::string_view text, Oid relation) { return digest_node(without_conversion(tree_.parse(text)), relation); }

  // The same for each expression of a stored list.
  template <class Take>
  void each(std::string_view text, Oid relation, Take take) {
    const std::uint32_t list = tree_.parse(text);
    for (std::uint32_t item = tree_[list].first; item != 0; item = tree_[item].next) take(digest_node(item, relation));
  }

  // For a view's stored action: the names of the topmost columns are left out, because the view's columns carry them.
  template <class Take>
  void each_query(std::string_view text, Take take) {
    drop_names_ = true;
    each(text, 0, take);
    drop_names_ = false;
  }

 private:
  Digest digest_node(std::uint32_t node, Oid relation);
  std::uint32_t without_conversion(std::uint32_t node) const;
  void write(std::uint32_t node);
  void write_children(std::uint32_t first);
  void write_object(std::uint32_t node);
  void write_field(std::uint32_t field);
  void write_query(std::uint32_t query);
  void write_targets(std::uint32_t field);
  bool write_row(std::uint32_t node);
  Oid row_type(std::uint32_t node) const;
  std::string_view field_name(Oid type, int number) const;
  void write_variable(std::uint32_t variable);
  void write_constant(std::uint32_t constant);
  void write_condition(std::uint32_t node, std::string_view operation);
  bool write_array_cast(std::uint32_t cast);
  void write_range_table_variable(std::uint32_t entry, int number, std::size_t level);
  bool write_named_value(Oid type, std::string_view bytes);
  void name(char tag, Oid oid, const std::string_view *found);

  const Names &names_;
  const Watch &watch_;
  NodeTree tree_;
  Bytes bytes_;
  Vector<std::uint32_t> levels_;  // the range tables of the queries that enclose the current node, outermost first
  std::size_t depth_ = 0;         // how many of them count: fewer while a join's column is followed to its source
  Oid relation_ = 0;
  Oid target_ = 0;                 // the relation that the current query writes to; 0: none
  std::uint32_t placeholder_ = 0;  // what a CASETESTEXPR stands for while a cast is pushed into an array's elements
  bool drop_names_ = false;
};

}  // namespace proapp::core
