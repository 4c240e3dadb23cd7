#include "core/expression.hpp"

#include "core/constant.hpp"
#include "core/tree_fields.hpp"

namespace proapp::core {

static constexpr int rte_relation = 0, rte_join = 2;

Digest Expressions::digest_node(std::uint32_t node, Oid relation) {
  bytes_.clear();
  levels_.clear();
  depth_ = 0;
  placeholder_ = 0;
  relation_ = relation;
  write(node);
  return sha256(bytes_.view());
}

std::uint32_t Expressions::without_conversion(std::uint32_t node) const {
  constexpr std::string_view implicit = "2";  // COERCE_IMPLICIT_CAST of PostgreSQL's CoercionForm
  for (;;) {
    const std::string_view type = tree_[node].text;
    std::uint32_t inner = 0;
    if (type == "FUNCEXPR" && tree_.token(node, "funcformat") == implicit) inner = tree_[tree_.value(node, "args")].first;
    if (type == "RELABELTYPE" && tree_.token(node, "relabelformat") == implicit) inner = tree_.value(node, "arg");
    if (type == "COERCETODOMAIN" && tree_.token(node, "coercionformat") == implicit) inner = tree_.value(node, "arg");
    if (inner == 0) return node;
    node = inner;
  }
}

void Expressions::write_children(std::uint32_t first) {
  for (std::uint32_t child = first; child != 0; child = tree_[child].next) write(child);
}

void Expressions::write(std::uint32_t node) {
  watch_.descend();
  switch (tree_[node].kind) {
    case Node::Kind::token:
      bytes_.field(tree_[node].text);
      break;
    case Node::Kind::list:
      bytes_.raw('(');
      write_children(tree_[node].first);
      bytes_.raw(')');
      break;
    case Node::Kind::object:
      write_object(node);
      break;
    case Node::Kind::field:
      write_field(node);
      break;
  }
}

void Expressions::write_object(std::uint32_t node) {
  const std::string_view type = tree_[node].text;
  if (type == "VAR") return write_variable(node);
  if (type == "CONST") return write_constant(node);
  if (type == "QUERY") return write_query(node);
  if (type == "ARRAYCOERCEEXPR" && write_array_cast(node)) return;
  if (type == "CASETESTEXPR" && placeholder_ != 0) {
    const std::uint32_t element = placeholder_;
    placeholder_ = 0;
    write(element);
    placeholder_ = element;
    return;
  }
  bytes_.raw('{').raw(type);
  const std::string_view operation = type == "BOOLEXPR" ? tree_.token(node, "boolop") : std::string_view{};
  if (operation == "and" || operation == "or") {
    bytes_.raw(' ').raw(operation);
    write_condition(node, operation);
  } else {
    write_children(tree_[node].first);
  }
  bytes_.raw('}');
}

// (a AND b) AND c is a AND b AND c
void Expressions::write_condition(std::uint32_t node, std::string_view operation) {
  const std::uint32_t arguments = tree_.value(node, "args");
  for (std::uint32_t item = tree_[arguments].first; item != 0; item = tree_[item].next) {
    if (tree_[item].kind == Node::Kind::object && tree_[item].text == "BOOLEXPR" && tree_.token(item, "boolop") == operation) {
      watch_.descend();
      write_condition(item, operation);
    } else {
      write(item);
    }
  }
}

void Expressions::name(char tag, Oid oid, const std::string_view *found) {
  bytes_.raw(tag);
  if (found != nullptr)
    bytes_.field(*found);
  else
    bytes_.raw('?').number(oid).raw(';');
}

static const std::string_view *identity(const TypeName *type) { return type == nullptr ? nullptr : &type->identity; }
static const std::string_view *identity(const RelationName *relation) { return relation == nullptr ? nullptr : &relation->identity; }

void Expressions::write_field(std::uint32_t field) {
  const std::string_view field_name = tree_[field].text;
  const TreeField kind = tree_field(field_name);
  if (kind == TreeField::plain) {
    bytes_.raw(':').raw(field_name).raw(' ');
    write_children(tree_[field].first);
    return;
  }
  if (kind == TreeField::drop) return;
  bytes_.raw(':').raw(field_name).raw(' ');
  // One OID, or a list of them after the letter o.
  const std::uint32_t first = tree_[field].first;
  const bool list = tree_[first].kind == Node::Kind::list;
  for (std::uint32_t item = list ? tree_[first].first : first; item != 0; item = tree_[item].next) {
    if (tree_[item].kind != Node::Kind::token) {
      write(item);
      continue;
    }
    const Oid oid = static_cast<Oid>(to_number(tree_[item].text));
    if (oid == 0) continue;  // none, or the letter
    switch (kind) {
      case TreeField::type:
        name('T', oid, identity(names_.types.find(oid)));
        break;
      case TreeField::function:
        name('F', oid, names_.functions.find(oid));
        break;
      case TreeField::operation:
        name('O', oid, names_.operators.find(oid));
        break;
      case TreeField::collation:
        name('C', oid, names_.collations.find(oid));
        break;
      case TreeField::relation:
        name('R', oid, identity(names_.relations.find(oid)));
        break;
      case TreeField::family:
        name('f', oid, names_.operator_families.find(oid));
        break;
      case TreeField::plain:
      case TreeField::drop:
        break;
    }
  }
}

void Expressions::write_query(std::uint32_t query) {
  // While a join's column is followed to its source, deeper levels stand above this one and come back afterwards.
  const bool above = depth_ < levels_.size();
  const std::uint32_t saved = above ? levels_[depth_] : 0;
  above ? void(levels_[depth_] = tree_.value(query, "rtable")) : levels_.push_back(tree_.value(query, "rtable"));
  ++depth_;
  const bool topmost = depth_ == 1 && drop_names_;
  bytes_.raw("{QUERY");
  for (std::uint32_t field = tree_[query].first; field != 0; field = tree_[field].next) {
    if (!topmost || tree_[field].text != "targetList") {
      write_field(field);
      continue;
    }
    bytes_.raw(":targetList ");
    for (std::uint32_t entry = tree_[tree_[field].first].first; entry != 0; entry = tree_[entry].next)
      for (std::uint32_t part = tree_[entry].first; part != 0; part = tree_[part].next)
        if (tree_[part].text != "resname") write_field(part);
  }
  bytes_.raw('}');
  --depth_;
  above ? void(levels_[depth_] = saved) : levels_.pop_back();
}

void Expressions::write_variable(std::uint32_t variable) {
  const auto number = static_cast<int>(tree_.number(variable, "varno"));
  const auto attribute = static_cast<int>(tree_.number(variable, "varattno"));
  const auto up = static_cast<std::size_t>(tree_.number(variable, "varlevelsup"));
  bytes_.raw("{VAR ").number(static_cast<std::int64_t>(up)).raw(' ').number(number).raw(' ');
  if (up >= depth_) {
    // A column of the relation that the expression belongs to: its own, or OLD's and NEW's in a trigger's condition.
    const std::string_view column = names_.column(relation_, attribute);
    column.empty() ? bytes_.number(attribute) : bytes_.field(column);
  } else {
    const std::size_t level = depth_ - 1 - up;
    std::uint32_t entry = tree_[levels_[level]].first;
    for (int i = 1; i < number && entry != 0; ++i) entry = tree_[entry].next;
    write_range_table_variable(entry, attribute, level);
  }
  bytes_.raw('}');
}

void Expressions::write_range_table_variable(std::uint32_t entry, int attribute, std::size_t level) {
  const auto kind = entry == 0 ? -1 : static_cast<int>(tree_.number(entry, "rtekind"));
  if (kind == rte_relation) {
    const std::string_view column = names_.column(static_cast<Oid>(tree_.number(entry, "relid")), attribute);
    if (!column.empty()) {
      bytes_.field(column);
      return;
    }
  }
  if (kind == rte_join && attribute > 0) {
    std::uint32_t source = tree_[tree_.value(entry, "joinaliasvars")].first;
    for (int i = 1; i < attribute && source != 0; ++i) source = tree_[source].next;
    if (source != 0) {
      // The source speaks of the join's own query level.
      const std::size_t before = depth_;
      depth_ = level + 1;
      write(source);
      depth_ = before;
      return;
    }
  }
  bytes_.number(attribute);
}

// '(varchar array)::text[]' comes back from a dump as an array of casts: both are written as the latter.
bool Expressions::write_array_cast(std::uint32_t cast) {
  const std::uint32_t array = tree_.value(cast, "arg");
  if (tree_[array].text != "ARRAYEXPR" || tree_.token(array, "multidims") == "true" || placeholder_ != 0) return false;
  const auto type = static_cast<Oid>(tree_.number(cast, "resulttype"));
  const TypeName *array_type = names_.types.find(type);
  if (array_type == nullptr) return false;
  const auto collation = static_cast<Oid>(tree_.number(cast, "resultcollid"));
  bytes_.raw("{ARRAYEXPR:array_typeid ");
  name('T', type, &array_type->identity);
  bytes_.raw(":array_collid ");
  if (collation != 0) name('C', collation, names_.collations.find(collation));
  bytes_.raw(":element_typeid ");
  name('T', array_type->element, identity(names_.types.find(array_type->element)));
  bytes_.raw(":elements (");
  const std::uint32_t conversion = tree_.value(cast, "elemexpr");
  for (std::uint32_t element = tree_[tree_.value(array, "elements")].first; element != 0; element = tree_[element].next) {
    placeholder_ = element;
    write(conversion);
    placeholder_ = 0;
  }
  bytes_.raw("):multidims ").field("false").raw('}');
  return true;
}

void Expressions::write_constant(std::uint32_t constant) {
  const auto type = static_cast<Oid>(tree_.number(constant, "consttype"));
  bytes_.raw("{CONST");
  for (std::uint32_t field = tree_[constant].first; field != 0; field = tree_[field].next) {
    if (tree_[field].text != "constvalue") {
      write_field(field);
      continue;
    }
    bytes_.raw(":constvalue ");
    const std::uint32_t length = tree_[field].first;
    const std::uint32_t value = tree_[length].next;
    if (value == 0 || !write_named_constant(names_, type, tree_[value].text, bytes_)) write_children(length);
  }
  bytes_.raw('}');
}

}  // namespace proapp::core
