// What an expectation asks for: its keys checked, and their values written as the catalogs' are, so that equal is equal.
#include "pg/boundary.hpp"

#include "pg/text.hpp"
#include "verify/expectation.hpp"

extern "C" {
#include <lib/stringinfo.h>
#include <utils/json.h>
}

namespace proapp::verify {

static const char *keys_of(const Category &category) {
  StringInfoData names;
  initStringInfo(&names);
  for (const Key &key : keys())
    if (strcmp(key.category, category.name) == 0) appendStringInfo(&names, "%s%s", names.len > 0 ? ", " : "", key.name);
  return names.len > 0 ? psprintf("The keys of category \"%s\" are: %s.", category.name, names.data) : psprintf("Category \"%s\" has no keys.", category.name);
}

static const Key &find_key(const Category &category, const char *name) {
  for (const Key &key : keys())
    if (strcmp(key.category, category.name) == 0 && strcmp(key.name, name) == 0) return key;
  ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("unrecognized key \"%s\" of category \"%s\"", name, category.name), errdetail_internal("%s", keys_of(category)),
                  errhint("Leave out what you do not insist on; what is left out may be anything.")));
}

[[noreturn]] static void reject(const Key &key, const char *why) {
  ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("invalid value of key \"%s\" of category \"%s\"", key.name, key.category), errdetail_internal("%s", why),
                  errhint("Leave out what you do not insist on; what is left out may be anything.")));
}

static const char *wanted(const Key &key) {
  switch (key.value) {
    case Value::flag:
      return "It is true or false.";
    case Value::text:
      return "It is a text, or null for none.";
    case Value::choice:
      return psprintf("It is one of: %s.", key.otherwise);
    case Value::names:
      return "It is a list of texts, in their order.";
    case Value::set:
      return key.otherwise != nullptr ? psprintf("It is a list of: %s.", key.otherwise) : "It is a list of texts.";
    case Value::type:
      return "It is the name of a type, as text.";
    case Value::result:
      return "It is the name of a type, perhaps with SETOF in front, or TABLE(...) as PostgreSQL prints it.";
    case Value::relation:
      return "It is a name with its schema, such as public.users.";
    case Value::row_security:
      return psprintf("It is one of: %s.", key.otherwise);
    case Value::number:
      return "It is a whole number of at least 0.";
  }
  return "";
}

static const char *text_of(const Key &key, const JsonbValue &value) {
  if (value.type != jbvString) reject(key, wanted(key));
  return pnstrdup(value.val.string.val, static_cast<Size>(value.val.string.len));
}

// Which of the choices is meant: letters of any case, blanks as underscores.
static const char *choice_of(const Key &key, const char *text) {
  for (const char *choice = key.otherwise; choice != nullptr;) {
    const char *end = strstr(choice, ", ");
    const size_t length = end != nullptr ? static_cast<size_t>(end - choice) : strlen(choice);
    bool same = strlen(text) == length;
    for (size_t i = 0; same && i < length; ++i)
      same = pg_tolower(static_cast<unsigned char>(text[i])) == pg_tolower(static_cast<unsigned char>(choice[i])) || (text[i] == '_' && choice[i] == ' ');
    if (same) return pnstrdup(choice, length);
    choice = end != nullptr ? end + 2 : nullptr;
  }
  reject(key, psprintf("\"%s\" is none. %s", text, wanted(key)));
}

static const char *type_of(const Key &key, const char *text) {
  const char *problem = nullptr;
  const char *type = type_text(text, key.value == Value::type, problem);
  if (type == nullptr) reject(key, psprintf("\"%s\" is no type of this database: %s.", text, problem));
  return type;
}

// As pg_get_function_result() prints it.
static const char *result_of(const Key &key, const char *text) {
  if (pg_strncasecmp(text, "table", 5) == 0 && strchr(text, '(') != nullptr) return psprintf("TABLE%s", strchr(text, '('));
  if (pg_strncasecmp(text, "setof ", 6) == 0) return psprintf("SETOF %s", type_of(key, text + 6));
  return type_of(key, text);
}

