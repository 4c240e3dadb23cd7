// A stored expression as a tree to reason about: what a policy compares with what, through joins, sub-selects and CTEs down to the columns of tables.
// Casts, collations and the like stay visible as `cast`; what no rule asks about is `other` and keeps its parts.
#pragma once
#include "core/oid_map.hpp"
#include "core/tree_node.hpp"
#include "core/watch.hpp"

#include <cstdint>
#include <span>
#include <string_view>

namespace proapp::core {

struct Query;

struct Term {
  enum class Kind {
    column,         // `id` is the relation, `number` the column; 0 the whole row, below 0 a system column
    constant,       // null where `text` is empty and is_null; `text` of texts, booleans, uuids and integers
    call,           // of function `id`
    operation,      // operator `id`; two arguments, or one; `number` 1 for ANY (array), 2 for ALL (array), 3 for IS DISTINCT FROM
    all,            // AND
    any,            // OR
    negation,       // NOT
    is_null,        //
    is_not_null,    //
    boolean_test,   // `number` is PostgreSQL's BoolTestType: 0 IS TRUE, 1 IS NOT TRUE, 2 IS FALSE, 3 IS NOT FALSE, 4 IS UNKNOWN, 5 IS NOT UNKNOWN
    coalesce,       //
    choice,         // CASE: condition, result, condition, result, …, and the default
    cast,           // to `type`
    session_value,  // CURRENT_USER and its kin: `number` is PostgreSQL's SQLValueFunctionOp
    array,          // ARRAY[…]
    sub_select,     // `number` is PostgreSQL's SubLinkType: 0 EXISTS, 1 ALL, 2 ANY, 4 scalar, 6 ARRAY; the argument, where there is one, is the left side of the comparison `id`
    parameter,      // `number` of a function's argument
    other           // with a type and several arguments: one of them, as UNION and NULLIF give it
  } kind = Kind::other;
  Oid id = 0;
  Oid type = 0;
  int number = 0;
  bool is_null = false;
  std::string_view text = {};
  std::span<const Term *const> arguments = {};
  const Query *query = nullptr;
};

struct Source {
  enum class Kind { relation, sub_select, function, join, other } kind = Kind::other;
  Oid relation = 0;
  const Query *query = nullptr;
  const Term *function = nullptr;
};

struct Query {
  int command = 1;  // PostgreSQL's CmdType: 1 SELECT, 2 UPDATE, 3 INSERT, 4 DELETE
  Oid target = 0;   // the relation that is changed
  bool for_update = false;
  std::span<const Source> sources;
  std::span<const Term *const> conditions;  // of WHERE, JOIN … ON and HAVING; all hold for every row that an inner join gives
  std::span<const Term *const> targets;     // in their order
  std::span<const std::int16_t> columns;    // of INSERT and UPDATE: for each of them the target's column
  std::span<const Query *const> parts;      // CTEs
};

// Reads trees; `relation` is what plain columns belong to. Throws as TreeText does, 54001 for what is nested too deeply, std::bad_alloc.
class TermReader {
 public:
  TermReader(Arena &arena, const Watch &watch) : arena_(arena), watch_(watch), levels_(arena), fields_(arena) {}
  const Term *expression(std::string_view text, Oid relation);
  std::span<const Term *const> expressions(std::string_view text, Oid relation);  // of a stored list
  std::span<const Query *const> queries(std::string_view text);                   // of a view's or function's stored list of queries

 private:
  struct Level;
  const Term *value();
  const Term *object();
  std::span<const Term *const> list();
  const Term *make(const Term &term) { return &arena_.make<Term>(term); }
  const Term *unary(Term term, TreeText argument);
  const Term *part(TreeText at);
  std::span<const Term *const> parts(TreeText at);
  void gather(const TreeNode &node, Vector<const Term *> &into);
  const Term *variable(const TreeNode &node);
  const Term *resolve(std::size_t level, int source, int number, Oid type);
  const Term *constant(const TreeNode &node);
  const Term *sub_link(const TreeNode &node);
  const Term *choice(const TreeNode &node);
  const Query *query(const TreeNode &node);
  const Query *query(TreeText at) { return query(TreeNode(at, fields_)); }
  void read_queries(TreeText &at, Vector<const Query *> &into);
  void read_sources(TreeText list, Level &level);
  void read_ctes(TreeText list, Level &level);
  const Query *cte_of(const TreeNode &source) const;
  void read_conditions(TreeText at, Vector<const Term *> &into);
  std::span<const std::int16_t> read_columns(TreeText list);
  std::span<const Term *const> of_all_branches(std::span<const Source> branches, std::span<const Term *const> first);

  Arena &arena_;
  const Watch &watch_;
  TreeText text_;
  Vector<Level *> levels_;  // of the queries around the current value, outermost first
  Vector<TreeNode::Field> fields_;
  std::size_t depth_ = 0;
  Oid relation_ = 0;
};

// Calls `visit(const Term &)` for a term and all its parts, those of sub-selects too, until one answers true; whether one did.
template <class Visit>
bool any_part(const Term &term, const Visit &visit);
template <class Visit>
bool any_part(const Query &query, const Visit &visit) {
  for (const Term *term : query.conditions)
    if (any_part(*term, visit)) return true;
  for (const Term *term : query.targets)
    if (any_part(*term, visit)) return true;
  for (const Source &source : query.sources) {
    if (source.query != nullptr && any_part(*source.query, visit)) return true;
    if (source.function != nullptr && any_part(*source.function, visit)) return true;
  }
  for (const Query *part : query.parts)
    if (any_part(*part, visit)) return true;
  return false;
}
template <class Visit>
bool any_part(const Term &term, const Visit &visit) {
  if (visit(term)) return true;
  for (const Term *argument : term.arguments)
    if (any_part(*argument, visit)) return true;
  return term.query != nullptr && any_part(*term.query, visit);
}

// Without the casts around it.
inline const Term &bare(const Term &term) {
  const Term *inner = &term;
  while (inner->kind == Term::Kind::cast && inner->arguments.size() == 1) inner = inner->arguments[0];
  return *inner;
}

// `(select f())` is f(): a scalar sub-select that reads from nothing, and casts, are looked through.
const Term &essence(const Term &term);

}  // namespace proapp::core
