#include "core/body_domains.hpp"

#include "core/sorted.hpp"

#include <algorithm>

namespace proapp::core {

static constexpr int deepest = 32;
static constexpr Domain auth_id = {Domain::Kind::auth, 0, 0};

BodyDomains::BodyDomains(Domains &domains, const BodyText &body, const FunctionFact *function, const TableFact *table)
    : domains_(domains), body_(body), function_(function), table_(table), variables_(domains.facts().arena) {
  if (function == nullptr) return;
  std::string_view names = function->argument_names;
  while (!names.empty()) {
    const std::size_t end = std::min(names.find('\n'), names.size());
    if (end > 0) declare(names.substr(0, end), {}, {}, true);
    names.remove_prefix(std::min(end + 1, names.size()));
  }
  for (const BodyText::Declaration &declaration : body.declarations()) declare(declaration.name, declaration.type, declaration.value, false);
  trigger_tables_ = domains.trigger_tables(*function);
}

void BodyDomains::declare(std::string_view name, TokenRange type, TokenRange value, bool parameter) {
  if (Variable *before = find_variable(name)) {
    before->declared_twice = true;
    return;
  }
  Variable made;
  made.name = name;
  made.type = type;
  made.value = value;
  made.parameter = parameter;
  variables_.push_back(made);
}

BodyDomains::Variable *BodyDomains::find_variable(std::string_view name) {
  const auto found = std::ranges::find(variables_, name, &Variable::name);
  return found == variables_.end() ? nullptr : &*found;
}

std::span<const BodyText::Fill> BodyDomains::fills() {
  work_ += body_.fills().size();
  return body_.fills();
}

std::span<const BodyText::Source> BodyDomains::sources(std::size_t statement) {
  const auto found = equal_items(body_.sources(), statement, &BodyText::Source::statement);
  work_ += found.size() + 1;
  return found;
}

// ---- tables ----

const TableFact *BodyDomains::table_named(TokenRange name) {
  if (name.empty()) return nullptr;
  const auto tokens = body_.tokens();
  return domains_.table(name.end >= name.begin + 3 ? tokens[name.end - 3].text : std::string_view{}, tokens[name.end - 1].text);
}

const TableFact *BodyDomains::source_named(std::string_view alias, std::size_t statement) {
  const TableFact *only = nullptr;
  bool any = false;
  for (const BodyText::Source &source : sources(statement)) {
    if (source.alias != alias) continue;
    const TableFact *table = table_named(source.table);
    if (any && table != only) return nullptr;
    only = table;
    any = true;
  }
  return !any && table_ != nullptr && table_->name == alias ? table_ : only;
}

Domain BodyDomains::of_column(std::string_view name, std::size_t statement) {
  const TableFact *only = table_ != nullptr && Domains::number_of(table_, name) > 0 ? table_ : nullptr;
  for (const BodyText::Source &source : sources(statement)) {
    const TableFact *table = table_named(source.table);
    if (table == nullptr) return {};
    if (Domains::number_of(table, name) == 0 || table == only) continue;
    if (only != nullptr) return {};
    only = table;
  }
  return only == nullptr ? Domain{} : domains_.column(only, name);
}

Domain BodyDomains::of_trigger_row(std::string_view column) {
  Agreement agreement;
  for (const TableFact *table : trigger_tables_) agreement.add(domains_.column(table, column));
  return agreement.result();
}

// ---- variables ----

TokenRange BodyDomains::item(TokenRange list, std::size_t position) const {
  const auto comma = [](const SqlToken &t) { return t.is(","); };
  if (!list.empty() && body_.tokens()[list.begin].is_word("distinct")) ++list.begin;
  for (std::size_t at = list.begin; at < list.end;) {
    const std::size_t end = body_.until({at, list.end}, comma);
    if (position-- == 0) return {at, end};
    at = end + 1;
  }
  return {};
}

// `*` of a statement with one source, `alias.*`, or an alias itself.
const TableFact *BodyDomains::filled_row(TokenRange list, std::size_t statement) {
  const auto tokens = body_.tokens();
  const auto all = sources(statement);
  if (list.end == list.begin + 1 && tokens[list.begin].is("*")) return all.size() == 1 ? table_named(all[0].table) : nullptr;
  const bool of_alias = list.end == list.begin + 3 && tokens[list.begin + 1].is(".") && tokens[list.begin + 2].is("*");
  return of_alias || list.end == list.begin + 1 ? source_named(tokens[list.begin].text, statement) : nullptr;
}

const TableFact *BodyDomains::row_of(const Variable &variable) {
  const auto tokens = body_.tokens();
  const TokenRange type = variable.type;
  if (!type.empty() && !(type.end == type.begin + 1 && tokens[type.begin].is_word("record"))) {
    const std::size_t end = body_.chain(type.begin);
    const bool rowtype = type.end == end + 2 && tokens[end].is("%") && tokens[end + 1].is_word("rowtype");
    return rowtype || end == type.end ? table_named({type.begin, end}) : nullptr;
  }
  const TableFact *only = nullptr;
  for (const BodyText::Fill &fill : fills()) {
    if (fill.targets.end != fill.targets.begin + 1 || tokens[fill.targets.begin].text != variable.name) continue;
    const TableFact *row = filled_row(fill.list, fill.statement);
    if (row == nullptr || (only != nullptr && row != only)) return nullptr;
    only = row;
  }
  return only;
}

// The field of a record that a list of expressions fills: by its alias, or its own name.
Domain BodyDomains::of_field(Variable &variable, std::string_view field, int depth) {
  if (variable.declared_twice) return {};
  if (const TableFact *row = row_of(variable)) return domains_.column(row, field);
  const auto tokens = body_.tokens();
  Agreement agreement;
  for (const BodyText::Fill &fill : fills()) {
    if (fill.targets.end != fill.targets.begin + 1 || tokens[fill.targets.begin].text != variable.name) continue;
    Domain found;
    TokenRange expression;
    for (std::size_t i = 0; i < most_items && !(expression = item(fill.list, i)).empty(); ++i) {
      if (tokens[expression.end - 1].text != field || !tokens[expression.end - 1].is_name()) continue;
      const bool named = expression.end > expression.begin + 2 && tokens[expression.end - 2].is_word("as");
      found = of({expression.begin, named ? expression.end - 2 : expression.end}, fill.statement, depth + 1);
    }
    agreement.add(found);
  }
  return agreement.result();
}

Meant BodyDomains::by_comparisons(const Variable &variable, int depth) {
  const auto tokens = body_.tokens();
  const auto is_it = [&](TokenRange range) {
    range = body_.without_brackets(range);
    return range.end == range.begin + 1 && tokens[range.begin].is_name() && tokens[range.begin].text == variable.name;
  };
  Meant meant;
  work_ += body_.comparisons().size();
  for (const BodyText::Comparison &comparison : body_.comparisons()) {
    if (!is_it(comparison.left) && !is_it(comparison.right)) continue;
    const TokenRange other = body_.without_brackets(is_it(comparison.left) ? comparison.right : comparison.left);
    const bool is_column = body_.chain(other.begin) == other.end && find_variable(tokens[other.begin].text) == nullptr;
    meant.add(of(other, comparison.statement, depth + 1), is_column);
  }
  for (const BodyText::Inserted &inserted : body_.inserted())
    if (is_it(inserted.value)) meant.add(domains_.column(table_named(inserted.table), inserted.column), true);
  return meant;
}

Domain BodyDomains::of_variable(Variable &variable, int depth) {
  if (variable.state != Variable::State::unread) return variable.domain;
  if (variable.declared_twice || depth > deepest) return {};
  variable.state = Variable::State::busy;
  const auto tokens = body_.tokens();
  Agreement agreement;
  const auto add = [&](TokenRange value, std::size_t statement) {
    value = body_.without_brackets(value);
    if (value.end != value.begin + 1 || !tokens[value.begin].is_word("null")) agreement.add(of(value, statement, depth + 1));
  };
  if (!variable.value.empty()) add(variable.value, body_.statement(variable.value.begin));
  for (const BodyText::Assignment &assignment : body_.assignments())
    if (assignment.target.end == assignment.target.begin + 1 && tokens[assignment.target.begin].text == variable.name) add(assignment.value, assignment.statement);
  for (const BodyText::Fill &fill : fills()) {
    TokenRange target;
    for (std::size_t i = 0; i < most_items && !(target = item(fill.targets, i)).empty(); ++i)
      if (target.end == target.begin + 1 && tokens[target.begin].text == variable.name) add(item(fill.list, i), fill.statement);
  }
  Domain found = agreement.result();
  if (!agreement.any()) {
    const TokenRange type = variable.type;
    const bool of_column = type.end >= type.begin + 5 && tokens[type.end - 2].is("%") && tokens[type.end - 1].is_word("type");
    if (of_column) found = domains_.column(table_named({type.begin, type.end - 4}), tokens[type.end - 3].text);
    if (variable.parameter) found = by_comparisons(variable, depth).result();
  }
  variable.domain = found;
  variable.state = Variable::State::read;
  return found;
}

// ---- expressions ----

Domain BodyDomains::of_name(TokenRange name, std::size_t statement, int depth) {
  const auto tokens = body_.tokens();
  const std::string_view last = tokens[name.end - 1].text;
  if (name.end == name.begin + 1) {
    if (Variable *found = find_variable(last)) return of_variable(*found, depth);
    return of_column(last, statement);
  }
  if (name.end == name.begin + 5) return domains_.column(table_named({name.begin, name.end - 2}), last);
  if (name.end != name.begin + 3) return {};
  const std::string_view first = tokens[name.begin].text;
  Variable *found = find_variable(first);
  const bool trigger_row = function_ != nullptr && function_->returns_trigger && (first == "new" || first == "old");
  const TableFact *source = source_named(first, statement);
  if (found != nullptr) return source == nullptr ? of_field(*found, last, depth) : Domain{};
  if (trigger_row) return of_trigger_row(last);
  if (function_ != nullptr && first == function_->name && source == nullptr) {
    Variable *parameter = find_variable(last);
    return parameter == nullptr ? Domain{} : of_variable(*parameter, depth);
  }
  return domains_.column(source, last);
}

Domain BodyDomains::of_list(TokenRange range, std::size_t statement, int depth) {
  Agreement agreement;
  const auto tokens = body_.tokens();
  for (std::size_t i = 0; i < most_items; ++i) {
    const TokenRange part = item(range, i);
    if (part.empty()) break;
    if (part.end > part.begin + 1 || (!tokens[part.begin].is_word("null") && tokens[part.begin].kind != SqlToken::Kind::text)) agreement.add(of(part, statement, depth + 1));
  }
  return agreement.result();
}

Domain BodyDomains::of_call(TokenRange name, TokenRange arguments, std::size_t statement, int depth) {
  const auto tokens = body_.tokens();
  const std::string_view last = tokens[name.end - 1].text;
  const bool qualified = name.end >= name.begin + 3;
  if (!qualified && (last == "coalesce" || last == "nullif" || last == "unnest" || last == "max" || last == "min" || last == "greatest" || last == "least"))
    return of_list(arguments, statement, depth);
  if (!qualified && last == "cast") return of({arguments.begin, body_.until(arguments, [](const SqlToken &t) { return t.is_word("as"); })}, statement, depth + 1);
  const FunctionFact *function = domains_.function(qualified ? tokens[name.end - 3].text : std::string_view{}, last);
  if (function == nullptr) return {};
  const bool constant = !arguments.empty() && tokens[arguments.begin].kind == SqlToken::Kind::text;
  if (const Domain known = domains_.named_result(*function, constant ? tokens[arguments.begin].text : std::string_view{})) return known;
  return domains_.result(*function);
}

// Mentions auth.jwt() or the setting of all claims.
bool BodyDomains::is_claims(TokenRange range) const {
  const auto tokens = body_.tokens();
  for (std::size_t at = range.begin; at < range.end; ++at) {
    if (tokens[at].kind == SqlToken::Kind::text && tokens[at].text == "request.jwt.claims") return true;
    if (at + 2 < range.end && tokens[at].is_word("auth") && tokens[at + 1].is(".") && tokens[at + 2].is_word("jwt")) return true;
  }
  return false;
}

Domain BodyDomains::of(TokenRange range, std::size_t statement, int depth) {
  const auto tokens = body_.tokens();
  range = body_.without_brackets(range);
  if (range.empty() || depth > deepest || work_ > most_work) return {};
  if (tokens[range.begin].is_word("select")) {
    const std::size_t end =
        body_.until({range.begin + 1, range.end}, [](const SqlToken &t) { return t.is_word("from") || t.is_word("where") || t.is_word("limit") || t.is_word("order"); });
    if (body_.until({end, range.end}, [](const SqlToken &t) { return t.is_word("union") || t.is_word("except") || t.is_word("intersect"); }) < range.end) return {};
    TokenRange list = {range.begin + 1, end};
    if (!item(list, 1).empty()) return {};
    list = item(list, 0);
    const std::size_t as = body_.until(list, [](const SqlToken &t) { return t.is_word("as"); });
    return of({list.begin, as}, statement, depth + 1);
  }
  if (!item(range, 1).empty()) return of_list(range, statement, depth);

  // One operand with what follows it.
  Domain found;
  std::size_t at = range.begin;
  if (tokens[at].is("(") || (tokens[at].is_word("array") && at + 1 < range.end && tokens[at + 1].is("["))) {
    const std::size_t open = tokens[at].is("(") ? at : at + 1;
    const std::size_t close = body_.closing(open);
    if (close >= range.end) return {};
    found = of({open + 1, close}, statement, depth + 1);
    at = close + 1;
  } else if (const std::size_t end = body_.chain(at); end > at && end <= range.end) {
    if (end < range.end && tokens[end].is("(")) {
      const std::size_t close = body_.closing(end);
      if (close >= range.end) return {};
      found = of_call({at, end}, {end + 1, close}, statement, depth + 1);
      at = close + 1;
    } else {
      found = of_name({at, end}, statement, depth + 1);
      at = end;
    }
  }
  while (at < range.end) {
    if (tokens[at].is("::")) {
      at = std::max(body_.chain(at + 1), at + 1);
      while (at < range.end && (tokens[at].is("[") || tokens[at].is("]") || tokens[at].is_word("varying"))) ++at;
    } else if (tokens[at].is("->>") && at + 1 < range.end && tokens[at + 1].text == "sub" && tokens[at + 1].kind == SqlToken::Kind::text && is_claims({range.begin, at})) {
      found = auth_id;
      at += 2;
    } else {
      return {};
    }
  }
  return found;
}

// ---- what is asked ----

Domain BodyDomains::result() {
  Agreement agreement;
  const auto tokens = body_.tokens();
  for (const TokenRange value : body_.returns())
    if (value.end > value.begin + 1 || !tokens[value.begin].is_word("null")) agreement.add(of(value, body_.statement(value.begin)));
  return agreement.result();
}

// By number, where the names are those of the arguments: output arguments may stand between them.
std::span<const Domain> BodyDomains::parameters() {
  auto &found = domains_.facts().arena.make<Vector<Domain>>(domains_.facts().arena);
  const auto names = static_cast<std::size_t>(std::ranges::count(function_->argument_names, '\n')) + 1;
  if (names != function_->argument_types.size() && !function_->returns_set) return {};
  std::string_view rest = function_->argument_names;
  for (std::size_t i = 0; i < function_->argument_types.size(); ++i) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    Variable *named = end == 0 ? nullptr : find_variable(rest.substr(0, end));
    found.push_back(named != nullptr && named->parameter && !by_comparisons(*named, 0).mixed() ? of_variable(*named, 0) : Domain{});
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return found.span();
}

Vector<BodyMismatch> &BodyDomains::mismatches() {
  auto &found = domains_.facts().arena.make<Vector<BodyMismatch>>(domains_.facts().arena);
  const auto is_key = [&](Domain domain, TokenRange range) {
    const TableFact *table = domains_.facts().table(domain.relation);
    return table != nullptr && body_.tokens()[range.end - 1].text == table->column(domain.number)->name;
  };
  const auto put = [&](Domain left, TokenRange left_range, Domain right, TokenRange right_range, std::size_t at, std::string_view column) {
    const bool both_keys = is_key(left, left_range) && is_key(right, right_range);  // two tables may share a key without saying so
    if (!both_keys && domains_.differ(left, right)) found.push_back({left, right, left_range, right_range, at, column});
  };
  for (const BodyText::Comparison &comparison : body_.comparisons())
    put(of(comparison.left, comparison.statement), comparison.left, of(comparison.right, comparison.statement), comparison.right, comparison.at, {});
  if (function_ == nullptr) return found;
  for (const BodyText::Inserted &inserted : body_.inserted()) {
    const TableFact *table = table_named(inserted.table);
    const int number = Domains::number_of(table, inserted.column);
    if (number > 0)
      put(domains_.column(table, number), inserted.table, of(inserted.value, inserted.statement), inserted.value, inserted.value.begin,
          domains_.facts().column_identity(table->id, number));
  }
  for (const BodyText::Assignment &assignment : body_.assignments()) {
    const std::string_view first = body_.tokens()[assignment.target.begin].text;
    if (assignment.target.end == assignment.target.begin + 3 && first == "new" && function_->returns_trigger)
      put(of(assignment.target, assignment.statement), assignment.target, of(assignment.value, assignment.statement), assignment.value, assignment.target.begin,
          body_.text(assignment.target));
  }
  std::ranges::stable_sort(found, {}, &BodyMismatch::at);
  return found;
}

TokenRange BodyDomains::call_in(TokenRange range, Domain domain) {
  const auto tokens = body_.tokens();
  TokenRange only;
  for (std::size_t at = range.begin; at < range.end; ++at) {
    const std::size_t open = body_.chain(at);
    if (open == at) continue;
    const std::size_t close = open < range.end && tokens[open].is("(") ? body_.closing(open) : range.end;
    if (close < range.end && of_call({at, open}, {open + 1, close}, body_.statement(at), 0) == domain) {
      if (!only.empty() && close >= only.end) return {};
      only = {at, close + 1};
    }
    at = open - 1;
  }
  return only;
}

}  // namespace proapp::core
