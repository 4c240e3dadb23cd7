#include "core/expression.hpp"

#include <algorithm>
#include <charconv>

namespace proapp::core {

// What a field holds. Field names mean the same in every node type that has them, so one table serves all.
// Sorted by name; fields that are not here are written as they are.
enum class Field : std::uint8_t { drop, type, function, operation, collation, relation, family };
struct FieldRule {
  std::string_view name;
  Field field;
};
static constexpr FieldRule field_rules[] = {
    {"aggargtypes", Field::type},
    {"aggcollid", Field::collation},
    {"aggfnoid", Field::function},
    {"aggno", Field::drop},
    {"aggsortop", Field::operation},
    {"aggtransno", Field::drop},
    {"aggtranstype", Field::drop},
    {"aggtype", Field::type},
    {"alias", Field::drop},
    {"array_collid", Field::collation},
    {"array_typeid", Field::type},
    {"canSetTag", Field::drop},
    {"casecollid", Field::collation},
    {"casetype", Field::type},
    {"checkAsUser", Field::drop},
    {"coalescecollid", Field::collation},
    {"coalescetype", Field::type},
    {"coerceformat", Field::drop},
    {"coercionformat", Field::drop},
    {"colcollations", Field::collation},
    {"collOid", Field::collation},
    {"collation", Field::collation},
    {"coltypes", Field::type},
    {"constbyval", Field::drop},
    {"constcollid", Field::collation},
    {"constlen", Field::drop},
    {"constraint", Field::drop},
    {"constraintDeps", Field::drop},
    {"consttype", Field::type},
    {"convertformat", Field::drop},
    {"ctecolcollations", Field::collation},
    {"ctecoltypes", Field::type},
    {"cycle_mark_collation", Field::collation},
    {"cycle_mark_neop", Field::operation},
    {"cycle_mark_type", Field::type},
    {"element_typeid", Field::type},
    {"elemfuncid", Field::function},
    {"endInRangeFunc", Field::function},
    {"eqop", Field::operation},
    {"eref", Field::drop},
    {"exclRelTlist", Field::drop},
    {"extraUpdatedCols", Field::drop},
    {"funccolcollations", Field::collation},
    {"funccolcount", Field::drop},
    {"funccolnames", Field::drop},
    {"funccoltypes", Field::type},
    {"funccollid", Field::collation},
    {"funcformat", Field::drop},
    {"funcid", Field::function},
    {"funcresulttype", Field::type},
    {"hashfuncid", Field::drop},
    {"hashable", Field::drop},
    {"inRangeColl", Field::collation},
    {"inputcollid", Field::collation},
    {"inputcollids", Field::collation},
    {"insertedCols", Field::drop},
    {"isNatural", Field::drop},
    {"joinaliasvars", Field::drop},
    {"join_using_alias", Field::drop},
    {"joinleftcols", Field::drop},
    {"joinrightcols", Field::drop},
    {"location", Field::drop},
    {"minmaxcollid", Field::collation},
    {"minmaxtype", Field::type},
    {"negfuncid", Field::drop},
    {"opcollid", Field::collation},
    {"operName", Field::drop},
    {"opfamilies", Field::family},
    {"opfuncid", Field::drop},
    {"opno", Field::operation},
    {"opnos", Field::operation},
    {"opresulttype", Field::type},
    {"paramcollid", Field::collation},
    {"paramtype", Field::type},
    {"perminfoindex", Field::drop},
    {"querySource", Field::drop},
    {"refcollid", Field::collation},
    {"refcontainertype", Field::type},
    {"refelemtype", Field::type},
    {"refrestype", Field::type},
    {"relabelformat", Field::drop},
    {"relid", Field::relation},
    {"rellockmode", Field::drop},
    {"requiredPerms", Field::drop},
    {"resorigcol", Field::drop},
    {"resorigtbl", Field::drop},
    {"resultcollid", Field::collation},
    {"resulttype", Field::type},
    {"row_format", Field::drop},
    {"row_typeid", Field::type},
    {"rteperminfos", Field::drop},
    {"selectedCols", Field::drop},
    {"seqid", Field::relation},
    {"sortop", Field::operation},
    {"startInRangeFunc", Field::function},
    {"stmt_len", Field::drop},
    {"stmt_location", Field::drop},
    {"tsmhandler", Field::function},
    {"type", Field::type},
    {"typeId", Field::type},
    {"updatedCols", Field::drop},
    {"varcollid", Field::collation},
    {"vartype", Field::type},
    {"wincollid", Field::collation},
    {"winfnoid", Field::function},
    {"wintype", Field::type},
};

// Binary search needs the table sorted by bytes; the source is sorted for readers.
static const auto &sorted_rules() {
  static const auto rules = [] {
    std::array<FieldRule, std::size(field_rules)> copy{};
    std::copy(std::begin(field_rules), std::end(field_rules), copy.begin());
    std::sort(copy.begin(), copy.end(), [](const FieldRule &a, const FieldRule &b) { return a.name < b.name; });
    return copy;
  }();
  return rules;
}

static const FieldRule *find_rule(std::string_view name) {
  const auto &rules = sorted_rules();
  const auto found = std::lower_bound(rules.begin(), rules.end(), name, [](const FieldRule &rule, std::string_view n) { return rule.name < n; });
  return found != rules.end() && found->name == name ? found : nullptr;
}

static constexpr int rte_relation = 0, rte_join = 2, rte_function = 3;
static constexpr int cmd_select = 1, cmd_delete = 4;

Digest Expressions::digest_node(std::uint32_t node, Oid relation) {
  bytes_.clear();
  levels_.clear();
  depth_ = 0;
  placeholder_ = 0;
  target_ = 0;
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
  if ((type == "FIELDSELECT" || type == "FIELDSTORE" || type == "ROWEXPR") && write_row(node)) return;
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
  } else if (target_ != 0 && (type == "ONCONFLICTEXPR" || type == "MERGEACTION")) {
    for (std::uint32_t field = tree_[node].first; field != 0; field = tree_[field].next) {
      const bool targets = tree_[field].text == "onConflictSet" || tree_[field].text == "targetList";
      targets ? write_targets(field) : write_field(field);
    }
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
  const FieldRule *rule = find_rule(field_name);
  if (rule == nullptr) {
    bytes_.raw(':').raw(field_name).raw(' ');
    write_children(tree_[field].first);
    return;
  }
  if (rule->field == Field::drop) return;
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
    switch (rule->field) {
      case Field::type:
        name('T', oid, identity(names_.types.find(oid)));
        break;
      case Field::function:
        name('F', oid, names_.functions.find(oid));
        break;
      case Field::operation:
        name('O', oid, names_.operators.find(oid));
        break;
      case Field::collation:
        name('C', oid, names_.collations.find(oid));
        break;
      case Field::relation:
        name('R', oid, identity(names_.relations.find(oid)));
        break;
      case Field::family:
        name('f', oid, names_.operator_families.find(oid));
        break;
      case Field::drop:
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
  const Oid outer_target = target_;
  const std::int64_t command = tree_.number(query, "commandType");
  target_ = 0;
  if (command > cmd_select && command != cmd_delete) {
    std::uint32_t entry = tree_[levels_[depth_ - 1]].first;
    for (std::int64_t i = tree_.number(query, "resultRelation"); i > 1 && entry != 0; --i) entry = tree_[entry].next;
    if (entry != 0) target_ = static_cast<Oid>(tree_.number(entry, "relid"));
  }
  bytes_.raw("{QUERY");
  for (std::uint32_t field = tree_[query].first; field != 0; field = tree_[field].next) {
    const bool targets = tree_[field].text == "targetList" && (topmost || target_ != 0);
    targets ? write_targets(field) : write_field(field);
  }
  bytes_.raw('}');
  target_ = outer_target;
  --depth_;
  above ? void(levels_[depth_] = saved) : levels_.pop_back();
}

// In a query that writes, the number of an entry is its column's, and its name that column's when the query was stored.
void Expressions::write_targets(std::uint32_t field) {
  bytes_.raw(':').raw(tree_[field].text).raw(' ');
  for (std::uint32_t entry = tree_[tree_[field].first].first; entry != 0; entry = tree_[entry].next)
    for (std::uint32_t part = tree_[entry].first; part != 0; part = tree_[part].next) {
      const std::string_view name = tree_[part].text;
      if (name == "resname") continue;
      const std::string_view column = name == "resno" && target_ != 0 ? names_.column(target_, static_cast<int>(tree_.number(entry, "resno"))) : std::string_view{};
      column.empty() ? write_field(part) : void(bytes_.raw(":resno ").field(column));
    }
}

static Oid base_type(const Names &names, Oid oid) {
  for (int i = 0; i < 100; ++i) {
    const TypeName *type = names.types.find(oid);
    if (type == nullptr || type->base == 0) break;
    oid = type->base;
  }
  return oid;
}

// The type of a composite value, whatever makes it; 0 where that is not known.
Oid Expressions::row_type(std::uint32_t node) const {
  if (tree_[node].text == "SUBLINK") {
    const std::uint32_t entry = tree_[tree_.value(tree_.value(node, "subselect"), "targetList")].first;
    return entry == 0 ? 0 : row_type(tree_.value(entry, "expr"));
  }
  for (const std::string_view field : {"vartype", "funcresulttype", "resulttype", "row_typeid", "paramtype", "consttype", "opresulttype", "refrestype", "casetype", "coalescetype",
                                       "aggtype", "wintype", "minmaxtype", "typeId"})
    if (const auto type = static_cast<Oid>(tree_.number(node, field)); type != 0) return type;
  return 0;
}

// Of a table's or a composite type's field; empty for anything else, and for one that was dropped.
std::string_view Expressions::field_name(Oid type, int number) const {
  const TypeName *known = names_.types.find(base_type(names_, type));
  return known == nullptr || known->relation == 0 || number <= 0 ? std::string_view{} : names_.column(known->relation, number);
}

// Fields by name: dropped columns leave gaps in their numbers, which a restore closes.
bool Expressions::write_row(std::uint32_t node) {
  const std::string_view kind = tree_[node].text;
  const Oid type = row_type(kind == "FIELDSELECT" ? tree_.value(node, "arg") : node);
  const TypeName *known = names_.types.find(base_type(names_, type));
  if (known == nullptr || known->relation == 0) return false;
  bytes_.raw('{').raw(kind);
  for (std::uint32_t field = tree_[node].first; field != 0; field = tree_[field].next) {
    const std::string_view name = tree_[field].text;
    if (name == "fieldnum") {
      bytes_.raw(":field ").field(field_name(type, static_cast<int>(tree_.number(node, name))));
    } else if (name == "fieldnums") {
      bytes_.raw(":fields ");
      for (std::uint32_t item = tree_[tree_[field].first].first; item != 0; item = tree_[item].next)
        if (const auto number = static_cast<int>(to_number(tree_[item].text)); number != 0) bytes_.field(field_name(type, number));
    } else if (name == "args") {
      bytes_.raw(":args ");
      int number = 0;
      for (std::uint32_t item = tree_[tree_[field].first].first; item != 0; item = tree_[item].next)
        if (!field_name(type, ++number).empty()) write(item);
    } else if (name != "colnames") {
      write_field(field);
    }
  }
  bytes_.raw('}');
  return true;
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
  if (kind == rte_function && attribute > 0) {
    const std::uint32_t functions = tree_[tree_.value(entry, "functions")].first;
    const Oid type = functions == 0 || tree_[functions].next != 0 ? 0 : row_type(tree_.value(functions, "funcexpr"));
    const TypeName *known = names_.types.find(base_type(names_, type));
    if (known != nullptr && known->relation != 0) {
      bytes_.field(field_name(type, attribute));  // none: the row's number, WITH ORDINALITY
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

// ---- constants ----

// The bytes of "[ 1 0 0 -1 ]" into `into`; how many there were.
static std::size_t decode(std::string_view token, unsigned char *into, std::size_t limit) {
  std::size_t count = 0;
  const char *at = token.data(), *end = at + token.size();
  while (at < end && count < limit) {
    int value = 0;
    const auto parsed = std::from_chars(at, end, value);
    if (parsed.ec == std::errc()) {
      into[count++] = static_cast<unsigned char>(value);
      at = parsed.ptr;
    } else {
      ++at;
    }
  }
  return count;
}

static Oid oid_at(const unsigned char *bytes) {
  Oid oid;
  std::memcpy(&oid, bytes, sizeof oid);
  return oid;
}

// Types whose values are OIDs, from pg_type.dat.
static bool write_reference(const Names &names, Oid type, Oid value, Bytes &into) {
  const std::string_view *found = nullptr;
  switch (type) {
    case 24:    // regproc
    case 2202:  // regprocedure
      found = names.functions.find(value);
      break;
    case 2203:  // regoper
    case 2204:  // regoperator
      found = names.operators.find(value);
      break;
    case 2205:  // regclass
      found = identity(names.relations.find(value));
      break;
    case 2206:  // regtype
      found = identity(names.types.find(value));
      break;
    case 4191:  // regcollation
      found = names.collations.find(value);
      break;
    case 4096:  // regrole
      found = names.roles.find(value);
      break;
    case 4089:  // regnamespace
      found = names.schemas.find(value) == nullptr ? nullptr : &names.schemas.find(value)->identity;
      break;
    case 3734:  // regconfig
    case 3769:  // regdictionary
      found = names.others.find(value);
      break;
    default:
      return false;
  }
  into.raw('N');
  if (found != nullptr)
    into.field(*found);
  else
    into.raw('?').number(value).raw(';');
  return true;
}

static bool write_oid_value(const Names &names, Oid type, Oid value, Bytes &into) {
  const TypeName *known = names.types.find(type);
  if (known != nullptr && known->kind == 'e') {
    const std::string_view *label = names.enum_labels.find(value);
    if (label == nullptr) return false;
    into.raw('E').field(*label);
    return true;
  }
  return write_reference(names, type, value, into);
}

// An array's header and elements as PostgreSQL's array.h lays them out; its elements are 4-byte OIDs here.
static bool write_oid_array(const Names &names, Oid element, const unsigned char *bytes, std::size_t size, Bytes &into) {
  constexpr std::size_t header = 16;  // length word, dimensions, offset of data, element type
  if (size < header) return false;
  std::int32_t dimensions, offset;
  std::memcpy(&dimensions, bytes + 4, 4);
  std::memcpy(&offset, bytes + 8, 4);
  if (dimensions < 0 || dimensions > 6 || size < header + 8 * static_cast<std::size_t>(dimensions)) return false;
  into.raw('A').number(dimensions).raw(':');
  std::size_t count = dimensions == 0 ? 0 : 1;
  for (int i = 0; i < 2 * dimensions; ++i) {
    std::int32_t number;  // lengths, then lower bounds
    std::memcpy(&number, bytes + header + 4 * static_cast<std::size_t>(i), 4);
    into.number(number).raw(',');
    if (i < dimensions) count *= static_cast<std::size_t>(number < 0 ? 0 : number);
  }
  std::size_t data = header + 8 * static_cast<std::size_t>(dimensions);
  const unsigned char *nulls = nullptr;
  if (offset != 0) {
    nulls = bytes + data;
    data = static_cast<std::size_t>(offset);
  }
  for (std::size_t i = 0; i < count; ++i) {
    if (nulls != nullptr && (nulls + i / 8 >= bytes + size || (nulls[i / 8] >> (i % 8) & 1) == 0)) {
      into.raw('-');
      continue;
    }
    if (data + 4 > size) return false;
    if (!write_oid_value(names, element, oid_at(bytes + data), into)) into.raw('?').number(oid_at(bytes + data)).raw(';');
    data += 4;
  }
  return true;
}

static bool holds_oids(const Names &names, Oid type) {
  const TypeName *known = names.types.find(type);
  if (known != nullptr && known->kind == 'e') return true;
  switch (type) {
    case 24:
    case 2202:
    case 2203:
    case 2204:
    case 2205:
    case 2206:
    case 4191:
    case 4096:
    case 4089:
    case 3734:
    case 3769:
      return true;
    default:
      return false;
  }
}

// Values that are stored as OIDs, written by name; false for all others.
bool Expressions::write_named_value(Oid type, std::string_view token) {
  constexpr std::size_t limit = 65536;
  static unsigned char bytes[limit];
  const Oid base = base_type(names_, type);
  if (holds_oids(names_, base)) return decode(token, bytes, 8) >= 4 && write_oid_value(names_, base, oid_at(bytes), bytes_);
  const TypeName *known = names_.types.find(base);
  if (known == nullptr || known->element == 0) return false;
  const Oid element = base_type(names_, known->element);
  if (!holds_oids(names_, element)) return false;
  const std::size_t size = decode(token, bytes, limit);
  return size < limit && write_oid_array(names_, element, bytes, size, bytes_);
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
    if (value == 0 || !write_named_value(type, tree_[value].text)) write_children(length);
  }
  bytes_.raw('}');
}

}  // namespace proapp::core
