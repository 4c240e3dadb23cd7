#include "core/term_memo.hpp"

namespace proapp::core {

// Only what reads from nothing is about its relation alone: no sub-select has a FROM, or a WITH.
static bool reads_from_nothing(std::string_view text) { return text.find(":rtable (") == std::string_view::npos && text.find(":cteList (") == std::string_view::npos; }

const Term *TermMemo::find(std::string_view stored, Oid relation) {
  const Known *known = known_.find(stored, 0);
  return known == nullptr ? nullptr : moved(*known->term, known->relation, relation, arena_);
}

const Term *TermMemo::read(std::string_view stored, std::string_view text, Oid relation) {
  const Term *term = reader_.expression(text, relation);
  if (reads_from_nothing(text)) known_.put(stored, 0, {term, relation});
  return term;
}

static std::span<const Term *const> moved(std::span<const Term *const> terms, Oid from, Oid to, Arena &arena) {
  const Term **copies = nullptr;
  for (std::size_t i = 0; i < terms.size(); ++i) {
    const Term *other = moved(*terms[i], from, to, arena);
    if (copies == nullptr && other != terms[i]) {
      copies = static_cast<const Term **>(arena.allocate(terms.size_bytes(), alignof(const Term *)));
      for (std::size_t before = 0; before < i; ++before) copies[before] = terms[before];
    }
    if (copies != nullptr) copies[i] = other;
  }
  return copies == nullptr ? terms : std::span<const Term *const>(copies, terms.size());
}

static const Query *moved(const Query &query, Oid from, Oid to, Arena &arena) {
  const auto conditions = moved(query.conditions, from, to, arena), targets = moved(query.targets, from, to, arena);
  if (conditions.data() == query.conditions.data() && targets.data() == query.targets.data()) return &query;
  Query &copy = arena.make<Query>(query);
  copy.conditions = conditions;
  copy.targets = targets;
  return &copy;
}

// As deep as the term, which was read with a watch on the stack.
const Term *moved(const Term &term, Oid from, Oid to, Arena &arena) {
  if (from == to) return &term;
  const bool own = term.kind == Term::Kind::column && term.id == from;
  const auto arguments = moved(term.arguments, from, to, arena);
  const Query *query = term.query == nullptr ? nullptr : moved(*term.query, from, to, arena);
  if (!own && arguments.data() == term.arguments.data() && query == term.query) return &term;
  Term &copy = arena.make<Term>(term);
  if (own) copy.id = to;
  copy.arguments = arguments;
  copy.query = query;
  return &copy;
}

}  // namespace proapp::core
