// Whole manifests, for the rooms that need one.
#pragma once
#include "pg/postgres.hpp"

#include "core/document.hpp"
#include "catalog/sinks.hpp"
#include "pg/context_arena.hpp"

namespace proapp::catalog {

// The elements of a text[]; throws 22004 for a null array or element.
std::span<const std::string_view> selectors(core::Arena &arena, const NullableDatum &array);

// Everything that the selectors want, sorted. SQL texts are still deferred: resolve() those that are read.
// `strict`: a selector that matches nothing is an error.
std::span<core::Object> manifest(pg::ContextArena &arena, std::span<const std::string_view> selectors, bool strict);

core::Digest manifest_digest(pg::ContextArena &arena, std::span<const std::string_view> selectors, bool strict);

// Fills in the SQL texts of objects that somebody will read.
void resolve(core::Arena &arena, std::span<core::Object> objects);

// The category under which summaries count an object.
std::string_view category(const core::Object &object);

}  // namespace proapp::catalog
