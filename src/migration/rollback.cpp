#include "migration/rollback.hpp"

#include "pg/boundary.hpp"

#include "migration/archive.hpp"
#include "migration/by_hand.hpp"
#include "migration/take_out.hpp"
#include "migration/touched.hpp"
#include "pg/attempt.hpp"
#include "pg/compat.hpp"
#include "pg/spi.hpp"

extern "C" {
#include <access/xact.h>
#include <catalog/dependency.h>
#include <catalog/namespace.h>
#include <catalog/objectaccess.h>
#include <catalog/pg_class.h>
#include <catalog/pg_inherits.h>
#include <catalog/pg_type.h>
#include <executor/executor.h>
#include <parser/parse_type.h>
#include <parser/parsetree.h>
}

namespace proapp::migration {

static const Script *current = nullptr;
static bool free_to_drop = false;            // we do, or only try
static bool deleting = false;                // in a statement of ours,
static const QueryDesc *deletion = nullptr;  // which is this one
static ExecutorStart_hook_type next_start = nullptr;
static ExecutorEnd_hook_type next_end = nullptr;
static object_access_hook_type next_access = nullptr;

const Script &current_rollback(const char *function) {
  if (current == nullptr)
    ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE), errmsg("%s is for the script of a downgrade", function),
                    errhint("Call it in the third argument of proapp.migrate_down().")));
  return *current;
}

// Runs `work` while what is dropped is known to be kept, or will be taken back.
template <class Work>
static void freely(Work work) {
  const bool before = free_to_drop;
  free_to_drop = true;
  PG_TRY();
  { work(); }
  PG_FINALLY();
  { free_to_drop = before; }
  PG_END_TRY();
}

static void refuse(const char *what, const char *hint) {
  ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE), errmsg("a downgrade must not %s", what), errdetail("Rows would be lost."), errhint("%s", hint)));
}

// ---- drops that become moves ----

static PlannedStmt *restricted(const PlannedStmt *statement) {
  auto *copy = static_cast<PlannedStmt *>(copyObjectImpl(statement));
  reinterpret_cast<DropStmt *>(copy->utilityStmt)->behavior = DROP_RESTRICT;
  return copy;
}

// What would forbid the drop forbids it, with PostgreSQL's own error.
static void rehearse_drop(PlannedStmt *statement, Utility utility, void *context) {
  const bool cascades = reinterpret_cast<const DropStmt *>(statement->utilityStmt)->behavior == DROP_CASCADE;
  ErrorData *error = pg::attempt([&] {
    freely([&] {
      pg::Subtransaction trial;
      PlannedStmt *copy = restricted(statement);
      trial.run([&] { utility(copy, context); });
      trial.take_back();
    });
  });
  if (error == nullptr) return;
  if (cascades && error->sqlerrcode == ERRCODE_DEPENDENT_OBJECTS_STILL_EXIST)
    ereport(ERROR, (errcode(error->sqlerrcode), errmsg("a downgrade does not drop with CASCADE what others depend on"),
                    errdetail_internal("%s", error->detail != nullptr ? error->detail : error->message), errhint("Drop these first, by name.")));
  ReThrowError(error);
}

static List *named_relations(const DropStmt *statement) {
  List *found = NIL;
  const ListCell *cell;
  foreach (cell, statement->objects) {
    const Oid relation = RangeVarGetRelid(makeRangeVarFromNameList(static_cast<List *>(lfirst(cell))), AccessExclusiveLock, true);
    if (OidIsValid(relation) && get_rel_persistence(relation) != RELPERSISTENCE_TEMP) found = list_append_unique_oid(found, relation);
  }
  return found;
}

static void take_out_tables(const List *tables) {
  List *described = NIL;
  const ListCell *cell;
  foreach (cell, tables) {
    auto *one = static_cast<TakenTable *>(palloc(sizeof(TakenTable)));
    *one = describe_table(*current, lfirst_oid(cell));
    described = lappend(described, one);
  }
  foreach (cell, described) take_out_table(*current, *static_cast<const TakenTable *>(lfirst(cell)));
}

static void take_out_sequences(const List *sequences) {
  const ListCell *cell;
  foreach (cell, sequences) take_out_sequence(*current, lfirst_oid(cell));
}

static bool take_out_relations(PlannedStmt *statement, Utility utility, void *context, void (*take_out)(const List *)) {
  const List *relations = named_relations(reinterpret_cast<const DropStmt *>(statement->utilityStmt));
  if (relations == NIL) return false;
  rehearse_drop(statement, utility, context);
  freely([&] {
    pg::spi_begin();
    take_out(relations);
    pg::spi_end();
  });
  return true;
}

