#include "pg/jsonb.hpp"

extern "C" {
#include <utils/jsonb.h>
#include <utils/numeric.h>
}

namespace proapp::pg {

static JsonbValue scalar(const core::Value &value) {
  JsonbValue out;
  switch (value.type()) {
    case core::Value::Type::boolean:
      out.type = jbvBool;
      out.val.boolean = value.boolean();
      break;
    case core::Value::Type::integer:
      out.type = jbvNumeric;
      out.val.numeric = int64_to_numeric(value.integer());
      break;
    case core::Value::Type::text:
      out.type = jbvString;
      out.val.string.val = const_cast<char *>(value.text().data());
      out.val.string.len = static_cast<int>(value.text().size());
      if (value.text().size() > JENTRY_OFFLENMASK) ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED), errmsg("text is too long for jsonb")));
      break;
    default:
      out.type = jbvNull;
  }
  return out;
}

static JsonbValue *push(JsonbParseState **state, const core::Value &value, JsonbIteratorToken scalar_token) {
  check_stack_depth();
  if (value.type() == core::Value::Type::list) {
    pushJsonbValue(state, WJB_BEGIN_ARRAY, nullptr);
    for (const core::Value &item : value.items()) push(state, item, WJB_ELEM);
    return pushJsonbValue(state, WJB_END_ARRAY, nullptr);
  }
  if (value.type() == core::Value::Type::object) {
    pushJsonbValue(state, WJB_BEGIN_OBJECT, nullptr);
    for (const core::Member &member : value.members()) {
      JsonbValue key = scalar(core::Value(member.name));
      pushJsonbValue(state, WJB_KEY, &key);
      push(state, member.value, WJB_VALUE);
    }
    return pushJsonbValue(state, WJB_END_OBJECT, nullptr);
  }
  JsonbValue out = scalar(value);
  return pushJsonbValue(state, scalar_token, &out);
}

Datum to_jsonb(const core::Value &value) {
  if (value.type() == core::Value::Type::list || value.type() == core::Value::Type::object) {
    JsonbParseState *state = nullptr;
    return JsonbPGetDatum(JsonbValueToJsonb(push(&state, value, WJB_VALUE)));
  }
  JsonbValue out = scalar(value);
  return JsonbPGetDatum(JsonbValueToJsonb(&out));
}

static core::Value from_container(JsonbContainer *container, core::Arena &arena, const core::Watch &watch);

static core::Value from_value(const JsonbValue &value, core::Arena &arena, const core::Watch &watch) {
  switch (value.type) {
    case jbvBool:
      return core::Value(value.val.boolean);
    case jbvString:
      return core::Value(arena.copy({value.val.string.val, static_cast<size_t>(value.val.string.len)}));
    case jbvNumeric: {
      const char *digits = numeric_normalize(value.val.numeric);
      char *end;
      errno = 0;
      const long long integer = strtoll(digits, &end, 10);
      if (*end == '\0' && errno == 0) return core::Value(static_cast<int64_t>(integer));
      return core::Value(arena.copy(std::string_view(digits)));
    }
    case jbvBinary:
      return from_container(value.val.binary.data, arena, watch);
    default:
      return {};
  }
}

static core::Value from_container(JsonbContainer *container, core::Arena &arena, const core::Watch &watch) {
  watch.descend();
  auto &items = arena.make<core::Vector<core::Value>>(arena);
  auto &members = arena.make<core::Vector<core::Member>>(arena);
  JsonbIterator *iterator = JsonbIteratorInit(container);
  JsonbValue value;
  std::string_view key;
  for (JsonbIteratorToken token; (token = JsonbIteratorNext(&iterator, &value, true)) != WJB_DONE;) {
    if (token == WJB_KEY) key = arena.copy({value.val.string.val, static_cast<size_t>(value.val.string.len)});
    if (token == WJB_VALUE) members.push_back({key, from_value(value, arena, watch)});
    if (token == WJB_ELEM) items.push_back(from_value(value, arena, watch));
  }
  if (JsonContainerIsScalar(container)) return items.empty() ? core::Value{} : items.front();
  return JsonContainerIsObject(container) ? core::Value(members.span()) : core::Value(items.span());
}

core::Value from_jsonb(Datum jsonb, core::Arena &arena, const core::Watch &watch) {
  Jsonb *document = DatumGetJsonbP(jsonb);
  return from_container(&document->root, arena, watch);
}

}  // namespace proapp::pg
