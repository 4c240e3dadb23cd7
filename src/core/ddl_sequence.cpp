// Sequences, those behind identity columns included.
#include "core/ddl_parts.hpp"

namespace proapp::core {

namespace {

std::int64_t fact(const Value &facts, std::string_view name, std::int64_t otherwise) {
  const Value *value = facts.find(name);
  return value == nullptr || value->type() != Value::Type::integer ? otherwise : value->integer();
}

void bound(const Value &facts, std::string_view name, std::string_view word, std::string_view prefix, Bytes &out) {
  const Value *value = facts.find(name);
  if (value == nullptr || value->type() != Value::Type::integer)
    out.raw(prefix).raw(prefix.empty() ? " no " : "no ").raw(word);
  else
    out.raw(prefix).raw(prefix.empty() ? " " : "").raw(word).raw(' ').number(value->integer());
}

}  // namespace

void sequence_options(const Value &facts, std::string_view prefix, Bytes &out) {
  const std::string_view before = prefix.empty() ? " " : prefix;
  out.raw(before).raw("increment by ").number(fact(facts, "increment", 1));
  bound(facts, "minimum", "minvalue", prefix, out);
  bound(facts, "maximum", "maxvalue", prefix, out);
  out.raw(before).raw("start with ").number(fact(facts, "start", 1));
  out.raw(before).raw("cache ").number(fact(facts, "cache", 1));
  const Value *cycle = facts.find("cycle");
  out.raw(before).raw(cycle != nullptr && cycle->boolean() ? "cycle" : "no cycle");
}

void create_sequence(const Object &sequence, Bytes &out) {
  out.raw(text(sequence, "persistence") == "unlogged" ? "create unlogged sequence " : "create sequence ").raw(sequence.identity);
  if (!text(sequence, "type").empty()) out.raw(" as ").raw(text(sequence, "type"));
  sequence_options(sequence.definition(), "", out);
  out.raw(';');
}

void alter_sequence(const Object &expected, std::string_view attribute, Bytes &out) {
  if (attribute == "owned_by") {
    out.raw("alter sequence ").raw(expected.identity).raw(" owned by ").raw(text(expected, "owned_by").empty() ? "none" : text(expected, "owned_by")).raw(';');
  } else if (attribute == "persistence") {
    out.raw("alter sequence ").raw(expected.identity).raw(text(expected, "persistence") == "unlogged" ? " set unlogged;" : " set logged;");
  } else if (attribute != "owner" || text(expected, "owned_by").empty()) {
    out.raw("alter sequence ").raw(expected.identity).raw(" as ").raw(text(expected, "type"));
    sequence_options(expected.definition(), "", out);
    out.raw(';');
  }
}

Object identity_sequence(Arena &arena, const Object &column) {
  const Value *facts = column.find("identity_sequence");
  Bytes name(arena);
  if (const std::string_view schema = schema_of(column.parent); !schema.empty()) name.raw(schema).raw('.');
  const std::string_view own = facts == nullptr ? std::string_view{} : member(*facts, "name");
  // PostgreSQL's own name for it, where the manifest tells none.
  Bytes given(arena);
  given.raw(unquoted(arena, behind_schema(column.parent))).raw('_').raw(unquoted(arena, own_name(column))).raw("_seq");
  quoted(own.empty() ? given.view() : own, name);
  return {"sequence", arena.copy(name.view()), column.parent, facts == nullptr ? std::span<const Member>{} : facts->members()};
}

}  // namespace proapp::core