// Those that nothing in the archive needs are dropped as the statement says.
static bool take_out_types(PlannedStmt *statement, Utility utility, void *context) {
  const List *types = reinterpret_cast<const DropStmt *>(statement->utilityStmt)->objects;
  auto *taken = static_cast<bool *>(palloc0(sizeof(bool) * static_cast<Size>(list_length(types))));
  freely([&] {
    pg::spi_begin();
    const ListCell *cell;
    foreach (cell, types) {
      const Oid type = LookupTypeNameOid(nullptr, lfirst_node(TypeName, cell), true);
      taken[foreach_current_index(cell)] = OidIsValid(type) && take_out_type(*current, type);
    }
    pg::spi_end();
  });
  List *rest = NIL;
  const ListCell *cell;
  foreach (cell, types)
    if (!taken[foreach_current_index(cell)]) rest = lappend(rest, lfirst(cell));
  if (list_length(rest) == list_length(types)) return false;
  if (rest == NIL) return true;
  auto *copy = static_cast<PlannedStmt *>(copyObjectImpl(statement));
  reinterpret_cast<DropStmt *>(copy->utilityStmt)->objects = rest;
  utility(copy, context);
  return true;
}

// ---- columns ----

static AttrNumber column_of(Oid table, const char *name) { return name == nullptr ? InvalidAttrNumber : get_attnum(table, name); }

struct Taken {
  TakenColumn columns[16];
  int count;
};

static bool changes_column(const AlterTableCmd *command) {
  return command->subtype == AT_DropColumn || command->subtype == AT_AlterColumnType || command->subtype == AT_DropIdentity;
}

static void take_out_columns(const AlterTableStmt *statement, Taken &retyped) {
  const Oid table = RangeVarGetRelid(statement->relation, AccessExclusiveLock, true);
  const char kind = OidIsValid(table) ? get_rel_relkind(table) : '\0';
  if ((kind != RELKIND_RELATION && kind != RELKIND_PARTITIONED_TABLE) || get_rel_persistence(table) == RELPERSISTENCE_TEMP) return;
  if (kind == RELKIND_RELATION && has_subclass(table)) refuse("change columns of a table that others inherit from", "Take its rows out first: proapp.set_aside().");
  const ListCell *cell;
  foreach (cell, statement->cmds) {
    const auto *command = lfirst_node(AlterTableCmd, cell);
    const AttrNumber column = changes_column(command) ? column_of(table, command->name) : InvalidAttrNumber;
    if (column <= 0) continue;  // also where the statement has an error of its own
    if (command->subtype == AT_DropIdentity) {
      keep_counter(*current, table, command->name);
      continue;
    }
    const TakenColumn taken = take_out_column(*current, table, column, command->subtype == AT_AlterColumnType);
    if (command->subtype != AT_AlterColumnType || taken.archived_as == nullptr) continue;
    if (retyped.count == lengthof(retyped.columns)) refuse("change the type of so many columns in one statement", "Write several.");
    retyped.columns[retyped.count++] = taken;
  }
}

// Its values lose a part, wherever columns have the type.
static void drop_attribute(const AlterTableStmt *statement) {
  const Oid type = RangeVarGetRelid(statement->relation, AccessExclusiveLock, true);
  if (OidIsValid(type) && get_rel_relkind(type) == RELKIND_COMPOSITE_TYPE) insist_on_no_values_of(get_rel_type_id(type));
}

static bool alter_table(PlannedStmt *statement, Utility utility, void *context) {
  const auto *alter = reinterpret_cast<const AlterTableStmt *>(statement->utilityStmt);
  if (alter->objtype == OBJECT_TYPE) drop_attribute(alter);
  if (alter->objtype != OBJECT_TABLE) return false;
  Taken retyped = {};
  freely([&] {
    pg::spi_begin();
    take_out_columns(alter, retyped);
    utility(statement, context);
    CommandCounterIncrement();
    for (int i = 0; i < retyped.count; ++i) keep_retyped(retyped.columns[i]);
    pg::spi_end();
  });
  return true;
}

static bool names_column(const AlterTableStmt *statement) {
  const ListCell *cell;
  foreach (cell, statement->cmds)
    if (changes_column(lfirst_node(AlterTableCmd, cell))) return true;
  return false;
}

static void remember_touched(const Node *statement) {
  const ListCell *cell;
  foreach (cell, touched_tables(statement))
    if (get_rel_persistence(lfirst_oid(cell)) != RELPERSISTENCE_TEMP) remember_definition(*current, lfirst_oid(cell));
}

