#include "pg/boundary.hpp"

#include "identity/registering.hpp"
#include "pg/compat.hpp"

extern "C" {
#include <access/relation.h>
#include <catalog/namespace.h>
#include <utils/acl.h>
#include <utils/rls.h>
}

namespace proapp::identity {

const char *required_name(FunctionCallInfo fcinfo, int argument, const char *name) { return pstrdup(NameStr(*DatumGetName(pg::required(fcinfo, argument, name)))); }

const char *optional_text(FunctionCallInfo fcinfo, int argument, const char *name) { return PG_ARGISNULL(argument) ? nullptr : pg::required_text(fcinfo, argument, name); }

const char *optional_name(FunctionCallInfo fcinfo, int argument) { return PG_ARGISNULL(argument) ? nullptr : required_name(fcinfo, argument, ""); }

Relation open_named(Oid relation, Source &into) {
  Relation table = try_relation_open(relation, AccessShareLock);
  if (table == nullptr) ereport(ERROR, (errcode(ERRCODE_UNDEFINED_TABLE), errmsg("relation with OID %u does not exist", relation)));
  into.schema = get_namespace_name_or_temp(RelationGetNamespace(table));
  into.table = pstrdup(RelationGetRelationName(table));
  return table;
}

bool may_read_all(const char *schema, const char *table) {
  const Oid in = get_namespace_oid(schema, true);
  const Oid relation = OidIsValid(in) ? get_relname_relid(table, in) : InvalidOid;
  return OidIsValid(relation) && pg::may_use_schema(in) && pg_class_aclcheck(relation, GetUserId(), ACL_SELECT) == ACLCHECK_OK &&
         check_enable_rls(relation, InvalidOid, true) != RLS_ENABLED;
}

static bool may_select(Oid relation, const List *columns, Oid user) {
  if (pg_class_aclcheck(relation, user, ACL_SELECT) == ACLCHECK_OK) return true;
  const ListCell *cell;
  foreach (cell, columns)
    if (pg_attribute_aclcheck(relation, static_cast<AttrNumber>(lfirst_int(cell)), user, ACL_SELECT) != ACLCHECK_OK) return false;
  return true;
}

static const char *names_of(Oid relation, const List *columns) {
  StringInfoData names;
  initStringInfo(&names);
  const ListCell *cell;
  foreach (cell, columns) appendStringInfo(&names, "%s%s", names.len > 0 ? ", " : "", quote_identifier(get_attname(relation, static_cast<AttrNumber>(lfirst_int(cell)), false)));
  return names.data;
}

void check_may_read(const Source &source, Relation table, const List *columns) {
  const Oid relation = RelationGetRelid(table), user = GetUserId();
  if (!may_select(relation, columns, user))
    ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE), errmsg("permission denied for table %s", table_text(source)),
                    errdetail("Registering it needs SELECT on its columns %s.", names_of(relation, columns)),
                    errhint("Call as the table's owner, or have SELECT granted to \"%s\".", GetUserNameFromId(user, false))));
  if (check_enable_rls(relation, InvalidOid, true) == RLS_ENABLED)
    ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE), errmsg("row-level security of table %s applies to \"%s\"", table_text(source), GetUserNameFromId(user, false)),
                    errdetail("Its rows are looked up past the table's policies, so it is registered by a role that they do not restrict."),
                    errhint("Call as a role with BYPASSRLS, or as the table's owner where row-level security is not forced.")));
}

}  // namespace proapp::identity
