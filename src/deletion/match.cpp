#include "pg/boundary.hpp"

#include "deletion/match.hpp"
#include "deletion/table_name.hpp"

extern "C" {
#include <access/stratnum.h>
#include <catalog/pg_am.h>
#include <catalog/pg_operator.h>
#include <commands/defrem.h>
#include <parser/parse_coerce.h>
#include <utils/syscache.h>
}

namespace proapp::deletion {

static bool find_in(Oid method, StrategyNumber strategy, Oid left, Oid right, Equality &into) {
  const Oid operator_class = GetDefaultOpClass(left, method);
  if (!OidIsValid(operator_class)) return false;
  const Oid family = get_opclass_family(operator_class), input = get_opclass_input_type(operator_class);
  if (const Oid mixed = get_opfamily_member(family, input, right, static_cast<int16>(strategy)); OidIsValid(mixed)) {
    into = {mixed, input, right};
    return true;
  }
  const bool fits = left == right || (!IsPolymorphicType(input) && can_coerce_type(1, &right, &input, COERCION_IMPLICIT));
  into = {fits ? get_opfamily_member(family, input, input, static_cast<int16>(strategy)) : InvalidOid, input, input};
  return OidIsValid(into.operation);
}

bool find_equality(Oid left, Oid right, Equality &into) {
  left = getBaseType(left);
  right = getBaseType(right);
  return find_in(BTREE_AM_OID, BTEqualStrategyNumber, left, right, into) || find_in(HASH_AM_OID, HTEqualStrategyNumber, left, right, into);
}

static const char *operator_text(Oid operation) {
  HeapTuple tuple = SearchSysCache1(OPEROID, ObjectIdGetDatum(operation));
  if (!HeapTupleIsValid(tuple)) elog(ERROR, "cache lookup failed for operator %u", operation);
  const auto *form = reinterpret_cast<Form_pg_operator>(GETSTRUCT(tuple));
  const char *text = psprintf("operator(%s.%s)", quote_identifier(get_namespace_name(form->oprnamespace)), NameStr(form->oprname));
  ReleaseSysCache(tuple);
  return text;
}

static const char *cast(const char *value, Oid type, Oid wanted) {
  return type == wanted || !OidIsValid(wanted) || IsPolymorphicType(wanted) ? value : psprintf("%s::%s", value, format_type_be_qualified(wanted));
}

const char *equality_sql(const Equality &equality, const char *left, Oid left_type, const char *right, Oid right_type, bool any) {
  const char *left_value = cast(left, left_type, equality.left), *operation = operator_text(equality.operation);
  if (!any) return psprintf("%s %s %s", left_value, operation, cast(right, right_type, equality.right));
  return psprintf("%s %s any (%s)", left_value, operation, cast(right, right_type, IsPolymorphicType(equality.right) ? InvalidOid : get_array_type(equality.right)));
}

static bool compare_columns(Oid blocking, Oid relation, ColumnPair &pair) {
  const Oid of_relation = get_atttype(relation, pair.relation), of_blocking = get_atttype(blocking, pair.blocking);
  pair.array = false;
  if (find_equality(of_relation, of_blocking, pair.equality)) return true;
  const Oid element = get_element_type(getBaseType(of_blocking));
  pair.array = OidIsValid(element) && find_equality(of_relation, element, pair.equality);
  return pair.array;
}

bool pair_columns(Oid blocking, Oid relation, const char *blocking_column, const char *relation_column, ColumnPair &into) {
  into.blocking = get_attnum(blocking, blocking_column);
  into.relation = get_attnum(relation, relation_column);
  return into.blocking > 0 && into.relation > 0 && compare_columns(blocking, relation, into);
}

// Column names may hold the sign, so each place where it stands is tried.
static bool split(Relation blocking, Relation relation, const char *match, ColumnPair &into) {
  const Oid left = RelationGetRelid(blocking), right = RelationGetRelid(relation);
  into.blocking = get_attnum(left, match);
  into.relation = get_attnum(right, match);
  if (into.blocking > 0 && into.relation > 0) return true;
  for (const char *sign = strchr(match, '='); sign != nullptr; sign = strchr(sign + 1, '=')) {
    into.blocking = get_attnum(left, pnstrdup(match, static_cast<Size>(sign - match)));
    into.relation = get_attnum(right, sign + 1);
    if (into.blocking > 0 && into.relation > 0) return true;
  }
  return false;
}

ColumnPair read_match(Relation blocking, Relation relation, const char *match) {
  ColumnPair pair{};
  const char *left = table_text(RelationGetRelid(blocking)), *right = table_text(RelationGetRelid(relation));
  if (!split(blocking, relation, match, pair))
    ereport(ERROR, (errcode(ERRCODE_UNDEFINED_COLUMN), errmsg("\"%s\" names no columns of %s and %s", match, left, right),
                    errhint("Write a column that both have, or 'column of %s=column of %s'.", left, right)));
  if (!compare_columns(RelationGetRelid(blocking), RelationGetRelid(relation), pair))
    ereport(ERROR,
            (errcode(ERRCODE_DATATYPE_MISMATCH), errmsg("columns of \"%s\" cannot be compared", match),
             errdetail("That of %s is of type %s, that of %s of type %s, and the types have no equality of their own.", left,
                       format_type_be(get_atttype(RelationGetRelid(blocking), pair.blocking)), right, format_type_be(get_atttype(RelationGetRelid(relation), pair.relation)))));
  return pair;
}

const char *pair_sql(const ColumnPair &pair, Oid blocking, Oid relation, const char *blocking_side) {
  return equality_sql(pair.equality, psprintf("r.%s", quote_identifier(get_attname(relation, pair.relation, false))), get_atttype(relation, pair.relation), blocking_side,
                      get_atttype(blocking, pair.blocking), pair.array);
}

const char *match_sql(const ColumnPair *pairs, int count, Oid blocking, Oid relation) {
  StringInfoData sql;
  initStringInfo(&sql);
  for (int i = 0; i < count; ++i)
    appendStringInfo(&sql, "%s%s", i > 0 ? " and " : "",
                     pair_sql(pairs[i], blocking, relation, psprintf("b.%s", quote_identifier(get_attname(blocking, pairs[i].blocking, false)))));
  return sql.data;
}

}  // namespace proapp::deletion