static const char *scalar_of(const Key &key, const JsonbValue &value) {
  switch (key.value) {
    case Value::choice:
      return choice_of(key, text_of(key, value));
    case Value::type:
      return type_of(key, text_of(key, value));
    case Value::result:
      return result_of(key, text_of(key, value));
    case Value::relation: {
      const char *text = text_of(key, value), *relation = relation_text(text);
      if (relation == nullptr) reject(key, psprintf("\"%s\" is no name with a schema. %s", text, wanted(key)));
      return relation;
    }
    case Value::row_security:
      if (value.type == jbvBool) return value.val.boolean ? "on" : "off";
      if (value.type == jbvString && pg::is_one_of(text_of(key, value), "on off forced")) return text_of(key, value);  // as view expectations shows them
      reject(key, wanted(key));
    default:
      return text_of(key, value);
  }
}

static int compare_texts(const ListCell *a, const ListCell *b) { return strcmp(static_cast<const char *>(lfirst(a)), static_cast<const char *>(lfirst(b))); }

static void append_list(StringInfo json, const Key &key, const JsonbValue &value) {
  if (value.type != jbvBinary || !JsonContainerIsArray(value.val.binary.data) || JsonContainerIsScalar(value.val.binary.data)) reject(key, wanted(key));
  List *texts = NIL;
  JsonbIterator *iterator = JsonbIteratorInit(value.val.binary.data);
  JsonbValue element;
  for (JsonbIteratorToken token; (token = JsonbIteratorNext(&iterator, &element, true)) != WJB_DONE;) {
    if (token != WJB_ELEM) continue;
    const char *text = text_of(key, element);
    texts = lappend(texts, const_cast<char *>(key.otherwise != nullptr ? choice_of(key, text) : text));
  }
  if (key.value == Value::set) list_sort(texts, compare_texts);
  appendStringInfoChar(json, '[');
  for (int i = 0; i < list_length(texts); ++i) {
    const char *text = static_cast<const char *>(list_nth(texts, i));
    if (i > 0 && key.value == Value::set && strcmp(text, static_cast<const char *>(list_nth(texts, i - 1))) == 0) continue;
    if (i > 0) appendStringInfoChar(json, ',');
    escape_json(json, text);
  }
  appendStringInfoChar(json, ']');
}

static void append_number(StringInfo json, const Key &key, const JsonbValue &value) {
  if (value.type != jbvNumeric) reject(key, wanted(key));
  const char *text = DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(value.val.numeric)));
  if (strspn(text, "0123456789") != strlen(text) || strlen(text) > 9) reject(key, wanted(key));
  appendStringInfoString(json, text);
}

static void append_value(StringInfo json, const Key &key, const JsonbValue &value) {
  switch (key.value) {
    case Value::flag:
      if (value.type != jbvBool) reject(key, wanted(key));
      appendStringInfoString(json, value.val.boolean ? "true" : "false");
      return;
    case Value::names:
    case Value::set:
      append_list(json, key, value);
      return;
    case Value::number:
      append_number(json, key, value);
      return;
    case Value::text:
      if (value.type == jbvNull) {
        appendStringInfoString(json, "null");
        return;
      }
      break;
    default:
      break;
  }
  escape_json(json, scalar_of(key, value));
}

Datum normal_expected(const Category &category, Jsonb *expected) {
  if (!JB_ROOT_IS_OBJECT(expected))
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("argument \"expected\" must be an object"), errdetail_internal("%s", keys_of(category)),
                    errhint("Leave it out where it is enough that the object exists.")));
  StringInfoData json;
  initStringInfo(&json);
  appendStringInfoChar(&json, '{');
  JsonbIterator *iterator = JsonbIteratorInit(&expected->root);
  JsonbValue value;
  const Key *key = nullptr;
  bool counted = false;
  for (JsonbIteratorToken token; (token = JsonbIteratorNext(&iterator, &value, key != nullptr)) != WJB_DONE;) {
    if (token == WJB_KEY) {
      key = &find_key(category, pnstrdup(value.val.string.val, static_cast<Size>(value.val.string.len)));
      if (json.len > 1) appendStringInfoChar(&json, ',');
      escape_json(&json, key->name);
      appendStringInfoChar(&json, ':');
      counted = counted || key->value == Value::number;
    } else if (token == WJB_VALUE && key != nullptr) {
      append_value(&json, *key, value);
    }
  }
  if (category.form == Form::count && !counted)
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("a count needs \"min\" or \"exactly\""), errdetail_internal("%s", keys_of(category)),
                    errhint("Write, for example, select proapp.expect('count', 'table:public.*', '{\"min\": 8}').")));
  appendStringInfoChar(&json, '}');
  return DirectFunctionCall1(jsonb_in, CStringGetDatum(json.data));
}

}  // namespace proapp::verify
