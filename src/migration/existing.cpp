#include "migration/existing.hpp"

#include "pg/scan.hpp"

#include <initializer_list>

extern "C" {
#include <catalog/index.h>
#include <catalog/namespace.h>
#include <catalog/pg_class.h>
#include <catalog/pg_collation.h>
#include <catalog/pg_extension.h>
#include <catalog/pg_foreign_server.h>
#include <catalog/pg_language.h>
#include <catalog/pg_namespace.h>
#include <catalog/pg_proc.h>
#include <catalog/pg_statistic_ext.h>
#include <catalog/pg_type.h>
#include <commands/extension.h>
#include <commands/proclang.h>
#include <foreign/foreign.h>
#include <mb/pg_wchar.h>
#include <nodes/makefuncs.h>
#include <parser/parse_type.h>
#include <utils/acl.h>
#include <utils/fmgroids.h>
#include <utils/syscache.h>
}

namespace proapp::migration {

static ObjectAddress address(Oid catalog, Oid object) { return {catalog, object, 0}; }

template <class Statement>
static const Statement *as(const Node *statement) {
  return reinterpret_cast<const Statement *>(statement);
}

// The relation of that name in the schema where a new one would be made.
static ObjectAddress relation_to_make(const RangeVar *name) { return address(RelationRelationId, get_relname_relid(name->relname, RangeVarGetCreationNamespace(name))); }

// An index of that name on the table itself could only come from the table's owner, and the script names the table.
static ObjectAddress index_to_make(const IndexStmt *statement) {
  const Oid table = RangeVarGetRelid(statement->relation, NoLock, true);
  if (!OidIsValid(table) || statement->idxname == nullptr) return InvalidObjectAddress;
  const Oid found = get_relname_relid(statement->idxname, get_rel_namespace(table));
  return OidIsValid(found) && IndexGetRelation(found, true) != table ? address(RelationRelationId, found) : InvalidObjectAddress;
}

// A routine's identity is its name and the types of what goes in. An unknown type: such a routine cannot be there.
static ObjectAddress routine_to_make(List *qualified_name, List *parameters) {
  char *name;
  const Oid schema = QualifiedNameGetCreationNamespace(qualified_name, &name);
  Oid types[FUNC_MAX_ARGS];
  int count = 0;
  ListCell *cell;
  foreach (cell, parameters) {
    const auto *parameter = lfirst_node(FunctionParameter, cell);
    if (parameter->mode == FUNC_PARAM_OUT || parameter->mode == FUNC_PARAM_TABLE) continue;
    const Oid type = LookupTypeNameOid(nullptr, parameter->argType, true);
    if (!OidIsValid(type) || count == FUNC_MAX_ARGS) return InvalidObjectAddress;
    types[count++] = type;
  }
  return address(ProcedureRelationId,
                 GetSysCacheOid3(PROCNAMEARGSNSP, Anum_pg_proc_oid, CStringGetDatum(name), PointerGetDatum(buildoidvector(types, count)), ObjectIdGetDatum(schema)));
}

// The syntax from before 8.2 names the input type among the options; "ANY" means none.
static ObjectAddress aggregate_to_make(const DefineStmt *statement) {
  if (!statement->oldstyle) return routine_to_make(statement->defnames, linitial_node(List, statement->args));
  List *parameters = NIL;
  ListCell *cell;
  foreach (cell, statement->definition) {
    auto *option = lfirst_node(DefElem, cell);
    if (strcmp(option->defname, "basetype") != 0 || option->arg == nullptr) continue;
    auto *type = IsA(option->arg, TypeName) ? reinterpret_cast<TypeName *>(option->arg) : makeTypeName(strVal(option->arg));
    if (list_length(type->names) == 1 && pg_strcasecmp(strVal(linitial(type->names)), "any") == 0) continue;
    auto *parameter = makeNode(FunctionParameter);
    parameter->argType = type;
    parameter->mode = FUNC_PARAM_IN;
    parameters = lappend(parameters, parameter);
  }
  return routine_to_make(statement->defnames, parameters);
}

// A collation is looked up for this database's encoding first, then for any.
static ObjectAddress collation_to_make(List *qualified_name) {
  char *name;
  const Oid schema = QualifiedNameGetCreationNamespace(qualified_name, &name);
  for (const int encoding : {GetDatabaseEncoding(), -1}) {
    const Oid collation = GetSysCacheOid3(COLLNAMEENCNSP, Anum_pg_collation_oid, CStringGetDatum(name), Int32GetDatum(encoding), ObjectIdGetDatum(schema));
    if (OidIsValid(collation)) return address(CollationRelationId, collation);
  }
  return InvalidObjectAddress;
}

static ObjectAddress statistics_to_make(List *qualified_name) {
  if (qualified_name == NIL) return InvalidObjectAddress;
  char *name;
  const Oid schema = QualifiedNameGetCreationNamespace(qualified_name, &name);
  return address(StatisticExtRelationId, GetSysCacheOid2(STATEXTNAMENSP, Anum_pg_statistic_ext_oid, CStringGetDatum(name), ObjectIdGetDatum(schema)));
}

static ObjectAddress schema_to_make(const CreateSchemaStmt *statement) {
  const char *name = statement->schemaname;
  if (name == nullptr) name = get_rolespec_name(statement->authrole);
  return address(NamespaceRelationId, get_namespace_oid(name, true));
}

static ObjectAddress server(const char *name) {
  const ForeignServer *found = GetForeignServerByName(name, true);
  return address(ForeignServerRelationId, found == nullptr ? InvalidOid : found->serverid);
}

static ObjectAddress defined(const DefineStmt *statement) {
  if (statement->kind == OBJECT_AGGREGATE && statement->replace) return aggregate_to_make(statement);
  if (statement->kind == OBJECT_COLLATION && statement->if_not_exists) return collation_to_make(statement->defnames);
  return InvalidObjectAddress;
}

ObjectAddress existing_target(const Node *statement) {
  switch (nodeTag(statement)) {
    case T_CreateStmt:
    case T_CreateForeignTableStmt:  // begins with a CreateStmt
      return as<CreateStmt>(statement)->if_not_exists ? relation_to_make(as<CreateStmt>(statement)->relation) : InvalidObjectAddress;
    case T_CreateTableAsStmt:
      return as<CreateTableAsStmt>(statement)->if_not_exists ? relation_to_make(as<CreateTableAsStmt>(statement)->into->rel) : InvalidObjectAddress;
    case T_CreateSeqStmt:
      return as<CreateSeqStmt>(statement)->if_not_exists ? relation_to_make(as<CreateSeqStmt>(statement)->sequence) : InvalidObjectAddress;
    case T_ViewStmt:
      return as<ViewStmt>(statement)->replace ? relation_to_make(as<ViewStmt>(statement)->view) : InvalidObjectAddress;
    case T_IndexStmt:
      return as<IndexStmt>(statement)->if_not_exists ? index_to_make(as<IndexStmt>(statement)) : InvalidObjectAddress;
    case T_CreateFunctionStmt:
      return as<CreateFunctionStmt>(statement)->replace ? routine_to_make(as<CreateFunctionStmt>(statement)->funcname, as<CreateFunctionStmt>(statement)->parameters)
                                                        : InvalidObjectAddress;
    case T_DefineStmt:
      return defined(as<DefineStmt>(statement));
    case T_CreateStatsStmt:
      return as<CreateStatsStmt>(statement)->if_not_exists ? statistics_to_make(as<CreateStatsStmt>(statement)->defnames) : InvalidObjectAddress;
    case T_CreateSchemaStmt:
      return as<CreateSchemaStmt>(statement)->if_not_exists ? schema_to_make(as<CreateSchemaStmt>(statement)) : InvalidObjectAddress;
    case T_CreateExtensionStmt:
      return as<CreateExtensionStmt>(statement)->if_not_exists ? address(ExtensionRelationId, get_extension_oid(as<CreateExtensionStmt>(statement)->extname, true))
                                                               : InvalidObjectAddress;
    case T_CreateForeignServerStmt:
      return as<CreateForeignServerStmt>(statement)->if_not_exists ? server(as<CreateForeignServerStmt>(statement)->servername) : InvalidObjectAddress;
    case T_CreateUserMappingStmt:
      return as<CreateUserMappingStmt>(statement)->if_not_exists ? server(as<CreateUserMappingStmt>(statement)->servername) : InvalidObjectAddress;
    case T_CreatePLangStmt:
      return as<CreatePLangStmt>(statement)->replace ? address(LanguageRelationId, get_language_oid(as<CreatePLangStmt>(statement)->plname, true)) : InvalidObjectAddress;
    default:
      return InvalidObjectAddress;
  }
}

static bool is_there(const RangeVar *name) { return name->schemaname != nullptr && OidIsValid(get_namespace_oid(name->schemaname, true)); }

static bool is_there(List *qualified_name) { return list_length(qualified_name) == 2 && OidIsValid(get_namespace_oid(strVal(linitial(qualified_name)), true)); }

static ObjectAddress relation_in_the_way(const RangeVar *name) {
  if (!is_there(name)) return InvalidObjectAddress;
  return address(RelationRelationId, get_relname_relid(name->relname, get_namespace_oid(name->schemaname, false)));
}

static ObjectAddress type_in_the_way(List *qualified_name) {
  if (!is_there(qualified_name)) return InvalidObjectAddress;
  const Oid schema = get_namespace_oid(strVal(linitial(qualified_name)), false);
  return address(TypeRelationId, GetSysCacheOid2(TYPENAMENSP, Anum_pg_type_oid, CStringGetDatum(strVal(lsecond(qualified_name))), ObjectIdGetDatum(schema)));
}

ObjectAddress target_in_the_way(const Node *statement) {
  switch (nodeTag(statement)) {
    case T_CreateStmt:
    case T_CreateForeignTableStmt:
      return as<CreateStmt>(statement)->if_not_exists ? InvalidObjectAddress : relation_in_the_way(as<CreateStmt>(statement)->relation);
    case T_CreateTableAsStmt:
      return as<CreateTableAsStmt>(statement)->if_not_exists ? InvalidObjectAddress : relation_in_the_way(as<CreateTableAsStmt>(statement)->into->rel);
    case T_CreateSeqStmt:
      return as<CreateSeqStmt>(statement)->if_not_exists ? InvalidObjectAddress : relation_in_the_way(as<CreateSeqStmt>(statement)->sequence);
    case T_ViewStmt:
      return as<ViewStmt>(statement)->replace ? InvalidObjectAddress : relation_in_the_way(as<ViewStmt>(statement)->view);
    case T_CreateFunctionStmt:
      return as<CreateFunctionStmt>(statement)->replace || !is_there(as<CreateFunctionStmt>(statement)->funcname)
                 ? InvalidObjectAddress
                 : routine_to_make(as<CreateFunctionStmt>(statement)->funcname, as<CreateFunctionStmt>(statement)->parameters);
    case T_CompositeTypeStmt:
      return relation_in_the_way(as<CompositeTypeStmt>(statement)->typevar);
    case T_CreateEnumStmt:
      return type_in_the_way(as<CreateEnumStmt>(statement)->typeName);
    case T_CreateRangeStmt:
      return type_in_the_way(as<CreateRangeStmt>(statement)->typeName);
    case T_CreateDomainStmt:
      return type_in_the_way(as<CreateDomainStmt>(statement)->domainname);
    case T_CreateSchemaStmt:
      return as<CreateSchemaStmt>(statement)->if_not_exists ? InvalidObjectAddress : schema_to_make(as<CreateSchemaStmt>(statement));
    default:
      return InvalidObjectAddress;
  }
}

Oid owner_of(const ObjectAddress &object) {
  ScanKeyData key;
  ScanKeyInit(&key, get_object_attnum_oid(object.classId), BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(object.objectId));
  pg::CatalogScan scan(object.classId, get_object_oid_index(object.classId), nullptr, &key, 1);
  if (!scan.next()) return InvalidOid;
  const Oid owner = DatumGetObjectId(scan.column(get_object_attnum_owner(object.classId)).value_or(ObjectIdGetDatum(InvalidOid)));
  scan.close();
  return owner;
}

}  // namespace proapp::migration
