// Functions that the actor may call: whether the victim's rows come out of them, or are changed by them.
#include "verify/isolation_report.hpp"

#include <initializer_list>

namespace proapp::verify {

namespace {

constexpr int most_results = 1000;

// What stands for an argument that takes ids, where its name says nothing.
enum class Guess { key, user, auth, organization };

}  // namespace

// name, type, category, has a default, first of an enum
static constexpr char arguments_of[] = R"(
select coalesce(lower((p.proargnames)[case when p.proallargtypes is null then k.n else k.place end]), ''), format_type(k.type, null), t.typcategory, k.n > p.pronargs - p.pronargdefaults,
       (select quote_literal(e.enumlabel) from pg_enum e where e.enumtypid = k.type order by e.enumsortorder limit 1), k.n = p.pronargs and p.provariadic <> 0
  from pg_proc p cross join lateral (
    select a.type, row_number() over (order by a.place) as n, a.place
      from unnest(coalesce(p.proallargtypes, p.proargtypes::oid[])) with ordinality a (type, place)
     where p.proallargtypes is null or (p.proargmodes)[a.place] in ('i', 'b', 'v')) k
  join pg_type t on t.oid = k.type where p.oid = %s order by k.n)";

// p_note_id, _note_id, note_id_ -> note_id
static const char *bare_name(const char *name) {
  while (*name == '_') ++name;
  for (const char *prefix : {"p_", "v_", "in_", "arg_"})
    if (strncmp(name, prefix, strlen(prefix)) == 0) {
      name += strlen(prefix);
      break;
    }
  size_t length = strlen(name);
  while (length > 0 && name[length - 1] == '_') --length;
  return pnstrdup(name, length);
}

static const char *key_of(const Table &table, const Row &row, const char *type) {
  const ListCell *cell;
  foreach (cell, table.columns)
    if (column_at(cell)->equals != nullptr && strcmp(format_type_be(column_at(cell)->type_id), type) == 0) return value_of(table, row, *column_at(cell));
  return nullptr;
}

// note_id for table notes.
static bool means_key(const Table &table, const char *name) {
  const char *table_name = table.bare;
  const size_t length = strlen(name);
  if (length < 3 || strcmp(name + length - 3, "_id") != 0) return false;
  const char *stem = pnstrdup(name, length - 3);
  return strncmp(table_name, stem, strlen(stem)) == 0 || strstr(table_name, stem) != nullptr;
}

static const char *by_name(const Table &table, const Row &row, const char *name, const char *type) {
  const ListCell *cell;
  foreach (cell, table.columns) {
    const Column &column = *column_at(cell);
    const bool says_which = column.equals != nullptr || column.owner != nullptr || column.foreign;
    if (says_which && strcmp(column.bare, name) == 0 && strcmp(format_type_be(column.type_id), type) == 0) return value_of(table, row, column);
  }
  return means_key(table, name) ? key_of(table, row, type) : nullptr;
}

static const char *party_id(const Case &one, const Row &row, Guess guess) {
  const ListCell *cell;
  foreach (cell, row.parties) {
    const auto *party = static_cast<const char *>(lfirst(cell));
    if (is_user(party) != (guess != Guess::organization)) continue;
    return guess == Guess::auth ? auth_id_of(*one.acquaintances, party) : id_of(party);
  }
  return nullptr;
}

static bool may_be_id(const char *type) { return strcmp(type, "uuid") == 0 || strcmp(type, "text") == 0 || strcmp(type, "integer") == 0 || strcmp(type, "bigint") == 0; }

// A user's uuid is no integer.
static bool fits(const char *value, const char *type) {
  if (strcmp(type, "uuid") == 0) return strlen(value) == 36 && strspn(value, "0123456789abcdef-") == 36;
  if (strcmp(type, "integer") == 0 || strcmp(type, "bigint") == 0) return strlen(value) < 10 && strspn(value, "-0123456789") == strlen(value);
  return true;
}

static const char *anything(const Answer &arguments, int64 i) {
  switch (*arguments.at(i, 2)) {
    case 'A':
      return "'{}'";
    case 'B':
      return "true";
    case 'D':
      return "pg_catalog.now()";
    case 'E':
      return arguments.at(i, 4) != nullptr ? arguments.at(i, 4) : "null";
    case 'N':
      return "100";
    case 'S':
      return "''";
    case 'U':
      return strncmp(arguments.at(i, 1), "json", 4) == 0 ? "'{}'" : "null";
    default:
      return "null";
  }
}

struct Call {
  const char *text;  // null where this guess makes no difference
  List *passed;      // values of the victim's that went in
};

