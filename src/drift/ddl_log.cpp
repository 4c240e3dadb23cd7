// The event triggers and the view ddl_log.
//
// They never make a statement fail: what goes wrong is a WARNING, and a table that another session has locked is not waited for.
#include "pg/boundary.hpp"

#include "core/secret_text.hpp"
#include "drift/ddl_log.hpp"
#include "drift/ddl_objects.hpp"
#include "pg/attempt.hpp"
#include "state/restoring.hpp"

extern "C" {
#include <access/xact.h>
#include <access/xlog.h>
#include <catalog/namespace.h>
#include <commands/event_trigger.h>
#include <commands/extension.h>
#include <mb/pg_wchar.h>
#include <parser/parser.h>
#include <parser/scansup.h>
#include <storage/lmgr.h>
#include <tcop/tcopprot.h>
#include <tcop/utility.h>
#include <utils/array.h>
#include <utils/guc.h>
#include <utils/timestamp.h>
}

namespace proapp::drift {

const state::Table ddl_log = {"ddl_log",
                              "logged_at timestamptz not null, transaction xid8 not null, command_tag text not null, kind text not null, identity text not null, statement text,"
                              " session_role text not null, acting_role text not null, application text not null, in_extension boolean not null",
                              // Not unique: a restore that is not recognised as one must be able to bring its rows. By hash: identities may be longer than an index entry.
                              "using hash (identity)"};

static bool enabled = true;

void define_ddl_log_setting() {
  DefineCustomBoolVariable("proapp.ddl_log", "Records who changes what by DDL, once a baseline was saved.", "Read by proapp.ddl_log and drift().", &enabled, true, PGC_SUSET, 0,
                           nullptr, nullptr, nullptr);
}

// ---- the statement ----

static constexpr char not_kept[] = "(not kept: it may hold a secret)";
static constexpr int longest_kept = 2000;     // a cascade repeats it for each object
static constexpr int longest_parsed = 65536;  // for each command of a long script again

// Of several statements that the client sent at once, those with the command's tag; where none has it (a function or a DO block ran it), all.
static char *of_this_command(const char *query, CommandTag tag) {
  ListCell *cell;
  List *statements = raw_parser(query, RAW_PARSE_DEFAULT);
  if (list_length(statements) < 2) return pstrdup(query);
  StringInfoData pieces;
  initStringInfo(&pieces);
  foreach (cell, statements) {
    const auto *statement = lfirst_node(RawStmt, cell);
    if (CreateCommandTag(statement->stmt) != tag) continue;
    const char *start = query + statement->stmt_location;
    while (scanner_isspace(*start)) ++start;
    const int length = statement->stmt_len == 0 ? static_cast<int>(strlen(start)) : static_cast<int>(query + statement->stmt_location + statement->stmt_len - start);
    if (pieces.len > 0) appendStringInfoString(&pieces, "; ");
    appendBinaryStringInfo(&pieces, start, length);
  }
  return pieces.len > 0 ? pieces.data : pstrdup(query);
}

// What the client sent; null where there is none.
static const char *statement_of(CommandTag tag) {
  const char *query = debug_query_string;
  if (query == nullptr) return nullptr;
  const char *tag_name = GetCommandTagName(tag);
  if (strstr(tag_name, "USER MAPPING") != nullptr || strstr(tag_name, "SUBSCRIPTION") != nullptr) return not_kept;
  const size_t length = strnlen(query, longest_parsed + 1);
  char *text = length > longest_parsed ? pnstrdup(query, longest_parsed) : of_this_command(query, tag);
  const int size = static_cast<int>(strlen(text));
  const int kept = pg_mbcliplen(text, size, longest_kept);
  text[kept] = '\0';
  if (core::may_hold_secret({text, static_cast<size_t>(kept)})) return not_kept;
  return kept < size ? psprintf("%s ...", text) : text;
}

// ---- writing ----

struct Event {
  const char *name;
  CommandTag tag;
};

static pg::Argument text_array(const TouchedList &list, const char *Touched::*field) {
  return pg::text_array(static_cast<size_t>(list.count), [&](size_t i) { return list.items[i].*field; });
}

static void write(void *argument) {
  const auto &event = *static_cast<const Event *>(argument);
  pg::spi_begin();
  TouchedList list;
  if (strcmp(event.name, "sql_drop") == 0)
    list_dropped(list, GetCommandTagName(event.tag));
  else
    list_changed(list);
  if (list.count == 0) {
    pg::spi_end();
    return;
  }
  const Oid table = state::find(ddl_log);
  if (!OidIsValid(table)) {
    pg::spi_end();
    return;
  }
  // Whoever holds or awaits the whole table may take its time.
  if (!ConditionalLockRelationOid(table, RowExclusiveLock))
    ereport(ERROR, (errcode(ERRCODE_LOCK_NOT_AVAILABLE), errmsg_internal("table \"proapp_data.ddl_log\" is locked by another session")));
  const char *statement = statement_of(event.tag);
  const char *session_role = GetUserNameFromId(GetSessionUserId(), true);
  const char *acting_role = GetUserNameFromId(GetUserId(), true);
  state::run(
      "insert into proapp_data.ddl_log (logged_at, transaction, command_tag, kind, identity, statement, session_role, acting_role, application, in_extension)"
      " select $9, pg_catalog.pg_current_xact_id(), o.tag, o.kind, o.identity, $4, $5, $6, $7, $8 from unnest($1, $2, $3) as o (tag, kind, identity)",
      {text_array(list, &Touched::command_tag),
       text_array(list, &Touched::kind),
       text_array(list, &Touched::identity),
       statement,
       session_role == nullptr ? "" : session_role,
       acting_role == nullptr ? "" : acting_role,
       application_name == nullptr ? "" : application_name,
       creating_extension,
       {TIMESTAMPTZOID, TimestampTzGetDatum(GetCurrentTimestamp())}});
  pg::spi_end();
}

// Looked up without a snapshot and without locks; find() decides later whether it is to be trusted.
static bool is_kept() {
  const Oid schema = get_namespace_oid("proapp_data", true);
  return OidIsValid(schema) && OidIsValid(get_relname_relid(ddl_log.name, schema));
}

}  // namespace proapp::drift

namespace proapp {

using namespace drift;

PROAPP_FUNCTION(proapp_log_ddl) {
  if (!CALLED_AS_EVENT_TRIGGER(fcinfo))
    ereport(ERROR, (errcode(ERRCODE_E_R_I_E_EVENT_TRIGGER_PROTOCOL_VIOLATED), errmsg("%s can only be called as an event trigger", "proapp.log_ddl()")));
  if (!enabled || XactReadOnly || RecoveryInProgress() || IsBinaryUpgrade || !is_kept() || state::restoring()) PG_RETURN_NULL();
  const auto *data = reinterpret_cast<const EventTriggerData *>(fcinfo->context);
  Event event = {data->event, data->tag};
  pg::attempt_or_warn(write, &event, "a change was not recorded in proapp.ddl_log");
  PG_RETURN_NULL();
}

PROAPP_FUNCTION(proapp_ddl_log) {
  return state::rows(fcinfo, ddl_log,
                     "select logged_at, transaction, command_tag, kind, identity, statement, session_role, acting_role, application, in_extension from proapp_data.ddl_log"
                     " order by logged_at desc, kind, identity");
}

}  // namespace proapp
