#include "core/ddl_parts.hpp"

#include "core/ddl.hpp"
#include "core/secrets.hpp"

namespace proapp::core {

std::string_view sql(const Object &object, std::string_view attribute) {
  const Value *value = object.find(attribute);
  if (value == nullptr) return {};
  const Value *text = value->find("sql");
  return text == nullptr ? value->text() : text->text();
}

std::string_view text(const Object &object, std::string_view attribute) {
  const Value *value = object.find(attribute);
  return value == nullptr ? std::string_view{} : value->text();
}

bool flag(const Object &object, std::string_view attribute) {
  const Value *value = object.find(attribute);
  return value != nullptr && value->boolean();
}

std::int64_t number(const Object &object, std::string_view attribute, std::int64_t otherwise) {
  const Value *value = object.find(attribute);
  return value == nullptr || value->type() != Value::Type::integer ? otherwise : value->integer();
}

std::span<const Value> items(const Object &object, std::string_view attribute) {
  const Value *value = object.find(attribute);
  return value == nullptr ? std::span<const Value>{} : value->items();
}

std::string_view member(const Value &item, std::string_view name) {
  const Value *value = item.find(name);
  return value == nullptr ? std::string_view{} : value->text();
}

bool holds(std::span<const Value> all, const Value &item) {
  for (const Value &other : all)
    if (same(other, item)) return true;
  return false;
}

void join(const Object &object, std::string_view attribute, Bytes &out) {
  const Value *value = object.find(attribute);
  if (value == nullptr) return;
  bool first = true;
  for (const Value &item : value->items()) {
    if (!first) out.raw(", ");
    first = false;
    out.raw(item.text());
  }
}

std::string_view own_name(const Object &object) {
  std::string_view name = object.identity;
  if (name.starts_with(object.kind) && name.substr(object.kind.size()).starts_with(' ')) name.remove_prefix(object.kind.size() + 1);
  const std::size_t end = name.size() - object.parent.size();
  if (!object.parent.empty() && name.ends_with(object.parent) && end >= 4 && name.substr(end - 4, 4) == " on ") return name.substr(0, end - 4);
  if (object.kind == "column" && name.starts_with(object.parent) && name.size() > object.parent.size()) return name.substr(object.parent.size() + 1);
  return name;
}

std::size_t find_unquoted(std::string_view text, char mark) {
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') quoted = !quoted;
    if (text[i] == mark && !quoted) return i;
  }
  return std::string_view::npos;
}

std::string_view without_arguments(std::string_view identity) { return identity.substr(0, find_unquoted(identity, '(')); }

std::string_view schema_of(std::string_view identity) {
  const std::size_t dot = find_unquoted(without_arguments(identity), '.');
  return dot == std::string_view::npos ? std::string_view{} : identity.substr(0, dot);
}

std::string_view behind_schema(std::string_view identity) {
  const std::string_view schema = schema_of(identity);
  return schema.empty() ? identity : identity.substr(schema.size() + 1);
}

void quoted(std::string_view name, Bytes &out) {
  out.raw('"');
  for (const char c : name) {
    if (c == '"') out.raw(c);
    out.raw(c);
  }
  out.raw('"');
}

std::string_view unquoted(Arena &arena, std::string_view name) {
  if (name.size() < 2 || name.front() != '"') return name;
  Bytes out(arena);
  for (std::size_t i = 1; i + 1 < name.size(); ++i) {
    out.raw(name[i]);
    if (name[i] == '"') ++i;
  }
  return out.view();
}

std::string_view option_name(std::string_view option) { return option.substr(0, option.find('=')); }
std::string_view option_value(std::string_view option) { return option.find('=') == std::string_view::npos ? std::string_view{} : option.substr(option.find('=') + 1); }

const Value *option_of(const Object &object, std::string_view attribute, std::string_view name) {
  for (const Value &option : items(object, attribute))
    if (option_name(option.text()) == name) return &option;
  return nullptr;
}

static void storage_option(std::string_view option, Bytes &out) {
  out.raw(option_name(option)).raw(" = ");
  literal(option_value(option), out);
}

void alter_storage_options(const Object &expected, const Object &actual, std::string_view start, Bytes &out) {
  std::string_view separator = " set (";
  for (const Value &option : items(expected, "options")) {
    if (holds(items(actual, "options"), option)) continue;
    if (separator != ", ") out.raw(start);
    storage_option(option.text(), out.raw(separator));
    separator = ", ";
  }
  if (separator == ", ") out.raw(");");
  separator = " reset (";
  for (const Value &option : items(actual, "options")) {
    if (option_of(expected, "options", option_name(option.text())) != nullptr) continue;
    if (separator != ", ") out.raw(out.size() == 0 ? "" : " ").raw(start);
    out.raw(separator).raw(option_name(option.text()));
    separator = ", ";
  }
  if (separator == ", ") out.raw(");");
}

void storage_options(const Object &object, Bytes &out) {
  std::string_view separator = " with (";
  for (const Value &option : items(object, "options")) {
    storage_option(option.text(), out.raw(separator));
    separator = ", ";
  }
  if (separator == ", ") out.raw(')');
}

bool create_options(const Object &object, std::string_view attribute, Bytes &out) {
  std::string_view separator = " options (";
  for (const Value &option : items(object, attribute)) {
    if (option_value(option.text()) == secret_is_set) return false;
    quoted(option_name(option.text()), out.raw(separator));
    literal(option_value(option.text()), out.raw(' '));
    separator = ", ";
  }
  if (separator == ", ") out.raw(')');
  return true;
}

static bool hangs_by_name(std::string_view kind) { return kind == "policy" || kind == "trigger" || kind == "constraint" || kind == "rule"; }

// What statements call a kind.
static std::string_view statement_word(std::string_view kind) {
  if (kind == "enum" || kind == "composite type" || kind == "range type" || kind == "base type") return "type";
  if (kind == "foreign server") return "server";
  return kind == "statistics object" ? "statistics" : kind;
}

void target(const Object &object, Bytes &out) {
  out.raw(statement_word(object.kind)).raw(' ');
  if (hangs_by_name(object.kind))
    out.raw(own_name(object)).raw(flag(object, "of_domain") ? " on domain " : " on ").raw(object.parent);
  else if (object.kind == "aggregate" && object.identity.ends_with("()"))
    out.raw(object.identity.substr(0, object.identity.size() - 2)).raw("(*)");
  else
    out.raw(object.identity);
}

}  // namespace proapp::core
