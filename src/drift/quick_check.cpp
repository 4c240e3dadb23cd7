#include "pg/boundary.hpp"

#include "catalog/unchanged.hpp"
#include "drift/baseline.hpp"
#include "drift/quick_check.hpp"

extern "C" {
#include <lib/stringinfo.h>
#include <utils/guc.h>
}

namespace proapp::drift {

static bool quick_check = true;

void define_settings() {
  DefineCustomBoolVariable("proapp.quick_check", "Lets drift() answer at once, with what it last found, where nothing has changed since.",
                           "Compares the LSNs of the catalogs' pages, in the backend's memory. Off: every call compares everything.", &quick_check, true, PGC_USERSET, 0, nullptr,
                           nullptr, nullptr);
}

// What many schemas at once differ in is not worth keeping in every backend.
static constexpr size_t most_to_remember = 1024 * 1024;

// The last comparison of this backend.
static MemoryContext memory = nullptr;  // of what follows
static char *compared = nullptr;        // the baseline's name
static char *printed_under = nullptr;   // the settings that its texts depend on
static catalog::CatalogState *compared_state = nullptr;
static std::span<const core::Difference> differences;
static bool complete = false;  // it ran to its end, and all it found is in `differences`

// In the current memory context. Expressions are printed as the session likes them.
static char *printing_settings() {
  StringInfoData values;
  initStringInfo(&values);
  for (const char *name :
       {"bytea_output", "DateStyle", "extra_float_digits", "IntervalStyle", "lc_monetary", "quote_all_identifiers", "standard_conforming_strings", "TimeZone", "xmlbinary"})
    appendStringInfo(&values, "%s\n", GetConfigOption(name, false, false));
  return values.data;
}

std::optional<std::span<const core::Difference>> known_differences(std::string_view baseline) {
  if (!quick_check || !complete || baseline != compared || !catalog::is_unchanged(compared_state)) return std::nullopt;
  if (!differences.empty() && strcmp(printed_under, printing_settings()) != 0) return std::nullopt;
  return differences;
}

void begin_comparison(std::string_view baseline) {
  complete = false;
  differences = {};
  if (memory == nullptr)
    memory = AllocSetContextCreate(TopMemoryContext, "proapp quick check", ALLOCSET_DEFAULT_SIZES);
  else
    MemoryContextReset(memory);
  compared_state = nullptr;
  if (!quick_check) return;
  compared = MemoryContextStrdup(memory, pg::c_string(baseline));
  printed_under = MemoryContextStrdup(memory, printing_settings());
  compared_state = catalog::record_state(memory, {state::find(baselines), state::find(baseline_objects)});
}

static core::Difference copy(core::Arena &arena, const core::Difference &difference) {
  const auto &[severity, kind, identity, change, attribute, expected, actual, fix] = difference;  // each of them
  return {severity, arena.copy(kind), arena.copy(identity), change, arena.copy(attribute), arena.copy(expected), arena.copy(actual), arena.copy(fix)};
}

static size_t size(const core::Difference &d) { return sizeof d + d.kind.size() + d.identity.size() + d.attribute.size() + d.expected.size() + d.actual.size() + d.fix.size(); }

void end_comparison(std::span<const core::Difference> found) {
  if (compared_state == nullptr) return;
  size_t all = 0;
  for (const core::Difference &difference : found) all += size(difference);
  if (all > most_to_remember) return;
  pg::ContextArena arena(memory);
  auto &kept = arena.make<core::Vector<core::Difference>>(arena);
  kept.reserve(found.size());
  for (const core::Difference &difference : found) kept.push_back(copy(arena, difference));
  differences = kept.span();
  complete = true;
}

}  // namespace proapp::drift
