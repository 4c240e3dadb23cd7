#include "pg/boundary.hpp"

#include "identity/cache.hpp"
#include "identity/registration.hpp"
#include "identity/user.hpp"
#include "pg/context_arena.hpp"

namespace proapp::identity {

namespace {

// A mapping whose table was inspected. Its registration follows snapshots and is recognised by its row; the table's definition does not.
struct KnownMapping {
  uint64 generation;
  state::KeptRow row;
  Registration registration;
  ClaimName claim;
  pg::Setting legacy;
  const char *problem;  // null where there is none
  Target target;        // open between open_mapping() and close_target(), where there is no problem
};

}  // namespace

static Shelf<KnownMapping> known_mappings;
static Shelf<Kept<User>> users;

static KnownMapping inspect(std::string_view mapping, Snapshot snapshot) {
  KnownMapping known{};
  known.generation = cache_generation();
  known.registration = find_registration(mapping, snapshot, &known.row);
  pg::ContextArena arena(CurrentMemoryContext);
  if (const auto name = parse_claim_name(known.registration.claim, arena)) {
    known.claim = *name;
    if (name->legacy != nullptr) known.legacy = pg::Setting(name->legacy);
    known.problem = problem_text(open_target(known.registration.source, known.target));
  } else {
    known.problem = psprintf("\"%s\" names no claim", known.registration.claim);
  }
  return known;
}

static bool reopen(KnownMapping *known, Snapshot snapshot) {
  return known != nullptr && known->problem == nullptr && known->generation == cache_generation() && state::sees(snapshot, known->row) &&
         reopen_target(known->target, known->generation);
}

static KnownMapping &open_mapping(std::string_view mapping, Snapshot snapshot) {
  KnownMapping *known = known_mappings.find(mapping);
  return reopen(known, snapshot) ? *known : known_mappings.put(mapping, [&] { return inspect(mapping, snapshot); });
}

static void read_row(const KnownMapping &mapping, Datum key, Snapshot snapshot, User &user) {
  const Source &source = mapping.registration.source;
  TargetScan scan(mapping.target, key, snapshot);
  if (!scan.next()) {
    user.reason = psprintf("no row of %s has this %s", table_text(source), quote_identifier(source.key_column));
    return;
  }
  const TargetScan::Value id = scan.column(mapping.target.value);
  if (id.null)
    user.reason = psprintf("the user's %s is null", column_text(source, source.value_column));
  else
    user.id = to_id(id.datum, mapping.target.value_type);
  scan.close();
}

User look_up_user(std::string_view mapping, Snapshot snapshot) {
  KnownMapping &known = open_mapping(mapping, snapshot);
  User user{};
  if (known.claim.text != nullptr) {
    pg::ContextArena arena("proapp claim");
    const Claim claim = read_claim(known.claim, read_claim_settings(known.legacy), arena);
    user = {{}, claim.text, claim.reason, known.claim.legacy};
  }
  if (known.problem != nullptr) {
    user.reason = known.problem;
    return user;
  }
  if (user.reason == nullptr) {
    const Source &source = known.registration.source;
    if (const auto key = to_key(user.claim, known.target.key_type))
      read_row(known, *key, snapshot, user);
    else
      user.reason = psprintf("the claim \"%s\" is no %s, as %s is", known.claim.text, format_type_be(known.target.key_type), column_text(source, source.key_column));
  }
  close_target(known.target);
  return user;
}

static User copy(const User &user) {
  User result{};
  result.id = user.id;
  if (user.id.text != nullptr) result.id.text = pstrdup(user.id.text);
  if (user.legacy != nullptr) result.legacy = pstrdup(user.legacy);
  return result;
}

User current_user(std::string_view mapping, Snapshot snapshot) {
  if (const User *user = recall(users, mapping, snapshot)) return *user;

  const MemoryContext scratch = AllocSetContextCreate(CurrentMemoryContext, "proapp identity lookup", ALLOCSET_SMALL_SIZES);
  const MemoryContext before = MemoryContextSwitchTo(scratch);
  const uint64 generation = cache_generation();
  User user = look_up_user(mapping, snapshot);
  pg::Setting legacy = user.legacy != nullptr ? pg::Setting(user.legacy) : pg::Setting();
  const ClaimSettings settings = read_claim_settings(legacy);
  if (may_be_kept(snapshot, settings)) users.put(mapping, [&] { return Kept<User>{keep_circumstances(generation, snapshot, user.legacy, settings), copy(user)}; });
  MemoryContextSwitchTo(before);
  user = copy(user);
  MemoryContextDelete(scratch);
  return user;
}

}  // namespace proapp::identity
