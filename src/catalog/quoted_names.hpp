// The same few names stand on every table: each is copied and quoted once, as long as no other takes its slot.
#pragma once
#include "pg/postgres.hpp"

#include "core/arena.hpp"
#include "pg/text.hpp"

extern "C" {
#include <common/hashfn.h>
#include <utils/builtins.h>
}

namespace proapp::catalog {

class QuotedNames {
 public:
  struct Name {
    std::string_view bare, quoted;  // as it is, and as SQL writes it
  };
  explicit QuotedNames(core::Arena &lasting) : lasting_(lasting) {}

  const Name &of(const NameData &name) {
    const std::string_view bare = pg::view(name);
    Name &slot = slots_[hash_bytes(reinterpret_cast<const unsigned char *>(bare.data()), static_cast<int>(bare.size())) % slots];
    if (slot.bare != bare || slot.quoted.empty()) {
      const std::string_view quoted = quote_identifier(NameStr(name));
      const std::string_view kept = lasting_.copy(bare);
      slot = {kept, quoted == bare ? kept : lasting_.copy(quoted)};
    }
    return slot;
  }

 private:
  static constexpr size_t slots = 256;
  core::Arena &lasting_;
  Name slots_[slots];
};
static_assert(std::is_trivially_destructible_v<QuotedNames>);

}  // namespace proapp::catalog
