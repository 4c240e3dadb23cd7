// The claims scanner against PostgreSQL's own jsonb, on made-up documents: is there such a claim, and what is it?
#include "pg/boundary.hpp"

#include "core/claims.hpp"
#include "pg/context_arena.hpp"
#include "pg/rows.hpp"

#include "claims_generator.hpp"

extern "C" {
#include <utils/builtins.h>
#include <utils/jsonb.h>
}

namespace proapp::probe {

namespace {

enum Verdict { found, container, missing, not_an_object, malformed, too_deep, verdicts };
constexpr const char *verdict_names[] = {"found", "container", "missing", "not an object", "malformed", "too deep for PostgreSQL"};

struct Opinion {
  Verdict verdict;
  std::string_view text;  // where found; of a container as jsonb prints it
};

}  // namespace

static constexpr std::string_view path_texts[] = {
    "sub", "sub", "sub", "app_metadata.tenant_id", "app_metadata.tenant_id", "a.a", "a.b.c", "\"https://example.com/claims\".tenant", "\"a\"\"b\"", "a.a.a.a.a.a.a.a", "\xC3\xA9"};
static constexpr int path_count = sizeof path_texts / sizeof *path_texts;

static Datum call(PGFunction function, Datum first, Datum second, bool &null) {
  LOCAL_FCINFO(fcinfo, 2);
  InitFunctionCallInfoData(*fcinfo, nullptr, 2, InvalidOid, nullptr, nullptr);
  fcinfo->args[0] = {first, false};
  fcinfo->args[1] = {second, false};
  const Datum result = function(fcinfo);
  null = fcinfo->isnull;
  return result;
}

static Datum name_datum(std::string_view name) { return PointerGetDatum(cstring_to_text_with_len(name.data(), static_cast<int>(name.size()))); }

// jsonb_in reads memory and allocates, no more: what it raises can be caught without a subtransaction.
static Jsonb *read_jsonb(const char *document, int &sqlstate) {
  const MemoryContext here = CurrentMemoryContext;
  Jsonb *volatile jsonb = nullptr;
  PG_TRY();
  { jsonb = DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(document))); }
  PG_CATCH();
  {
    MemoryContextSwitchTo(here);
    sqlstate = geterrcode();
    FlushErrorState();
  }
  PG_END_TRY();
  return jsonb;
}

static Opinion postgres_opinion(const char *document, const core::ClaimPath &path) {
  int sqlstate = 0;
  const Jsonb *jsonb = read_jsonb(document, sqlstate);
  if (jsonb == nullptr) return {sqlstate == ERRCODE_STATEMENT_TOO_COMPLEX ? too_deep : malformed, {}};
  if (!JB_ROOT_IS_OBJECT(jsonb)) return {not_an_object, {}};
  Datum at = JsonbPGetDatum(jsonb);
  bool null = false;
  for (int i = 0; i + 1 < path.depth; ++i) {
    at = call(jsonb_object_field, at, name_datum(path.names[i]), null);
    if (null) return {missing, {}};
  }
  const Datum last = name_datum(path.names[path.depth - 1]);
  const Datum member = call(jsonb_object_field_text, at, last, null);
  if (null) return {missing, {}};
  const Jsonb *value = DatumGetJsonbP(call(jsonb_object_field, at, last, null));
  const text *bytes = DatumGetTextPP(member);
  return {JB_ROOT_IS_SCALAR(value) ? found : container, {VARDATA_ANY(bytes), static_cast<size_t>(VARSIZE_ANY_EXHDR(bytes))}};
}

static Opinion our_opinion(std::string_view document, const core::ClaimPath &path, core::Arena &arena) {
  const core::Claim claim = core::find_claim(document, path, true, arena);
  switch (claim.state) {
    case core::Claim::State::missing:
      return {missing, {}};
    case core::Claim::State::malformed:
      return {malformed, {}};
    case core::Claim::State::not_an_object:
      return {not_an_object, {}};
    default:
      return {claim.container ? container : found, claim.text};
  }
}

// The scanner gives a container as it stands in the document, jsonb in its own order and spacing.
static void print_as_jsonb(Opinion &opinion) {
  if (opinion.verdict != container) return;
  int sqlstate = 0;
  Jsonb *jsonb = read_jsonb(pnstrdup(opinion.text.data(), opinion.text.size()), sqlstate);
  opinion.text = jsonb != nullptr ? JsonbToCString(nullptr, &jsonb->root, VARSIZE(jsonb)) : std::string_view("no JSON");
}

static const char *describe(const Opinion &opinion) {
  return psprintf("%s: %.*s", verdict_names[opinion.verdict], static_cast<int>(Min(opinion.text.size(), 200u)), opinion.text.data());
}

}  // namespace proapp::probe

using namespace proapp;
using namespace proapp::probe;

// claims_probe(seed, inputs): how many of them have which verdict by PostgreSQL, and the first disagreements.
PROAPP_FUNCTION(boundary_claims) {
  const auto seed = static_cast<uint64>(PG_GETARG_INT64(0));
  const int64 inputs = PG_GETARG_INT64(1);
  constexpr int shown = 20;
  pg::Rows rows(fcinfo);
  pg::ContextArena lasting("claims probe paths"), arena("claims probe");
  core::ClaimPath paths[path_count];
  for (int i = 0; i < path_count; ++i) paths[i] = *core::parse_claim_path(path_texts[i], lasting);
  Generator generator(seed, static_cast<char *>(palloc(Generator::capacity)), static_cast<char *>(palloc(Generator::capacity)));
  Random choice(~seed);
  char *text = static_cast<char *>(palloc(Generator::capacity + 1));
  const MemoryContext scratch = AllocSetContextCreate(CurrentMemoryContext, "claims probe jsonb", ALLOCSET_DEFAULT_SIZES);
  int64 counts[verdicts] = {}, disagreements = 0;

  for (int64 i = 0; i < inputs; ++i) {
    if (i % 256 == 0) CHECK_FOR_INTERRUPTS();
    const int which = choice.below(path_count);
    const std::string_view document = generator.document(paths[which].names, paths[which].depth);
    memcpy(text, document.data(), document.size());
    text[document.size()] = '\0';
    const MemoryContext before = MemoryContextSwitchTo(scratch);
    const Opinion theirs = postgres_opinion(text, paths[which]);
    Opinion ours = our_opinion(document, paths[which], arena);
    print_as_jsonb(ours);
    const bool same = theirs.verdict == too_deep || (ours.verdict == theirs.verdict && ours.text == theirs.text);
    const char *mine = same ? nullptr : describe(ours), *other = same ? nullptr : describe(theirs);
    MemoryContextSwitchTo(before);
    ++counts[theirs.verdict];
    if (!same && ++disagreements <= shown) rows.put({"disagreement", i, psprintf("path %s, document %s\nwe say %s\njsonb says %s", path_texts[which].data(), text, mine, other)});
    MemoryContextReset(scratch);
    arena.reset();
  }
  for (int verdict = 0; verdict < verdicts; ++verdict) rows.put({verdict_names[verdict], counts[verdict], pg::Cell::null()});
  rows.put({"disagreements", disagreements, pg::Cell::null()});
  return rows.done();
}
