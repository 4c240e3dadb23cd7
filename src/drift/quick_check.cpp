#include "pg/boundary.hpp"

#include "catalog/unchanged.hpp"
#include "drift/baseline.hpp"
#include "drift/quick_check.hpp"

extern "C" {
#include <utils/guc.h>
}

namespace proapp::drift {

static bool quick_check = true;

void define_settings() {
  DefineCustomBoolVariable("proapp.quick_check", "Lets drift() answer at once where nothing has changed since it last found no drift.",
                           "Compares the LSNs of the catalogs' pages, in the backend's memory. Off: every call compares everything.", &quick_check, true, PGC_USERSET, 0, nullptr,
                           nullptr, nullptr);
}

// The last comparison of this backend.
static MemoryContext memory = nullptr;  // of what follows
static char *compared = nullptr;        // the baseline's name
static catalog::CatalogState *compared_state = nullptr;
static bool found_equal = false;

bool known_to_be_equal(std::string_view baseline) { return quick_check && found_equal && baseline == compared && catalog::is_unchanged(compared_state); }

void begin_comparison(std::string_view baseline) {
  found_equal = false;
  compared_state = nullptr;
  if (!quick_check) return;
  if (memory == nullptr)
    memory = AllocSetContextCreate(TopMemoryContext, "proapp quick check", ALLOCSET_DEFAULT_SIZES);
  else
    MemoryContextReset(memory);
  compared = MemoryContextStrdup(memory, pg::c_string(baseline));
  compared_state = catalog::record_state(memory, {state::find(baselines), state::find(baseline_objects)});
}

void end_comparison(bool equal) { found_equal = equal && compared_state != nullptr; }

}  // namespace proapp::drift
