// Policies that go round in circles: reading a table applies its policies, which read a table. PostgreSQL notices when a query is run, and refuses it.
#include "core/check.hpp"
#include "core/policy_reasoning.hpp"
#include "core/policy_text.hpp"

#include <algorithm>
#include <cctype>

namespace proapp::core {

using Kind = Term::Kind;

namespace {

// Follows what a policy reads, as one role, to the policies of what is read. One serves all policies: what a table's policies read is found once.
class Walk {
 public:
  Walk(const Facts &facts, const PolicyReasoning &reasoning, Actor actor) : facts_(facts), reasoning_(reasoning), actor_(actor), path_(facts.arena), stops_(facts.arena) {}

  // Does what `policy` reads lead back to its table? The tables on the way are then in path(). Short ways are looked for first: they say most.
  bool returns(const PolicyFact &policy) {
    policy_ = &policy;
    start_ = policy.table;
    reached_ = nullptr;
    in_function_ = 0;
    follow(policy, 0);
    const Reached *const first = reached_;
    if (first == nullptr) return false;
    for (const std::size_t longest : {std::size_t{1}, std::size_t{2}, std::size_t{3}, farthest}) {
      longest_ = longest;
      cut_ = false;
      path_.clear();
      path_.push_back(start_);
      ++round_;
      if (visit(first->begin(), first->end())) return true;
      if (!cut_) return false;
    }
    return false;
  }
  std::string_view path() const {
    static constexpr std::size_t shown = 5;
    std::string_view found;
    for (std::size_t i = 0; i < path_.size(); ++i) {
      if (path_.size() > shown && i >= 3 && i + 2 < path_.size()) continue;
      const bool elided = path_.size() > shown && i + 2 == path_.size();
      found = facts_.text({found, found.empty() ? "" : elided ? " -> … -> " : " -> ", path_[i]->identity});
    }
    return found;
  }

 private:
  static constexpr std::size_t farthest = 4096;  // the stack has to hold the way

  // A table as it is come upon: as whom, and inside of a function or not.
  struct Stop {
    const TableFact *table;
    Oid as;
    bool in_function;
    unsigned seen = 0;                        // in the round of that number
    const Vector<Stop *> *reads = nullptr;  // where its policies lead, once that was asked
    Stop *next = nullptr;                   // of the same table
  };
  using Reached = Vector<Stop *>;

  bool follow(const PolicyFact &policy, Oid as) {
    for (const Term *condition : {policy.qual, policy.check})
      if (condition != nullptr) any_part(*condition, [&](const Term &part) { return enter(part, as, 0); });
    return false;
  }

  Stop *stop(const TableFact *table, Oid as) {
    Stop *&first = stops_.at(table->id);
    for (Stop *one = first; one != nullptr; one = one->next)
      if (one->as == as && one->in_function == (in_function_ > 0)) return one;
    return first = &facts_.arena.make<Stop>(Stop{table, as, in_function_ > 0, 0, nullptr, first});
  }

  // `as`: the owner of the definer's function inside which it is; 0 for the actor.
  bool enter(const Term &part, Oid as, int depth) {
    if (part.query != nullptr && tables(*part.query, as)) return true;
    const FunctionFact *function = part.kind == Kind::call ? facts_.function(part.id) : nullptr;
    if (function == nullptr || depth >= 6 || function->of_schema == nullptr || function->of_schema->system) return false;
    if (function->definer) as = function->owner;
    ++in_function_;
    const bool returned = std::any_of(function->queries.begin(), function->queries.end(), [&](const Query *query) { return query_within(*query, as, depth); }) ||
                          (function->language == "plpgsql" && function->extension.empty() && named_tables(*function, as));
    --in_function_;
    return returned;
  }

  bool query_within(const Query &query, Oid as, int depth) {
    return tables(query, as) || any_part(query, [&](const Term &part) { return enter(part, as, depth + 1); });
  }

  bool tables(const Query &query, Oid as) {
    return std::any_of(query.sources.begin(), query.sources.end(), [&](const Source &source) {
      return (source.relation != 0 && read(facts_.table(source.relation), as)) || (source.query != nullptr && tables(*source.query, as));
    });
  }

  bool skips_policies(const TableFact &table, Oid as) const {
    if (as == 0) return false;
    const RoleFact *role = Facts::get(facts_.role_of, as);
    return (role != nullptr && (role->superuser || role->bypasses_rls)) || (table.owner == as && !table.forced);
  }

  bool applies(const PolicyFact &policy, Oid as) const {
    if (!policy.applies_to('r')) return false;
    if (as != 0) return std::any_of(policy.roles.begin(), policy.roles.end(), [&](Oid one) { return one == 0 || one == as; });
    return !facts_.has_api_roles || reasoning_.applies(policy, actor_);
  }

