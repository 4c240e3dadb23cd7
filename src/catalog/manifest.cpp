#include "pg/boundary.hpp"

#include "catalog/collect.hpp"
#include "catalog/manifest.hpp"
#include "core/kinds.hpp"
#include "pg/session.hpp"

extern "C" {
#include <catalog/pg_type.h>
#include <utils/array.h>
}

namespace proapp::catalog {

std::span<const std::string_view> selectors(core::Arena &arena, const NullableDatum &array) {
  constexpr std::string_view hint = "Leave selectors out to mean everything.";
  if (array.isnull) core::fail("22004", "selectors must not be null", {}, hint);
  Datum *elements;
  bool *nulls;
  int count;
  deconstruct_array(DatumGetArrayTypeP(array.value), TEXTOID, -1, false, TYPALIGN_INT, &elements, &nulls, &count);
  auto &texts = arena.make<core::Vector<std::string_view>>(arena);
  for (int i = 0; i < count; ++i) {
    if (nulls[i]) core::fail("22004", "a selector must not be null", {}, hint);
    texts.push_back(arena.copy(pg::view(elements[i])));
  }
  return texts.span();
}

std::span<core::Object> manifest(pg::ContextArena &arena, std::span<const std::string_view> texts, bool strict) {
  auto &selection = arena.make<core::Selection>(arena, texts);
  auto &kept = arena.make<KeepAll>(arena);
  collect(arena, selection, kept);
  if (strict) selection.insist_on_matches();
  return kept.sorted();
}

core::Digest manifest_digest(pg::ContextArena &arena, std::span<const std::string_view> texts, bool strict) {
  auto &selection = arena.make<core::Selection>(arena, texts);
  auto &digests = arena.make<DigestAll>(arena);
  collect(arena, selection, digests);
  if (strict) selection.insist_on_matches();
  return digests.root();
}

void resolve(core::Arena &arena, std::span<core::Object> objects) {
  const int pin = pg::pin_search_path();
  for (core::Object &object : objects) object.attributes = resolve(arena, object.definition()).members();
  pg::unpin_search_path(pin);
}

std::string_view category(const core::Object &object) {
  const core::Value *type = object.kind == "constraint" ? object.find("type") : nullptr;
  return core::category(object.kind, type == nullptr ? std::string_view{} : type->text());
}

}  // namespace proapp::catalog
