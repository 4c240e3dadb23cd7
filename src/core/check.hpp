// Checks: small pure functions from facts to findings. A family is a file that lists its checks; verify() runs them all.
#pragma once
#include "core/facts.hpp"

#include <span>
#include <string_view>

namespace proapp::core {

enum class FindingSeverity : unsigned char { critical, high, medium, low };
std::string_view severity_text(FindingSeverity severity);

class Findings;

struct Check {
  std::string_view id;  // rls_disabled
  FindingSeverity severity;
  std::string_view title;   // what is wrong, in a few words
  std::string_view reason;  // why that matters, in a sentence or two
  void (*run)(const Facts &facts, Findings &findings);
};

struct Finding {
  const Check *check;
  FindingSeverity severity;
  std::string_view object;   // an identity
  std::string_view problem;  // one line
  std::string_view fix;      // the statement to type; empty where none would be right without a decision
  const TableFact *table;    // on which it hangs, for selectors; null where it hangs on none
  const FunctionFact *function;
};

class Findings {
 public:
  explicit Findings(Arena &arena) : found_(arena), again_(arena) {}
  void run(const Facts &facts, const Check &check);
  // Runs those checks again that asked for texts, which are printed now; whether texts are missing once more.
  bool again(const Facts &facts);

  // Of the check that runs, with its own severity or another.
  void add(const TableFact *table, std::string_view object, std::string_view problem, std::string_view fix) { add(check_->severity, table, nullptr, object, problem, fix); }
  void add(FindingSeverity severity, const TableFact *table, const FunctionFact *function, std::string_view object, std::string_view problem, std::string_view fix) {
    found_.push_back({check_, severity, object, problem, fix, table, function});
  }
  void add(const FunctionFact *function, std::string_view problem, std::string_view fix) { add(check_->severity, nullptr, function, function->identity, problem, fix); }

  // Worst first, then by check and object; of one object and check the first.
  std::span<Finding> sorted();

 private:
  const Check *check_ = nullptr;
  Vector<Finding> found_;
  Vector<const Check *> again_;
};

// The families.
std::span<const Check> row_security_checks();  // checks_row_security.cpp: row-level security on and off, and the policies a table lacks
std::span<const Check> policy_truth_checks();  // checks_policy_truth.cpp: policies that let through what they should not
std::span<const Check> policy_style_checks();  // checks_policy_style.cpp: what policies lean on
std::span<const Check> policy_cost_checks();   // checks_policy_cost.cpp: what policies cost
std::span<const Check> recursion_checks();     // checks_recursion.cpp: policies that go round in circles
std::span<const Check> identity_checks();      // checks_identity.cpp: one kind of id compared with another
std::span<const Check> view_checks();          // checks_views.cpp: views, materialized views and foreign tables
std::span<const Check> function_checks();      // checks_functions.cpp: SECURITY DEFINER, search_path
std::span<const Check> reach_checks();         // checks_reach.cpp: grants, roles, storage, publications
std::span<const Check> integrity_checks();     // checks_integrity.cpp: keys, constraints, cascades
std::span<const Check> operation_checks();     // checks_operation.cpp: indexes, extensions, sequences, member tables

}  // namespace proapp::core
