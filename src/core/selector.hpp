// Selectors: which objects a call is about. design.md section 4 is the grammar:
//   public.trackpay_*     pattern on schema.object, as in psql: * ? and % are wild, [a-z] is a class, "quotes" keep letters and dots as they are
//   function:public.f*    only objects of that kind; policy:public.t.p* names a part of a table
//   extension:pgcrypto    kinds that live in no schema have a pattern without a dot; this one brings the extension's members, too
//   !public.tmp_*         without those
// No selector, or none without "!", means everything.
#pragma once
#include "core/arena.hpp"
#include "core/kinds.hpp"

#include <span>
#include <string_view>

namespace proapp::core {

// What a selector is matched against.
struct Subject {
  std::string_view kind;
  std::string_view schema;         // empty for what lives in no schema
  std::string_view name;           // of the object, or of the relation that `part` hangs on
  std::string_view part;           // name of a column, constraint, index, …; empty for the others
  std::string_view relation_kind;  // kind of the relation that `part` hangs on
  std::string_view extension;      // the extension whose member it is
};

class Selection {
 public:
  // Throws Error 22023 for a selector that is none.
  Selection(Arena &arena, std::span<const std::string_view> selectors);

  bool wants(const Subject &subject);

  // Throws Error 42704 for a selector that matched nothing in all calls of wants() so far.
  void insist_on_matches() const;

 private:
  struct Selector {
    std::string_view text;
    const Kind *kind = nullptr;  // null: any
    std::span<const std::string_view> parts;
    bool exclude = false;
    bool matched = false;
  };
  static Selector parse(Arena &arena, std::string_view text);
  static bool matches(const Selector &selector, const Subject &subject);

  Vector<Selector> selectors_;
  bool any_include_ = false;
};

// A single part of a pattern, folded as it came out of a selector, against a name.
bool matches_pattern(std::string_view pattern, std::string_view name);

}  // namespace proapp::core
