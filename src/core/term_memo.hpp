// Terms of expressions that were met before, about the same relation or another one.
#pragma once
#include "core/term.hpp"
#include "core/tree_memo.hpp"

namespace proapp::core {

class TermMemo {
 public:
  TermMemo(Arena &arena, const Watch &watch) : arena_(arena), reader_(arena, watch), known_(arena) {}

  // `stored` is the expression as the catalog holds it, compressed or not; null where it was not met, or has to be read anew for each relation.
  const Term *find(std::string_view stored, Oid relation);
  // Reads what find() did not find.
  const Term *read(std::string_view stored, std::string_view text, Oid relation);
  std::span<const Query *const> queries(std::string_view text) { return reader_.queries(text); }

 private:
  struct Known {
    const Term *term = nullptr;
    Oid relation = 0;
  };
  Arena &arena_;
  TermReader reader_;
  TreeMemo<Known> known_;
};

// The same term about relation `to` instead of `from`; what speaks of no column is shared. No query in it may read from anything.
const Term *moved(const Term &term, Oid from, Oid to, Arena &arena);

}  // namespace proapp::core
