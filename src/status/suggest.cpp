// suggest: what to register in a database that is there already.
#include "pg/boundary.hpp"

#include "pg/rows.hpp"
#include "pg/session.hpp"
#include "pg/spi.hpp"
#include "status/suggest_sql.hpp"

namespace proapp::status {

// What to register of each kind; every answer is (place, call, reason, confidence).
static constexpr const char *all_proposals[] = {suggest_users, suggest_members, suggest_deletion, suggest_baseline};

static const char *proposals_sql() {
  StringInfoData sql;
  initStringInfo(&sql);
  appendStringInfo(&sql, "with recursive %s select call, reason, confidence from (", suggest_common);
  const char *separator = "";
  for (const char *proposals : all_proposals) {
    appendStringInfo(&sql, "%s(%s)", separator, proposals);
    separator = " union all ";
  }
  // What builds on a mapping comes after it: it is never more certain.
  appendStringInfoString(&sql, ") rows (place, call, reason, confidence) order by array_position('{high,medium,low}', confidence), place, call collate \"C\"");
  return sql.data;
}

}  // namespace proapp::status

namespace proapp {

PROAPP_FUNCTION(proapp_suggest) {
  pg::Rows rows(fcinfo);
  const int pin = pg::pin_search_path();
  pg::spi_begin();
  pg::spi_run(status::proposals_sql(), {}, true);
  pg::spi_put(rows);
  pg::spi_end();
  pg::unpin_search_path(pin);
  return rows.done();
}

}  // namespace proapp
