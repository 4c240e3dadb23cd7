#include "pg/boundary.hpp"

#include "catalog/collect.hpp"
#include "catalog/manifest.hpp"
#include "drift/pick.hpp"

#include <algorithm>

namespace proapp::drift {

namespace {

class Pick final : public catalog::Sink {
 public:
  Pick(core::Arena &arena, std::span<const Key> keys) : arena_(arena), keys_(keys), relations_(arena), picked_(arena) {
    for (const Key &key : keys)
      if (key.kind == "foreign table" || key.kind.ends_with("view")) relations_.push_back(key.identity);  // a table is never dropped in passing
    std::sort(relations_.begin(), relations_.end());
  }
  void take(const core::Object &object) override {
    const bool wanted = std::binary_search(keys_.begin(), keys_.end(), Key{object.kind, object.identity});
    if (wanted || (!object.parent.empty() && std::binary_search(relations_.begin(), relations_.end(), object.parent))) picked_.push_back(core::copy(arena_, object));
  }
  std::span<core::Object> sorted() {
    std::sort(picked_.begin(), picked_.end(), core::before);
    return {picked_.data(), picked_.size()};
  }

 private:
  core::Arena &arena_;
  std::span<const Key> keys_;
  core::Vector<std::string_view> relations_;
  core::Vector<core::Object> picked_;
};

}  // namespace

std::span<core::Object> pick(pg::ContextArena &arena, std::span<const Key> keys) {
  if (keys.empty()) return {};
  auto &selection = arena.make<core::Selection>(arena, std::span<const std::string_view>{});
  auto &picked = arena.make<Pick>(arena, keys);
  catalog::collect(arena, selection, picked);
  catalog::resolve(arena, picked.sorted());
  return picked.sorted();
}

}  // namespace proapp::drift
