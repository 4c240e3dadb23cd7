// Kinds: text search configuration, text search dictionary, text search parser, text search template.
#include "pg/postgres.hpp"

#include "catalog/reader.hpp"

#include <algorithm>
#include <tuple>

extern "C" {
#include <catalog/pg_ts_config.h>
#include <catalog/pg_ts_config_map.h>
#include <catalog/pg_ts_dict.h>
#include <catalog/pg_ts_parser.h>
#include <catalog/pg_ts_template.h>
#include <commands/defrem.h>
#include <tsearch/ts_public.h>
}

namespace proapp::catalog {

namespace {
struct Mapping {
  Oid configuration;
  int32 token, number;
  Oid dictionary;
};
}  // namespace

using Mappings = core::Vector<Mapping>;

static const Mappings &read_mappings(Reader &reader) {
  auto &mappings = reader.lasting().make<Mappings>(reader.lasting());
  for (pg::CatalogScan scan(TSConfigMapRelationId, reader.snapshot, reader.row); scan.next();) {
    const auto *row = scan.row<Form_pg_ts_config_map>();
    if (row->mapcfg >= FirstUnpinnedObjectId) mappings.push_back({row->mapcfg, row->maptokentype, row->mapseqno, row->mapdict});
  }
  std::sort(mappings.begin(), mappings.end(),
            [](const Mapping &a, const Mapping &b) { return std::tie(a.configuration, a.token, a.number) < std::tie(b.configuration, b.token, b.number); });
  return mappings;
}

// The functions that name the tokens of each parser.
using TokenFunctions = core::OidMap<Oid>;

static const TokenFunctions &read_token_functions(Reader &reader) {
  auto &functions = reader.lasting().make<TokenFunctions>(reader.lasting());
  for (pg::CatalogScan scan(TSParserRelationId, reader.snapshot, reader.row); scan.next();) {
    const auto *row = scan.row<Form_pg_ts_parser>();
    functions.at(row->oid) = row->prslextype;
  }
  return functions;
}

static const LexDescr *token_types(const TokenFunctions &functions, Oid parser) {
  const Oid *function = functions.find(parser);
  return function == nullptr ? nullptr : reinterpret_cast<const LexDescr *>(DatumGetPointer(OidFunctionCall1(*function, Int32GetDatum(0))));
}

static std::string_view token_name(Reader &reader, const LexDescr *types, int32 token) {
  for (; types != nullptr && types->lexid != 0; ++types)
    if (types->lexid == token) return reader.arena.copy(std::string_view(quote_identifier(types->alias)));
  return reader.arena.copy(std::string_view(psprintf("%d", token)));
}

// By token; its dictionaries are asked one after the other.
static core::Value mappings_of(Reader &reader, const Mappings &all, const TokenFunctions &functions, const FormData_pg_ts_config *row) {
  auto &items = reader.arena.make<core::Vector<core::Value>>(reader.arena);
  auto at = std::lower_bound(all.begin(), all.end(), row->oid, [](const Mapping &m, Oid configuration) { return m.configuration < configuration; });
  const LexDescr *types = at != all.end() && at->configuration == row->oid ? token_types(functions, row->cfgparser) : nullptr;
  while (at != all.end() && at->configuration == row->oid) {
    const int32 token = at->token;
    auto &dictionaries = reader.arena.make<core::Vector<core::Value>>(reader.arena);
    for (; at != all.end() && at->configuration == row->oid && at->token == token; ++at) dictionaries.push_back(core::Value(reader.other(at->dictionary)));
    const core::Member members[] = {{"token", core::Value(token_name(reader, types, token))}, {"dictionaries", core::Value(dictionaries.span())}};
    items.push_back(core::Value(reader.arena.copy(std::span<const core::Member>(members))));
  }
  std::sort(items.begin(), items.end(), [](const core::Value &a, const core::Value &b) { return a.find("token")->text() < b.find("token")->text(); });
  return core::Value(items.span());
}

static std::string_view identity(Reader &reader, Oid schema, const NameData &name) { return reader.join({reader.schema(schema), ".", quote_identifier(NameStr(name))}); }

static void read_configurations(Reader &reader) {
  const Mappings &mappings = read_mappings(reader);
  const TokenFunctions &functions = read_token_functions(reader);
  for (pg::CatalogScan scan(TSConfigRelationId, reader.snapshot, reader.row); scan.next();) {
    const auto *row = scan.row<Form_pg_ts_config>();
    if (row->oid < FirstUnpinnedObjectId || !reader.wants("text search configuration", TSConfigRelationId, row->oid, row->cfgnamespace, pg::view(row->cfgname))) continue;
    reader.begin("text search configuration", identity(reader, row->cfgnamespace, row->cfgname));
    reader.add("parser", reader.other(row->cfgparser));
    reader.add("mappings", mappings_of(reader, mappings, functions, row));
    reader.add("owner", reader.role(row->cfgowner));
    reader.add_comment(TSConfigRelationId, row->oid);
    reader.finish();
  }
}

// StopWords = english: as a list of {"name": …, "value": …}, by name.
static core::Value dictionary_options(Reader &reader, std::optional<Datum> stored) {
  auto &items = reader.arena.make<core::Vector<core::Value>>(reader.arena);
  const List *options = stored ? deserialize_deflist(*stored) : NIL;
  ListCell *cell;
  foreach (cell, options) {
    auto *option = lfirst_node(DefElem, cell);
    const core::Member members[] = {{"name", core::Value(reader.arena.copy(std::string_view(quote_identifier(option->defname))))},
                                    {"value", core::Value(reader.arena.copy(std::string_view(quote_literal_cstr(defGetString(option)))))}};
    items.push_back(core::Value(reader.arena.copy(std::span<const core::Member>(members))));
  }
  std::sort(items.begin(), items.end(), [](const core::Value &a, const core::Value &b) { return a.find("name")->text() < b.find("name")->text(); });
  return core::Value(items.span());
}

static void read_dictionaries(Reader &reader) {
  for (pg::CatalogScan scan(TSDictionaryRelationId, reader.snapshot, reader.row); scan.next();) {
    const auto *row = scan.row<Form_pg_ts_dict>();
    if (row->oid < FirstUnpinnedObjectId || !reader.wants("text search dictionary", TSDictionaryRelationId, row->oid, row->dictnamespace, pg::view(row->dictname))) continue;
    reader.begin("text search dictionary", identity(reader, row->dictnamespace, row->dictname));
    reader.add("template", reader.other(row->dicttemplate));
    reader.add("options", dictionary_options(reader, scan.column(Anum_pg_ts_dict_dictinitoption)));
    reader.add("owner", reader.role(row->dictowner));
    reader.add_comment(TSDictionaryRelationId, row->oid);
    reader.finish();
  }
}

static void read_parsers(Reader &reader) {
  for (pg::CatalogScan scan(TSParserRelationId, reader.snapshot, reader.row); scan.next();) {
    const auto *row = scan.row<Form_pg_ts_parser>();
    if (row->oid < FirstUnpinnedObjectId || !reader.wants("text search parser", TSParserRelationId, row->oid, row->prsnamespace, pg::view(row->prsname))) continue;
    reader.begin("text search parser", identity(reader, row->prsnamespace, row->prsname));
    reader.add("start", reader.function(row->prsstart));
    reader.add("gettoken", reader.function(row->prstoken));
    reader.add("end", reader.function(row->prsend));
    reader.add("headline", reader.function(row->prsheadline));
    reader.add("lextypes", reader.function(row->prslextype));
    reader.add_comment(TSParserRelationId, row->oid);
    reader.finish();
  }
}

static void read_templates(Reader &reader) {
  for (pg::CatalogScan scan(TSTemplateRelationId, reader.snapshot, reader.row); scan.next();) {
    const auto *row = scan.row<Form_pg_ts_template>();
    if (row->oid < FirstUnpinnedObjectId || !reader.wants("text search template", TSTemplateRelationId, row->oid, row->tmplnamespace, pg::view(row->tmplname))) continue;
    reader.begin("text search template", identity(reader, row->tmplnamespace, row->tmplname));
    reader.add("init", reader.function(row->tmplinit));
    reader.add("lexize", reader.function(row->tmpllexize));
    reader.add_comment(TSTemplateRelationId, row->oid);
    reader.finish();
  }
}

void read_text_search(Reader &reader) {
  read_configurations(reader);
  read_dictionaries(reader);
  read_parsers(reader);
  read_templates(reader);
}

}  // namespace proapp::catalog
