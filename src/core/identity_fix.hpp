// Expressions in which one kind of id is compared with another, corrected.
#pragma once
#include "core/body_domains.hpp"

namespace proapp::core {

struct IdentityFix {
  std::string_view text;    // all of it, corrected; empty where nobody but a person can tell what is meant
  std::string_view before;  // a statement that must have run; empty where none must
};

class IdentityFixer {
 public:
  // `in_policy`: calls are written so that they are made once a statement.
  IdentityFixer(Domains &domains, BodyDomains &domains_of_body, const BodyText &body, bool in_policy)
      : domains_(domains), reader_(domains_of_body), body_(body), in_policy_(in_policy) {}
  // `part` of the body, with what is wrong in it.
  IdentityFix correct(std::span<const BodyMismatch> wrong, TokenRange part);

 private:
  struct Edit {
    TokenRange range;
    std::string_view text;
  };
  bool find_edit(const BodyMismatch &wrong, Edit &edit);
  bool replace_session_value(const BodyMismatch &wrong, bool right, Edit &edit);
  bool replace_key(TokenRange range, Domain is, Domain meant, Edit &edit);
  Oid type_of(TokenRange call) const;

  Domains &domains_;
  BodyDomains &reader_;
  const BodyText &body_;
  bool in_policy_;
  std::string_view before_;
};

// select * from proapp.map_users(…) for a table that has the shape of a mapping; it gets the table's name where that is free.
std::string_view map_users_call(const Domains &domains, const UserMapping &mapping);
// proapp.current_user_id('…') for ids of `mapping`, or proapp.current_user_key('…').
std::string_view current_user_call(const Domains &domains, const UserMapping &mapping, bool as_text);

}  // namespace proapp::core
