// The library's entry: magic block and settings.
#include "pg/boundary.hpp"

#include "deletion/plan.hpp"
#include "migration/guard.hpp"
#include "migration/script.hpp"
#include "drift/check.hpp"
#include "drift/ddl_log.hpp"
#include "drift/quick_check.hpp"
#include "state/restoring.hpp"
#include "state/retention.hpp"
#include "verify/isolation_budget.hpp"

extern "C" {
#include <utils/guc.h>

PROAPP_EXPORT const Pg_magic_struct *Pg_magic_func(void);
PG_MODULE_MAGIC;

PROAPP_EXPORT void _PG_init(void);
void _PG_init(void) {
  proapp::state::define_settings();
  proapp::state::define_retention_setting();
  proapp::drift::define_settings();
  proapp::drift::define_ddl_log_setting();
  proapp::drift::define_alert_setting();
  proapp::verify::define_isolation_settings();
  proapp::deletion::define_plan_setting();
  proapp::migration::define_lock_settings();
  proapp::migration::install_guard();
  MarkGUCPrefixReserved("proapp");
}
}
