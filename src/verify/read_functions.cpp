// Functions, what SQL functions do, and triggers.
#include "pg/boundary.hpp"

#include "verify/function_body.hpp"
#include "verify/reading.hpp"

#include <algorithm>
#include <tuple>

extern "C" {
#include <catalog/pg_language.h>
#include <catalog/pg_proc.h>
#include <catalog/pg_trigger.h>
#include <catalog/pg_type.h>
#include <commands/trigger.h>
#include <utils/acl.h>
#include <utils/array.h>
}

namespace proapp::verify {

static const core::OidMap<std::string_view> &read_languages(Reading &reading) {
  auto &languages = reading.facts.arena.make<core::OidMap<std::string_view>>(reading.facts.arena);
  for (pg::CatalogScan scan(LanguageRelationId, reading.snapshot, reading.row); scan.next();)
    languages.at(scan.row<Form_pg_language>()->oid) = reading.names.of(scan.row<Form_pg_language>()->lanname).bare;
  return languages;
}

// schema.name(integer,text)
static std::string_view identity_of(Reading &reading, const FormData_pg_proc *row, std::string_view schema) {
  core::Facts &facts = reading.facts;
  std::string_view arguments;
  for (int i = 0; i < row->pronargs; ++i) arguments = i == 0 ? reading.type(row->proargtypes.values[i]) : facts.text({arguments, ",", reading.type(row->proargtypes.values[i])});
  return facts.text({schema, ".", reading.names.of(row->proname).quoted, "(", arguments, ")"});
}

// The texts of a text[], as take(text).
template <class Take>
static void each_text(Datum array, Take take) {
  Datum *texts;
  bool *nulls;
  int count;
  deconstruct_array(DatumGetArrayTypeP(array), TEXTOID, -1, false, TYPALIGN_INT, &texts, &nulls, &count);
  for (int i = 0; i < count; ++i) take(nulls[i] ? std::string_view{} : pg::view(texts[i]));
}

static void add_settings(core::Facts &facts, core::FunctionFact &function, std::optional<Datum> settings) {
  static constexpr std::string_view name = "search_path=";
  if (!settings) return;
  each_text(*settings, [&](std::string_view setting) {
    if (!setting.starts_with(name)) return;
    function.pins_search_path = true;
    function.search_path = facts.arena.copy(setting.substr(name.size()));
  });
}

static std::string_view lines(core::Facts &facts, std::optional<Datum> array) {
  if (!array) return {};
  size_t size = 0;
  each_text(*array, [&](std::string_view text) { size += text.size() + 1; });
  if (size == 0) return {};
  auto *bytes = static_cast<char *>(facts.arena.allocate(size, 1)), *at = bytes;
  each_text(*array, [&](std::string_view text) {
    at += text.copy(at, text.size());
    *at++ = '\n';
  });
  return {bytes, size - 1};
}

static void add_reach(const Reading &reading, core::FunctionFact &function, std::optional<Datum> stored) {
  const core::Reach schema = function.of_schema->reach;
  const Acl *acl = stored ? DatumGetAclP(*stored) : acldefault(OBJECT_FUNCTION, function.owner);
  if ((schema.anon & core::may_use) != 0) function.reach.anon = Reading::rights(reading.anon, acl, function.owner, core::may_execute);
  if ((schema.authenticated & core::may_use) != 0) function.reach.authenticated = Reading::rights(reading.authenticated, acl, function.owner, core::may_execute);
}

// Of built-in ones what a call of them says is all that is asked about.
static void add_own_parts(Reading &reading, core::FunctionFact &function, const pg::CatalogScan &scan) {
  if (function.language == "sql" || function.language == "plpgsql")
    if (function.extension.empty()) function.source = reading.facts.arena.copy(scan.text(Anum_pg_proc_prosrc));
  add_reach(reading, function, scan.column(Anum_pg_proc_proacl));
}

static void read_queries(Reading &reading) {
  for (core::FunctionFact *function : reading.facts.functions) {
    const bool is_ours = function->of_schema != nullptr && !function->of_schema->system && function->extension.empty();
    if (!is_ours || function->language != "sql") continue;
    if (const char *trees = function_body(function->id)) function->queries = reading.terms.queries(reading.facts.arena.copy(std::string_view(trees)));
  }
}

// One a line; they are stored with a zero byte after each.
static std::string_view trigger_arguments(core::Facts &facts, const pg::CatalogScan &scan) {
  if (scan.row<Form_pg_trigger>()->tgnargs == 0) return {};
  const std::string_view stored = scan.text(Anum_pg_trigger_tgargs);
  auto *bytes = static_cast<char *>(facts.arena.allocate(stored.size(), 1));
  for (size_t i = 0; i < stored.size(); ++i) bytes[i] = stored[i] == '\0' ? '\n' : stored[i];
  return {bytes, stored.size()};
}

static void read_triggers(Reading &reading) {
  core::Facts &facts = reading.facts;
  for (pg::CatalogScan scan(TriggerRelationId, reading.snapshot, reading.row); scan.next();) {
    const auto *row = scan.row<Form_pg_trigger>();
    const core::TableFact *table = row->tgisinternal ? nullptr : facts.table(row->tgrelid);
    if (table == nullptr) continue;
    const catalog::QuotedNames::Name name = reading.names.of(row->tgname);
    facts.triggers.push_back(&facts.arena.make<core::TriggerFact>(core::TriggerFact{
        table, facts.function(row->tgfoid), name.bare, facts.text({"trigger ", name.quoted, " on ", table->identity}), row->tgenabled != TRIGGER_DISABLED,
        trigger_arguments(facts, scan)}));
  }
  std::ranges::sort(facts.triggers, {}, [](const core::TriggerFact *trigger) { return std::tuple(trigger->table->id, trigger->name); });
}

void read_functions(Reading &reading) {
  core::Facts &facts = reading.facts;
  const core::OidMap<std::string_view> &languages = read_languages(reading);
  for (pg::CatalogScan scan(ProcedureRelationId, reading.snapshot, reading.row); scan.next();) {
    const auto *row = scan.row<Form_pg_proc>();
    const core::SchemaFact *schema = reading.schema(row->pronamespace);
    const std::string_view *language = languages.find(row->prolang);
    if (schema == nullptr || language == nullptr) continue;
    auto &function = facts.arena.make<core::FunctionFact>();
    function.id = row->oid;
    function.schema = row->pronamespace;
    function.of_schema = schema;
    function.exposed = schema->exposed;
    function.owner = row->proowner;
    function.result = row->prorettype;
    function.name = reading.names.of(row->proname).bare;
    function.identity = identity_of(reading, row, schema->quoted);
    function.language = *language;
    function.extension = reading.extension(ProcedureRelationId, row->oid);
    function.definer = row->prosecdef;
    function.leakproof = row->proleakproof;
    function.returns_set = row->proretset;
    function.kind = row->prokind;
    function.volatility = row->provolatile;
    function.returns_trigger = row->prorettype == TRIGGEROID;
    function.argument_types = facts.arena.copy(std::span<const core::Oid>(row->proargtypes.values, static_cast<size_t>(row->pronargs)));
    function.argument_names = lines(facts, scan.column(Anum_pg_proc_proargnames));
    add_settings(facts, function, scan.column(Anum_pg_proc_proconfig));
    reading.type(row->prorettype);
    if (!is_built_in(schema)) add_own_parts(reading, function, scan);
    facts.functions.push_back(&function);
    facts.function_of.at(function.id) = &function;
  }
  read_queries(reading);
  read_triggers(reading);
}

}  // namespace proapp::verify
