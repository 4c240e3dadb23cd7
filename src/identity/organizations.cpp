#include "pg/boundary.hpp"

#include "identity/known.hpp"
#include "identity/membership.hpp"
#include "identity/organizations.hpp"
#include "identity/user.hpp"
#include "pg/text.hpp"

extern "C" {
#include <catalog/pg_type.h>
}

#include <algorithm>

namespace proapp::identity {

namespace {

struct KnownMembership : Known {
  Membership membership;
  Members members;
  Target &target() { return members.target; }
};

struct Roles {
  Datum *names;
  bool *nulls;
  int count;
};

struct Found {
  core::Uuid *ids;
  int count, room;
};

}  // namespace

static Shelf<KnownMembership> known_memberships;
static Shelf<Kept<Organizations>> kept_organizations;

// What the user column holds; the texts live in the current memory context or until the next question for a user.
struct UserKey {
  const char *text;
  const char *legacy;
};
static UserKey user_key(const Membership &membership, Snapshot snapshot) {
  if (membership.mapping == nullptr) return {read_sub().text, "request.jwt.claim.sub"};
  const User user = current_user(membership.mapping, snapshot);
  return {user.id.text, user.legacy};
}

static Roles read_roles(ArrayType *roles) {
  Roles result{};
  deconstruct_array(roles, TEXTOID, -1, false, TYPALIGN_INT, &result.names, &result.nulls, &result.count);
  return result;
}

static bool has_role(const Roles &roles, const char *role) {
  if (roles.count == 0) return true;
  for (int i = 0; i < roles.count && role != nullptr; ++i)
    if (!roles.nulls[i] && pg::view(roles.names[i]) == role) return true;
  return false;
}

static void put(Found &found, Datum organization) {
  if (found.count == found.room) {
    found.room = found.room == 0 ? 8 : 2 * found.room;
    const size_t bytes = static_cast<size_t>(found.room) * sizeof(core::Uuid);
    found.ids = static_cast<core::Uuid *>(found.ids == nullptr ? palloc(bytes) : repalloc(found.ids, bytes));
  }
  memcpy(&found.ids[found.count++], DatumGetPointer(organization), sizeof(core::Uuid));
}

static int order(const core::Uuid &a, const core::Uuid &b) { return memcmp(&a, &b, sizeof a); }

static void sort(Found &found) {
  core::Uuid *end = found.ids + found.count;
  std::sort(found.ids, end, [](const core::Uuid &a, const core::Uuid &b) { return order(a, b) < 0; });
  found.count = static_cast<int>(std::unique(found.ids, end, [](const core::Uuid &a, const core::Uuid &b) { return order(a, b) == 0; }) - found.ids);
}

static Organizations read_rows(const Members &members, Datum key, const Roles &roles, Snapshot snapshot) {
  Found found{};
  for (TargetScan scan(members.target, key, snapshot); scan.next();) {
    CHECK_FOR_INTERRUPTS();
    const TargetScan::Value organization = scan.column(members.target.value);
    if (organization.null || !is_active(members, scan)) continue;
    if (roles.count > 0 && !has_role(roles, label_of(scan, members.role, members.role_type))) continue;
    put(found, organization.datum);
  }
  if (found.count > 0) sort(found);
  return {true, found.ids, found.count, nullptr};
}

static void check_roles(const Membership &membership, const Roles &roles) {
  if (roles.count == 0 || membership.role_column != nullptr) return;
  ereport(ERROR,
          (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("membership \"%s\" has no roles", membership.membership),
           errdetail("It was registered without a role column, and roles are asked for."), errhint("Register it again with proapp.map_members(…, role_column => '<column>').")));
}

static Organizations look_up(std::string_view name, ArrayType *asked, Snapshot snapshot) {
  KnownMembership &known = open_known(known_memberships, name, snapshot, [&](KnownMembership &item) {
    item.membership = find_membership(name, snapshot, &item.row);
    item.problem = problem_text(open_members(item.membership, item.members));
  });
  const Roles roles = read_roles(asked);
  check_roles(known.membership, roles);
  const UserKey user = user_key(known.membership, snapshot);
  Organizations organizations{};
  if (known.problem == nullptr) {
    if (user.text != nullptr) {
      organizations.signed_in = true;
      if (const auto key = to_key(user.text, known.members.target.key_type)) organizations = read_rows(known.members, *key, roles, snapshot);
    }
    close_target(known.members.target);
  }
  organizations.legacy = user.legacy != nullptr ? pstrdup(user.legacy) : nullptr;
  return organizations;
}

Organizations Organizations::copy() const {
  Organizations result = *this;
  const size_t bytes = static_cast<size_t>(count) * sizeof(core::Uuid);
  if (count > 0) result.ids = static_cast<const core::Uuid *>(memcpy(MemoryContextAllocHuge(CurrentMemoryContext, bytes), ids, bytes));
  if (legacy != nullptr) result.legacy = pstrdup(legacy);
  return result;
}

// Membership and roles as one name: texts hold no zero.
static std::string_view question(std::string_view membership, const ArrayType *roles) {
  const size_t size = membership.size() + 1 + VARSIZE(roles);
  auto *bytes = static_cast<char *>(palloc(size));
  memcpy(bytes, membership.data(), membership.size());
  bytes[membership.size()] = '\0';
  memcpy(bytes + membership.size() + 1, roles, VARSIZE(roles));
  return {bytes, size};
}

Organizations current_organizations(std::string_view membership, ArrayType *roles, Snapshot snapshot) {
  return answer(
      kept_organizations, question(membership, roles), snapshot, [](const Organizations &) { return false; }, [&] { return look_up(membership, roles, snapshot); });
}

bool Organizations::contain(const core::Uuid &id) const {
  return std::binary_search(ids, ids + count, id, [](const core::Uuid &a, const core::Uuid &b) { return order(a, b) < 0; });
}

}  // namespace proapp::identity

using namespace proapp;

PROAPP_FUNCTION(proapp_current_organizations) {
  identity::StatementSnapshot snapshot;
  const identity::Organizations organizations = identity::current_organizations(pg::view(PG_GETARG_TEXT_PP(0)), PG_GETARG_ARRAYTYPE_P(1), snapshot.get());
  snapshot.close();
  if (!organizations.signed_in) PG_RETURN_NULL();
  auto *ids = static_cast<Datum *>(palloc((static_cast<size_t>(organizations.count) + 1) * sizeof(Datum)));
  for (int i = 0; i < organizations.count; ++i) ids[i] = PointerGetDatum(&organizations.ids[i]);
  PG_RETURN_ARRAYTYPE_P(construct_array(ids, organizations.count, UUIDOID, sizeof(core::Uuid), false, TYPALIGN_CHAR));
}

PROAPP_FUNCTION(proapp_is_member) {
  identity::StatementSnapshot snapshot;
  const identity::Organizations organizations = identity::current_organizations(pg::view(PG_GETARG_TEXT_PP(0)), PG_GETARG_ARRAYTYPE_P(2), snapshot.get());
  snapshot.close();
  if (!organizations.signed_in) PG_RETURN_NULL();
  core::Uuid organization;
  memcpy(&organization, PG_GETARG_POINTER(1), sizeof organization);
  PG_RETURN_BOOL(organizations.contain(organization));
}
