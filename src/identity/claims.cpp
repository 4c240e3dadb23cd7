#include "pg/boundary.hpp"

#include "identity/claims.hpp"
#include "pg/context_arena.hpp"
#include "pg/text.hpp"

extern "C" {
#include <mb/pg_wchar.h>
#include <utils/jsonb.h>
}

namespace proapp::identity {

std::optional<ClaimName> parse_claim_name(const char *text, core::Arena &arena) {
  const auto path = core::parse_claim_path(text, arena);
  if (!path) return std::nullopt;
  return ClaimName{text, *path, path->is_plain() ? psprintf("request.jwt.claim.%s", pg::c_string(path->names[0])) : nullptr};
}

ClaimSettings read_claim_settings(pg::Setting &legacy) {
  static pg::Setting claims("request.jwt.claims");
  return {legacy.value(), claims.value()};
}

// jsonb's own text, as ->> gives it. The scanner took the document for valid, so this cannot raise, but for a nesting that exhausts the stack.
static const char *container_text(const core::Claim &claim) {
  constexpr int levels_without_risk = 64;
  if (claim.levels > levels_without_risk || GetDatabaseEncoding() != PG_UTF8) return pg::c_string(claim.text);
  Jsonb *jsonb = DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(pg::c_string(claim.text))));
  return JsonbToCString(nullptr, &jsonb->root, VARSIZE(jsonb));
}

Claim read_claim(const ClaimName &name, const ClaimSettings &settings, core::Arena &arena) {
  if (*settings.legacy != '\0') return {pstrdup(settings.legacy), nullptr};
  if (*settings.claims == '\0') return {nullptr, "nobody is signed in: the setting request.jwt.claims is empty"};
  const core::Claim claim = core::find_claim(settings.claims, name.path, GetDatabaseEncoding() == PG_UTF8, arena);
  switch (claim.state) {
    case core::Claim::State::malformed:
      return {nullptr, "the setting request.jwt.claims is not valid JSON"};
    case core::Claim::State::not_an_object:
      return {nullptr, "the setting request.jwt.claims is not a JSON object"};
    case core::Claim::State::missing:
      return {nullptr, psprintf("the claims have no \"%s\"", name.text)};
    case core::Claim::State::untranslatable:
      return {nullptr, psprintf("the claim \"%s\" has escaped characters, which only a database in UTF-8 translates", name.text)};
    case core::Claim::State::found:
      break;
  }
  if (claim.text.empty()) return {nullptr, psprintf("the claim \"%s\" is empty", name.text)};
  if (claim.container) return {container_text(claim), psprintf("the claim \"%s\" is an object or an array", name.text)};
  return {pg::c_string(claim.text), nullptr};
}

Claim read_sub() {
  static pg::Setting legacy("request.jwt.claim.sub");
  static constexpr ClaimName sub = {"sub", {{"sub"}, 1}, "request.jwt.claim.sub"};
  pg::ContextArena arena("proapp claim");
  return read_claim(sub, read_claim_settings(legacy), arena);
}

}  // namespace proapp::identity
