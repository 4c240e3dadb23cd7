// The portable form of a manifest:
//   {"proapp_manifest": 1, "postgresql": 15, "digest": "…", "environment": {…}, "selectors": ["…"],
//    "objects": [{"kind": "…", "identity": "…", "parent": "…", "definition": {…}, "digest": "…"}]}
// Documents travel between databases and through people's hands, so reading one checks every digest anew.
#pragma once
#include "core/object.hpp"
#include "core/watch.hpp"

namespace proapp::core {

constexpr int document_format = 1;

struct Document {
  std::int64_t postgresql = 0;
  std::span<const Value> selectors;
  std::span<const Object> objects;  // sorted by before(), each once
  Digest digest;
};

// `environment` tells what may differ between servers without being drift.
Value write_document(Arena &arena, const Document &document, const Value &environment);

// Throws Error 22023 for what is no such document, was written by a newer version, or was changed since.
Document read_document(Arena &arena, const Value &value, const Watch &watch);

}  // namespace proapp::core
