#include "pg/postgres.hpp"

#include "catalog/deparse.hpp"
#include "core/digest.hpp"
#include "pg/scan.hpp"

extern "C" {
#include <access/htup_details.h>
#include <catalog/pg_attrdef.h>
#include <catalog/pg_class.h>
#include <catalog/pg_constraint.h>
#include <catalog/pg_index.h>
#include <catalog/pg_policy.h>
#include <catalog/pg_collation.h>
#include <catalog/pg_publication_rel.h>
#include <catalog/pg_type.h>
#include <utils/array.h>
#include <utils/fmgroids.h>
#include <utils/fmgrprotos.h>
#include <utils/ruleutils.h>
#include <utils/syscache.h>
}

namespace proapp::catalog {

static std::string_view call(core::Arena &arena, Oid function, std::initializer_list<Datum> arguments) {
  LOCAL_FCINFO(fcinfo, 4);
  FmgrInfo info;
  fmgr_info(function, &info);
  InitFunctionCallInfoData(*fcinfo, &info, static_cast<short>(arguments.size()), InvalidOid, nullptr, nullptr);
  int i = 0;
  for (const Datum argument : arguments) {
    fcinfo->args[i].value = argument;
    fcinfo->args[i++].isnull = false;
  }
  const Datum result = FunctionCallInvoke(fcinfo);
  return fcinfo->isnull ? std::string_view{} : arena.copy(pg::view(result));
}

static std::string_view expression(core::Arena &arena, std::optional<Datum> tree, Oid relation) {
  if (!tree) return {};
  return call(arena, F_PG_GET_EXPR_PG_NODE_TREE_OID, {*tree, ObjectIdGetDatum(relation)});
}

// One row of a catalog by its OID, or by two keys.
static pg::CatalogScan find(Oid catalog, Oid index, int attribute, Oid oid, int second_attribute = 0, int16 second = 0) {
  ScanKeyData keys[2];
  ScanKeyInit(&keys[0], static_cast<AttrNumber>(attribute), BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(oid));
  if (second_attribute != 0) ScanKeyInit(&keys[1], static_cast<AttrNumber>(second_attribute), BTEqualStrategyNumber, F_INT2EQ, Int16GetDatum(second));
  return {catalog, index, nullptr, keys, second_attribute == 0 ? 1 : 2};
}

static std::string_view column_default(core::Arena &arena, Oid relation, int32 column) {
  pg::CatalogScan scan = find(AttrDefaultRelationId, AttrDefaultIndexId, Anum_pg_attrdef_adrelid, relation, Anum_pg_attrdef_adnum, static_cast<int16>(column));
  if (!scan.next()) return {};
  const std::string_view sql = expression(arena, scan.column(Anum_pg_attrdef_adbin), relation);
  scan.close();
  return sql;
}

static std::string_view policy(core::Arena &arena, Oid oid, int attribute) {
  pg::CatalogScan scan = find(PolicyRelationId, PolicyOidIndexId, Anum_pg_policy_oid, oid);
  if (!scan.next()) return {};
  const std::string_view sql = expression(arena, scan.column(attribute), scan.row<Form_pg_policy>()->polrelid);
  scan.close();
  return sql;
}

static std::string_view from_syscache(core::Arena &arena, int cache, Oid oid, int attribute, Oid relation) {
  HeapTuple tuple = SearchSysCache1(cache, ObjectIdGetDatum(oid));
  if (!HeapTupleIsValid(tuple)) return {};
  bool null;
  const Datum tree = SysCacheGetAttr(cache, tuple, static_cast<AttrNumber>(attribute), &null);
  const std::string_view sql = null ? std::string_view{} : expression(arena, tree, relation);
  ReleaseSysCache(tuple);
  return sql;
}

static Oid constraint_relation(Oid constraint) {
  HeapTuple tuple = SearchSysCache1(CONSTROID, ObjectIdGetDatum(constraint));
  if (!HeapTupleIsValid(tuple)) return InvalidOid;
  const Oid relation = reinterpret_cast<Form_pg_constraint>(GETSTRUCT(tuple))->conrelid;
  ReleaseSysCache(tuple);
  return relation;
}

static Oid index_table(Oid index) {
  HeapTuple tuple = SearchSysCache1(INDEXRELID, ObjectIdGetDatum(index));
  if (!HeapTupleIsValid(tuple)) return InvalidOid;
  const Oid relation = reinterpret_cast<Form_pg_index>(GETSTRUCT(tuple))->indrelid;
  ReleaseSysCache(tuple);
  return relation;
}

static std::string_view publication_filter(core::Arena &arena, Oid oid) {
  pg::CatalogScan scan = find(PublicationRelRelationId, PublicationRelObjectIndexId, Anum_pg_publication_rel_oid, oid);
  if (!scan.next()) return {};
  const std::string_view sql = expression(arena, scan.column(Anum_pg_publication_rel_prqual), scan.row<Form_pg_publication_rel>()->prrelid);
  scan.close();
  return sql;
}

static std::string_view statistics_expression(core::Arena &arena, Oid object, int32 place) {
  LOCAL_FCINFO(fcinfo, 1);
  InitFunctionCallInfoData(*fcinfo, nullptr, 1, InvalidOid, nullptr, nullptr);
  fcinfo->args[0] = {ObjectIdGetDatum(object), false};
  const Datum array = pg_get_statisticsobjdef_expressions(fcinfo);
  if (fcinfo->isnull) return {};
  Datum *texts;
  int count;
  deconstruct_array(DatumGetArrayTypeP(array), TEXTOID, -1, false, TYPALIGN_INT, &texts, nullptr, &count);
  return place < count ? arena.copy(pg::view(texts[place])) : std::string_view{};
}

// PostgreSQL has no function that writes a domain. Constraints that are not validated cannot be said in CREATE DOMAIN.
static void domain_constraints(core::Arena &arena, Oid oid, std::string_view name, bool validated, core::Bytes &out) {
  ScanKeyData key;
  ScanKeyInit(&key, Anum_pg_constraint_contypid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(oid));
  for (pg::CatalogScan scan(ConstraintRelationId, ConstraintTypidIndexId, nullptr, &key, 1); scan.next();) {
    const auto *row = scan.row<Form_pg_constraint>();
    if (row->contype != CONSTRAINT_CHECK || row->convalidated != validated) continue;
    if (!validated) out.raw("; alter domain ").raw(name).raw(" add");
    out.raw(" constraint ").raw(quote_identifier(NameStr(row->conname))).raw(' ').raw(call(arena, F_PG_GET_CONSTRAINTDEF_OID, {ObjectIdGetDatum(row->oid)}));
  }
}

static std::string_view domain(core::Arena &arena, Oid oid) {
  HeapTuple tuple = SearchSysCacheCopy1(TYPEOID, ObjectIdGetDatum(oid));
  if (!HeapTupleIsValid(tuple)) return {};
  const auto *row = reinterpret_cast<Form_pg_type>(GETSTRUCT(tuple));
  const std::string_view name = format_type_be_qualified(oid);
  auto &out = arena.make<core::Bytes>(arena);
  out.raw("create domain ").raw(name).raw(" as ").raw(format_type_extended(row->typbasetype, row->typtypmod, FORMAT_TYPE_TYPEMOD_GIVEN | FORMAT_TYPE_FORCE_QUALIFY));
  if (row->typcollation != InvalidOid && row->typcollation != DEFAULT_COLLATION_OID) out.raw(" collate ").raw(generate_collation_name(row->typcollation));
  const std::string_view by_default = from_syscache(arena, TYPEOID, oid, Anum_pg_type_typdefaultbin, InvalidOid);
  if (!by_default.empty()) out.raw(" default ").raw(by_default);
  if (row->typnotnull) out.raw(" not null");
  domain_constraints(arena, oid, name, true, out);
  domain_constraints(arena, oid, name, false, out);
  return out.view();
}

// pg_get_viewdef() writes a blank in front and a semicolon behind.
static std::string_view bare_query(std::string_view query) {
  if (query.starts_with(' ')) query.remove_prefix(1);
  if (query.ends_with(';')) query.remove_suffix(1);
  return query;
}

static std::string_view sql(core::Arena &arena, const core::Origin &origin) {
  const Datum object = ObjectIdGetDatum(origin.object);
  switch (static_cast<Deparse>(origin.kind)) {
    case Deparse::column_default:
      return column_default(arena, origin.object, origin.part);
    case Deparse::check_expression:
      return from_syscache(arena, CONSTROID, origin.object, Anum_pg_constraint_conbin, constraint_relation(origin.object));
    case Deparse::constraint:
      return call(arena, F_PG_GET_CONSTRAINTDEF_OID, {object});
    case Deparse::index:
      return call(arena, F_PG_GET_INDEXDEF_OID, {object});
    case Deparse::index_column:
      return call(arena, F_PG_GET_INDEXDEF_OID_INT4_BOOL, {object, Int32GetDatum(origin.part), BoolGetDatum(false)});
    case Deparse::index_predicate:
      return from_syscache(arena, INDEXRELID, origin.object, Anum_pg_index_indpred, index_table(origin.object));
    case Deparse::policy_using:
      return policy(arena, origin.object, Anum_pg_policy_polqual);
    case Deparse::policy_check:
      return policy(arena, origin.object, Anum_pg_policy_polwithcheck);
    case Deparse::trigger:
      return call(arena, F_PG_GET_TRIGGERDEF_OID, {object});
    case Deparse::rule:
      return bare_query(call(arena, F_PG_GET_RULEDEF_OID, {object}));
    case Deparse::view_query:
      return bare_query(call(arena, F_PG_GET_VIEWDEF_OID, {object}));
    case Deparse::function:
      return call(arena, F_PG_GET_FUNCTIONDEF, {object});
    case Deparse::function_body:
      return call(arena, F_PG_GET_FUNCTION_SQLBODY, {object});
    case Deparse::argument_default:
      return call(arena, F_PG_GET_FUNCTION_ARG_DEFAULT, {object, Int32GetDatum(origin.part)});
    case Deparse::partition_bound:
      return from_syscache(arena, RELOID, origin.object, Anum_pg_class_relpartbound, origin.object);
    case Deparse::partition_key:
      return call(arena, F_PG_GET_PARTKEYDEF, {object});
    case Deparse::publication_filter:
      return publication_filter(arena, origin.object);
    case Deparse::domain:
      return domain(arena, origin.object);
    case Deparse::domain_default:
      return from_syscache(arena, TYPEOID, origin.object, Anum_pg_type_typdefaultbin, InvalidOid);
    case Deparse::function_arguments:
      return call(arena, F_PG_GET_FUNCTION_ARGUMENTS, {object});
    case Deparse::statistics_object:
      return call(arena, F_PG_GET_STATISTICSOBJDEF, {object});
    case Deparse::statistics_expression:
      return statistics_expression(arena, origin.object, origin.part);
  }
  return {};
}

core::Value resolve(core::Arena &arena, const core::Value &value) {
  if (value.type() == core::Value::Type::deferred) {
    CHECK_FOR_INTERRUPTS();
    const std::string_view text = sql(arena, value.origin());
    return text.empty() ? core::Value() : core::Value(text);
  }
  if (value.type() == core::Value::Type::list) {
    auto &items = arena.make<core::Vector<core::Value>>(arena);
    for (const core::Value &item : value.items()) items.push_back(resolve(arena, item));
    return core::Value(items.span());
  }
  if (value.type() == core::Value::Type::object) {
    auto &members = arena.make<core::Vector<core::Member>>(arena);
    for (const core::Member &member : value.members()) members.push_back({member.name, resolve(arena, member.value)});
    return core::Value(members.span());
  }
  return value;
}

}  // namespace proapp::catalog
