// The canonical form of a stored expression: equal for expressions that mean the same in any database, whatever OIDs, column numbers,
// creation order or number of dumps and restores lie between. Types, functions, operators, columns and enum values stand by name;
// positions in the source text, print formats and derived fields are left out; nested AND and OR are flattened.
#pragma once
#include "core/digest.hpp"
#include "core/names.hpp"
#include "core/tree_fields.hpp"
#include "core/tree_text.hpp"
#include "core/watch.hpp"

namespace proapp::core {

class Expressions {
 public:
  Expressions(Arena &arena, const Names &names, const Watch &watch) : arena_(arena), names_(names), watch_(watch), bytes_(arena), levels_(arena), free_levels_(arena) {}

  // The digest of the expression that `text` stores. Its plain columns are those of `relation`; 0: it has none.
  Digest digest(std::string_view text, Oid relation) {
    text_ = TreeText(text);
    return digest_value(relation);
  }

  // A column's default: without the conversion to the column's type that PostgreSQL put around it, which is the column's fact.
  Digest default_digest(std::string_view text, Oid relation) {
    text_ = TreeText(text);
    step_into_conversion();
    return digest_value(relation);
  }

  // The same for each expression of a stored list.
  template <class Take>
  void each(std::string_view text, Oid relation, Take take, bool nameless = false) {
    text_ = TreeText(text);
    text_.take('(');
    while (text_.peek() != ')') take(digest_value(relation, nameless));
  }

  // For a view's stored action: the names of the topmost columns are left out, because the view's columns carry them.
  template <class Take>
  void each_query(std::string_view text, Take take) {
    each(text, 0, take, true);
  }

 private:
  // What a query reads from: one entry of its range table.
  struct Source {
    int kind = -1;  // PostgreSQL's RTEKind
    Oid relation = 0;
    TreeText join_columns;  // of a join: the list of what its columns stand for
    TreeText functions;     // of functions: the list of them
    TreeText names;         // of its columns, as the query knows them
  };
  using Level = Vector<Source>;

  Digest digest_value(Oid relation, bool nameless = false);
  void step_into_conversion();
  void write_value();
  void write_object();
  void write_fields();
  void write_field(std::string_view name);
  void write_names(TreeField kind);
  void write_query(const TreeText &query);
  void write_target_list();
  void write_target();
  void write_range_table(Level &level, bool nameless);
  void write_source(Source &source, bool nameless);
  void write_variable();
  void write_column(std::size_t level, int source, int attribute);
  void write_function_column(TreeText functions, int attribute);
  void write_row(Oid relation);
  Source source_at(std::size_t level, int number) const;
  void write_names_of(std::size_t level, int number);
  void write_member_selection(const TreeText &selection);
  void write_member_assignment(const TreeText &assignment);
  void write_member(Oid relation, int attribute);
  Oid row_relation(Oid type) const;
  void write_constant();
  void write_condition(bool flattened);
  bool write_array_cast();
  void name(TreeField kind, Oid oid);

  Arena &arena_;
  const Names &names_;
  const Watch &watch_;
  TreeText text_;
  Bytes bytes_;
  Vector<Level *> levels_;  // of the queries that enclose the current value, outermost first
  Vector<Level *> free_levels_;
  std::size_t depth_ = 0;    // how many of levels_ count: fewer while a join's column is followed to its source
  std::size_t nesting_ = 0;  // of objects
  Oid relation_ = 0;
  TreeText element_;  // what a CASETESTEXPR stands for while a cast is pushed into an array's elements
  bool has_element_ = false;
  Oid target_ = 0;         // the relation whose columns the next target entries assign to; 0: they make columns of a result
  bool nameless_ = false;  // the next query's columns have their names from elsewhere
};

}  // namespace proapp::core