static Call call_of(const Case &one, const Row &row, const Answer &arguments, Guess guess) {
  Call call = {"", NIL};
  bool guessed = false;
  for (int64 i = 0; i < arguments.count; ++i) {
    const char *type = arguments.at(i, 1);
    const char *value = by_name(*one.table, row, bare_name(arguments.at(i, 0)), type);
    if (value == nullptr && arguments.is(i, 3)) break;
    if (value == nullptr && may_be_id(type)) {
      value = guess == Guess::key ? key_of(*one.table, row, type) : party_id(one, row, guess);
      if (value != nullptr && !fits(value, type)) value = nullptr;
      guessed |= value != nullptr;
    }
    if (value != nullptr) call.passed = lappend(call.passed, const_cast<char *>(value));
    const char *given = value != nullptr ? quote_literal_cstr(value) : anything(arguments, i);
    call.text = psprintf("%s%s%s%s::%s", call.text, i > 0 ? ", " : "", arguments.is(i, 5) ? "variadic " : "", given, type);
  }
  if (guess != Guess::key && !guessed) call.text = nullptr;
  return call;
}

static bool was_passed(const List *passed, const char *mark) {
  const ListCell *cell;
  foreach (cell, passed)
    if (strcmp(static_cast<const char *>(lfirst(cell)), mark) == 0) return true;
  return false;
}

static bool comes_out(const Answer &answer, const List *all, const Call &call) {
  const ListCell *cell;
  foreach (cell, all) {
    const auto *mark = static_cast<const char *>(lfirst(cell));
    if (was_passed(call.passed, mark)) continue;
    for (int64 i = 0; i < answer.count; ++i)
      if (answer.at(i, 0) != nullptr && strstr(answer.at(i, 0), mark) != nullptr) return true;
  }
  return false;
}

// Of the few rows that are looked for in views, too.
static int64 rows_that_come_out(const Case &one, const Answer &answer, const Call &call) {
  int64 count = 0;
  int looked_for = 0;
  const ListCell *cell;
  foreach (cell, one.pair->rows) {
    if (looked_for++ == most_written) break;
    count += comes_out(answer, marks(*one.table, *static_cast<Row *>(lfirst(cell))), call) ? 1 : 0;
  }
  return count;
}

// The row is locked meanwhile, so that nobody else's change is taken for the function's.
static Outcome call_once(const Case &one, const Row &row, const Function &function, const Call &call) {
  Answer answer{};
  const char *rows = psprintf("from %s t where %s", one.table->name, condition(*one.table, row, "t"));
  const Attempt attempt = {.locked = psprintf("select t.xmin %s for update", rows),
                           .sql = psprintf("select (x.*)::pg_catalog.text from %s(%s) x limit %d", function.name, call.text, most_results),
                           .answer = &answer,
                           .after = psprintf("select count(*) %s", rows),
                           .counted = Attempt::After::changed};
  Outcome outcome = perform(*one.pair->actor, attempt, *one.budget);
  if (outcome.ended == Ended::well) outcome.count = Max(outcome.count, rows_that_come_out(one, answer, call));
  return outcome;
}

static void try_function(const Case &one, const Function &function) {
  Sum sum;
  const Answer arguments = ask(psprintf(arguments_of, function.oid));
  const auto &row = *static_cast<const Row *>(linitial(one.pair->rows));
  for (const Guess guess : {Guess::key, Guess::user, Guess::auth, Guess::organization}) {
    const Call call = call_of(one, row, arguments, guess);
    if (call.text == nullptr || sum.reached > 0) continue;
    sum.add(call_once(one, row, function, call));
  }
  const char *through = psprintf("function %s%s", function.text, function.definer ? " security definer" : "");
  if (sum.reached == 0) {
    if (sum.unclear != nullptr) sum.unclear = psprintf("%s: %s", through, sum.unclear);
    sum.refused = psprintf("%s%s%s", through, sum.refused == nullptr ? "" : ": ", sum.refused == nullptr ? "" : sum.refused);
  }
  conclude(one, "EXECUTE", sum, through);
}

static bool may_call(const Case &one, const Function &function) {
  const char *role = quote_literal_cstr(one.pair->actor->identity.role);
  return ask(psprintf("select has_function_privilege(%s, oid, 'EXECUTE') and has_schema_privilege(%s, pronamespace, 'USAGE') from pg_proc where oid = %s", role, role,
                      function.oid))
      .is(0, 0);
}

void try_functions(const Case &one, const List *functions) {
  const ListCell *cell;
  foreach (cell, functions)
    if (may_call(one, *static_cast<const Function *>(lfirst(cell)))) try_function(one, *static_cast<const Function *>(lfirst(cell)));
}

}  // namespace proapp::verify
