// explain_access: which policy lets a row through or hides it, command by command.
#include "pg/boundary.hpp"

#include "identity/command_privileges.hpp"
#include "identity/policy_list.hpp"
#include "identity/row_place.hpp"
#include "pg/arguments.hpp"
#include "pg/attempt.hpp"
#include "pg/impersonate.hpp"
#include "pg/rows.hpp"
#include "pg/text.hpp"

extern "C" {
#include <access/relation.h>
#include <access/xact.h>
#include <catalog/pg_class.h>
#include <utils/acl.h>
#include <utils/rls.h>
}

using namespace proapp;

namespace proapp::identity {

namespace {

// All that is asked, and who answers; plain locals of one call.
struct Question {
  Relation relation;
  RowPlace row;
  const Query *query;  // null where there is no row
  const List *policies;
  const char *exempt;  // why policies do not apply to the user; null where they do
  pg::Rows *rows;
};

}  // namespace

static const char *me() { return quote_identifier(GetUserNameFromId(GetUserId(), false)); }

static Relation open_table(Oid id) {
  Relation relation = try_relation_open(id, AccessShareLock);
  if (relation == nullptr) ereport(ERROR, (errcode(ERRCODE_UNDEFINED_TABLE), errmsg("relation with OID %u does not exist", id)));
  const char kind = relation->rd_rel->relkind;
  if (kind == RELKIND_RELATION || kind == RELKIND_PARTITIONED_TABLE) return relation;
  const bool view = kind == RELKIND_VIEW || kind == RELKIND_MATVIEW;
  ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE), errmsg("%s is not a table", relation_text(relation)), errdetail("Only tables have policies."),
                  view ? errhint("Ask for the table that it reads: a view does so as its owner, unless it has security_invoker.") : 0));
  pg_unreachable();
}

// As the user.
static const char *exemption(Relation relation) {
  if (!relation->rd_rel->relrowsecurity)
    return relation->rd_rel->relispartition ? "row-level security is off in this partition; rows reached through its parent obey the parent's"
                                            : "row-level security is off: every row is allowed";
  if (check_enable_rls(RelationGetRelid(relation), InvalidOid, true) == RLS_ENABLED) return nullptr;
  if (superuser()) return psprintf("%s is a superuser: policies do not apply", me());
  if (has_bypassrls_privilege(GetUserId())) return psprintf("%s has BYPASSRLS: policies do not apply", me());
  return psprintf("%s owns the table, and row-level security is not forced: policies do not apply", me());
}

// What the user notices, and why: an error, or no row.
static Judgement refused(const Judgement &judgement, const char *otherwise, const char *when = "") {
  return {false, judgement.raises, psprintf("%s%s: %s", judgement.raises ? "error" : otherwise, when, judgement.reason)};
}

// UPDATE and DELETE name the row in WHERE, so the policies of SELECT hide it from them, too.
static Judgement judge_command(const Question &question, Command command) {
  const auto ask = [&question](Command which, bool check) { return judge(question.policies, which, check, question.query); };
  const Judgement seen = ask(Command::select, false);
  if (command == Command::select) return seen.passes ? seen : refused(seen, "hidden");
  if (command == Command::insert) {
    const Judgement inserted = ask(Command::insert, true);
    if (!inserted.passes) return refused(inserted, "error");
    return {true, false, seen.passes ? inserted.reason : psprintf("%s; with RETURNING an error, for SELECT: %s", inserted.reason, seen.reason)};
  }
  if (!seen.passes) return refused(seen, "not found", ", for SELECT");
  const Judgement touched = ask(command, false);
  if (!touched.passes) return refused(touched, "not found");
  if (command == Command::erase) return touched;
  const Judgement written = ask(command, true);
  return written.passes ? touched : refused(written, "error");
}

