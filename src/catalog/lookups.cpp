// Facts that one catalog has about another one's objects: comments, extension membership, inheritance, expressions of columns and views.
#include "pg/postgres.hpp"

#include "catalog/reader.hpp"
#include "pg/scan.hpp"

extern "C" {
#include <catalog/dependency.h>
#include <catalog/pg_attrdef.h>
#include <catalog/pg_class.h>
#include <catalog/pg_database.h>
#include <catalog/pg_depend.h>
#include <catalog/pg_description.h>
#include <catalog/pg_extension.h>
#include <catalog/pg_inherits.h>
#include <catalog/pg_namespace.h>
#include <catalog/pg_rewrite.h>
#include <catalog/pg_seclabel.h>
#include <catalog/pg_shdescription.h>
#include <catalog/pg_shseclabel.h>
#include <catalog/pg_subscription.h>
#include <utils/fmgroids.h>
}

namespace proapp::catalog {

// Comments on PostgreSQL's own objects are not ours to compare; schema public is made by initdb but belongs to users.
static bool of_users(Oid catalog, Oid object) { return object >= FirstNormalObjectId || (catalog == NamespaceRelationId && object == PG_PUBLIC_NAMESPACE); }

static void read_comments(Reader &reader) {
  for (pg::CatalogScan scan(DescriptionRelationId, reader.snapshot, reader.row); scan.next();) {
    const auto *row = scan.row<Form_pg_description>();
    if (!of_users(row->classoid, row->objoid)) continue;
    reader.lookups.comments.put(row->classoid, row->objoid, row->objsubid, reader.lasting().copy(scan.text(Anum_pg_description_description)));
  }
}

// Of what belongs to the whole cluster this database is ours to compare, with its subscriptions.
static bool is_own(Oid catalog, Oid object) { return catalog == SubscriptionRelationId || (catalog == DatabaseRelationId && object == MyDatabaseId); }

// The comment on a database that initdb made is not a user's.
static void read_shared_comments(Reader &reader) {
  for (pg::CatalogScan scan(SharedDescriptionRelationId, reader.snapshot, reader.row); scan.next();) {
    const auto *row = scan.row<Form_pg_shdescription>();
    if (!is_own(row->classoid, row->objoid) || row->objoid < FirstNormalObjectId) continue;
    reader.lookups.comments.put(row->classoid, row->objoid, 0, reader.lasting().copy(scan.text(Anum_pg_shdescription_description)));
  }
}

// Few objects have any, and almost none has more than one.
static void take_label(Reader &reader, Oid catalog, Oid object, int32 part, std::string_view provider, std::string_view label) {
  const std::span<const core::Value> *others = reader.lookups.labels.find(catalog, object, part);
  auto &labels = reader.lasting().make<core::Vector<core::Value>>(reader.lasting());
  if (others != nullptr) labels.assign(others->begin(), others->end());
  labels.push_back(core::Value(reader.lasting().copy(reader.join({provider, ": ", label}))));
  core::sort_by_text(labels);
  reader.lookups.labels.put(catalog, object, part, labels.span());  // found before the shorter list
  reader.arena.reset();
}

static void read_labels(Reader &reader) {
  for (pg::CatalogScan scan(SecLabelRelationId, reader.snapshot, reader.row); scan.next();) {
    const auto *row = scan.row<const FormData_pg_seclabel *>();
    take_label(reader, row->classoid, row->objoid, row->objsubid, scan.text(Anum_pg_seclabel_provider), scan.text(Anum_pg_seclabel_label));
  }
  for (pg::CatalogScan scan(SharedSecLabelRelationId, reader.snapshot, reader.row); scan.next();) {
    const auto *row = scan.row<const FormData_pg_shseclabel *>();
    if (is_own(row->classoid, row->objoid)) take_label(reader, row->classoid, row->objoid, 0, scan.text(Anum_pg_shseclabel_provider), scan.text(Anum_pg_shseclabel_label));
  }
}

static void read_members(Reader &reader) {
  core::OidMap<std::string_view> extensions(reader.lasting());
  for (pg::CatalogScan scan(ExtensionRelationId, reader.snapshot, reader.row); scan.next();) {
    const auto *row = scan.row<Form_pg_extension>();
    extensions.at(row->oid) = reader.lasting().copy(pg::view(row->extname));
  }
  ScanKeyData key;
  ScanKeyInit(&key, Anum_pg_depend_refclassid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(ExtensionRelationId));
  for (pg::CatalogScan scan(DependRelationId, DependReferenceIndexId, reader.snapshot, &key, 1, reader.row); scan.next();) {
    const auto *row = scan.row<Form_pg_depend>();
    const std::string_view *extension = extensions.find(row->refobjid);
    if (row->deptype == DEPENDENCY_EXTENSION && extension != nullptr) reader.lookups.members.put(row->classid, row->objid, 0, *extension);
  }
}

static void read_parents(Reader &reader) {
  for (pg::CatalogScan scan(InheritsRelationId, reader.snapshot, reader.row); scan.next();) {
    const auto *row = scan.row<Form_pg_inherits>();
    const core::RelationName *parent = reader.names.relations.find(row->inhparent);
    if (parent != nullptr && !row->inhdetachpending) reader.lookups.parents.put(0, row->inhrelid, row->inhseqno, parent->identity);
  }
}

static void read_queries(Reader &reader) {
  for (pg::CatalogScan scan(RewriteRelationId, reader.snapshot, reader.row); scan.next();) {
    const auto *row = scan.row<Form_pg_rewrite>();
    const core::RelationName *view = reader.names.relations.find(row->ev_class);
    if (row->ev_type != '1' || view == nullptr || reader.is_system(view->schema)) continue;  // '1': SELECT
    // The action is a list of one query.
    reader.expressions.each_query(scan.text(Anum_pg_rewrite_ev_action), [&](const core::Digest &digest) { reader.lookups.queries.at(row->ev_class) = digest; });
  }
}

void read_defaults(Reader &reader, core::Arena &arena) {
  reader.lookups.defaults = &arena.make<core::ObjectMap<core::Digest>>(arena);
  for (pg::CatalogScan scan(AttrDefaultRelationId, reader.snapshot, reader.row); scan.next();) {
    const auto *row = scan.row<Form_pg_attrdef>();
    const core::RelationName *relation = reader.names.relations.find(row->adrelid);
    if (relation == nullptr || reader.is_system(relation->schema)) continue;
    reader.lookups.defaults->put(0, row->adrelid, row->adnum, reader.default_tree(*scan.column(Anum_pg_attrdef_adbin), row->adrelid));
  }
}

void read_lookups(Reader &reader) {
  read_comments(reader);
  read_shared_comments(reader);
  read_labels(reader);
  read_members(reader);
  read_parents(reader);
  read_queries(reader);
}

}  // namespace proapp::catalog
