// One kind of id compared with another: auth.uid() with a user's id in the application's own tables, an organization with a user.
#include "core/check.hpp"
#include "core/digest.hpp"
#include "core/identity_comparisons.hpp"
#include "core/identity_fix.hpp"
#include "core/sql_text.hpp"

#include <algorithm>
#include <charconv>

namespace proapp::core {

namespace {

using Kind = Term::Kind;

// ---- words ----

std::string_view number_text(const Facts &facts, std::size_t number) {
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof digits, number);
  return facts.arena.copy({digits, static_cast<std::size_t>(end.ptr - digits)});
}

// "auth.uid() is an id of auth.users", "provider_id holds ids of public.users"
std::string_view side_text(Domains &domains, const Term &term, Domain domain, const TableFact *table) {
  const Facts &facts = domains.facts();
  const Term &inner = essence(term);
  const std::string_view kind = domains.kind_text(domain);
  if (inner.kind == Kind::column) {
    const TableFact *of = facts.table(inner.id);
    const ColumnFact *column = of == nullptr ? nullptr : of->column(inner.number);
    if (column != nullptr) return facts.text({of == table ? column->quoted : facts.text({of->identity, ".", column->quoted}), " holds ", kind});
  }
  if (inner.kind == Kind::call)
    if (const FunctionFact *called = facts.function(inner.id)) {
      const std::string_view name = called->identity.substr(0, called->identity.find('('));
      if (domain != domains.of(inner)) return facts.text({name, "(…) takes ", kind});
      const bool many = called->returns_set || called->name == "current_organizations";
      return facts.text({name, called->argument_types.empty() ? "()" : "(…)", many ? " gives " : " is ", domains.kind_text(domain, !many)});
    }
  if (inner.kind == Kind::sub_select) return facts.text({"the sub-select gives ", kind});
  if (inner.kind == Kind::parameter) return facts.text({"its argument ", number_text(facts, static_cast<std::size_t>(inner.number)), " is compared with ", kind, " elsewhere"});
  return facts.text({"the other side is ", domains.kind_text(domain, true)});
}

std::string_view both_text(Domains &domains, const TermMismatch &wrong, const TableFact *table) {
  const bool column_first = essence(*wrong.right).kind == Kind::column && essence(*wrong.left).kind != Kind::column;
  const std::string_view left = side_text(domains, *wrong.left, wrong.left_domain, table), right = side_text(domains, *wrong.right, wrong.right_domain, table);
  return column_first ? domains.facts().text({right, ", ", left}) : domains.facts().text({left, ", ", right});
}

// ---- policies ----

std::string_view in_brackets(const Facts &facts, std::string_view expression) {
  const BodyText &body = facts.arena.make<BodyText>(expression, facts.arena);
  const bool enclosed = !body.tokens().empty() && body.tokens()[0].is("(") && body.closing(0) == body.tokens().size() - 1;
  return enclosed ? expression : facts.text({"(", expression, ")"});
}

// With the clauses that are not empty.
std::string_view alter_policy(const Facts &facts, const PolicyFact &policy, std::string_view qual, std::string_view check) {
  return facts.text({"alter ", policy.identity, qual.empty() ? "" : " using ", qual.empty() ? "" : in_brackets(facts, qual), check.empty() ? "" : " with check ",
                     check.empty() ? "" : in_brackets(facts, check)});
}

// SQL with so many wrong comparisons corrected; nothing where the text shows others than the tree. `table`: whose columns it names without a FROM.
bool correct_text(Domains &domains, std::string_view text, const TableFact *table, std::size_t wrong, bool in_policy, IdentityFix &fix) {
  if (wrong == 0) return true;
  if (text.size() > BodyText::longest) return false;
  const Facts &facts = domains.facts();
  const BodyText &body = facts.arena.make<BodyText>(text, facts.arena);
  BodyDomains &reader = facts.arena.make<BodyDomains>(domains, body, nullptr, table);
  const auto &mismatches = reader.mismatches();
  if (mismatches.size() != wrong) return false;
  IdentityFixer fixer(domains, reader, body, in_policy);
  fix = fixer.correct(mismatches.span(), {0, body.tokens().size()});
  return !fix.text.empty() && fix.text != text;
}

// What must run before, and the statement.
std::string_view with_before(const Facts &facts, const IdentityFix &fix, std::string_view statement) {
  return fix.before.empty() ? statement : facts.text({fix.before, "; ", statement});
}

std::string_view policy_fix(Domains &domains, const PolicyFact &policy, std::size_t in_qual, std::size_t in_check) {
  const Facts &facts = domains.facts();
  IdentityFix qual, check;
  if (!correct_text(domains, policy.qual_text, policy.table, in_qual, true, qual) || !correct_text(domains, policy.check_text, policy.table, in_check, true, check)) return {};
  return with_before(facts, qual.before.empty() ? check : qual, alter_policy(facts, policy, qual.text, check.text));
}

void wrong_identity(const Facts &facts, Findings &findings) {
  Domains &domains = domains_of(facts);
  for (const PolicyFact *policy : facts.policies) {
    Comparisons &qual = facts.arena.make<Comparisons>(domains, facts), &check = facts.arena.make<Comparisons>(domains, facts);
    if (policy->qual != nullptr) qual.read(*policy->qual);
    if (policy->check != nullptr) check.read(*policy->check);
    if (qual.found().empty() && check.found().empty()) continue;
    const auto lets_through = [](const TermMismatch &wrong) { return wrong.negated; };
    const bool opens = std::ranges::any_of(qual.found(), lets_through) || std::ranges::any_of(check.found(), lets_through);
    const auto in = opens && std::ranges::any_of(qual.found(), lets_through) ? qual.found() : !opens && !qual.found().empty() ? qual.found() : check.found();
    const TermMismatch &worst = *std::ranges::find(in, opens, &TermMismatch::negated);
    findings.add(opens ? FindingSeverity::critical : FindingSeverity::high, policy->table, nullptr, policy->identity,
                 facts.text({both_text(domains, worst, policy->table), opens                              ? ": they always differ, every row passes"
                                                                       : in.data() == qual.found().data() ? ": no row ever matches"
                                                                                                          : ": no row is ever accepted"}),
                 policy_fix(domains, *policy, qual.found().size(), check.found().size()));
  }
}

// ---- tables, views, indexes ----

void wrong_identity_default(const Facts &facts, Findings &findings) {
  Domains &domains = domains_of(facts);
  for (const TableFact *table : facts.tables)
    for (std::size_t i = 0; i < table->columns.size(); ++i) {
      const ColumnFact &column = table->columns[i];
      if (column.default_value == nullptr) continue;
      const Domain holds = domains.column(table, static_cast<int>(i) + 1), gives = domains.of(*column.default_value);
      if (!domains.differ(holds, gives)) {
        Comparisons &comparisons = facts.arena.make<Comparisons>(domains, facts);
        comparisons.read(*column.default_value);
        if (!comparisons.found().empty())
          findings.add(table, facts.text({table->identity, ".", column.quoted}), facts.text({both_text(domains, comparisons.found()[0], table), ": no value is both"}), {});
        continue;
      }
      const UserMapping mapping = domains.mapping(holds);
      std::string_view value, before;
      if (mapping.users != nullptr && gives.kind == Domain::Kind::auth) {
        value = current_user_call(domains, mapping, false);
        if (mapping.name.empty()) before = facts.text({map_users_call(domains, mapping), "; "});
      } else if (holds.kind == Domain::Kind::auth && domains.has_auth_uid()) {
        value = "auth.uid()";
      }
      const bool generated = column.generated;
      findings.add(
          table, facts.text({table->identity, ".", column.quoted}),
          facts.text(
              {column.quoted, " holds ", domains.kind_text(holds), ", its ", generated ? "expression: " : "default: ", side_text(domains, *column.default_value, gives, table)}),
          value.empty() || generated ? std::string_view{} : facts.text({before, "alter table ", table->identity, " alter column ", column.quoted, " set default ", value}));
    }
}

void wrong_identity_constraint(const Facts &facts, Findings &findings) {
  Domains &domains = domains_of(facts);
  for (const ConstraintFact *constraint : facts.constraints) {
    if (constraint->check == nullptr) continue;
    Comparisons &comparisons = facts.arena.make<Comparisons>(domains, facts);
    comparisons.read(*constraint->check);
    if (comparisons.found().empty()) continue;
    IdentityFix fix;
    std::string_view statement;
    if (correct_text(domains, constraint->text, constraint->table, comparisons.found().size(), false, fix))
      statement = with_before(
          facts, fix, facts.text({"alter table ", constraint->table->identity, " drop constraint ", constraint->quoted, ", add constraint ", constraint->quoted, " ", fix.text}));
    findings.add(constraint->table, constraint->identity, facts.text({both_text(domains, comparisons.found()[0], constraint->table), ": no value is both"}), statement);
  }
}

void wrong_identity_index(const Facts &facts, Findings &findings) {
  Domains &domains = domains_of(facts);
  for (const IndexFact *index : facts.indexes) {
    Comparisons &comparisons = facts.arena.make<Comparisons>(domains, facts);
    for (const Term *expression : index->expressions) comparisons.read(*expression);
    if (!comparisons.found().empty()) findings.add(index->table, index->identity, facts.text({both_text(domains, comparisons.found()[0], index->table), ": no value is both"}), {});
  }
}

// A materialized view would have to be dropped, with its indexes and grants.
std::string_view view_fix(Domains &domains, const TableFact &view, std::size_t wrong) {
  IdentityFix fix;
  if (view.kind != 'v' || !correct_text(domains, view.query_text, nullptr, wrong, false, fix)) return {};
  const Facts &facts = domains.facts();
  const std::string_view options = view.options.empty() ? view.options : facts.text({" with (", view.options, ")"});
  return with_before(facts, fix, facts.text({"create or replace view ", view.identity, options, " as ", fix.text}));
}

void wrong_identity_view(const Facts &facts, Findings &findings) {
  Domains &domains = domains_of(facts);
  for (const TableFact *view : facts.tables) {
    if (view->queries.empty() || view->of_schema == nullptr || view->of_schema->system) continue;
    Comparisons &comparisons = facts.arena.make<Comparisons>(domains, facts);
    for (const Query *query : view->queries) comparisons.read(*query);
    if (comparisons.found().empty()) continue;
    const TermMismatch &wrong = comparisons.found()[0];
    findings.add(view, view->identity, facts.text({both_text(domains, wrong, nullptr), wrong.negated ? ": they always differ" : ": no row ever matches"}),
                 view_fix(domains, *view, comparisons.found().size()));
  }
}

// ---- functions ----

// White space as single blanks, and not too much of it.
std::string_view one_line(const Facts &facts, std::string_view text) {
  static constexpr std::size_t most = 80;
  Bytes &line = facts.arena.make<Bytes>(facts.arena);
  bool blank = false;
  for (const char c : text) {
    const bool is_blank = c == ' ' || (c >= '\t' && c <= '\r');
    const bool begins_character = (static_cast<unsigned char>(c) & 0xC0) != 0x80;
    if (line.size() >= most && begins_character) return line.raw("…").view();
    if (is_blank ? !blank : true) line.raw(is_blank ? ' ' : c);
    blank = is_blank;
  }
  return line.view();
}

struct FunctionFinding {
  std::string_view problem, fix;
  std::size_t count = 0;
};

// "v_order.driver_id holds ids of public.drivers, auth.uid() gives ids of auth.users (line 4)", and the corrected comparison.
FunctionFinding of_text(Domains &domains, const FunctionFact &function) {
  const Facts &facts = domains.facts();
  const BodyText &body = facts.body(function);
  BodyDomains &reader = facts.arena.make<BodyDomains>(domains, body, &function, nullptr);
  const auto &wrong = reader.mismatches();
  if (wrong.empty()) return {};
  const BodyMismatch &first = wrong[0];
  const std::string_view line = number_text(facts, static_cast<std::size_t>(line_at(function.source, body.tokens()[first.at].begin)));
  const std::string_view left = first.column.empty() ? one_line(facts, body.text(first.left_range)) : first.column;
  IdentityFixer fixer(domains, reader, body, false);
  TokenRange part = first.right_range;
  if (first.column.empty()) {
    const bool in_list = body.tokens()[part.begin - 1].is("(") && body.closing(part.begin - 1) == part.end;  // IN (…), = ANY (…)
    part = {first.left_range.begin, part.end + (in_list ? 1 : 0)};
  }
  const IdentityFix fix = fixer.correct(wrong.span().first(1), part);
  return {facts.text({"line ", line, ": ", left, " holds ", domains.kind_text(first.left), ", ", one_line(facts, body.text(first.right_range)), " holds ",
                      domains.kind_text(first.right)}),
          facts.text({fix.before, fix.before.empty() ? "" : "; ", fix.text}), wrong.size()};
}

FunctionFinding of_queries(Domains &domains, const FunctionFact &function) {
  const Facts &facts = domains.facts();
  domains.use_parameters(domains.parameters_inside(function));
  Comparisons &comparisons = facts.arena.make<Comparisons>(domains, facts);
  FunctionFinding found;
  for (const Query *query : function.queries) {
    comparisons.read(*query);
    const TableFact *target = facts.table(query->target);
    for (std::size_t i = 0; target != nullptr && i < query->columns.size() && i < query->targets.size(); ++i) {
      const Domain holds = domains.column(target, query->columns[i]), gives = domains.of(*query->targets[i]);
      if (!domains.differ(holds, gives)) continue;
      if (found.count++ == 0)
        found.problem =
            facts.text({facts.column_identity(target->id, query->columns[i]), " holds ", domains.kind_text(holds), ", ", side_text(domains, *query->targets[i], gives, nullptr)});
    }
  }
  if (found.count == 0 && !comparisons.found().empty()) found.problem = both_text(domains, comparisons.found()[0], nullptr);
  found.count += comparisons.found().size();
  domains.use_parameters({});
  if (found.count > 0 && !function.source.empty()) found.fix = of_text(domains, function).fix;
  return found;
}

void wrong_identity_function(const Facts &facts, Findings &findings) {
  Domains &domains = domains_of(facts);
  for (const FunctionFact *function : facts.functions) {
    const bool is_ours = function->of_schema != nullptr && !function->of_schema->system && !function->of_schema->managed && function->extension.empty();
    if (!is_ours) continue;
    const FunctionFinding found = !function->queries.empty() ? of_queries(domains, *function) : function->language == "plpgsql" ? of_text(domains, *function) : FunctionFinding{};
    if (found.count == 0) continue;
    findings.add(function, found.count == 1 ? found.problem : facts.text({found.problem, "; ", number_text(facts, found.count - 1), " more"}), found.fix);
  }
}

// ---- auth ids that are no uuids ----

// auth.uid()::text is (select proapp.auth_id())::text; without the cast it is compared with a uuid, and the column is wrong as well.
bool without_auth_uid(const Facts &facts, std::string_view text, std::string_view &corrected) {
  if (text.size() > BodyText::longest) return false;
  const BodyText &body = facts.arena.make<BodyText>(text, facts.arena);
  const auto tokens = body.tokens();
  std::size_t done = 0;
  corrected = {};
  for (std::size_t at = 0; at + 4 < tokens.size(); ++at) {
    if (!tokens[at].is_word("auth") || !tokens[at + 1].is(".") || !tokens[at + 2].is_word("uid") || !tokens[at + 3].is("(")) continue;
    std::size_t next = at + 5;
    while (next < tokens.size() && tokens[next].is(")")) ++next;
    if (next + 1 >= tokens.size() || !tokens[next].is("::") || !tokens[next + 1].is_word("text")) return false;
    corrected = facts.text({corrected, text.substr(done, tokens[at].begin - done), "(select proapp.auth_id())"});
    done = tokens[at + 4].end;
  }
  corrected = facts.text({corrected, text.substr(done)});
  return true;
}

void auth_uid_of_text_ids(const Facts &facts, Findings &findings) {
  Domains &domains = domains_of(facts);
  if (domains.text_auth_ids().empty() || !domains.has_auth_uid()) return;
  const auto calls = [&](const Term &term) { return term.kind == Kind::call && facts.called(term) == "auth.uid()"; };
  for (const PolicyFact *policy : facts.policies) {
    const bool in_qual = policy->qual != nullptr && any_part(*policy->qual, calls), in_check = policy->check != nullptr && any_part(*policy->check, calls);
    if (!in_qual && !in_check) continue;
    std::string_view qual, check, fix;
    if ((!in_qual || without_auth_uid(facts, policy->qual_text, qual)) && (!in_check || without_auth_uid(facts, policy->check_text, check)))
      fix = alter_policy(facts, *policy, qual, check);
    findings.add(policy->table, policy->identity, facts.text({"auth.uid() raises for ids that are no uuids, as ", domains.text_auth_ids(), " holds"}), fix);
  }
}

}  // namespace

