// What to do with the objects of a manifest: keep them, or only their digest.
#pragma once
#include "pg/postgres.hpp"

#include "catalog/reader.hpp"

#include <algorithm>

namespace proapp::catalog {

class KeepAll final : public Sink {
 public:
  explicit KeepAll(core::Arena &arena) : arena_(arena), objects_(arena) {}
  void take(const core::Object &object) override { objects_.push_back(core::copy(arena_, object)); }
  // By core::before.
  std::span<core::Object> sorted() {
    std::sort(objects_.begin(), objects_.end(), core::before);
    return {objects_.data(), objects_.size()};
  }

 private:
  core::Arena &arena_;
  core::Vector<core::Object> objects_;
};

class DigestAll final : public Sink {
 public:
  explicit DigestAll(core::Arena &arena) : tree_(arena), scratch_(arena) {}
  void take(const core::Object &object) override { tree_.add(object, core::digest(object, scratch_).digest); }
  void end_of_parent(std::string_view kind, std::string_view parent) override { tree_.close(kind, parent); }
  void end_of_kind(std::string_view kind) override { tree_.close(kind); }
  core::Digest root() { return tree_.root(); }

 private:
  core::TreeDigest tree_;
  core::Bytes scratch_;
};

}  // namespace proapp::catalog
