// Finds one claim in the JSON document of a signed-in user, without ever raising: a policy that errors locks everybody out.
//
// Valid is what jsonb takes as valid, the whole document being looked at; the answer is what `document::jsonb ->> 'name'` gives, step by
// step along a path: of members that appear twice the last one counts, numbers are printed as numeric prints them.
#pragma once
#include "core/arena.hpp"

#include <optional>
#include <string_view>

namespace proapp::core {

// Names of nested objects' members, outermost first.
struct ClaimPath {
  static constexpr int limit = 8;
  std::string_view names[limit];
  int depth;

  bool is_plain() const { return depth == 1; }
};

// Reads 'sub', 'app_metadata.tenant_id', or '"https://example.com/claims".tenant' where a name holds dots ("" is one quote).
// Nothing for an empty name, an open quote or more than eight names. The names live in `text` or in `arena`.
std::optional<ClaimPath> parse_claim_path(std::string_view text, Arena &arena);

struct Claim {
  enum class State {
    found,
    missing,         // no such member, or it is null
    malformed,       // no valid JSON
    not_an_object,   // valid, but an array or a scalar
    untranslatable,  // the text holds an escaped character that this database's encoding is not asked for (see `utf8`)
  } state = State::missing;
  std::string_view text;   // where found; lives in the document or the arena
  bool container = false;  // it is an object or an array: `text` is its JSON, unchanged
  int levels = 0;          // of a container: how deep it is nested
};

// `utf8` says whether texts are UTF-8; in another encoding escapes beyond ASCII are taken as valid but not translated.
// Throws std::bad_alloc and nothing else.
Claim find_claim(std::string_view document, const ClaimPath &path, bool utf8, Arena &arena);

}  // namespace proapp::core
