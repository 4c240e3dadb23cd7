#include "core/expression.hpp"

#include "core/constant.hpp"

namespace proapp::core {

static constexpr int relation_source = 0, join_source = 2, function_source = 3;  // PostgreSQL's RTEKind
static constexpr int update_command = 2, insert_command = 3;                     // CmdType
static constexpr Oid record_type = 2249;

Digest Expressions::digest_value(Oid relation, bool nameless) {
  bytes_.clear();
  levels_.clear();
  depth_ = nesting_ = 0;
  has_element_ = false;
  relation_ = relation;
  target_ = 0;
  nameless_ = nameless;
  write_value();
  return sha256(bytes_.view());
}

void Expressions::step_into_conversion() {
  constexpr std::string_view implicit = "2";  // COERCE_IMPLICIT_CAST of PostgreSQL's CoercionForm
  for (;;) {
    if (text_.at_object("FUNCEXPR") && text_.field_token("funcformat") == implicit) {
      TreeText arguments = text_.field("args");
      if (arguments.peek() != '(') return;
      arguments.take('(');
      text_ = arguments;
    } else if (text_.at_object("RELABELTYPE") && text_.field_token("relabelformat") == implicit) {
      text_ = text_.field("arg");
    } else if (text_.at_object("COERCETODOMAIN") && text_.field_token("coercionformat") == implicit) {
      text_ = text_.field("arg");
    } else {
      return;
    }
  }
}

void Expressions::write_value() {
  switch (text_.peek()) {
    case '{':
      if ((++nesting_ & 7) == 0) watch_.descend();
      write_object();
      --nesting_;
      break;
    case '(':
      if ((++nesting_ & 7) == 0) watch_.descend();
      text_.take('(');
      bytes_.raw('(');
      while (text_.peek() != ')') write_value();
      text_.take(')');
      bytes_.raw(')');
      --nesting_;
      break;
    default:
      bytes_.field(text_.token());
  }
}

void Expressions::write_object() {
  if (text_.at_object("ARRAYCOERCEEXPR") && write_array_cast()) return;
  if (text_.at_object("BOOLEXPR")) return write_condition(false);
  const TreeText object = text_;
  const std::string_view type = text_.open_object();
  if (type == "VAR") return write_variable();
  if (type == "CONST") return write_constant();
  if (type == "QUERY") return write_query(object);
  if (type == "TARGETENTRY" && target_ != 0) return write_target();
  if (type == "FIELDSELECT") return write_member_selection(object);
  if (type == "FIELDSTORE") return write_member_assignment(object);
  if (type == "ROWEXPR") {
    const Oid relation = row_relation(static_cast<Oid>(to_number(object.field_token("row_typeid"))));
    if (relation != 0) return write_row(relation);
  }
  if (type == "CASETESTEXPR" && has_element_) {
    text_.skip_fields();
    const TreeText after = text_;
    text_ = element_;
    has_element_ = false;
    write_value();
    has_element_ = true;
    text_ = after;
    return;
  }
  bytes_.raw('{').raw(type);
  write_fields();
  bytes_.raw('}');
}

void Expressions::write_fields() {
  for (std::string_view field = text_.next_field(); !field.empty(); field = text_.next_field()) write_field(field);
}

void Expressions::write_field(std::string_view field) {
  const TreeField kind = tree_field(field);
  if (kind == TreeField::drop) return text_.skip_values();
  const char first = text_.peek();
  if (first != '{' && first != '(') {
    // Nothing, no and none are what most fields say; left out, they cost nothing.
    const std::string_view value = text_.token();
    if ((value == "<>" || value == "false" || value == "0") && !text_.more_values()) return;
    bytes_.raw(':').raw(field).raw(' ');
    kind == TreeField::plain ? void(bytes_.field(value)) : name(kind, static_cast<Oid>(to_number(value)));
  } else {
    bytes_.raw(':').raw(field).raw(' ');
    kind == TreeField::plain ? write_value() : write_names(kind);
  }
  while (text_.more_values()) write_value();
}

// A list of OIDs after the letter o; some node types have expressions in fields of such names.
void Expressions::write_names(TreeField kind) {
  if (text_.peek() == '{') return write_value();
  text_.take('(');
  while (text_.peek() != ')') {
    if (text_.peek() == '{') {
      write_value();
    } else {
      name(kind, static_cast<Oid>(to_number(text_.token())));
    }
  }
  text_.take(')');
}

template <class Found>
static const std::string_view *identity(const Found *found) {
  return found == nullptr ? nullptr : &found->identity;
}

void Expressions::name(TreeField kind, Oid oid) {
  if (oid == 0) return;  // none
  const std::string_view *found = nullptr;
  switch (kind) {
    case TreeField::type:
      found = identity(names_.types.find(oid));
      break;
    case TreeField::function:
      found = names_.functions.find(oid);
      break;
    case TreeField::operation:
      found = names_.operators.find(oid);
      break;
    case TreeField::collation:
      found = names_.collations.find(oid);
      break;
    case TreeField::relation:
      found = identity(names_.relations.find(oid));
      break;
    case TreeField::family:
      found = names_.operator_families.find(oid);
      break;
    case TreeField::operator_class:
      found = names_.others.find(oid);
      break;
    case TreeField::given:
      bytes_.raw('!');
      return;
    case TreeField::plain:
    case TreeField::drop:
      break;
  }
  if (found != nullptr)
    bytes_.field(*found);
  else
    bytes_.raw('?').number(oid).raw(';');
}

// (a AND b) AND c is a AND b AND c: of a `flattened` one only the arguments are written.
void Expressions::write_condition(bool flattened) {
  const std::string_view operation = text_.field_token("boolop");
  text_.open_object();
  if (!flattened) bytes_.raw("{BOOLEXPR ").raw(operation);
  for (std::string_view field = text_.next_field(); !field.empty(); field = text_.next_field()) {
    if (field != "args" || text_.peek() != '(') {
      text_.skip_values();
      continue;
    }
    text_.take('(');
    while (text_.peek() != ')') {
      const bool same = operation != "not" && text_.at_object("BOOLEXPR") && text_.field_token("boolop") == operation;
      if (same) {
        watch_.descend();
        write_condition(true);
      } else {
        write_value();
      }
    }
    text_.take(')');
  }
  if (!flattened) bytes_.raw('}');
}

// ---- queries and columns ----

void Expressions::write_query(const TreeText &query) {
  if (free_levels_.empty()) free_levels_.push_back(&arena_.make<Level>(arena_));
  Level *level = free_levels_.back();
  free_levels_.pop_back();
  level->clear();
  // While a join's column is followed to its source, deeper levels stand above this one and come back afterwards.
  Level *above = depth_ < levels_.size() ? levels_[depth_] : nullptr;
  if (above != nullptr)
    levels_[depth_] = level;
  else
    levels_.push_back(level);
  ++depth_;
  const bool nameless = nameless_;
  nameless_ = false;
  const Oid outer_target = target_;
  std::int64_t command = 0, result = 0;
  bytes_.raw("{QUERY");
  for (std::string_view field = text_.next_field(); !field.empty(); field = text_.next_field()) {
    if (field == "commandType" || field == "resultRelation") (field == "commandType" ? command : result) = to_number(TreeText(text_).token());
    const bool changes = field == "onConflict" || field == "mergeActionList" || (field == "targetList" && (command == update_command || command == insert_command));
    target_ = changes && result > 0 && static_cast<std::size_t>(result) <= level->size() ? (*level)[static_cast<std::size_t>(result) - 1].relation : 0;
    if (field == "rtable" && text_.peek() == '(') {
      // The branches of a union are printed with the names of the whole.
      write_range_table(*level, nameless && query.field("setOperations").peek() == '{');
    } else if (nameless && field == "targetList" && text_.peek() == '(') {
      write_target_list();
    } else {
      write_field(field);
    }
  }
  target_ = outer_target;
  bytes_.raw('}');
  --depth_;
  if (above != nullptr)
    levels_[depth_] = above;
  else
    levels_.pop_back();
  free_levels_.push_back(level);
}

// Without the names of the columns.
void Expressions::write_target_list() {
  bytes_.raw(":targetList ");
  text_.take('(');
  while (text_.peek() != ')') {
    text_.open_object();
    for (std::string_view field = text_.next_field(); !field.empty(); field = text_.next_field()) field == "resname" ? text_.skip_values() : write_field(field);
  }
  text_.take(')');
}

// An entry that assigns: the column by name, because numbers change in a restore, and names are not kept up to date there.
void Expressions::write_target() {
  const Oid relation = target_;
  target_ = 0;
  std::string_view number, junk;
  bytes_.raw("{TARGETENTRY");
  for (std::string_view field = text_.next_field(); !field.empty(); field = text_.next_field()) {
    if (field == "resno" || field == "resjunk") (field == "resno" ? number : junk) = TreeText(text_).token();
    field == "resno" || field == "resname" ? text_.skip_values() : write_field(field);
  }
  if (junk != "true") write_member(relation, static_cast<int>(to_number(number)));
  bytes_.raw('}');
  target_ = relation;
}

void Expressions::write_range_table(Level &level, bool nameless) {
  bytes_.raw(":rtable (");
  text_.take('(');
  while (text_.peek() != ')') {
    level.push_back({});
    Source source;
    write_source(source, nameless);
    level.back() = source;
  }
  text_.take(')');
  bytes_.raw(')');
}

void Expressions::write_source(Source &source, bool nameless) {
  bytes_.raw('{').raw(text_.open_object());
  for (std::string_view field = text_.next_field(); !field.empty(); field = text_.next_field()) {
    const char first = text_.peek();
    TreeText value = text_;
    if (field == "rtekind" && first != '{' && first != '(') source.kind = static_cast<int>(to_number(value.token()));
    if (field == "relid" && first != '{' && first != '(') source.relation = static_cast<Oid>(to_number(value.token()));
    if (field == "joinaliasvars") source.join_columns = value;
    if (field == "functions") source.functions = value;
    if (field == "eref" && value.at_object("ALIAS")) source.names = value.field("colnames");
    nameless_ = nameless && field == "subquery";
    write_field(field);
    nameless_ = false;
  }
  bytes_.raw('}');
}

void Expressions::write_variable() {
  int source = 0, attribute = 0;
  std::size_t up = 0;
  Oid type = 0;
  for (std::string_view field = text_.next_field(); !field.empty(); field = text_.next_field()) {
    const char first = text_.peek();
    if (first == '{' || first == '(') {
      text_.skip_values();
      continue;
    }
    const std::string_view value = text_.token();
    while (text_.more_values()) text_.skip_value();
    if (field == "vartype") type = static_cast<Oid>(to_number(value));
    if (field == "varno") source = static_cast<int>(to_number(value));
    if (field == "varattno") attribute = static_cast<int>(to_number(value));
    if (field == "varlevelsup") up = static_cast<std::size_t>(to_number(value));
  }
  bytes_.raw("{VAR ").number(static_cast<std::int64_t>(up)).raw(' ').number(source).raw(' ');
  if (up >= depth_) {
    // A column of the relation that the expression belongs to: its own, or OLD's and NEW's in a trigger's condition.
    const std::string_view column = names_.column(relation_, attribute);
    column.empty() ? bytes_.number(attribute) : bytes_.field(column);
  } else {
    write_column(depth_ - 1 - up, source, attribute);
    if (attribute == 0 && type == record_type) write_names_of(depth_ - 1 - up, source);
  }
  bytes_.raw('}');
}

Expressions::Source Expressions::source_at(std::size_t level, int number) const {
  const Level &sources = *levels_[level];
  const bool known = number > 0 && static_cast<std::size_t>(number) <= sources.size();
  return known ? sources[static_cast<std::size_t>(number) - 1] : Source{};
}

// A whole row without a type of its own has its members' names from the query: they show in what to_jsonb() and its kin make of it.
// A join keeps there what its columns were called when it was made, which a dump forgets.
void Expressions::write_names_of(std::size_t level, int number) {
  const Source source = source_at(level, number);
  TreeText names = source.names;
  if (source.kind == join_source || names.peek() != '(') return;
  names.take('(');
  while (names.peek() != ')') bytes_.field(names.token());
}

void Expressions::write_column(std::size_t level, int number, int attribute) {
  const Source source = source_at(level, number);
  if (source.kind == relation_source) {
    const std::string_view column = names_.column(source.relation, attribute);
    if (!column.empty()) {
      bytes_.field(column);
      return;
    }
  }
  if (source.kind == function_source && attribute > 0) return write_function_column(source.functions, attribute);
  TreeText columns = source.join_columns;
  if (source.kind == join_source && attribute > 0 && columns.peek() == '(') {
    columns.take('(');
    for (int i = 1; i < attribute && columns.peek() != ')'; ++i) columns.skip_value();
    if (columns.peek() != ')') {
      // The source speaks of the join's own query level.
      watch_.descend();
      const std::size_t depth = depth_;
      const TreeText after = text_;
      text_ = columns;
      depth_ = level + 1;
      write_value();
      depth_ = depth;
      text_ = after;
      return;
    }
  }
  bytes_.number(attribute);
}

// ---- constants ----

void Expressions::write_constant() {
  bytes_.raw("{CONST");
  Oid type = 0;
  for (std::string_view field = text_.next_field(); !field.empty(); field = text_.next_field()) {
    if (field == "consttype") type = static_cast<Oid>(to_number(TreeText(text_).token()));
    if (field != "constvalue") {
      write_field(field);
      continue;
    }
    bytes_.raw(":constvalue ");
    const std::string_view length = text_.token();
    const std::string_view value = text_.more_values() ? text_.token() : std::string_view{};
    if (value.empty() || !write_named_constant(names_, type, value, bytes_)) bytes_.field(length).field(value);
    while (text_.more_values()) text_.skip_value();
  }
  bytes_.raw('}');
}

// '(varchar array)::text[]' comes back from a dump as an array of casts: both are written as the latter.
bool Expressions::write_array_cast() {
  TreeText array = text_.field("arg");
  if (!array.at_object("ARRAYEXPR") || array.field_token("multidims") == "true" || has_element_) return false;
  const auto type = static_cast<Oid>(to_number(text_.field_token("resulttype")));
  const TypeName *array_type = names_.types.find(type);
  TreeText elements = array.field("elements");
  if (array_type == nullptr || elements.peek() != '(') return false;
  const TreeText conversion = text_.field("elemexpr");
  bytes_.raw("{ARRAYEXPR:array_typeid ");
  name(TreeField::type, type);
  if (const auto collation = static_cast<Oid>(to_number(text_.field_token("resultcollid"))); collation != 0) {
    bytes_.raw(":array_collid ");
    name(TreeField::collation, collation);
  }
  bytes_.raw(":element_typeid ");
  name(TreeField::type, array_type->element);
  bytes_.raw(":elements (");
  text_.skip_value();
  const TreeText after = text_;
  elements.take('(');
  while (elements.peek() != ')') {
    element_ = elements;
    has_element_ = true;
    text_ = conversion;
    write_value();
    has_element_ = false;
    elements.skip_value();
  }
  text_ = after;
  bytes_.raw(")}");
  return true;
}

}  // namespace proapp::core
