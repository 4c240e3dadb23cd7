// expect, unexpect and what view expectations shows.
#include "pg/boundary.hpp"

#include "pg/arguments.hpp"
#include "pg/spi.hpp"
#include "verify/expectation.hpp"

extern "C" {
#include <catalog/pg_type.h>
#include <utils/array.h>
}

using namespace proapp;

namespace proapp::verify {

static const Category &named_category(const char *name) {
  const Category *category = find_category(name);
  if (category == nullptr)
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("unrecognized category \"%s\"", name), errdetail("The categories are: %s.", category_names(false)),
                    errhint("Write, for example, select proapp.expect('table', 'public.users').")));
  return *category;
}

static pg::Argument text_list(const List *texts) {
  return pg::text_array(static_cast<size_t>(list_length(texts)), [texts](size_t i) { return static_cast<const char *>(list_nth(texts, static_cast<int>(i))); });
}

static void keep(const Category &category, const Item &item, Datum expected) {
  state::find_or_make(expectations);
  pg::spi_begin();
  // What changes nothing writes nothing, so that a standby takes it.
  if (state::run("select from proapp_data.expectations where category = $1 and item = $2 and expected = $3", {category.name, item.text, {JSONBOID, expected}}) == 0)
    state::run(
        "insert into proapp_data.expectations (category, item, names, details, expected) values ($1, $2, $3, $4, $5)"
        " on conflict (category, item) do update set names = excluded.names, details = excluded.details, expected = excluded.expected,"
        " registered_at = pg_catalog.now(), registered_by = session_user",
        {category.name, item.text, text_list(item.names), item.has_details ? text_list(item.details) : pg::Argument(TEXTARRAYOID, 0, true), {JSONBOID, expected}});
  pg::spi_end();
}

static void forget(const Category &category, const Item &item) {
  if (OidIsValid(state::find(expectations))) {
    state::refuse_while_restoring();
    pg::spi_begin();
    const uint64 gone = state::run("delete from proapp_data.expectations where category = $1 and item = $2", {category.name, item.text});
    pg::spi_end();
    if (gone > 0) return;
  }
  ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT), errmsg("nothing is expected of %s \"%s\"", category.name, item.text),
                  errhint("What is expected: select * from proapp.expectations.")));
}

}  // namespace proapp::verify

PROAPP_FUNCTION(proapp_expect) {
  const verify::Category &category = verify::named_category(pg::required_text(fcinfo, 0, "category"));
  const verify::Item item = verify::read_item(category, pg::required_text(fcinfo, 1, "item"));
  const Datum expected = verify::normal_expected(category, DatumGetJsonbP(pg::required(fcinfo, 2, "expected")));
  verify::keep(category, item, expected);
  PG_RETURN_VOID();
}

PROAPP_FUNCTION(proapp_unexpect) {
  const verify::Category &category = verify::named_category(pg::required_text(fcinfo, 0, "category"));
  verify::forget(category, verify::read_item(category, pg::required_text(fcinfo, 1, "item")));
  PG_RETURN_VOID();
}

PROAPP_FUNCTION(proapp_expectations) {
  return state::rows(fcinfo, verify::expectations,
                     "select category, item, expected, registered_at, registered_by from proapp_data.expectations order by category collate \"C\", item collate \"C\"");
}
