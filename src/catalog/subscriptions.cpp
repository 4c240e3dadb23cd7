// Kind: subscription, of this database: the catalog is one for the whole cluster.
#include "pg/postgres.hpp"

#include "catalog/reader.hpp"
#include "catalog/values.hpp"
#include "core/secrets.hpp"
#include "pg/compat.hpp"

extern "C" {
#include <catalog/pg_subscription.h>
}

namespace proapp::catalog {

void read_subscriptions(Reader &reader) {
  for (pg::CatalogScan scan(SubscriptionRelationId, reader.snapshot, reader.row); scan.next();) {
    const auto *row = scan.row<Form_pg_subscription>();
    if (row->subdbid != MyDatabaseId || !reader.wants_of_database("subscription", pg::view(row->subname))) continue;
    reader.begin("subscription", reader.arena.copy(std::string_view(quote_identifier(NameStr(row->subname)))));
    reader.add("connection", core::connection_options(reader.arena, reader.arena.copy(scan.text(Anum_pg_subscription_subconninfo))));
    reader.add("publications", text_list(reader.arena, scan.column(Anum_pg_subscription_subpublications), true));
    if (const auto slot = scan.column(Anum_pg_subscription_subslotname)) reader.add("slot", reader.arena.copy(pg::view(*DatumGetName(*slot))));
    reader.add("enabled", row->subenabled);
    reader.add("binary", row->subbinary);
    reader.add("streaming", pg::subscription_streaming(row));
    reader.add("two_phase", row->subtwophasestate != LOGICALREP_TWOPHASE_STATE_DISABLED);  // pending becomes enabled by itself
    reader.add("disable_on_error", row->subdisableonerr);
    reader.add("synchronous_commit", reader.arena.copy(scan.text(Anum_pg_subscription_subsynccommit)));
    pg::later_subscription_options(scan, [&](std::string_view name, auto value) { reader.add(name, value); });
    reader.add("owner", reader.role(row->subowner));
    reader.add_comment(SubscriptionRelationId, row->oid);
    reader.finish();
  }
}

}  // namespace proapp::catalog
