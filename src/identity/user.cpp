#include "pg/boundary.hpp"

#include "identity/known.hpp"
#include "identity/registration.hpp"
#include "identity/user.hpp"
#include "pg/context_arena.hpp"

namespace proapp::identity {

namespace {

struct KnownMapping : Known {
  Registration registration;
  ClaimName claim;
  pg::Setting legacy;
  Target users;
  Target &target() { return users; }
};

}  // namespace

static Shelf<KnownMapping> known_mappings;
static Shelf<Kept<User>> users;

static void inspect(std::string_view mapping, Snapshot snapshot, KnownMapping &known) {
  known.registration = find_registration(mapping, snapshot, &known.row);
  pg::ContextArena arena(CurrentMemoryContext);
  if (const auto name = parse_claim_name(known.registration.claim, arena)) {
    known.claim = *name;
    if (name->legacy != nullptr) known.legacy = pg::Setting(name->legacy);
    known.problem = problem_text(open_target(known.registration.source, known.users));
  } else {
    known.problem = psprintf("\"%s\" names no claim", known.registration.claim);
  }
}

static void read_row(const KnownMapping &mapping, Datum key, Snapshot snapshot, User &user) {
  const Source &source = mapping.registration.source;
  TargetScan scan(mapping.users, key, snapshot);
  if (!scan.next()) {
    user.reason = psprintf("no row of %s has this %s", table_text(source), quote_identifier(source.key_column));
    return;
  }
  const TargetScan::Value id = scan.column(mapping.users.value);
  if (id.null)
    user.reason = psprintf("the user's %s is null", column_text(source, source.value_column));
  else
    user.id = to_id(id.datum, mapping.users.value_type);
  user.row = scan.keep();
  scan.close();
}

User look_up_user(std::string_view mapping, Snapshot snapshot) {
  KnownMapping &known = open_known(known_mappings, mapping, snapshot, [&](KnownMapping &item) { inspect(mapping, snapshot, item); });
  User user{};
  if (known.claim.text != nullptr) {
    pg::ContextArena arena("proapp claim");
    const Claim claim = read_claim(known.claim, read_claim_settings(known.legacy), arena);
    user = {{}, claim.text, claim.reason, known.claim.legacy, known.inspection, {}};
  }
  if (known.problem != nullptr) {
    user.reason = known.problem;
    return user;
  }
  if (user.reason == nullptr) {
    const Source &source = known.registration.source;
    if (const auto key = to_key(user.claim, known.users.key_type))
      read_row(known, *key, snapshot, user);
    else
      user.reason = psprintf("the claim \"%s\" is no %s, as %s is", known.claim.text, format_type_be(known.users.key_type), column_text(source, source.key_column));
  }
  close_target(known.users);
  return user;
}

User User::copy() const {
  User result{};
  result.id = id;
  if (id.text != nullptr) result.id.text = pstrdup(id.text);
  if (legacy != nullptr) result.legacy = pstrdup(legacy);
  result.inspection = inspection;
  result.row = row;
  if (row.size > 0) result.row.bytes = static_cast<const char *>(memcpy(palloc(row.size), row.bytes, row.size));
  return result;
}

// With the same claims, which say the key: does `snapshot` see the mapping that this was found by, and the row that had the key? No other has it, since it is unique.
static bool is_same(std::string_view mapping, User &user, Snapshot snapshot) {
  if (user.row.size == 0) return false;
  KnownMapping *known = known_mappings.find(mapping);
  return known != nullptr && known->inspection == user.inspection && known->users.lasting && holds(*known, snapshot) && pg::sees(snapshot, user.row);
}

User current_user(std::string_view mapping, Snapshot snapshot) {
  return answer(
      users, mapping, snapshot, [&](User &user) { return is_same(mapping, user, snapshot); }, [&] { return look_up_user(mapping, snapshot); });
}

}  // namespace proapp::identity
