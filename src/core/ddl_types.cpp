// CREATE and ALTER for types and what works on them: aggregates, operators, casts, collations, languages, text search.
#include "core/ddl_options.hpp"

namespace proapp::core {

namespace {

// Of any document somebody compares: what is not there is 0 or empty.
std::int64_t place(const Value &item, std::string_view name) {
  const Value *value = item.find(name);
  return value == nullptr ? 0 : value->integer();
}

void create_composite_type(const Object &type, Bytes &out) {
  out.raw("create type ").raw(type.identity).raw(" as");
  Options options(out);
  for (const Value &attribute : items(type, "attributes")) {
    options.next(member(attribute, "name")).raw(' ').raw(member(attribute, "type"));
    if (!member(attribute, "collation").empty()) out.raw(" collate ").raw(member(attribute, "collation"));
  }
  options.close();
}

// A canonical function takes the type that it belongs to, so that one needs a shell first.
void create_range_type(const Object &type, Bytes &out) {
  if (!text(type, "canonical").empty()) return;
  out.raw("create type ").raw(type.identity).raw(" as range");
  Options options(out);
  options.option("subtype", text(type, "subtype"));
  options.option("subtype_opclass", text(type, "operator_class"));
  options.option("collation", text(type, "collation"));
  options.option("subtype_diff", without_arguments(text(type, "subtype_diff")));
  options.option("multirange_type_name", text(type, "multirange"));
  options.close();
}

void create_collation(const Object &collation, Bytes &out) {
  out.raw("create collation ").raw(collation.identity);
  Options options(out);
  options.option("provider", text(collation, "provider"));
  options.literal("locale", text(collation, "locale"));
  options.literal("lc_collate", text(collation, "lc_collate"));
  options.literal("lc_ctype", text(collation, "lc_ctype"));
  options.literal("rules", text(collation, "rules"));
  options.option("deterministic", flag(collation, "nondeterministic") ? "false" : "");
  options.close();
}

void create_conversion(const Object &conversion, Bytes &out) {
  out.raw(flag(conversion, "default") ? "create default conversion " : "create conversion ").raw(conversion.identity).raw(" for ");
  literal(text(conversion, "source"), out);
  out.raw(" to ");
  literal(text(conversion, "target"), out);
  out.raw(" from ").raw(without_arguments(text(conversion, "function")));
}

void create_aggregate(const Object &aggregate, Bytes &out) {
  const std::string_view signature = sql(aggregate, "signature");
  out.raw("create or replace aggregate ").raw(without_arguments(aggregate.identity)).raw('(').raw(signature.empty() ? "*" : signature).raw(')');
  Options options(out);
  for (const std::string_view function : {"sfunc", "finalfunc", "combinefunc", "serialfunc", "deserialfunc", "msfunc", "minvfunc", "mfinalfunc"})
    options.option(function, without_arguments(text(aggregate, function)));
  for (const std::string_view fact : {"stype", "initcond", "finalfunc_modify", "mstype", "minitcond", "mfinalfunc_modify", "parallel"}) options.option(fact, text(aggregate, fact));
  for (const std::string_view size : {"sspace", "msspace"}) options.number(size, aggregate.find(size));
  for (const std::string_view extra : {"finalfunc_extra", "mfinalfunc_extra"}) options.flag(extra, flag(aggregate, extra));
  options.reference("sortop", text(aggregate, "sortop"));
  options.flag("hypothetical", text(aggregate, "kind") == "hypothetical");
  options.close();
}

void create_operator(const Object &operation, Bytes &out) {
  out.raw("create operator ").raw(without_arguments(operation.identity));
  Options options(out);
  options.option("function", without_arguments(text(operation, "function")));
  options.option("leftarg", text(operation, "left"));
  options.option("rightarg", text(operation, "right"));
  options.reference("commutator", text(operation, "commutator"));
  options.reference("negator", text(operation, "negator"));
  options.option("restrict", without_arguments(text(operation, "restrict")));
  options.option("join", without_arguments(text(operation, "join")));
  options.flag("hashes", flag(operation, "hashes"));
  options.flag("merges", flag(operation, "merges"));
  options.close();
}

// A class does not tell the types of members for its own type.
void family_member(const Value &item, bool operation, bool drop, Bytes &out) {
  const bool typed = !member(item, "left").empty() && (drop || !operation);
  out.raw(operation ? "operator " : "function ").number(place(item, operation ? "strategy" : "number"));
  if (typed) out.raw(" (").raw(member(item, "left")).raw(", ").raw(member(item, "right")).raw(')');
  if (drop) return;
  out.raw(' ').raw(member(item, operation ? "operator" : "function"));
  if (!member(item, "order_by").empty()) out.raw(" for order by ").raw(member(item, "order_by"));
}

void create_operator_class(const Object &object, Bytes &out) {
  const std::string_view name = object.identity.substr(0, object.identity.rfind(" USING "));  // all of it where there is none
  out.raw("create operator class ").raw(name).raw(flag(object, "default") ? " default" : "").raw(" for type ").raw(text(object, "type"));
  out.raw(" using ").raw(text(object, "access_method")).raw(" family ").raw(text(object, "family")).raw(" as");
  std::string_view separator = " ";
  for (const bool operation : {true, false})
    for (const Value &item : items(object, operation ? "operators" : "functions")) {
      family_member(item, operation, false, out.raw(separator));
      separator = ", ";
    }
  // An operator class has at least one item: the type that it stores, if nothing else.
  const bool storage = !text(object, "storage").empty() || separator == " ";
  if (storage) out.raw(separator).raw("storage ").raw(text(object, "storage").empty() ? text(object, "type") : text(object, "storage"));
}

// Members of a family that `these` has and `those` has not.
void family_difference(const Object &these, const Object &those, std::string_view attribute, bool drop, Bytes &out) {
  std::string_view separator = drop ? " drop " : " add ";
  for (const Value &item : items(these, attribute)) {
    if (holds(items(those, attribute), item)) continue;
    if (separator != ", ") out.raw(out.size() == 0 ? "" : " ").raw("alter operator family ").raw(these.identity);
    family_member(item, attribute == "operators", drop, out.raw(separator));
    separator = ", ";
  }
  if (separator == ", ") out.raw(';');
}

// Entries of the family that are in the way of its class: loose ones go; where they are the class's own, PostgreSQL refuses.
void drop_loose_members(const Object &expected, const Object &actual, std::string_view attribute, Bytes &out) {
  const auto was = items(expected, attribute), is = items(actual, attribute);
  for (const Value &item : was)
    if (!holds(is, item)) return;
  for (const Value &item : is) {
    if (holds(was, item)) continue;
    out.raw(out.size() == 0 ? "" : " ").raw("alter operator family ").raw(text(expected, "family")).raw(" using ").raw(text(expected, "access_method"));
    out.raw(attribute == "operators" ? " drop operator " : " drop function ").number(place(item, attribute == "operators" ? "strategy" : "number"));
    out.raw(" (").raw(text(expected, "type")).raw(", ").raw(text(expected, "type")).raw(");");
  }
}

void create_operator_family(const Object &family, Bytes &out) {
  out.raw("create operator family ").raw(family.identity);
  for (const std::string_view attribute : {"operators", "functions"}) {
    if (items(family, attribute).empty()) continue;
    out.raw("; alter operator family ").raw(family.identity);
    std::string_view separator = " add ";
    for (const Value &item : items(family, attribute)) {
      family_member(item, attribute == "operators", false, out.raw(separator));
      separator = ", ";
    }
  }
}

void create_cast(const Object &cast, Bytes &out) {
  out.raw("create cast ").raw(cast.identity);
  const std::string_view method = text(cast, "method"), context = text(cast, "context");
  method == "function" ? out.raw(" with function ").raw(text(cast, "function")) : out.raw(method == "inout" ? " with inout" : " without function");
  if (context != "explicit") out.raw(" as ").raw(context);
}

void create_transform(const Object &transform, Bytes &out) {
  out.raw("create or replace transform ").raw(transform.identity);
  Options options(out);
  if (!text(transform, "from_sql").empty()) options.next("from sql with function ").raw(text(transform, "from_sql"));
  if (!text(transform, "to_sql").empty()) options.next("to sql with function ").raw(text(transform, "to_sql"));
  options.close();
}

void create_language(const Object &language, Bytes &out) {
  out.raw(flag(language, "trusted") ? "create or replace trusted language " : "create or replace language ").raw(language.identity);
  for (const std::string_view part : {"handler", "inline", "validator"})
    if (!text(language, part).empty()) out.raw(' ').raw(part).raw(' ').raw(without_arguments(text(language, part)));
}

void mapping(const Object &configuration, std::string_view verb, const Value &item, Bytes &out) {
  out.raw("alter text search configuration ").raw(configuration.identity).raw(' ').raw(verb).raw(" mapping for ").raw(member(item, "token"));
  if (verb == "drop") return;
  std::string_view separator = " with ";
  const Value *dictionaries = item.find("dictionaries");
  for (const Value &dictionary : dictionaries == nullptr ? std::span<const Value>{} : dictionaries->items()) {
    out.raw(separator).raw(dictionary.text());
    separator = ", ";
  }
}

void create_configuration(const Object &configuration, Bytes &out) {
  out.raw("create text search configuration ").raw(configuration.identity).raw(" (parser = ").raw(text(configuration, "parser")).raw(")");
  for (const Value &item : items(configuration, "mappings")) mapping(configuration, "add", item, out.raw("; "));
}

const Value *of_token(std::span<const Value> mappings, std::string_view token) {
  for (const Value &item : mappings)
    if (member(item, "token") == token) return &item;
  return nullptr;
}

void alter_mappings(const Object &expected, const Object &actual, Bytes &out) {
  const auto was = items(expected, "mappings"), is = items(actual, "mappings");
  for (const Value &item : was) {
    const Value *other = of_token(is, member(item, "token"));
    if (other != nullptr && same(*other, item)) continue;
    mapping(expected, other == nullptr ? "add" : "alter", item, out.raw(out.size() == 0 ? "" : " "));
    out.raw(';');
  }
  for (const Value &item : is) {
    if (of_token(was, member(item, "token")) != nullptr) continue;
    mapping(expected, "drop", item, out.raw(out.size() == 0 ? "" : " "));
    out.raw(';');
  }
}

void create_dictionary(const Object &dictionary, Bytes &out) {
  out.raw("create text search dictionary ").raw(dictionary.identity);
  Options options(out);
  options.option("template", text(dictionary, "template"));
  for (const Value &item : items(dictionary, "options")) options.option(member(item, "name"), member(item, "value"));
  options.close();
}

void attribute_comment(const Object &type, std::string_view name, std::string_view comment, Bytes &out) {
  out.raw(out.size() == 0 ? "" : " ").raw("comment on column ").raw(type.identity).raw('.').raw(name).raw(" is ");
  comment.empty() ? void(out.raw("null")) : literal(comment, out);
  out.raw(';');
}

void alter_attribute_comments(const Object &expected, const Object &actual, Bytes &out) {
  const auto was = items(expected, "attribute_comments"), is = items(actual, "attribute_comments");
  for (const Value &item : is)
    if (!holds(was, item)) attribute_comment(expected, member(item, "name"), {}, out);
  for (const Value &item : was)
    if (!holds(is, item)) attribute_comment(expected, member(item, "name"), member(item, "comment"), out);
}

// An option without a value goes away.
void alter_dictionary(const Object &expected, const Object &actual, Bytes &out) {
  out.raw("alter text search dictionary ").raw(expected.identity);
  Options options(out);
  for (const Value &item : items(expected, "options")) options.option(member(item, "name"), member(item, "value"));
  for (const Value &item : items(actual, "options")) {
    bool kept = false;
    for (const Value &other : items(expected, "options")) kept |= member(other, "name") == member(item, "name");
    if (!kept) options.next(member(item, "name"));
  }
  options.close();
}

void create_of_functions(const Object &object, std::initializer_list<std::string_view> parts, Bytes &out) {
  out.raw("create ").raw(object.kind).raw(' ').raw(object.identity);
  Options options(out);
  for (const std::string_view part : parts) options.option(part, without_arguments(text(object, part)));
  options.close();
}

}  // namespace

void create_from_attributes(const Object &object, Bytes &out) {
  const std::string_view kind = object.kind;
  if (kind == "composite type")
    create_composite_type(object, out);
  else if (kind == "range type")
    create_range_type(object, out);
  else if (kind == "base type")
    create_base_type(object, out);
  else if (kind == "collation")
    create_collation(object, out);
  else if (kind == "conversion")
    create_conversion(object, out);
  else if (kind == "aggregate")
    create_aggregate(object, out);
  else if (kind == "operator")
    create_operator(object, out);
  else if (kind == "operator class")
    create_operator_class(object, out);
  else if (kind == "operator family")
    create_operator_family(object, out);
  else if (kind == "cast")
    create_cast(object, out);
  else if (kind == "transform")
    create_transform(object, out);
  else if (kind == "language")
    create_language(object, out);
  else if (kind == "access method")
    out.raw("create access method ").raw(object.identity).raw(" type ").raw(text(object, "type")).raw(" handler ").raw(without_arguments(text(object, "handler")));
  else if (kind == "text search configuration")
    create_configuration(object, out);
  else if (kind == "text search dictionary")
    create_dictionary(object, out);
  else if (kind == "text search parser")
    create_of_functions(object, {"start", "gettoken", "end", "lextypes", "headline"}, out);
  else if (kind == "text search template")
    create_of_functions(object, {"init", "lexize"}, out);
  if (out.size() > 0) out.raw(';');
}

bool alter_in_place(const Object &expected, const Object &actual, std::string_view attribute, Bytes &out) {
  const std::string_view kind = expected.kind;
  if (kind == "aggregate") {
    if (attribute != "kind" && attribute != "arguments" && attribute != "direct_arguments" && attribute != "returns") create_from_attributes(expected, out);
  } else if (kind == "transform" || kind == "language") {
    create_from_attributes(expected, out);
  } else if (kind == "operator" && (attribute == "restrict" || attribute == "join")) {
    const std::string_view function = text(expected, attribute);
    out.raw("alter operator ").raw(expected.identity).raw(" set (").raw(attribute).raw(" = ").raw(function.empty() ? "none" : without_arguments(function)).raw(");");
  } else if (kind == "operator family" && (attribute == "operators" || attribute == "functions")) {
    family_difference(actual, expected, attribute, true, out);
    family_difference(expected, actual, attribute, false, out);
  } else if (kind == "operator class" && (attribute == "operators" || attribute == "functions")) {
    drop_loose_members(expected, actual, attribute, out);
  } else if (kind == "base type") {
    alter_base_type(expected, actual, attribute, out);
  } else if (kind == "composite type" && attribute == "attribute_comments") {
    alter_attribute_comments(expected, actual, out);
  } else if (kind == "text search configuration" && attribute == "mappings") {
    alter_mappings(expected, actual, out);
  } else if (kind == "text search dictionary" && attribute == "options") {
    alter_dictionary(expected, actual, out);
    out.raw(';');
  } else if (kind == "statistics object" && attribute == "target") {
    const Value *number = expected.find("target");
    out.raw("alter statistics ").raw(expected.identity).raw(" set statistics ").number(number == nullptr || number->is_absent() ? -1 : number->integer()).raw(';');
  }
  return out.size() > 0;
}

}  // namespace proapp::core
