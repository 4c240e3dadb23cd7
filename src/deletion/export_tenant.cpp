// export_tenant: what a tenant takes along, as rows or as files.
#include "pg/boundary.hpp"

#include "pg/arguments.hpp"
#include "pg/context_arena.hpp"
#include "pg/rows.hpp"
#include "pg/session.hpp"
#include "pg/spi.hpp"
#include "pg/statement.hpp"

#include "deletion/archive.hpp"
#include "deletion/examination.hpp"
#include "deletion/sets_sql.hpp"
#include "deletion/table_name.hpp"

extern "C" {
#include <catalog/pg_authid.h>
#include <executor/tstoreReceiver.h>
#include <nodes/execnodes.h>
#include <utils/acl.h>
}

using namespace proapp;
using namespace proapp::deletion;

// What forbids to delete rows forbids nobody to copy them; but rows that are another's, too, are not for the tenant to take.
static void insist_on_own_rows(const Request &request, const Examination &examination) {
  StringInfo detail = makeStringInfo();
  for (const Obstacle &obstacle : examination.obstacles.blocking)
    if (obstacle.of_another)
      appendStringInfo(detail, "%s" UINT64_FORMAT " row%s of %s%s: %s", detail->len == 0 ? "" : "\n", obstacle.count, obstacle.count == 1 ? "" : "s", obstacle.relation,
                       obstacle.via != nullptr ? psprintf(" by %s", obstacle.via) : "", obstacle.detail);
  if (detail->len > 0)
    ereport(ERROR, (errcode(ERRCODE_FOREIGN_KEY_VIOLATION), errmsg("a row of \"%s\" cannot be exported", table_text(request.relation)), errdetail_internal("%s", detail->data),
                    errhint("The whole plan: select * from proapp.deletion_plan(…, erase => true)")));
}

// Read as the caller, with the settings by which texts of values are the same everywhere.
static void put_rows(const Examination &examination, uint32_t number, DestReceiver *into) {
  const Going &going = examination.closure.going[number];
  if (going.count == 0) return;
  const Table &table = examination.graph.tables[number];
  publish_count(going.rows);
  StringInfo sql = makeStringInfo();
  appendStringInfo(sql, "select pg_catalog.jsonb_build_object('relation', %s::pg_catalog.text, 'row', pg_catalog.to_jsonb(c), 'text', c::pg_catalog.text) from ",
                   quote_literal_cstr(table.name));
  append_table(sql, table);
  appendStringInfo(sql, ", %s g where ", going.rows->name);
  append_same_place(sql);
  pg::Statement statement = {sql->data};
  statement.sets = examination.closure.sets;
  statement.into = into;
  statement.sees = pg::Sees::caller;
  if (pg::run(statement) == going.count) return;
  ereport(ERROR,
          (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE), errmsg("row-level security keeps rows of \"%s\" from being exported", table.name), errhint("Export as the table's owner.")));
}

// So that they can be inserted in that order: also what SET NULL only empties comes before what references it. In a cycle, as they are deleted.
static void put_all_rows(core::Arena &arena, const Examination &examination, DestReceiver *into) {
  const Graph &graph = examination.graph;
  auto &edges = arena.make<core::Vector<core::Following>>(arena);
  for (const Reference &reference : graph.references)
    if (graph.tables[reference.from].goes && reference.kind == Reference::Kind::foreign_key) edges.push_back({reference.from, reference.to});
  const auto all = core::deletion_order(arena, pg::watch, 0, static_cast<uint32_t>(graph.tables.size()), edges.span());
  const auto order = all.children_first, deleted = graph.order.children_first;
  for (size_t i = order.size(); i-- > 0;) {
    const uint32_t cycle = all.cycle_of[order[i]];
    while (i > 0 && all.cycle_of[order[i - 1]] == cycle) --i;
    for (size_t j = deleted.size(); j-- > 0;)
      if (all.cycle_of[deleted[j]] == cycle) put_rows(examination, deleted[j], into);
  }
}

