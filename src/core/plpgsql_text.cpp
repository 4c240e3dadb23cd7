#include "core/plpgsql_text.hpp"

#include <algorithm>

namespace proapp::core {

using Kind = SqlToken::Kind;

static bool is_one_of(const SqlToken &token, std::initializer_list<std::string_view> words) {
  return token.kind == Kind::word && std::ranges::find(words, token.text) != words.end();
}

BodyText::BodyText(std::string_view text, std::span<const SqlToken> tokens, Arena &arena)
    : text_(text),
      tokens_(tokens),
      partners_(arena),
      statements_(arena),
      taken_(arena),
      ctes_(arena),
      declarations_(arena),
      sources_(arena),
      assignments_(arena),
      fills_(arena),
      inserted_(arena),
      comparisons_(arena),
      returns_(arena) {
  find_brackets(arena);
  find_declarations();
  find_ctes();
  find_sources();
  find_assignments();
  find_fills();
  find_comparisons();
}

const SqlToken &BodyText::token(std::size_t at) const {
  static const SqlToken none{};
  return at < tokens_.size() ? tokens_[at] : none;
}

void BodyText::find_brackets(Arena &arena) {
  auto &open = arena.make<Vector<std::size_t>>(arena);
  partners_.resize(tokens_.size(), tokens_.size());
  statements_.resize(tokens_.size(), 0);
  taken_.resize(tokens_.size(), false);
  std::size_t statement = 0;
  for (std::size_t at = 0; at < tokens_.size(); ++at) {
    statements_[at] = statement;
    if (is_opening(at)) open.push_back(at);
    if (symbol(at, ";")) {
      ++statement;
      open.clear();
    }
    if ((symbol(at, ")") || symbol(at, "]")) && !open.empty()) {
      partners_[open.back()] = at;
      partners_[at] = open.back();
      open.pop_back();
    }
  }
}

// ---- expressions ----

bool BodyText::begins_query(std::size_t at) const { return is_one_of(token(at), {"select", "with", "values", "table"}); }

std::size_t BodyText::chain(std::size_t from) const {
  if (!token(from).is_name()) return from;
  std::size_t at = from + 1;
  while (symbol(at, ".") && token(at + 1).is_name()) at += 2;
  return at;
}

std::size_t BodyText::primary(std::size_t from) const {
  if (is_opening(from)) return partners_[from] < tokens_.size() ? partners_[from] + 1 : from;
  if (from >= tokens_.size() || token(from).kind == Kind::symbol) return from;
  if (!token(from).is_name()) return from + 1;
  if (is_one_of(token(from), {"select", "case", "not", "and", "or", "then", "loop", "where", "from", "exists", "any", "all", "some"})) return from;
  std::size_t at = chain(from);
  if (is_opening(at) && (symbol(at, "(") || word(from, "array"))) at = partners_[at] < tokens_.size() ? partners_[at] + 1 : from;
  return at;
}

// Casts, members of JSON, elements of arrays.
std::size_t BodyText::postfix(std::size_t at) const {
  for (;;) {
    std::size_t next = at;
    if (symbol(at, "::")) {
      next = chain(at + 1);
      if (is_one_of(token(next), {"varying", "precision"})) ++next;
      if (symbol(next, "(") && partners_[next] < tokens_.size()) next = partners_[next] + 1;
      if (symbol(next, "[") && symbol(next + 1, "]")) next += 2;
    } else if (symbol(at, "->>") || symbol(at, "->") || symbol(at, "#>>") || symbol(at, "#>")) {
      next = primary(at + 1);
      if (next == at + 1) next = at;
    } else if (symbol(at, "[") && partners_[at] < tokens_.size()) {
      next = partners_[at] + 1;
    } else if (symbol(at, ".") && at > 0 && symbol(at - 1, ")")) {
      next = chain(at + 1);
    }
    if (next <= at) return at;
    at = next;
  }
}

// Whether what stands here goes on with an operand: `a || b`, `a + b`.
static bool joins(const SqlToken &token) {
  if (token.kind != Kind::symbol || token.text.empty()) return token.is_word("collate") || token.is_word("at");
  return std::string_view("+-*/<>=~!@#%^&|`?:.").find(token.text[0]) != std::string_view::npos && token.text != ":=";
}

std::size_t BodyText::operand(std::size_t from) const {
  const std::size_t first = primary(from);
  if (first == from) return from;
  const std::size_t end = postfix(first);
  return joins(token(end)) ? from : end;
}

TokenRange BodyText::operand_before(std::size_t end) const {
  std::size_t begin = end;
  while (begin > 0) {
    std::size_t at = begin - 1;
    if (symbol(at, ")") || symbol(at, "]")) {
      if (partners_[at] >= tokens_.size()) return {};
      const bool element = symbol(at, "]");
      at = partners_[at];
      const SqlToken &before = token(at - 1);
      const bool called = at > 0 && before.is_name() && !is_one_of(before, {"where", "and", "or",   "not",    "in",   "select", "if",    "elsif",  "elseif", "when",   "while",
                                                                            "then",  "on",  "else", "return", "case", "having", "using", "assert", "check",  "values", "by"});
      if (called || (element && at > 0 && symbol(at - 1, ")"))) {
        begin = at;
        if (called) {
          begin = at - 1;
          while (begin >= 2 && symbol(begin - 1, ".") && token(begin - 2).is_name()) begin -= 2;
        }
      } else {
        begin = at;
      }
    } else if (token(at).kind == Kind::symbol) {
      return {};
    } else {
      begin = at;
      while (begin >= 2 && token(begin).is_name() && symbol(begin - 1, ".") && token(begin - 2).is_name()) begin -= 2;
    }
    if (begin == 0) break;
    const SqlToken &before = token(begin - 1);
    const bool goes_on = before.is("::") || before.is("->>") || before.is("->") || before.is("#>>") || before.is("#>") || before.is(".");
    if (!goes_on) break;
    --begin;
  }
  const std::size_t first = primary(begin);
  if (first == begin || postfix(first) != end) return {};
  if (begin > 0 && joins(token(begin - 1)) && !symbol(begin - 1, "=") && !symbol(begin - 1, ":=")) return {};
  if (begin > 0 && symbol(begin - 1, "=") && !taken_[begin - 1]) return {};
  return {begin, end};
}

TokenRange BodyText::without_brackets(TokenRange range) const {
  while (range.end > range.begin + 1 && symbol(range.begin, "(") && partners_[range.begin] == range.end - 1) range = {range.begin + 1, range.end - 1};
  return range;
}

std::size_t BodyText::end_of_statement(std::size_t from) const {
  return until({from, tokens_.size()}, [](const SqlToken &t) { return t.is(";"); });
}

// ---- what is declared ----

bool BodyText::begins_statement(std::size_t at) const {
  return at == 0 || symbol(at - 1, ";") || symbol(at - 1, ">>") || is_one_of(token(at - 1), {"begin", "then", "else", "loop"});
}

void BodyText::find_declarations() {
  for (std::size_t at = 0; at < tokens_.size(); ++at) {
    if (!word(at, "declare") || !begins_statement(at)) continue;
    std::size_t next = at + 1;
    while (token(next).is_name() && !word(next, "begin")) {
      if (word(next, "declare")) ++next;
      const std::size_t end = end_of_statement(next);
      std::size_t type = next + 1;
      if (word(type, "constant")) ++type;
      const std::size_t type_end = until({type, end}, [](const SqlToken &t) {
        return t.is(":=") || t.is("=") || is_one_of(t, {"default", "not", "collate", "cursor", "alias", "no", "scroll"});
      });
      Declaration found = {token(next).text, {type, type_end}, {}};
      const std::size_t value = until({type_end, end}, [](const SqlToken &t) { return t.is(":=") || t.is("=") || t.is_word("default"); });
      if (value < end) {
        found.value = {value + 1, end};
        taken_[value] = true;
      }
      declarations_.push_back(found);
      next = end + 1;
    }
    at = next > at ? next - 1 : at;
  }
}

// ---- which tables a statement names ----

// name [(columns)] AS [[NOT] MATERIALIZED] (query)
void BodyText::find_ctes() {
  for (std::size_t at = 1; at < tokens_.size(); ++at) {
    if (!word(at, "as")) continue;
    std::size_t open = at + 1;
    if (word(open, "not")) ++open;
    if (word(open, "materialized")) ++open;
    if (!symbol(open, "(") || !(begins_query(open + 1) || is_one_of(token(open + 1), {"insert", "update", "delete"}))) continue;
    std::size_t name = at - 1;
    if (symbol(name, ")") && partners_[name] < tokens_.size() && partners_[name] > 0) name = partners_[name] - 1;
    if (token(name).is_name()) ctes_.push_back({statements_[at], token(name).text, {}});
  }
}

static bool ends_alias(const SqlToken &token) {
  return is_one_of(token, {"where",  "on",     "using",       "join",    "inner",      "left", "right", "full",   "cross",  "natural",   "group", "order",   "limit",
                           "offset", "having", "union",       "except",  "intersect",  "for",  "set",   "values", "select", "returning", "loop",  "into",    "fetch",
                           "window", "as",     "tablesample", "default", "overriding", "when", "then",  "and",    "or",     "with",      "do",    "default", "end"});
}

// One item of FROM; the token after it.
std::size_t BodyText::source(std::size_t at) {
  while (symbol(at, "(") || is_one_of(token(at), {"only", "lateral"})) {
    if (symbol(at, "(") && begins_query(at + 1)) break;
    ++at;
  }
  Source found = {at < tokens_.size() ? statements_[at] : 0, {}, {}};
  if (symbol(at, "(")) {
    if (partners_[at] >= tokens_.size()) return at;
    at = partners_[at] + 1;
  } else {
    const std::size_t end = chain(at);
    if (end == at || token(at).is_word("from") || ends_alias(token(at))) return at;
    found.table = {at, end};
    found.alias = token(end - 1).text;
    const bool of_cte = end == at + 1 && std::ranges::any_of(ctes_, [&](const Source &cte) { return cte.statement == found.statement && cte.alias == token(at).text; });
    if (symbol(end, "(") && partners_[end] < tokens_.size() && !(at > 0 && word(at - 1, "into"))) {
      at = partners_[end] + 1;
      found.table = {};
    } else {
      at = end;
      if (symbol(at, "*")) ++at;
      if (of_cte) found.table = {};
    }
  }
  if (word(at, "as")) ++at;
  if (token(at).is_name() && !ends_alias(token(at))) found.alias = token(at++).text;
  sources_.push_back(found);
  return at;
}

void BodyText::find_sources() {
  for (std::size_t at = 0; at < tokens_.size(); ++at) {
    const SqlToken before = at > 0 ? token(at - 1) : SqlToken{};
    const bool list = (word(at, "from") && !before.is_word("distinct")) || (word(at, "using") && !symbol(at + 1, "("));
    const bool one = word(at, "join") || (word(at, "into") && before.is_word("insert")) || (word(at, "update") && !is_one_of(before, {"for", "key", "do", "or"}));
    if (list || one) {
      std::size_t next = source(at + 1);
      while (list && symbol(next, ",")) next = source(next + 1);
    }
  }
}

// ---- what is put where ----

void BodyText::find_assignments() {
  for (std::size_t at = 1; at < tokens_.size(); ++at) {
    if (!begins_statement(at) || !token(at).is_name()) continue;
    if (word(at, "return") && !is_one_of(token(at + 1), {"query", "next"})) {
      if (const TokenRange value = {at + 1, end_of_statement(at)}; !value.empty()) returns_.push_back(value);
    }
    if (word(at, "for") || word(at, "foreach")) find_loops(at);
    const std::size_t end = chain(at);
    if (!symbol(end, ":=") && !symbol(end, "=")) continue;
    taken_[end] = true;
    assignments_.push_back({statements_[at], {at, end}, {end + 1, end_of_statement(end)}});
  }
}

void BodyText::find_loops(std::size_t at) {
  const std::size_t in = until({at + 1, tokens_.size()}, [](const SqlToken &t) { return is_one_of(t, {"in", "slice", "loop"}) || t.is(";"); });
  if (!word(in, "in")) return;
  const std::size_t loop = until({in, tokens_.size()}, [](const SqlToken &t) { return t.is_word("loop") || t.is(";"); });
  TokenRange query = without_brackets({in + 1, loop});
  taken_[in] = true;
  const TokenRange targets = {at + 1, in};
  if (word(at, "foreach") && word(in + 1, "array")) {
    assignments_.push_back({statements_[at], targets, {in + 2, loop}});
    return;
  }
  Fill found = {statements_[at], targets, {}};
  if (word(query.begin, "select"))
    found.list = {query.begin + 1, until({query.begin + 1, query.end}, [](const SqlToken &t) { return is_one_of(t, {"from", "union", "except", "intersect"}); })};
  fills_.push_back(found);
}

void BodyText::find_fills() {
  for (std::size_t at = 0; at < tokens_.size(); ++at) {
    if (!word(at, "into")) continue;
    if (at > 0 && word(at - 1, "insert")) {
      find_inserted(at);
      continue;
    }
    const std::size_t first = word(at + 1, "strict") ? at + 2 : at + 1;
    std::size_t end = chain(first);
    while (symbol(end, ",") && chain(end + 1) > end + 1) end = chain(end + 1);
    Fill found = {statements_[at], {first, end}, {}};
    // Its SELECT or RETURNING stands before it, outside of brackets, and no other INTO in between.
    std::size_t begin = at;
    while (begin > 0 && statements_[begin - 1] == statements_[at] && !is_one_of(token(begin - 1), {"select", "returning", "execute", "fetch", "into"})) {
      --begin;
      if (symbol(begin, ")") && partners_[begin] < begin) begin = partners_[begin];
    }
    if (begin > 0 && is_one_of(token(begin - 1), {"select", "returning"})) {
      const auto ends_list = [](const SqlToken &t) { return is_one_of(t, {"into", "from", "where", "union", "except", "intersect", "limit", "order"}) || t.is(";"); };
      found.list = begin == at ? TokenRange{end, until({end, tokens_.size()}, ends_list)} : TokenRange{begin, until({begin, at}, ends_list)};
    }
    if (!found.targets.empty()) fills_.push_back(found);
  }
}

void BodyText::find_inserted(std::size_t into) {
  const TokenRange table = {into + 1, chain(into + 1)};
  std::size_t at = table.end;
  if (word(at, "as")) at += 2;
  if (!symbol(at, "(") && token(at).is_name() && symbol(at + 1, "(") && !begins_query(at)) ++at;
  if (!symbol(at, "(") || partners_[at] >= tokens_.size() || begins_query(at + 1)) return;
  const TokenRange columns = {at + 1, partners_[at]};
  at = columns.end + 1;
  const auto comma = [](const SqlToken &t) { return t.is(","); };
  const auto put = [&](TokenRange values) {
    for (std::size_t column = columns.begin, value = values.begin; column < columns.end && value < values.end;) {
      const std::size_t end = until({value, values.end}, comma);
      inserted_.push_back({statements_[into], table, {value, end}, token(column).text});
      column = until({column, columns.end}, comma) + 1;
      value = end + 1;
    }
  };
  if (word(at, "select")) {
    put({at + 1, until({at + 1, tokens_.size()}, [](const SqlToken &t) {
           return is_one_of(t, {"from", "where", "union", "except", "intersect", "on", "returning"}) || t.is(";") || t.is(")");
         })});
  } else if (word(at, "values")) {
    for (++at; symbol(at, "(") && partners_[at] < tokens_.size(); ++at) {
      put({at + 1, partners_[at]});
      at = partners_[at] + 1;
      if (!symbol(at, ",")) break;
    }
  }
}

// ---- what is compared with what ----

void BodyText::compare(TokenRange left, TokenRange right, std::size_t at) {
  if (!left.empty() && !right.empty()) comparisons_.push_back({statements_[at], left, right, at});
}

void BodyText::find_comparisons() {
  const auto group = [this](std::size_t open) { return symbol(open, "(") && partners_[open] < tokens_.size() ? TokenRange{open + 1, partners_[open]} : TokenRange{}; };
  for (std::size_t at = 1; at < tokens_.size(); ++at) {
    if (taken_[at]) continue;
    const SqlToken &here = tokens_[at];
    if (here.is("=") || here.is("<>") || here.is("!=") || here.is("<@") || here.is("@>") || here.is("&&")) {
      const bool list = is_one_of(token(at + 1), {"any", "all", "some"});
      compare(operand_before(at), list ? group(at + 2) : TokenRange{at + 1, operand(at + 1)}, at);
    } else if (here.is_word("distinct") && word(at + 1, "from") && (word(at - 1, "is") || word(at - 1, "not"))) {
      const std::size_t is = word(at - 1, "is") ? at - 1 : at >= 2 ? at - 2 : 0;
      compare(operand_before(is), {at + 2, operand(at + 2)}, at);
    } else if (here.is_word("in")) {
      compare(operand_before(word(at - 1, "not") ? at - 1 : at), group(at + 1), at);
    }
  }
}

}  // namespace proapp::core
