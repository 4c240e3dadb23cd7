#include "core/document.hpp"

#include "core/error.hpp"

#include <algorithm>

namespace proapp::core {

static Value object_value(Arena &arena, const Object &object, Bytes &scratch) {
  const Member members[] = {{"kind", Value(object.kind)},
                            {"identity", Value(object.identity)},
                            {"parent", object.parent.empty() ? Value() : Value(object.parent)},
                            {"definition", object.definition()},
                            {"digest", Value(hex(arena, digest(object, scratch).digest))}};
  return Value(arena.copy(std::span<const Member>(members)));
}

Value write_document(Arena &arena, const Document &document, const Value &environment) {
  Bytes scratch(arena);
  auto &objects = arena.make<Vector<Value>>(arena);
  objects.reserve(document.objects.size());
  for (const Object &object : document.objects) objects.push_back(object_value(arena, object, scratch));
  const Member members[] = {{"proapp_manifest", Value(document_format)},    {"postgresql", Value(document.postgresql)},
                            {"digest", Value(hex(arena, document.digest))}, {"environment", environment},
                            {"selectors", Value(document.selectors)},       {"objects", Value(objects.span())}};
  return Value(arena.copy(std::span<const Member>(members)));
}

static constexpr std::string_view make_one = "Make one with proapp.manifest_document().";

[[noreturn]] static void reject(std::string_view why) { fail("22023", "not a manifest document of proapp_schema", why, make_one); }

static std::string_view text_member(const Value &object, std::string_view name, bool required) {
  const Value *value = object.find(name);
  if (value == nullptr || value->is_null()) {
    if (required) reject(message("An object has no \"", name, "\"."));
    return {};
  }
  if (value->type() != Value::Type::text || (required && value->text().empty())) reject(message("An object's \"", name, "\" is not a text."));
  return value->text();
}

static Object read_object(const Value &value, Bytes &scratch) {
  if (value.type() != Value::Type::object) reject("One of its objects is not an object.");
  Object object;
  object.kind = text_member(value, "kind", true);
  object.identity = text_member(value, "identity", true);
  object.parent = text_member(value, "parent", false);
  const Value *definition = value.find("definition");
  if (definition == nullptr || definition->type() != Value::Type::object) reject(message("The object ", object.identity, " has no definition."));
  object.attributes = definition->members();
  Digest recorded;
  if (!parse_hex(text_member(value, "digest", true), recorded)) reject(message("The digest of ", object.identity, " is not one."));
  if (recorded != digest(object, scratch).digest)
    fail("22023", "manifest document was changed", message("The definition of ", object.kind, " ", object.identity, " does not have the digest that stands beside it."), make_one);
  return object;
}

static void check_head(const Value &value) {
  if (value.type() != Value::Type::object) reject("It is not a JSON object.");
  const Value *format = value.find("proapp_manifest");
  if (format == nullptr || format->type() != Value::Type::integer || format->integer() < 1) reject("It has no \"proapp_manifest\" with the number of its format.");
  if (format->integer() > document_format)
    fail("22023", "manifest document has a newer format", "It was written by a later version of proapp_schema than the one installed here.",
         "Update the extension here: ALTER EXTENSION proapp_schema UPDATE.");
}

Document read_document(Arena &arena, const Value &value, const Watch &watch) {
  check_head(value);
  Document document;
  const Value *postgresql = value.find("postgresql");
  if (postgresql == nullptr || postgresql->integer() < 1 || postgresql->integer() > 9999) reject("It does not say which PostgreSQL it comes from.");
  document.postgresql = postgresql->integer();
  if (const Value *selectors = value.find("selectors")) document.selectors = selectors->items();
  const Value *list = value.find("objects");
  if (list == nullptr || list->type() != Value::Type::list) reject("It has no list of objects.");

  Bytes scratch(arena);
  auto &objects = arena.make<Vector<Object>>(arena);
  objects.reserve(list->items().size());
  for (const Value &item : list->items()) {
    watch.poll();
    objects.push_back(read_object(item, scratch));
  }
  std::sort(objects.begin(), objects.end(), before);
  TreeDigest tree(arena);
  for (std::size_t i = 0; i < objects.size(); ++i) {
    if (i > 0 && !before(objects[i - 1], objects[i])) reject(message("It lists ", objects[i].kind, " ", objects[i].identity, " twice."));
    tree.add(objects[i], digest(objects[i], scratch).digest);
  }
  document.objects = objects.span();
  document.digest = tree.root();
  Digest recorded;
  const Value *stated = value.find("digest");
  if (stated == nullptr || !parse_hex(stated->text(), recorded)) reject("It has no digest.");
  if (recorded != document.digest)
    fail("22023", "manifest document was changed", "Its objects do not have the digest that stands in its head: some were added or left out.", make_one);
  return document;
}

}  // namespace proapp::core