PROAPP_FUNCTION(proapp_export_tenant) {
  pg::Rows rows(fcinfo);
  auto &arena = *new (palloc(sizeof(pg::ContextArena))) pg::ContextArena("proapp export");
  Request request = read_request(fcinfo, true, Purpose::plan);
  request.all_rows = true;
  Examination &examination = examine(arena, request);
  if (!examination.is_empty()) {
    insist_on_own_rows(request, examination);
    const auto *result = reinterpret_cast<ReturnSetInfo *>(fcinfo->resultinfo);
    DestReceiver *into = CreateTuplestoreDestReceiver();
    SetTuplestoreDestReceiverParams(into, result->setResult, CurrentMemoryContext, false, nullptr, nullptr);
    const int pin = pin_settings();
    put_all_rows(arena, examination, into);
    pg::unpin_search_path(pin);
  }
  close(examination);
  return rows.done();
}

// ---- files ----

static void insist_on_files(const char *directory) {
  if (!has_privs_of_role(GetUserId(), ROLE_PG_WRITE_SERVER_FILES))
    ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE), errmsg("permission denied to write files of the server"),
                    errdetail("Files are written by superusers and by members of pg_write_server_files."),
                    errhint("Without files: select * from proapp.export_tenant(…), and let the client keep the rows.")));
  if (!is_absolute_path(directory))
    ereport(ERROR, (errcode(ERRCODE_INVALID_NAME), errmsg("directory \"%s\" is not an absolute path", directory), errhint("Name a folder of the server that is there already.")));
}

// A file's name has no way out of the folder.
static const char *file_name(const char *directory, uint64 number, const char *relation) {
  char *plain = pstrdup(relation);
  for (char *c = plain; *c != '\0'; ++c)
    if (strchr("/\\\"", *c) != nullptr || static_cast<unsigned char>(*c) < ' ') *c = '_';
  return psprintf("%s/%02d_%s.csv", directory, static_cast<int>(number), plain);
}

// Those that are written: what is generated is made again. Texts of composite types are taken apart by their names.
static const char *columns_of(Oid relation) {
  const Relation table = table_open(relation, AccessShareLock);
  StringInfo columns = makeStringInfo();
  for (int i = 0; i < RelationGetDescr(table)->natts; ++i) {
    const Form_pg_attribute column = TupleDescAttr(RelationGetDescr(table), i);
    if (column->attisdropped || column->attgenerated != '\0') continue;
    appendStringInfo(columns, "%s(e.r).%s", columns->len == 0 ? "" : ", ", quote_identifier(NameStr(column->attname)));
  }
  table_close(table, NoLock);
  return columns->data;
}

static constexpr char waiting[] = "pg_temp.proapp_export";

PROAPP_FUNCTION(proapp_export_tenant_files) {
  PreventCommandIfReadOnly("proapp.export_tenant_files()");
  const char *directory = pg::required_text(fcinfo, 2, "directory");
  insist_on_files(directory);
  pg::Rows rows(fcinfo);
  const Request request = read_request(fcinfo, true, Purpose::plan);
  const int pin = pin_settings();
  pg::spi_begin();
  pg::spi_run(psprintf(
      "create temporary table %s on commit drop as select e.n, e.item ->> 'relation' as relation, e.item ->> 'text' as text"
      " from proapp.export_tenant(%s, %s::pg_catalog.jsonb) with ordinality e(item, n)",
      strrchr(waiting, '.') + 1, quote_literal_cstr(table_text(request.relation)), quote_literal_cstr(DatumGetCString(DirectFunctionCall1(jsonb_out, key_jsonb(request.key))))));
  const uint64 count = pg::spi_run(psprintf("select relation, count(*) from %s group by relation order by min(n)", waiting));
  SPITupleTable *tables = SPI_tuptable;
  for (uint64 i = 0; i < count; ++i) {
    SPI_tuptable = tables;
    const char *relation = pg::c_string(pg::spi_text(i, 1)), *file = file_name(directory, i + 1, relation);
    const int64 row_count = DatumGetInt64(*pg::spi_datum(i, 2));
    pg::spi_run(psprintf("copy (select %s from (select text::%s as r from %s where relation = %s order by n offset 0) e) to %s with (format csv, header)",
                         columns_of(find_table(relation)), relation, waiting, quote_literal_cstr(relation), quote_literal_cstr(file)));
    rows.put({file, relation, row_count});
  }
  pg::spi_run(psprintf("drop table %s", waiting));
  pg::spi_end();
  pg::unpin_search_path(pin);
  return rows.done();
}