  // Notes where it leads; never an answer, so that all is read.
  bool read(const TableFact *table, Oid as) {
    if (table == nullptr) return false;
    const bool view = table->kind == 'v';
    if (!view && (!table->is_table() || !table->rls || skips_policies(*table, as))) return false;
    if (!view && Facts::get(facts_.policies_of, table->id) == nullptr) return false;
    if (reached_ == nullptr) reached_ = &facts_.arena.make<Reached>(facts_.arena);
    reached_->push_back(stop(table, as));
    return false;
  }

  const Reached &reads(Stop &stop) {
    if (stop.reads != nullptr) return *stop.reads;
    reached_ = &facts_.arena.make<Reached>(facts_.arena);
    in_function_ = stop.in_function ? 1 : 0;
    if (stop.table->kind == 'v') {
      follow_view(*stop.table, stop.as);
    } else {
      for (const PolicyFact *policy : *Facts::get(facts_.policies_of, stop.table->id))
        if (applies(*policy, stop.as)) follow(*policy, stop.as);
    }
    return *(stop.reads = reached_);
  }

  template <class Iterator>
  bool visit(Iterator begin, Iterator end) {
    return std::any_of(begin, end, [this](Stop *stop) { return arrives(*stop); });
  }

  bool arrives(Stop &stop) {
    const bool back = stop.table == start_;
    if (back && ends_here(stop)) {
      path_.push_back(stop.table);
      return true;
    }
    if (path_.size() >= longest_) {
      cut_ = true;
      return false;
    }
    if (back || stop.seen == round_) return false;
    stop.seen = round_;
    path_.push_back(stop.table);
    const Reached &next = reads(stop);
    if (visit(next.begin(), next.end())) return true;
    path_.pop_back();
    return false;
  }

  // A view reads as its owner, unless it is the invoker's.
  bool follow_view(const TableFact &view, Oid as) {
    const Oid reader = view.invoker ? as : view.owner;
    return std::any_of(view.queries.begin(), view.queries.end(),
                       [&](const Query *query) { return tables(*query, reader) || any_part(*query, [&](const Term &part) { return enter(part, reader, 0); }); });
  }

  // Back at the first table. Within one statement PostgreSQL refuses to expand policies with sub-selects of any kind a second time; inside a function a
  // statement begins anew, and it is a circle where the policy itself is among those that are asked.
  bool ends_here(const Stop &stop) const {
    const auto *policies = Facts::get(facts_.policies_of, stop.table->id);
    return policies != nullptr && std::any_of(policies->begin(), policies->end(), [&](const PolicyFact *policy) {
      if (!applies(*policy, stop.as)) return false;
      if (stop.in_function) return policy == policy_;
      const auto sub_select = [](const Term &part) { return part.query != nullptr; };
      return (policy->qual != nullptr && any_part(*policy->qual, sub_select)) || (policy->check != nullptr && any_part(*policy->check, sub_select));
    });
  }

  // What follows FROM and JOIN in a body that PostgreSQL keeps as text.
  bool named_tables(const FunctionFact &function, Oid as) {
    const std::string_view text = function.source;
    std::string_view before;
    for (std::size_t i = 0; i < text.size();) {
      if (text.substr(i).starts_with("--")) {
        i = std::min(text.find('\n', i), text.size());
        continue;
      }
      std::size_t end = i;
      while (end < text.size() && (std::isalnum(static_cast<unsigned char>(text[end])) != 0 || text[end] == '_' || text[end] == '.' || text[end] == '"')) ++end;
      if (end == i) {
        ++i;
        continue;
      }
      const std::string_view word = text.substr(i, end - i);
      const auto is = [&](std::string_view small) {
        return before.size() == small.size() &&
               std::equal(before.begin(), before.end(), small.begin(), [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == b; });
      };
      if (is("from") || is("join"))
        for (const TableFact *table : facts_.tables) {
          const std::string_view bare_name = table->identity.substr(table->identity.rfind('.') + 1);
          const bool same =
              word == table->identity || (word == bare_name && (table->schema == function.schema || (table->of_schema != nullptr && table->of_schema->name == "public")));
          if (same && read(table, as)) return true;
        }
      before = word;
      i = end;
    }
    return false;
  }

