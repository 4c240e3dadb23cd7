#include "migration/guard.hpp"

#include "migration/existing.hpp"
#include "migration/rollback.hpp"
#include "pg/scan.hpp"

extern "C" {
#include <catalog/objectaddress.h>
#include <nodes/parsenodes.h>
#include <tcop/utility.h>
#include <utils/acl.h>
#include <utils/fmgroids.h>
}

namespace proapp::migration {

static Oid installer = InvalidOid;
static ProcessUtility_hook_type next_hook = nullptr;

// CREATE SCHEMA … AUTHORIZATION says itself whose the schema may be.
static Oid named_owner(const Node *statement) {
  if (!IsA(statement, CreateSchemaStmt)) return InvalidOid;
  const RoleSpec *role = reinterpret_cast<const CreateSchemaStmt *>(statement)->authrole;
  return role == nullptr ? InvalidOid : get_rolespec_oid(role, true);
}

static void check(const Node *statement) {
  const ObjectAddress object = existing_target(statement);
  if (!OidIsValid(object.objectId)) return;
  const Oid owner = owner_of(object);
  // A superuser needs no trap.
  if (!OidIsValid(owner) || owner == installer || owner == GetUserId() || owner == named_owner(statement) || superuser_arg(owner)) return;
  ereport(ERROR,
          (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE), errmsg("%s exists and belongs to \"%s\"", getObjectDescription(&object, false), GetUserNameFromId(owner, false)),
           errdetail("A migration run by \"%s\" replaces nothing of others: it could have been prepared to be taken for the migration's own.", GetUserNameFromId(installer, false)),
           errhint("Look at it; then drop or rename it, or make \"%s\" its owner.", GetUserNameFromId(installer, false))));
}

// The rest of the arguments of a ProcessUtility hook.
struct Call {
  const char *sql;
  bool read_only_tree;
  ProcessUtilityContext context;
  ParamListInfo parameters;
  QueryEnvironment *environment;
  DestReceiver *receiver;
  QueryCompletion *completion;
};

static void forward(PlannedStmt *planned, void *argument) {
  const auto &call = *static_cast<const Call *>(argument);
  (next_hook != nullptr ? next_hook : standard_ProcessUtility)(planned, call.sql, call.read_only_tree, call.context, call.parameters, call.environment, call.receiver,
                                                               call.completion);
}

static void process_utility(PlannedStmt *planned, const char *sql, bool read_only_tree, ProcessUtilityContext context, ParamListInfo parameters, QueryEnvironment *environment,
                            DestReceiver *receiver, QueryCompletion *completion) {
  const bool guarded = OidIsValid(installer);
  if (guarded) check(planned->utilityStmt);
  Call call = {sql, read_only_tree, context, parameters, environment, receiver, completion};
  if (!roll_back_by(planned, forward, &call)) forward(planned, &call);
  // Somebody may have committed the object after the first look; the error then takes the statement back.
  if (guarded) check(planned->utilityStmt);
}

void install_guard() {
  next_hook = ProcessUtility_hook;
  ProcessUtility_hook = process_utility;
  install_rollback();
}

Oid guard_for(Oid role) {
  const Oid before = installer;
  installer = role;
  return before;
}

}  // namespace proapp::migration
