// Kinds: function, procedure; and the walk over pg_proc that gives aggregates to their reader.
#include "pg/postgres.hpp"

#include "catalog/functions.hpp"
#include "catalog/reader.hpp"
#include "catalog/values.hpp"

#include <algorithm>

extern "C" {
#include <catalog/pg_language.h>
#include <catalog/pg_proc.h>
#include <catalog/pg_type.h>
#include <funcapi.h>
#include <utils/array.h>
}

namespace proapp::catalog {

static std::string_view mode(char code) {
  switch (code) {
    case PROARGMODE_OUT:
      return "out";
    case PROARGMODE_INOUT:
      return "inout";
    case PROARGMODE_VARIADIC:
      return "variadic";
    case PROARGMODE_TABLE:
      return "table";
    default:
      return "in";
  }
}

static bool is_input(char code) { return code == PROARGMODE_IN || code == PROARGMODE_INOUT || code == PROARGMODE_VARIADIC; }

// Defaults belong to the last input arguments.
core::Value arguments(Reader &reader, const pg::CatalogScan &scan, const FormData_pg_proc *row) {
  Oid *types;
  char **argument_names;
  char *modes;
  const int count = get_func_arg_info(scan.tuple(), &types, &argument_names, &modes);
  auto &defaults = reader.arena.make<core::Vector<core::Digest>>(reader.arena);
  if (scan.column(Anum_pg_proc_proargdefaults))
    reader.expressions.each(scan.text(Anum_pg_proc_proargdefaults), InvalidOid, [&](const core::Digest &digest) { defaults.push_back(digest); });
  auto &items = reader.arena.make<core::Vector<core::Value>>(reader.arena);
  int input = 0;
  for (int i = 0; i < count; ++i) {
    const char code = modes == nullptr ? PROARGMODE_IN : modes[i];
    auto &members = reader.arena.make<core::Vector<core::Member>>(reader.arena);
    if (code != PROARGMODE_IN) members.push_back({"mode", core::Value(mode(code))});
    if (argument_names != nullptr && argument_names[i][0] != '\0')
      members.push_back({"name", core::Value(reader.arena.copy(std::string_view(quote_identifier(argument_names[i]))))});
    members.push_back({"type", core::Value(reader.type(types[i]))});
    if (is_input(code)) {
      const int from_end = row->pronargs - input++;
      const int place = static_cast<int>(defaults.size()) - from_end;
      if (place >= 0) members.push_back({"default", reader.expression(defaults[static_cast<size_t>(place)], Deparse::argument_default, row->oid, i + 1)});
    }
    items.push_back(core::Value(members.span()));
  }
  return core::Value(items.span());
}

static std::string_view returns(Reader &reader, const FormData_pg_proc *row) {
  if (row->prorettype == InvalidOid) return {};
  return row->proretset ? reader.join({"setof ", reader.type(row->prorettype)}) : reader.type(row->prorettype);
}

static std::string_view volatility(char provolatile) { return provolatile == PROVOLATILE_IMMUTABLE ? "immutable" : provolatile == PROVOLATILE_STABLE ? "stable" : "volatile"; }
std::string_view parallel_word(char proparallel) { return proparallel == PROPARALLEL_SAFE ? "safe" : proparallel == PROPARALLEL_RESTRICTED ? "restricted" : "unsafe"; }

// search_path apart from the other settings: it decides what the body's names mean.
static void add_settings(Reader &reader, std::optional<Datum> proconfig) {
  const core::Value all = text_list(reader.arena, proconfig, true);
  auto &others = reader.arena.make<core::Vector<core::Value>>(reader.arena);
  constexpr std::string_view path = "search_path=";
  std::string_view search_path;
  for (const core::Value &setting : all.items()) {
    if (!setting.text().starts_with(path))
      others.push_back(setting);
    else
      search_path = setting.text().size() == path.size() ? "''" : setting.text().substr(path.size());
  }
  reader.add("search_path", search_path == "\"\"" ? std::string_view("''") : search_path);
  reader.add("settings", core::Value(others.span()));
}

static void add_body(Reader &reader, const pg::CatalogScan &scan, const FormData_pg_proc *row) {
  if (scan.column(Anum_pg_proc_prosqlbody)) {
    reader.add("body", reader.expression(reader.tree(*scan.column(Anum_pg_proc_prosqlbody), InvalidOid), Deparse::function_body, row->oid));
    return;
  }
  reader.add("body", reader.arena.copy(scan.text(Anum_pg_proc_prosrc)));
  reader.add("library", reader.arena.copy(scan.text(Anum_pg_proc_probin)));
}

static core::Value transforms(Reader &reader, std::optional<Datum> types) {
  if (!types) return {};
  const ArrayType *array = DatumGetArrayTypeP(*types);
  const auto *oids = reinterpret_cast<const Oid *>(ARR_DATA_PTR(array));
  auto &items = reader.arena.make<core::Vector<core::Value>>(reader.arena);
  for (int i = 0; i < ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array)); ++i) items.push_back(core::Value(reader.type(oids[i])));
  return core::Value(items.span());
}

