// Kind: constraint. What a unique index behind one adds (INCLUDE, NULLS NOT DISTINCT, …) is said here, not by an index of its own.
#include "pg/postgres.hpp"

#include "catalog/indexes.hpp"
#include "catalog/reader.hpp"
#include "catalog/types.hpp"
#include "catalog/values.hpp"
#include "pg/compat.hpp"

extern "C" {
#include <catalog/pg_class.h>
#include <catalog/pg_constraint.h>
#include <catalog/pg_type.h>
#include <utils/array.h>
}

namespace proapp::catalog {

static std::string_view type_name(char contype) {
  switch (contype) {
    case CONSTRAINT_PRIMARY:
      return "primary key";
    case CONSTRAINT_FOREIGN:
      return "foreign key";
    case CONSTRAINT_UNIQUE:
      return "unique";
    case CONSTRAINT_EXCLUSION:
      return "exclude";
    case CONSTRAINT_TRIGGER:
      return "trigger";
    case CONSTRAINT_CHECK:
      return "check";
    default:
      return "not null";
  }
}

static std::string_view action(char code) {
  switch (code) {
    case FKCONSTR_ACTION_RESTRICT:
      return "restrict";
    case FKCONSTR_ACTION_CASCADE:
      return "cascade";
    case FKCONSTR_ACTION_SETNULL:
      return "set null";
    case FKCONSTR_ACTION_SETDEFAULT:
      return "set default";
    default:
      return "no action";
  }
}

static std::span<const int16> numbers(std::optional<Datum> array) {
  if (!array) return {};
  const ArrayType *values = DatumGetArrayTypeP(*array);
  return {reinterpret_cast<const int16 *>(ARR_DATA_PTR(values)), static_cast<size_t>(ArrayGetNItems(ARR_NDIM(values), ARR_DIMS(values)))};
}

static core::Value operators(Reader &reader, std::optional<Datum> array) {
  if (!array) return {};
  const ArrayType *values = DatumGetArrayTypeP(*array);
  const auto *oids = reinterpret_cast<const Oid *>(ARR_DATA_PTR(values));
  auto &items = reader.arena.make<core::Vector<core::Value>>(reader.arena);
  for (int i = 0; i < ArrayGetNItems(ARR_NDIM(values), ARR_DIMS(values)); ++i)
    if (const std::string_view *name = reader.names.operators.find(oids[i])) items.push_back(core::Value(*name));
  return core::Value(items.span());
}

static void add_foreign_key(Reader &reader, const pg::CatalogScan &scan, const FormData_pg_constraint *row) {
  const core::RelationName *target = reader.names.relations.find(row->confrelid);
  reader.add("references", target == nullptr ? std::string_view{} : target->identity);
  reader.add("referenced_columns", column_list(reader, row->confrelid, numbers(scan.column(Anum_pg_constraint_confkey))));
  reader.add("on_delete", action(row->confdeltype));
  reader.add("on_delete_columns", column_list(reader, row->conrelid, numbers(scan.column(Anum_pg_constraint_confdelsetcols))));
  reader.add("on_update", action(row->confupdtype));
  if (row->confmatchtype == FKCONSTR_MATCH_FULL) reader.add("match", "full");
}

void read_constraints(Reader &reader, Indexes &indexes) {
  for (pg::CatalogScan scan(ConstraintRelationId, reader.snapshot, reader.row); scan.next();) {
    const auto *row = scan.row<Form_pg_constraint>();
    if (row->contype == CONSTRAINT_PRIMARY || row->contype == CONSTRAINT_UNIQUE || row->contype == CONSTRAINT_EXCLUSION) indexes.belongs_to_constraint(row->conindid);
    if (row->contypid != InvalidOid) read_domain_constraint(reader, scan, row);
    // A clone comes and goes with its parent; a constraint trigger is listed as trigger.
    if (row->conrelid == InvalidOid || row->conparentid != InvalidOid || row->contype == CONSTRAINT_TRIGGER) continue;
    const core::RelationName *relation = reader.names.relations.find(row->conrelid);
    if (relation == nullptr || !reader.wants_part("constraint", *relation, row->conrelid, pg::view(row->conname))) continue;
    reader.begin("constraint", reader.join({"constraint ", quote_identifier(NameStr(row->conname)), " on ", relation->identity}), relation->identity);
    reader.add("type", type_name(row->contype));
    if (row->contype == CONSTRAINT_CHECK) {
      reader.add("expression", reader.expression(reader.tree(*scan.column(Anum_pg_constraint_conbin), row->conrelid), Deparse::check_expression, row->oid));
      reader.add("no_inherit", row->connoinherit);
    } else {
      reader.add("columns", column_list(reader, row->conrelid, numbers(scan.column(Anum_pg_constraint_conkey))));
    }
    if (row->contype == CONSTRAINT_FOREIGN) add_foreign_key(reader, scan, row);
    if (row->contype == CONSTRAINT_EXCLUSION) reader.add("operators", operators(reader, scan.column(Anum_pg_constraint_conexclop)));
    const IndexFacts *index = row->contype == CONSTRAINT_FOREIGN ? nullptr : indexes.find(row->conindid);
    if (index != nullptr) add_constraint_index(reader, *index, row->contype);
    reader.add("deferrable", row->condeferrable);
    reader.add("deferred", row->condeferred);
    reader.add("validated", row->convalidated);
    if (!pg::is_enforced(row)) reader.add("not_enforced", true);
    if (pg::is_period(row)) reader.add("period", true);
    if (reader.lookups.disabled_constraints.find(row->oid) != nullptr) reader.add("triggers_disabled", true);
    reader.add_comment(ConstraintRelationId, row->oid);
    reader.add("definition", reader.definition(Deparse::constraint, row->oid));
    reader.finish();
  }
}

}  // namespace proapp::catalog
