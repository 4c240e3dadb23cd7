#include "core/term.hpp"

#include <algorithm>

namespace proapp::core {

using Kind = Term::Kind;

static constexpr Oid boolean_type = 16;

struct TermReader::Level {
  explicit Level(Arena &arena) : sources(arena), joins(arena), names(arena), ctes(arena) {}
  Vector<Source> sources;
  Vector<TreeText> joins;          // for each source: of a join, the list of what its columns stand for
  Vector<std::string_view> names;  // of the CTEs
  Vector<const Query *> ctes;
};

const Term *TermReader::expression(std::string_view text, Oid relation) {
  text_ = TreeText(text);
  relation_ = relation;
  depth_ = 0;
  return value();
}

std::span<const Term *const> TermReader::expressions(std::string_view text, Oid relation) {
  relation_ = relation;
  depth_ = 0;
  return parts(TreeText(text));
}

std::span<const Query *const> TermReader::queries(std::string_view text) {
  relation_ = 0;
  depth_ = 0;
  auto &found = arena_.make<Vector<const Query *>>(arena_);
  TreeText at(text);
  read_queries(at, found);
  return {found.data(), found.size()};
}

// One query, or a list of them; the body of a function is a list of lists.
void TermReader::read_queries(TreeText &at, Vector<const Query *> &into) {
  if (at.peek() != '(') {
    if (at.at_object("QUERY")) into.push_back(query(at));
    at.skip_value();
    return;
  }
  at.take('(');
  while (at.peek() != ')') read_queries(at, into);
  at.take(')');
}

// The value at text_, which is stepped over.
const Term *TermReader::value() {
  watch_.descend();
  switch (text_.peek()) {
    case '{':
      return object();
    case '(':
      return make({.kind = Kind::other, .arguments = list()});
    default:
      text_.token();
      return make({});
  }
}

std::span<const Term *const> TermReader::list() {
  auto &found = arena_.make<Vector<const Term *>>(arena_);
  text_.take('(');
  while (text_.peek() != ')') {
    if (text_.peek() == '{')
      found.push_back(value());
    else
      text_.skip_value();
  }
  text_.take(')');
  return {found.data(), found.size()};
}

const Term *TermReader::part(TreeText at) {
  if (at.peek() != '{') return make({});
  const TreeText after = text_;
  text_ = at;
  const Term *found = value();
  text_ = after;
  return found;
}

std::span<const Term *const> TermReader::parts(TreeText at) {
  if (at.peek() != '(') return {};
  const TreeText after = text_;
  text_ = at;
  const auto found = list();
  text_ = after;
  return found;
}

// All objects in the fields of one.
void TermReader::gather(const TreeNode &node, Vector<const Term *> &into) {
  node.each([&](TreeText at) {
    do {
      if (at.peek() == '{') {
        into.push_back(part(at));
      } else if (at.peek() == '(') {
        for (const Term *term : parts(at)) into.push_back(term);
      }
      at.skip_value();
    } while (at.more_values());
  });
}

static Oid oid(const TreeNode &node, std::string_view field) { return static_cast<Oid>(node.number(field)); }
static int number(const TreeNode &node, std::string_view field) { return static_cast<int>(node.number(field)); }

const Term *TermReader::unary(Term term, TreeText argument) {
  auto &arguments = arena_.make<Vector<const Term *>>(arena_);
  arguments.push_back(part(argument));
  term.arguments = {arguments.data(), arguments.size()};
  return make(term);
}

const Term *TermReader::object() {
  const TreeNode node(text_, fields_);
  text_ = node.after();
  const std::string_view type = node.type();
  if (type == "VAR") return variable(node);
  if (type == "CONST") return constant(node);
  if (type == "FUNCEXPR") return make({.kind = Kind::call, .id = oid(node, "funcid"), .type = oid(node, "funcresulttype"), .arguments = parts(node.field("args"))});
  if (type == "OPEXPR" || type == "DISTINCTEXPR" || type == "NULLIFEXPR")
    return make({.kind = type == "NULLIFEXPR" ? Kind::other : Kind::operation,
                 .id = oid(node, "opno"),
                 .type = oid(node, "opresulttype"),
                 .number = type == "DISTINCTEXPR" ? 3 : 0,
                 .arguments = parts(node.field("args"))});
  if (type == "SCALARARRAYOPEXPR")
    return make({.kind = Kind::operation, .id = oid(node, "opno"), .type = boolean_type, .number = node.token("useOr") == "true" ? 1 : 2, .arguments = parts(node.field("args"))});
  if (type == "BOOLEXPR") {
    const std::string_view operation = node.token("boolop");
    return make({.kind = operation == "and" ? Kind::all : operation == "or" ? Kind::any : Kind::negation, .type = boolean_type, .arguments = parts(node.field("args"))});
  }
  if (type == "NULLTEST") return unary({.kind = number(node, "nulltesttype") == 0 ? Kind::is_null : Kind::is_not_null, .type = boolean_type}, node.field("arg"));
  if (type == "BOOLEANTEST") return unary({.kind = Kind::boolean_test, .type = boolean_type, .number = number(node, "booltesttype")}, node.field("arg"));
  if (type == "COALESCE" || type == "COALESCEEXPR") return make({.kind = Kind::coalesce, .type = oid(node, "coalescetype"), .arguments = parts(node.field("args"))});
  if (type == "CASE" || type == "CASEEXPR") return choice(node);
  if (type == "RELABELTYPE" || type == "COERCEVIAIO" || type == "COERCETODOMAIN" || type == "ARRAYCOERCEEXPR" || type == "CONVERTROWTYPEEXPR")
    return unary({.kind = Kind::cast, .type = oid(node, "resulttype")}, node.field("arg"));
  if (type == "COLLATE" || type == "COLLATEEXPR") return unary({.kind = Kind::cast, .type = oid(node, "resulttype")}, node.field("arg"));
  if (type == "SQLVALUEFUNCTION") return make({.kind = Kind::session_value, .type = oid(node, "type"), .number = number(node, "op")});
  if (type == "ARRAY" || type == "ARRAYEXPR") return make({.kind = Kind::array, .type = oid(node, "array_typeid"), .arguments = parts(node.field("elements"))});
  if (type == "PARAM") return make({.kind = Kind::parameter, .type = oid(node, "paramtype"), .number = number(node, "paramid")});
  if (type == "SUBLINK") return sub_link(node);
  if (type == "TARGETENTRY") return part(node.field("expr"));
  if (type == "QUERY") {
    const Query *found = query(node);
    return make({.kind = Kind::sub_select, .number = 4, .query = found});
  }
  auto &arguments = arena_.make<Vector<const Term *>>(arena_);
  gather(node, arguments);
  return make({.kind = Kind::other, .arguments = {arguments.data(), arguments.size()}});
}

const Term *TermReader::choice(const TreeNode &node) {
  auto &arguments = arena_.make<Vector<const Term *>>(arena_);
  TreeText whens = node.field("args");
  if (whens.peek() == '(') {
    whens.take('(');
    while (whens.peek() != ')') {
      if (whens.peek() != '{') {
        whens.skip_value();
        continue;
      }
      const TreeNode when(whens, fields_);
      arguments.push_back(part(when.field("expr")));
      arguments.push_back(part(when.field("result")));
      whens = when.after();
    }
  }
  arguments.push_back(part(node.field("defresult")));
  return make({.kind = Kind::choice, .type = oid(node, "casetype"), .arguments = {arguments.data(), arguments.size()}});
}

const Term *TermReader::sub_link(const TreeNode &node) {
  Term term = {.kind = Kind::sub_select, .number = number(node, "subLinkType")};
  const TreeText test = node.field("testexpr");
  if (TreeText(test).at_object("OPEXPR")) {
    const Term *comparison = part(test);
    term.id = comparison->id;
    term.arguments = comparison->arguments.first(comparison->arguments.empty() ? 0 : 1);
  }
  term.query = query(node.field("subselect"));
  term.type = term.number == 4 && !term.query->targets.empty() ? term.query->targets[0]->type : boolean_type;
  return make(term);
}

// ---- columns ----

const Term *TermReader::variable(const TreeNode &node) {
  const auto up = static_cast<std::size_t>(to_number(node.token("varlevelsup")));
  const int source = number(node, "varno"), column = number(node, "varattno");
  const Oid type = oid(node, "vartype");
  if (up >= depth_) return make({.kind = Kind::column, .id = relation_, .type = type, .number = column});
  return resolve(depth_ - 1 - up, source, column, type);
}

const Term *TermReader::resolve(std::size_t at, int source, int column, Oid type) {
  Level &level = *levels_[at];
  if (source <= 0 || static_cast<std::size_t>(source) > level.sources.size()) return make({.type = type});
  const Source from = level.sources[static_cast<std::size_t>(source) - 1];
  if (from.kind == Source::Kind::relation) return make({.kind = Kind::column, .id = from.relation, .type = type, .number = column});
  if (from.kind == Source::Kind::sub_select && from.query != nullptr && column > 0 && static_cast<std::size_t>(column) <= from.query->targets.size())
    return from.query->targets[static_cast<std::size_t>(column) - 1];
  if (from.kind == Source::Kind::function && from.function != nullptr) {
    auto &arguments = arena_.make<Vector<const Term *>>(arena_);
    arguments.push_back(from.function);
    return make({.kind = Kind::other, .type = type, .arguments = {arguments.data(), arguments.size()}});
  }
  TreeText columns = level.joins[static_cast<std::size_t>(source) - 1];
  if (from.kind == Source::Kind::join && column > 0 && columns.peek() == '(') {
    columns.take('(');
    for (int i = 1; i < column && columns.peek() != ')'; ++i) columns.skip_value();
    if (columns.peek() == '{') {
      // It speaks of the join's own level.
      watch_.descend();
      const std::size_t depth = depth_;
      depth_ = at + 1;
      const Term *found = part(columns);
      depth_ = depth;
      return found;
    }
  }
  return make({.type = type});
}

// ---- queries ----

static Source::Kind source_kind(int rtekind) {
  switch (rtekind) {
    case 0:
      return Source::Kind::relation;
    case 1:
    case 6:
      return Source::Kind::sub_select;
    case 2:
      return Source::Kind::join;
    case 3:
      return Source::Kind::function;
    default:
      return Source::Kind::other;
  }
}

void TermReader::read_ctes(TreeText list, Level &level) {
  if (list.peek() != '(') return;
  list.take('(');
  while (list.peek() != ')') {
    const TreeNode cte(list, fields_);
    level.names.push_back(cte.token("ctename"));
    level.ctes.push_back(nullptr);  // which a recursive one sees of itself
    TreeText inner = cte.field("ctequery");
    const Query *found = inner.at_object("QUERY") ? query(inner) : nullptr;
    level.ctes.back() = found;
    list = cte.after();
  }
}

// What a reference to a CTE reads; null for one that is not known, or not yet.
const Query *TermReader::cte_of(const TreeNode &source) const {
  const auto up = static_cast<std::size_t>(source.number("ctelevelsup"));
  if (up >= depth_) return nullptr;
  const Level &level = *levels_[depth_ - 1 - up];
  const std::string_view name = source.token("ctename");
  const Query *found = nullptr;
  for (std::size_t i = 0; i < level.names.size(); ++i)
    if (level.names[i] == name) found = level.ctes[i];
  return found;
}

void TermReader::read_sources(TreeText list, Level &level) {
  if (list.peek() != '(') return;
  list.take('(');
  while (list.peek() != ')') {
    const TreeNode node(list, fields_);
    Source source;
    source.kind = source_kind(number(node, "rtekind"));
    level.sources.push_back({});
    level.joins.push_back(node.field("joinaliasvars"));
    const std::size_t at = level.sources.size() - 1;
    if (source.kind == Source::Kind::relation) source.relation = oid(node, "relid");
    TreeText inner = node.field("subquery");
    if (inner.at_object("QUERY"))
      source.query = query(inner);
    else if (source.kind == Source::Kind::sub_select)
      source.query = cte_of(node);
    const auto functions = parts(node.field("functions"));
    if (!functions.empty()) source.function = functions[0]->arguments.empty() ? functions[0] : functions[0]->arguments[0];
    level.sources[at] = source;
    list = node.after();
  }
}

// The quals of a FROMEXPR or JOINEXPR and of what it joins.
void TermReader::read_conditions(TreeText at, Vector<const Term *> &into) {
  if (at.peek() != '{') return;
  watch_.descend();
  const TreeNode node(at, fields_);
  if (TreeText quals = node.field("quals"); quals.peek() == '{') into.push_back(part(quals));
  TreeText list = node.field("fromlist");
  if (list.peek() == '(') {
    list.take('(');
    while (list.peek() != ')') {
      read_conditions(list, into);
      list.skip_value();
    }
  }
  read_conditions(node.field("larg"), into);
  read_conditions(node.field("rarg"), into);
}

// A column of UNION and the like comes from each branch, not from the first alone.
std::span<const Term *const> TermReader::of_all_branches(std::span<const Source> branches, std::span<const Term *const> first) {
  auto &found = arena_.make<Vector<const Term *>>(arena_);
  for (std::size_t column = 0; column < first.size(); ++column) {
    auto &arguments = arena_.make<Vector<const Term *>>(arena_);
    for (const Source &branch : branches)
      if (branch.query != nullptr && column < branch.query->targets.size()) arguments.push_back(branch.query->targets[column]);
    found.push_back(make({.kind = Kind::other, .type = first[column]->type, .arguments = {arguments.data(), arguments.size()}}));
  }
  return {found.data(), found.size()};
}

// As many as list() finds terms.
std::span<const std::int16_t> TermReader::read_columns(TreeText list) {
  auto &found = arena_.make<Vector<std::int16_t>>(arena_);
  if (list.peek() != '(') return {};
  list.take('(');
  while (list.peek() != ')') {
    if (list.peek() == '{') found.push_back(static_cast<std::int16_t>(to_number(list.field_token("resno"))));
    list.skip_value();
  }
  return {found.data(), found.size()};
}

const Query *TermReader::query(const TreeNode &node) {
  watch_.descend();
  Level &level = arena_.make<Level>(arena_);
  if (depth_ == levels_.size()) levels_.push_back(&level);
  Level *const above = levels_[depth_];
  levels_[depth_] = &level;
  ++depth_;

  auto &conditions = arena_.make<Vector<const Term *>>(arena_);
  Query found;
  found.command = number(node, "commandType");
  found.for_update = TreeText(node.field("rowMarks")).peek() == '(';
  read_ctes(node.field("cteList"), level);
  read_sources(node.field("rtable"), level);
  const auto target = static_cast<std::size_t>(number(node, "resultRelation"));
  if (target > 0 && target <= level.sources.size()) found.target = level.sources[target - 1].relation;
  read_conditions(node.field("jointree"), conditions);
  if (TreeText having = node.field("havingQual"); having.peek() == '{') conditions.push_back(part(having));
  found.targets = parts(node.field("targetList"));
  if (TreeText(node.field("setOperations")).peek() == '{') found.targets = of_all_branches(level.sources.span(), found.targets);
  if (found.command != 1) found.columns = read_columns(node.field("targetList"));
  found.sources = {level.sources.data(), level.sources.size()};
  found.conditions = {conditions.data(), conditions.size()};
  found.parts = {level.ctes.data(), level.ctes.size()};

  --depth_;
  levels_[depth_] = above;
  return &arena_.make<Query>(found);
}

// ---- constants ----

const Term &essence(const Term &term) {
  const Term *inner = &bare(term);
  while (inner->kind == Kind::sub_select && inner->number == 4 && inner->query != nullptr && inner->query->sources.empty() && inner->query->targets.size() == 1)
    inner = &bare(*inner->query->targets[0]);
  return *inner;
}

}  // namespace proapp::core