static void put_verdict(const Question &question, const char *name, Command command) {
  const auto put = [&question, name](pg::Cell allowed, const char *reason) { question.rows->put({name, allowed, pg::Cell::null(), pg::Cell::null(), reason}); };
  const CommandPrivileges privileges = privileges_for(question.relation, command);
  const auto with_limits = [&privileges](const char *reason) { return privileges.partial == nullptr ? reason : psprintf("%s; %s", reason, privileges.partial); };
  if (privileges.missing != nullptr) return put(false, privileges.missing);
  if (question.query == nullptr) return put(pg::Cell::null(), psprintf("%s has no row %s that you see", relation_text(question.relation), question.row.key));
  if (question.exempt != nullptr) return put(true, with_limits(question.exempt));
  const Judgement judgement = judge_command(question, command);
  put(judgement.passes, judgement.passes ? with_limits(judgement.reason) : judgement.reason);
}

static void put_part(const Question &question, const char *name, const Policy &policy, const char *clause, const char *text, const PolicyValue &value) {
  const char *reason = psprintf("%s, %s", policy.permissive ? "permissive" : "restrictive", clause);
  if (!policy.applies)
    reason = psprintf("%s: for %s, not for %s", reason, policy.roles, me());
  else if (text == nullptr)
    reason = psprintf("%s: none, so it %s", reason, policy.permissive ? "lets nothing through" : "restricts nothing");
  else if (value.error != nullptr)
    reason = psprintf("%s: raises: %s", reason, value.error);
  else if (value.null)
    reason = psprintf("%s: null", reason);
  const bool says_nothing = !policy.applies || question.query == nullptr;
  question.rows->put({name, says_nothing ? pg::Cell::null() : pg::Cell(text == nullptr ? !policy.permissive : value.passes), policy.name, text, reason});
}

static void put_policies(const Question &question, const char *name, Command command) {
  const ListCell *cell;
  foreach (cell, by_name(question.policies)) {
    const auto &policy = *static_cast<const Policy *>(lfirst(cell));
    if (!policy.is_for(command)) continue;
    const bool writes = command == Command::insert || command == Command::update, once = policy.checks_with_using();
    if (command != Command::insert) put_part(question, name, policy, writes && once ? "USING, and as WITH CHECK" : "USING", policy.using_text, policy.using_value);
    if (!writes || (command == Command::update && once)) continue;
    if (once)
      put_part(question, name, policy, "USING as WITH CHECK", policy.using_text, policy.using_value);
    else
      put_part(question, name, policy, "WITH CHECK", policy.check_text, policy.check_value);
  }
}

static void explain(Question &question) {
  question.exempt = exemption(question.relation);
  question.policies = question.exempt == nullptr ? read_policies(question.relation, question.query) : NIL;
  constexpr struct {
    const char *name;
    Command command;
  } all[] = {{"select", Command::select}, {"insert", Command::insert}, {"update", Command::update}, {"delete", Command::erase}};
  for (const auto &one : all) {
    put_verdict(question, one.name, one.command);
    put_policies(question, one.name, one.command);
  }
}

}  // namespace proapp::identity

PROAPP_FUNCTION(proapp_explain_access) {
  const Oid table = DatumGetObjectId(pg::required(fcinfo, 0, "relation"));
  const char *key = TextDatumGetCString(pg::required(fcinfo, 1, "key"));
  const pg::Identity identity = {pg::optional_text(fcinfo, 2), NameStr(*DatumGetName(pg::required(fcinfo, 3, "role"))), pg::no_claims()};
  pg::Rows rows(fcinfo);
  identity::Question question{};
  question.rows = &rows;
  question.relation = identity::open_table(table);

  // One snapshot for the row's place and for all that is said of the row.
  CommandCounterIncrement();
  PushActiveSnapshot(GetTransactionSnapshot());
  question.row = identity::find_row(question.relation, key);
  if (question.row.found) question.query = identity::query_of_row(question.relation, question.row);

  // Policies may call functions that write; with this nothing of it stays, nor do claims and role.
  pg::Subtransaction subtransaction;
  identity::Question *asked = &question;
  const pg::Identity *who = &identity;
  subtransaction.run([asked, who] {
    pg::impersonate(*who, pg::Effects::taken_back);
    identity::explain(*asked);
  });
  subtransaction.take_back();
  PopActiveSnapshot();
  relation_close(question.relation, AccessShareLock);
  return rows.done();
}