static constexpr Check checks[] = {
    {"wrong_identity", FindingSeverity::high, "a policy compares one kind of id with another",
     "An id of auth.users never equals an id of another table: whoever is signed in sees nothing, or with a negated comparison everything.", wrong_identity},
    {"wrong_identity_default", FindingSeverity::high, "a column's default is another kind of id than the column holds",
     "Rows that are inserted without a value break their foreign key, or belong to nobody.", wrong_identity_default},
    {"wrong_identity_constraint", FindingSeverity::high, "a check constraint compares one kind of id with another",
     "No value is of both kinds: the constraint refuses every row, or none.", wrong_identity_constraint},
    {"wrong_identity_view", FindingSeverity::medium, "a view compares one kind of id with another", "A join or condition over two kinds of ids matches nothing.",
     wrong_identity_view},
    {"wrong_identity_index", FindingSeverity::low, "an index compares one kind of id with another",
     "What is compared is never equal: the index answers a question that nobody has.", wrong_identity_index},
    {"wrong_identity_function", FindingSeverity::high, "a function compares one kind of id with another, or puts it into a column of the other",
     "A guard such as auth.uid() <> order.driver_id refuses everybody, or lets everybody in, without an error that says so.", wrong_identity_function},
    {"auth_uid_of_text_ids", FindingSeverity::high, "a policy calls auth.uid() where user ids are texts",
     "It casts the claim to uuid and raises for every user: each query on the table fails.", auth_uid_of_text_ids},
};

std::span<const Check> identity_checks() { return checks; }

}  // namespace proapp::core
