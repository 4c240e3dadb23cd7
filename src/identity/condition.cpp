// An active_condition and the rows of its table.
#include "pg/boundary.hpp"

#include "identity/id.hpp"
#include "identity/membership.hpp"
#include "pg/context_arena.hpp"
#include "pg/text.hpp"

extern "C" {
#include <catalog/pg_enum.h>
#include <catalog/pg_type.h>
#include <utils/syscache.h>
#include <utils/uuid.h>
}

#include <limits>

namespace proapp::identity {

using Kind = core::ConditionTest::Kind;

static bool is_text_type(Oid type) { return type == TEXTOID || type == VARCHAROID; }
static bool is_integer_type(Oid type) { return type == INT2OID || type == INT4OID || type == INT8OID; }

bool is_label_type(Oid type) { return is_text_type(type) || type_is_enum(type); }

static Problem unfit(const Membership &membership, const core::ConditionTest &test, const char *why) {
  return {ERRCODE_DATATYPE_MISMATCH, psprintf("active_condition cannot test column %s", column_text(membership.source, pg::c_string(test.column))), why,
          "Add a column that says whether the row counts, such as a generated one, and test that."};
}

static bool has_label(Oid type, std::string_view label) {
  if (label.size() >= NAMEDATALEN) return false;
  return SearchSysCacheExists2(ENUMTYPOIDNAME, ObjectIdGetDatum(type), CStringGetDatum(pg::c_string(label)));
}

// The literal as a value of the column's type; false where it is none.
static bool convert(const core::Literal &literal, Oid type, BoundTest::Value &into) {
  using Type = core::Literal::Type;
  if (type == BOOLOID) {
    into.boolean = literal.text == "true" || literal.text == "t";
    return literal.type != Type::integer && (into.boolean || literal.text == "false" || literal.text == "f");
  }
  if (is_integer_type(type)) {
    const auto integer = core::parse_integer(literal.text, std::numeric_limits<int64>::min(), std::numeric_limits<int64>::max());
    into.integer = integer.value_or(0);
    return integer && literal.type != Type::boolean;
  }
  if (literal.type != Type::text) return false;
  if (type == UUIDOID) {
    const auto uuid = core::parse_uuid(literal.text);
    if (uuid) into.uuid = *uuid;
    return uuid.has_value();
  }
  into.text = literal.text;
  return is_text_type(type) || has_label(type, literal.text);
}

static Problem bind(const Membership &membership, Relation table, const core::ConditionTest &test, BoundTest &into) {
  into = {};
  into.kind = test.kind;
  if (const Problem problem = find_column(membership.source, table, pg::c_string(test.column), into.column, into.type)) return problem;
  if (test.kind == Kind::is_null) return {};
  if (test.literals.empty()) return into.type == BOOLOID ? Problem{} : unfit(membership, test, psprintf("It is of type %s, not boolean.", format_type_be(into.type)));
  if (into.type != BOOLOID && into.type != UUIDOID && !is_integer_type(into.type) && !is_label_type(into.type))
    return unfit(membership, test, psprintf("Columns of type %s are compared with nothing but NULL.", format_type_be(into.type)));
  if (test.kind != Kind::equal && !is_integer_type(into.type)) return unfit(membership, test, "Only integers are greater or less here.");
  const Oid collation = TupleDescAttr(RelationGetDescr(table), into.column - 1)->attcollation;
  if (OidIsValid(collation) && !get_collation_isdeterministic(collation)) return unfit(membership, test, "It has a nondeterministic collation.");

  auto *values = static_cast<BoundTest::Value *>(palloc0(test.literals.size() * sizeof(BoundTest::Value)));
  for (size_t i = 0; i < test.literals.size(); ++i)
    if (!convert(test.literals[i], into.type, values[i]))
      return unfit(membership, test, psprintf("\"%s\" is no value of type %s.", pg::c_string(test.literals[i].text), format_type_be(into.type)));
  into.values = values;
  into.value_count = static_cast<int>(test.literals.size());
  return {};
}

Problem bind_condition(const Membership &membership, Relation table, Members &into) {
  if (membership.active_condition == nullptr) return {};
  // In the current context itself: the bound tests point to the condition's texts.
  pg::ContextArena arena(CurrentMemoryContext);
  const char *text = pstrdup(membership.active_condition);
  core::ConditionProblem where{};
  const auto condition = core::parse_condition(text, arena, where);
  if (!condition)
    return {ERRCODE_INVALID_PARAMETER_VALUE, psprintf("active_condition cannot be read at \"%s\"", text + where.at),
            psprintf("Expected %s. A condition is made of columns of the table, IS NULL, IS TRUE, comparisons and IN with literals, AND, OR and NOT.",
                     where.expected != nullptr ? where.expected : "a literal that ends"),
            "Add a column that says whether the row counts, such as a generated one, and test that."};
  auto *tests = static_cast<BoundTest *>(palloc(condition->tests.size() * sizeof(BoundTest)));
  for (size_t i = 0; i < condition->tests.size(); ++i)
    if (const Problem problem = bind(membership, table, condition->tests[i], tests[i])) return problem;
  into.condition = *condition;
  into.tests = tests;
  return {};
}

static const char *enum_label(Oid value) {
  HeapTuple tuple = SearchSysCache1(ENUMOID, value);
  if (!HeapTupleIsValid(tuple)) return nullptr;
  const char *label = pstrdup(NameStr(reinterpret_cast<Form_pg_enum>(GETSTRUCT(tuple))->enumlabel));
  ReleaseSysCache(tuple);
  return label;
}

const char *label_of(const TargetScan &row, AttrNumber column, Oid type) {
  const TargetScan::Value value = row.column(column);
  if (value.null) return nullptr;
  return is_text_type(type) ? TextDatumGetCString(value.datum) : enum_label(DatumGetObjectId(value.datum));
}

static int64 integer_of(Datum value, Oid type) { return type == INT2OID ? DatumGetInt16(value) : type == INT4OID ? DatumGetInt32(value) : DatumGetInt64(value); }

static bool equals(const BoundTest &test, const BoundTest::Value &expected, const TargetScan &row, Datum value) {
  if (test.type == BOOLOID) return DatumGetBool(value) == expected.boolean;
  if (test.type == UUIDOID) return memcmp(DatumGetUUIDP(value), &expected.uuid, sizeof expected.uuid) == 0;
  if (is_integer_type(test.type)) return integer_of(value, test.type) == expected.integer;
  const char *label = label_of(row, test.column, test.type);
  return label != nullptr && expected.text == label;
}

static core::Truth outcome(const BoundTest &test, const TargetScan &row) {
  const auto truth = [](bool value) { return value ? core::Truth::yes : core::Truth::no; };
  const TargetScan::Value value = row.column(test.column);
  switch (test.kind) {
    case Kind::is_null:
      return truth(value.null);
    case Kind::is_true:
      return truth(!value.null && DatumGetBool(value.datum));
    case Kind::is_false:
      return truth(!value.null && !DatumGetBool(value.datum));
    default:
      break;
  }
  if (value.null) return core::Truth::unknown;
  switch (test.kind) {
    case Kind::holds:
      return truth(DatumGetBool(value.datum));
    case Kind::less:
      return truth(integer_of(value.datum, test.type) < test.values[0].integer);
    case Kind::greater:
      return truth(integer_of(value.datum, test.type) > test.values[0].integer);
    default:
      for (int i = 0; i < test.value_count; ++i)
        if (equals(test, test.values[i], row, value.datum)) return core::Truth::yes;
      return core::Truth::no;
  }
}

bool is_active(const Members &members, const TargetScan &row) {
  if (members.condition.steps.empty()) return true;
  return core::judge(members.condition, [&](size_t i) { return outcome(members.tests[i], row); }) == core::Truth::yes;
}

}  // namespace proapp::identity