static int64 default_cost(Oid language) { return language == INTERNALlanguageId || language == ClanguageId ? 1 : 100; }

// CREATE TYPE … AS RANGE makes constructors; they come and go with the type.
static bool is_range_constructor(Reader &reader, const pg::CatalogScan &scan, const FormData_pg_proc *row) {
  if (row->prolang != INTERNALlanguageId) return false;
  const core::TypeName *result = reader.names.types.find(row->prorettype);
  if (result == nullptr || (result->kind != TYPTYPE_RANGE && result->kind != TYPTYPE_MULTIRANGE)) return false;
  const std::string_view source = scan.text(Anum_pg_proc_prosrc);
  return source.starts_with("range_constructor") || source.starts_with("multirange_constructor");
}

void read_functions(Reader &reader) {
  const Aggregates &aggregates = read_aggregate_facts(reader);
  for (pg::CatalogScan scan(ProcedureRelationId, reader.snapshot, reader.row); scan.next();) {
    const auto *row = scan.row<Form_pg_proc>();
    if (row->oid < FirstUnpinnedObjectId) continue;
    if (row->prokind == PROKIND_AGGREGATE) {
      read_aggregate(reader, scan, row, aggregates);
      continue;
    }
    if (is_range_constructor(reader, scan, row)) continue;
    const std::string_view kind = row->prokind == PROKIND_PROCEDURE ? "procedure" : "function";
    if (!reader.wants(kind, ProcedureRelationId, row->oid, row->pronamespace, pg::view(row->proname))) continue;
    reader.begin(kind, *reader.names.functions.find(row->oid));
    const std::string_view *language = reader.names.languages.find(row->prolang);
    reader.add("language", language == nullptr ? std::string_view{} : *language);
    reader.add("arguments", arguments(reader, scan, row));
    reader.add("returns", returns(reader, row));
    add_body(reader, scan, row);
    reader.add("security_definer", row->prosecdef);
    add_settings(reader, scan.column(Anum_pg_proc_proconfig));
    reader.add("volatility", volatility(row->provolatile));
    reader.add("parallel", parallel_word(row->proparallel));
    reader.add("strict", row->proisstrict);
    reader.add("leakproof", row->proleakproof);
    reader.add("window", row->prokind == PROKIND_WINDOW);
    if (static_cast<int64>(row->procost) != default_cost(row->prolang)) reader.add("cost", reader.arena.copy(std::string_view(psprintf("%g", row->procost))));
    if (row->proretset && row->prorows != 1000) reader.add("rows", reader.arena.copy(std::string_view(psprintf("%g", row->prorows))));
    if (row->prosupport != InvalidOid) reader.add("support", *reader.names.functions.find(row->prosupport));
    reader.add("transforms", transforms(reader, scan.column(Anum_pg_proc_protrftypes)));
    reader.add("owner", reader.role(row->proowner));
    reader.add("grants", grants(reader, scan.column(Anum_pg_proc_proacl), OBJECT_FUNCTION, row->proowner));
    reader.add_comment(ProcedureRelationId, row->oid);
    reader.add("definition", reader.definition(Deparse::function, row->oid));
    reader.finish();
  }
}

}  // namespace proapp::catalog
