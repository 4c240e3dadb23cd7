#include "pg/boundary.hpp"

#include "identity/membership.hpp"
#include "identity/registration.hpp"
#include "pg/text.hpp"

extern "C" {
#include <access/relation.h>
#include <catalog/pg_type.h>
#include <nodes/pg_list.h>
}

namespace proapp::identity {

const state::Table memberships = {"memberships",
                                  "membership text primary key, table_schema text not null, table_name text not null, user_column text not null, organization_column text not null,"
                                  " role_column text, mapping text, active_condition text, registered_at timestamptz not null default pg_catalog.now()"};

static Membership read(const state::Scan &row) {
  return {row.text("membership"),
          {row.text("table_schema"), row.text("table_name"), row.text("user_column"), row.text("organization_column"), false},
          row.text("role_column"),
          row.text("mapping"),
          row.text("active_condition")};
}

List *all_memberships(Snapshot snapshot) {
  List *all = NIL;
  for (state::Scan scan(memberships, snapshot); scan.next();) {
    auto *found = static_cast<Membership *>(palloc(sizeof(Membership)));
    *found = read(scan);
    all = lappend(all, found);
  }
  list_sort(all, [](const ListCell *a, const ListCell *b) {
    return strcmp(static_cast<const Membership *>(lfirst(a))->membership, static_cast<const Membership *>(lfirst(b))->membership);
  });
  return all;
}

Membership find_membership(std::string_view membership, Snapshot snapshot, pg::KeptRow *row) {
  for (state::Scan scan(memberships, snapshot); scan.next();) {
    if (membership != scan.text("membership")) continue;
    const Membership found = read(scan);
    if (row != nullptr) *row = scan.keep();
    scan.close();
    return found;
  }
  raise_unregistered(memberships, "membership", membership, snapshot, "proapp.map_members(%s, '<members table>', '<user column>', '<organization column>')");
}

static Problem find_role(const Membership &membership, Relation table, Members &into) {
  into.role = InvalidAttrNumber;
  if (membership.role_column == nullptr) return {};
  if (const Problem problem = find_column(membership.source, table, membership.role_column, into.role, into.role_type)) return problem;
  if (!is_label_type(into.role_type))
    return {ERRCODE_DATATYPE_MISMATCH, psprintf("column %s is of type %s", column_text(membership.source, membership.role_column), format_type_be(into.role_type)),
            "Roles are of type text or varchar, or an enum.", "Name a column of one of these types."};
  return {};
}

// Leaves the target's index open where all is well.
Problem inspect_members(const Membership &membership, Relation table, Members &into) {
  into = {};
  const Source &source = membership.source;
  AttrNumber organization;
  Oid type = InvalidOid;
  if (const Problem problem = find_role(membership, table, into)) return problem;
  if (const Problem problem = bind_condition(membership, table, into)) return problem;
  if (!find_column(source, table, source.value_column, organization, type) && type != UUIDOID)
    return {ERRCODE_DATATYPE_MISMATCH, psprintf("column %s is of type %s", column_text(source, source.value_column), format_type_be(type)),
            "Ids of organizations are of type uuid.", "Name the column that holds the organization's uuid."};
  return inspect_target(source, table, into.target);
}

Problem open_members(const Membership &membership, Members &into) {
  Relation table;
  if (const Problem problem = open_by_name(membership.source, table)) return problem;
  const Problem problem = inspect_members(membership, table, into);
  if (problem) relation_close(table, AccessShareLock);
  return problem;
}

}  // namespace proapp::identity
