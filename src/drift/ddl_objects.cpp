#include "drift/ddl_objects.hpp"

#include "pg/spi.hpp"

extern "C" {
#include <catalog/objectaddress.h>
#include <catalog/pg_class.h>
#include <catalog/pg_foreign_data_wrapper.h>
#include <catalog/pg_foreign_server.h>
#include <catalog/pg_language.h>
#include <catalog/pg_namespace.h>
#include <catalog/pg_proc.h>
#include <commands/event_trigger.h>
#include <nodes/parsenodes.h>
#include <tcop/deparse_utility.h>
#include <tcop/utility.h>
#include <utils/acl.h>
#include <utils/aclchk_internal.h>
}

namespace proapp::drift {

// ---- names ----

// PostgreSQL's word for a type of object, ours, and what ours puts before the identity. What is not here has the same word.
struct Word {
  const char *type, *kind, *prefix;
};
static constexpr Word words[] = {
    {"policy", "policy", "policy "},
    {"trigger", "trigger", "trigger "},
    {"rule", "rule", "rule "},
    {"table constraint", "constraint", "constraint "},
    {"domain constraint", "constraint", "constraint "},
    {"table column", "column", ""},
    {"view column", "column", ""},
    {"materialized view column", "column", ""},
    {"foreign table column", "column", ""},
    {"server", "foreign server", ""},
    {"foreign-data wrapper", "foreign data wrapper", ""},
    {"publication relation", "publication member", ""},
    {"default acl", "default privileges", ""},
};

// Parts of something else that is reported as well.
static constexpr const char *parts[] = {
    "default value", "toast table", "toast table column", "composite type column", "index column", "operator of access method", "function of access method", "large object"};

static const char *kind_of_type(Oid type) {
  switch (get_typtype(type)) {
    case TYPTYPE_ENUM:
      return "enum";
    case TYPTYPE_DOMAIN:
      return "domain";
    case TYPTYPE_COMPOSITE:
      return "composite type";
    case TYPTYPE_RANGE:
      return "range type";
    default:
      return "base type";
  }
}

static bool begins(const char *text, const char *with) { return strncmp(text, with, strlen(with)) == 0; }

// Where it is: what stands after " on " for what hangs on a relation.
static bool is_left_out(const Word &word, const char *identity) {
  const char *home = identity;
  if (word.prefix[0] != '\0')
    for (const char *on = strstr(identity, " on "); on != nullptr; on = strstr(home, " on ")) home = on + 4;
  for (const char *schema : {"proapp.", "proapp_data.", "proapp_archive.", "pg_temp.", "pg_temp_", "pg_toast."})
    if (begins(home, schema)) return true;
  if (strcmp(word.kind, "schema") == 0)
    for (const char *schema : {"proapp", "proapp_data", "proapp_archive"})
      if (strcmp(identity, schema) == 0) return true;
  return begins(identity, "\"RI_ConstraintTrigger_") || begins(identity, "\"_RETURN\" on ");
}

// PostgreSQL's types stand without their schema in a manifest's lists of arguments.
static const char *without_system_schema(const char *identity) {
  static constexpr char schema[] = "pg_catalog.";
  StringInfoData text;
  initStringInfo(&text);
  for (const char *at = identity; *at != '\0'; ++at) {
    const bool first_of_name = at > identity && (at[-1] == '(' || at[-1] == ',' || at[-1] == ' ');
    if (first_of_name && begins(at, schema)) at += sizeof schema - 1;
    appendStringInfoChar(&text, *at);
  }
  return text.data;
}

// The server's name is not quoted.
static const char *mapping_identity(const char *identity) {
  static constexpr char on_server[] = " on server ";
  const char *at = strstr(identity, on_server);
  return at == nullptr ? identity : psprintf("for %s server %s", pnstrdup(identity, at - identity), quote_identifier(at + sizeof on_server - 1));
}

// "for integer on language l": a manifest has no "on".
static const char *transform_identity(const char *identity) {
  const char *at = strstr(identity, " on language ");
  return at == nullptr ? identity : psprintf("%s%s", pnstrdup(identity, at - identity), at + strlen(" on"));
}

static void add(TouchedList &list, const char *tag, const char *type, const char *identity, Oid type_oid = InvalidOid) {
  for (const char *part : parts)
    if (strcmp(type, part) == 0) return;
  Word word = {type, type, ""};
  for (const Word &known : words)
    if (strcmp(known.type, type) == 0) word = known;
  if (is_left_out(word, identity)) return;
  if (strcmp(type, "type") == 0 && OidIsValid(type_oid)) word.kind = kind_of_type(type_oid);
  if (strcmp(type, "transform") == 0) identity = transform_identity(identity);
  if (strcmp(type, "user mapping") == 0) identity = mapping_identity(identity);
  for (const char *with_types : {"function", "procedure", "aggregate", "operator", "cast", "transform"})
    if (strcmp(type, with_types) == 0) identity = without_system_schema(identity);
  if (strcmp(type, "publication namespace") == 0) {
    const char *publication = strstr(identity, " in publication ");
    if (publication == nullptr) return;
    word.kind = "publication";
    identity = publication + strlen(" in publication ");
  }
  identity = psprintf("%s%s", word.prefix, identity);
  for (int i = 0; i < list.count && list.count < 100; ++i)
    if (strcmp(list.items[i].kind, word.kind) == 0 && strcmp(list.items[i].identity, identity) == 0 && strcmp(list.items[i].command_tag, tag) == 0) return;
  if (list.count == list.room) {
    list.room = list.room == 0 ? 16 : 2 * list.room;
    const size_t size = sizeof(Touched) * static_cast<size_t>(list.room);
    list.items = static_cast<Touched *>(list.items == nullptr ? palloc(size) : repalloc(list.items, size));
  }
  list.items[list.count++] = {tag, word.kind, identity};
}

static void add(TouchedList &list, const char *tag, const ObjectAddress &object) {
  const char *identity = getObjectIdentity(&object, true);
  const char *type = identity == nullptr ? nullptr : getObjectTypeDescription(&object, true);
  if (type != nullptr) add(list, tag, type, identity, object.classId == TypeRelationId ? object.objectId : InvalidOid);
}

// ---- ddl_command_end ----

// ALTER TABLE is reported as one command on the table. Its subcommands know the columns, constraints and indexes that they changed, so that who
// adds a column is not taken for who switched row-level security off: the table itself is touched only where a subcommand names no part of it.
static void add_altered(TouchedList &list, const char *tag, const CollectedCommand *command) {
  bool whole = command->d.alterTable.subcmds == NIL;
  ListCell *cell;
  foreach (cell, command->d.alterTable.subcmds) {
    const ObjectAddress &part = static_cast<const CollectedATSubcmd *>(lfirst(cell))->address;
    const bool is_part = OidIsValid(part.objectId) && (part.classId != RelationRelationId || part.objectSubId != 0 || get_rel_relkind(part.objectId) == RELKIND_INDEX);
    whole = whole || !is_part;
    if (OidIsValid(part.objectId)) add(list, tag, part);
  }
  if (whole || get_rel_relkind(command->d.alterTable.objectId) == RELKIND_COMPOSITE_TYPE) add(list, tag, {RelationRelationId, command->d.alterTable.objectId, 0});
}

static Oid catalog_of(ObjectType type) {
  switch (type) {
    case OBJECT_TABLE:
    case OBJECT_SEQUENCE:
      return RelationRelationId;
    case OBJECT_DOMAIN:
    case OBJECT_TYPE:
      return TypeRelationId;
    case OBJECT_FDW:
      return ForeignDataWrapperRelationId;
    case OBJECT_FOREIGN_SERVER:
      return ForeignServerRelationId;
    case OBJECT_FUNCTION:
    case OBJECT_PROCEDURE:
    case OBJECT_ROUTINE:
      return ProcedureRelationId;
    case OBJECT_LANGUAGE:
      return LanguageRelationId;
    case OBJECT_SCHEMA:
      return NamespaceRelationId;
    default:
      return InvalidOid;
  }
}

// GRANT and REVOKE are reported without their objects.
static void add_granted(TouchedList &list, const char *tag, const InternalGrant *grant) {
  const Oid catalog = catalog_of(grant->objtype);
  if (!OidIsValid(catalog)) return;
  ListCell *object;
  foreach (object, grant->objects) {
    bool columns = false;
    ListCell *cell, *name;
    foreach (cell, grant->col_privs)
      foreach (name, lfirst_node(AccessPriv, cell)->cols) {
        columns = true;
        const AttrNumber number = get_attnum(lfirst_oid(object), strVal(lfirst(name)));
        if (number != InvalidAttrNumber) add(list, tag, {catalog, lfirst_oid(object), number});
      }
    if (!columns || grant->all_privs || grant->privileges != 0) add(list, tag, {catalog, lfirst_oid(object), 0});
  }
}

static const char *granted_word(ObjectType type) {
  switch (type) {
    case OBJECT_TABLE:
      return "tables";
    case OBJECT_SEQUENCE:
      return "sequences";
    case OBJECT_TYPE:
      return "types";
    case OBJECT_SCHEMA:
      return "schemas";
    default:
      return "functions";
  }
}

// So is ALTER DEFAULT PRIVILEGES.
static void add_default_privileges(TouchedList &list, const char *tag, const AlterDefaultPrivilegesStmt *statement) {
  List *roles = NIL, *schemas = NIL;
  ListCell *cell;
  foreach (cell, statement->options) {
    const auto *option = lfirst_node(DefElem, cell);
    (strcmp(option->defname, "roles") == 0 ? roles : schemas) = reinterpret_cast<List *>(option->arg);
  }
  const char *on = granted_word(statement->action->objtype);
  const int role_count = roles == NIL ? 1 : list_length(roles), schema_count = schemas == NIL ? 1 : list_length(schemas);
  for (int r = 0; r < role_count; ++r) {
    const Oid role = roles == NIL ? GetUserId() : get_rolespec_oid(list_nth_node(RoleSpec, roles, r), true);
    if (!OidIsValid(role)) continue;
    const char *owner = quote_identifier(GetUserNameFromId(role, false));
    for (int s = 0; s < schema_count; ++s)
      add(list, tag, "default acl",
          schemas == NIL ? psprintf("for role %s on %s", owner, on) : psprintf("for role %s in schema %s on %s", owner, quote_identifier(strVal(list_nth(schemas, s))), on));
  }
}

void list_changed(TouchedList &list) {
  const uint64 count = pg::spi_run("select command_tag, object_type, object_identity, classid, objid, command from pg_catalog.pg_event_trigger_ddl_commands()");
  SPITupleTable *found = SPI_tuptable;
  for (uint64 i = 0; i < count; ++i) {
    const auto text = [&](int column) { return SPI_getvalue(found->vals[i], found->tupdesc, column); };
    bool null;
    const auto *command = reinterpret_cast<const CollectedCommand *>(DatumGetPointer(SPI_getbinval(found->vals[i], found->tupdesc, 6, &null)));
    const char *tag = text(1);
    switch (command->type) {
      case SCT_AlterTable:
        add_altered(list, tag, command);
        break;
      case SCT_Grant:
        add_granted(list, tag, command->d.grant.istmt);
        break;
      case SCT_AlterDefaultPrivileges:
        add_default_privileges(list, tag, reinterpret_cast<const AlterDefaultPrivilegesStmt *>(command->parsetree));
        break;
      default: {
        const Oid catalog = DatumGetObjectId(SPI_getbinval(found->vals[i], found->tupdesc, 4, &null));
        const Oid object = DatumGetObjectId(SPI_getbinval(found->vals[i], found->tupdesc, 5, &null));
        add(list, tag, text(2), text(3), catalog == TypeRelationId ? object : InvalidOid);
      }
    }
  }
}

// ---- sql_drop ----

void list_dropped(TouchedList &list, const char *command_tag) {
  const uint64 count = pg::spi_run(
      "select object_type, object_identity from pg_catalog.pg_event_trigger_dropped_objects()"
      // The types that tables and types bring along go with them.
      " where not is_temporary and object_identity is not null and (original or normal or object_type not in ('type', 'composite type'))");
  SPITupleTable *found = SPI_tuptable;
  for (uint64 i = 0; i < count; ++i) add(list, command_tag, SPI_getvalue(found->vals[i], found->tupdesc, 1), SPI_getvalue(found->vals[i], found->tupdesc, 2));
}

}  // namespace proapp::drift