  const Facts &facts_;
  const PolicyReasoning &reasoning_;
  const Actor actor_;
  const PolicyFact *policy_ = nullptr;
  const TableFact *start_ = nullptr;
  int in_function_ = 0;
  std::size_t longest_ = 0;
  bool cut_ = false;
  Vector<const TableFact *> path_;
  OidMap<Stop *> stops_;
  Reached *reached_ = nullptr;  // where what is being read leads
  unsigned round_ = 0;
};

}  // namespace

// ---- the way out ----

// A membership that says what the condition says: column in (select organization from members where user = …).
static std::string_view by_membership(const Facts &facts, const PolicyReasoning &reasoning, const PolicyFact &policy, const Term *condition) {
  if (condition == nullptr) return {};
  const Term &term = bare(*condition);
  if (term.kind != Kind::sub_select || term.number != 2 || term.query == nullptr) return {};
  const ColumnFact *column = left_column(policy, term);
  const MembershipFact *membership = column == nullptr ? nullptr : reasoning.same_membership(term);
  return membership == nullptr ? std::string_view{} : in_organizations(facts, *column, *membership);
}

// The condition as it is, in a function of whoever makes it: given the row, and evaluated past the policies of what it reads.
static std::string_view in_function(const Facts &facts, const PolicyFact &policy) {
  const TableFact &table = *policy.table;
  const RoleFact *owner = Facts::get(facts.role_of, table.owner);
  const bool goes_past = owner != nullptr && (owner->superuser || owner->bypasses_rls || !table.forced);
  if (!goes_past) return {};
  const std::string_view name = table.identity.substr(table.identity.rfind('.') + 1);
  const std::string_view schema = table.identity.substr(0, table.identity.size() - name.size());
  const bool has_anon = PolicyReasoning(facts).role(Actor::anon) != 0;
  std::string_view statements, qual, check;
  for (const bool is_check : {false, true}) {
    const Term *condition = is_check ? policy.check : policy.qual;
    if (condition == nullptr) continue;
    const std::string_view text = is_check ? policy.check_text : policy.qual_text;
    if (is_check && text == std::string_view(policy.qual_text)) {
      check = qual;
      continue;
    }
    const std::string_view function = facts.text({schema, quoted_name(facts, facts.text({policy.name, is_check ? " (check)" : " (using)"}))});
    std::string_view tag = "$proapp$";
    while (text.find(tag) != std::string_view::npos) tag = facts.text({tag.substr(0, tag.size() - 1), "_$"});
    const std::string_view signature = facts.text({function, "(", table.identity, ")"});
    const std::string_view roles = policy_roles(facts, policy);
    statements = facts.text({statements, "create function ", function, "(the_row ", table.identity,
                             ") returns boolean language sql stable security definer set search_path = pg_catalog, pg_temp as ", tag, " select ", text,
                             " from (select (the_row).*) as ", name, " ", tag, "; "});
    if (roles != "public")
      statements = facts.text({statements, "revoke execute on function ", signature, " from public", has_anon && roles.find("anon") == std::string_view::npos ? ", anon" : "",
                               "; grant execute on function ", signature, " to ", roles, "; "});
    (is_check ? check : qual) = facts.text({function, "(", name, ")"});
  }
  return facts.text({statements, alter_policy(facts, policy, qual, check)});
}

static std::string_view recursion_fix(const Facts &facts, const PolicyFact &policy) {
  const PolicyReasoning reasoning(facts);
  const std::string_view qual = by_membership(facts, reasoning, policy, policy.qual), check = by_membership(facts, reasoning, policy, policy.check);
  const bool known = (policy.qual == nullptr) == qual.empty() && (policy.check == nullptr) == check.empty();
  return known ? alter_policy(facts, policy, qual, check) : in_function(facts, policy);
}

static void policy_recursion(const Facts &facts, Findings &findings) {
  const PolicyReasoning reasoning(facts);
  Walk &signed_in = facts.arena.make<Walk>(facts, reasoning, Actor::signed_in), &anon = facts.arena.make<Walk>(facts, reasoning, Actor::anon);
  for (const PolicyFact *policy : facts.policies) {
    if (!policy->table->rls || !policy->table->extension.empty()) continue;
    for (const Actor actor : {Actor::signed_in, Actor::anon}) {
      if (facts.has_api_roles && !reasoning.applies(*policy, actor)) continue;
      Walk &walk = actor == Actor::anon ? anon : signed_in;
      if (!walk.returns(*policy)) continue;
      findings.add(policy->table, policy->identity, facts.text({"it ends where it begins, and queries fail: ", walk.path()}), recursion_fix(facts, *policy));
      break;
    }
  }
}

static constexpr Check checks[] = {
    {"policy_recursion", FindingSeverity::high, "a policy reads its own table, directly or through others",
     "PostgreSQL refuses every query with \"infinite recursion detected in policy\" (42P17), or runs out of stack where a function is on the way. "
     "proapp.current_organizations(), or a SECURITY DEFINER function, reads past the policies.",
     policy_recursion},
};

std::span<const Check> recursion_checks() { return checks; }

}  // namespace proapp::core
