// One round of a repair: the statements that bring a database nearer to what was expected of it.
// Nothing here knows everything: a new object's owner, grants and comment differ once it is there, and are the next round's work, as is what was dropped because it stood in the
// way. So rounds follow each other until nothing differs (drift/repair.cpp), and their order is tried, not computed: within a round, what fails is tried again after the others.
#pragma once
#include "core/object.hpp"

namespace proapp::core {

struct Hazard {
  std::string_view name;   // row_loss and rewrite must be allowed; others are for the reader
  std::string_view guard;  // a query whose boolean answer says whether it is real here and now; empty: it is
};

struct Step {
  std::string_view kind, identity;  // of the object
  std::string_view statement;       // empty where there is none: `reason` says why
  std::string_view reason;
  std::span<const Hazard> hazards;
  int phase;
};

// An object that goes, or a column that gets another type: what depends on it stands in the way.
struct Uprooted {
  std::string_view kind, identity, parent, name;
  bool retyped;  // a column that stays
};

class Plan {
 public:
  // What differs, on either side, sorted by before(): changed objects are in both. `stubborn` (identities, sorted): whose ALTER failed before, so that more is needed.
  // The texts of the steps live in `arena` and in the objects.
  Plan(Arena &arena, std::span<const Object> expected, std::span<const Object> actual, std::span<const std::string_view> stubborn);

  std::span<const Uprooted> uprooted() const { return uprooted_.span(); }

  // In order; `in_the_way`: what depends on uprooted(), as it is in the database.
  std::span<const Step> steps(std::span<const Object> in_the_way);

 private:
  struct Pair {
    const Object *expected, *actual;
    bool rebuild;
  };
  void pair_up(std::span<const Object> expected, std::span<const Object> actual);
  void decide(Pair &pair);
  bool is_stubborn(const Object &object) const;
  bool parent_goes(const Object &object) const;
  void uproot(const Object &object, bool retyped);

  void rename_all();
  void clear_the_way(std::span<const Object> in_the_way);
  bool is_cleared(const Object &object) const;
  void take_away(const Object &object);
  void change(const Pair &pair);
  void change_column(const Object &expected, const Object &actual);
  void make(const Object &object);
  void rebuild(const Pair &pair, std::span<const Object> in_the_way);
  void swap_type(const Object &expected, const Object &actual, std::span<const Object> in_the_way);
  void add(const Object &object, int phase, std::string_view statement, std::initializer_list<Hazard> hazards = {});
  void give_up(const Object &object, std::string_view reason);

  Arena &arena_;
  std::span<const Object> expected_, actual_;
  std::span<const std::string_view> stubborn_;
  Vector<Pair> pairs_;
  Vector<const Object *> missing_, unexpected_;
  Vector<std::string_view> missing_parents_, unexpected_parents_;  // identities, sorted
  Vector<const Object *> missing_columns_;                         // by their tables
  Vector<Uprooted> uprooted_;
  Vector<const Object *> cleared_;  // dropped to make room: made again in the next round, whatever else differs of them
  Vector<Step> steps_;
};

}  // namespace proapp::core