bool roll_back_by(PlannedStmt *statement, Utility utility, void *context) {
  if (current == nullptr || free_to_drop) return false;
  const Node *node = statement->utilityStmt;
  remember_touched(node);
  if (IsA(node, TruncateStmt)) refuse("truncate a table", "Drop it, or take rows out: proapp.set_aside().");
  if (IsA(node, AlterTableStmt) && names_column(reinterpret_cast<const AlterTableStmt *>(node))) return alter_table(statement, utility, context);
  if (!IsA(node, DropStmt)) return false;
  const auto *drop = reinterpret_cast<const DropStmt *>(node);
  switch (drop->removeType) {
    case OBJECT_TABLE:
      return take_out_relations(statement, utility, context, take_out_tables);
    case OBJECT_SEQUENCE:
      return take_out_relations(statement, utility, context, take_out_sequences);
    case OBJECT_TYPE:
    case OBJECT_DOMAIN:
      return take_out_types(statement, utility, context);
    default:
      return false;
  }
}

// ---- what is refused ----

static bool is_ours(Oid relation) {
  const char *schema = get_namespace_name(get_rel_namespace(relation));
  return strcmp(schema, "proapp_data") == 0 || (free_to_drop && strcmp(schema, "proapp_archive") == 0);
}

// The table whose rows it updates or deletes, where they are the application's.
static Oid changed_table(const PlannedStmt *statement) {
  const ListCell *cell;
  foreach (cell, statement->resultRelations) {
    const RangeTblEntry *target = rt_fetch(lfirst_int(cell), statement->rtable);
    const bool changes = (pg::required_rights(statement, target) & (ACL_UPDATE | ACL_DELETE)) != 0;
    if (changes && get_rel_persistence(target->relid) != RELPERSISTENCE_TEMP && !is_ours(target->relid)) return target->relid;
  }
  return InvalidOid;
}

static void refuse_change(Oid table) {
  refuse(psprintf("change or delete rows of %s", quote_qualified_identifier(get_namespace_name(get_rel_namespace(table)), get_rel_name(table))),
         "Rows of a table that stays are taken out by proapp.set_aside().");
}

static void start_execution(QueryDesc *query, int flags) {
  if (deleting && deletion == nullptr)
    deletion = query;
  else if (current != nullptr && !deleting && (flags & EXEC_FLAG_EXPLAIN_ONLY) == 0)
    if (const Oid table = changed_table(query->plannedstmt); OidIsValid(table)) refuse_change(table);
  (next_start != nullptr ? next_start : standard_ExecutorStart)(query, flags);
}

// Foreign keys ask, and mostly find nothing to do.
static void end_execution(QueryDesc *query) {
  if (deleting && query != deletion && query->estate->es_processed > 0)
    if (const Oid table = changed_table(query->plannedstmt); OidIsValid(table)) refuse_change(table);
  (next_end != nullptr ? next_end : standard_ExecutorEnd)(query);
}

uint64 delete_kept(const char *sql) {
  uint64 rows = 0;
  deleting = true;
  deletion = nullptr;
  PG_TRY();
  { rows = pg::spi_run(sql); }
  PG_FINALLY();
  { deleting = false; }
  PG_END_TRY();
  return rows;
}

static bool keeps_rows(Oid relation) {
  const char kind = get_rel_relkind(relation);
  const bool holds = kind == RELKIND_RELATION || kind == RELKIND_PARTITIONED_TABLE || kind == RELKIND_SEQUENCE;
  return holds && get_rel_persistence(relation) != RELPERSISTENCE_TEMP;
}

static void before_drop(Oid relation, int column) {
  if (current == nullptr || free_to_drop || !keeps_rows(relation)) return;
  const char *name = quote_qualified_identifier(get_namespace_name(get_rel_namespace(relation)), get_rel_name(relation));
  if (column == 0) refuse(psprintf("drop %s along with something else", name), "Drop it by itself, by its name: then its rows are kept.");
  refuse(psprintf("drop column %s of %s along with something else", quote_identifier(get_attname(relation, static_cast<AttrNumber>(column), false)), name),
         "Drop it by itself, by ALTER TABLE: then its values are kept.");
}

static void object_access(ObjectAccessType access, Oid catalog, Oid object, int part, void *argument) {
  if (next_access != nullptr) next_access(access, catalog, object, part, argument);
  if (access == OAT_DROP && catalog == RelationRelationId) before_drop(object, part);
}

void install_rollback() {
  next_start = ExecutorStart_hook;
  ExecutorStart_hook = start_execution;
  next_end = ExecutorEnd_hook;
  ExecutorEnd_hook = end_execution;
  next_access = object_access_hook;
  object_access_hook = object_access;
}

void run_back(const Script &script) {
  const Script *before = current;
  current = &script;
  free_to_drop = false;
  begin_remembering();
  PG_TRY();
  { run(script); }
  PG_FINALLY();
  { current = before; }
  PG_END_TRY();
}

}  // namespace proapp::migration
