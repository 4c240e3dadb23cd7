// Which kind of id a column, an expression or a function's result holds. A domain is named by the column whose values they are: auth.users.id, the id of a
// registered mapping's users, the id of organizations, the key of any other table.
#pragma once
#include "core/facts.hpp"

#include <span>
#include <string_view>

namespace proapp::core {

struct Domain {
  enum class Kind : unsigned char { unknown, auth, key } kind = Kind::unknown;
  Oid relation = 0;  // of a key: the column that it is
  int number = 0;
  explicit operator bool() const { return kind != Kind::unknown; }
  bool operator==(const Domain &) const = default;
};

// What several sources say together: one that is not known, or is another, spoils it.
class Agreement {
 public:
  void add(Domain domain) {
    spoilt_ = spoilt_ || !domain || (found_ && domain != found_);
    found_ = domain;
  }
  bool any() const { return spoilt_ || static_cast<bool>(found_); }
  Domain result() const { return spoilt_ ? Domain{} : found_; }

 private:
  Domain found_;
  bool spoilt_ = false;
};

// What an argument is meant to be, by what it is compared with: with ids of a table and with auth.uid(), the former, as that is what wrong guards do;
// with ids of a table and a column of auth ids, either.
class Meant {
 public:
  void add(Domain other, bool is_column) {
    if (other.kind == Domain::Kind::key) keys_.add(other);
    if (other.kind == Domain::Kind::auth) (is_column ? auth_column_ : auth_) = true;
  }
  Domain result() const {
    if (keys_.any()) return auth_column_ ? Domain{} : keys_.result();
    return auth_ || auth_column_ ? Domain{Domain::Kind::auth, 0, 0} : Domain{};
  }
  bool mixed() const { return (auth_ || auth_column_) && keys_.any(); }

 private:
  Agreement keys_;
  bool auth_ = false, auth_column_ = false;
};

// Where auth ids become ids of an application's own: registered by map_users(), or a table that has the shape.
struct UserMapping {
  std::string_view name;  // empty where it is not registered
  const TableFact *users = nullptr;
  int auth_column = 0, id_column = 0;
};

class Domains {
 public:
  explicit Domains(const Facts &facts);

  Domain column(const TableFact *table, int number);
  Domain column(const TableFact *table, std::string_view name);
  Domain of(const Term &term);
  Domain result(const FunctionFact &function);
  // What its arguments are meant to hold, for who calls it; may be fewer than it has. An argument that is compared with both kinds takes either.
  std::span<const Domain> parameters(const FunctionFact &function);
  // The same of an SQL function, for what it compares them with inside.
  std::span<const Domain> parameters_inside(const FunctionFact &function) { return by_queries(function, true); }
  // What the parameters of the function hold whose terms are asked about.
  void use_parameters(std::span<const Domain> parameters) { parameters_ = parameters; }

  // Surely two kinds of ids, of which no value is both.
  bool differ(Domain a, Domain b) const;
  bool has_auth_uid() const { return auth_uid_ != nullptr; }
  // The auth ids here are texts that are no uuids: the column that says so.
  std::string_view text_auth_ids() const { return text_auth_ids_; }

  UserMapping mapping(Domain domain);
  const MembershipFact *membership(Domain organization);
  std::string_view kind_text(Domain domain, bool one = false) const;  // ids of public.orders, or an id of it

  // By name; an empty schema stands for the only one, but the platform's, that has such a table. Null where there is none or more than one.
  const TableFact *table(std::string_view schema, std::string_view name) const;
  const FunctionFact *function(std::string_view schema, std::string_view name) const;
  // On which it is run by triggers.
  std::span<const TableFact *const> trigger_tables(const FunctionFact &function) const {
    const auto *tables = Facts::get(triggers_, function.id);
    return tables == nullptr ? std::span<const TableFact *const>{} : tables->span();
  }
  Domain named_result(const FunctionFact &function, std::string_view argument);  // of our own functions and auth.uid()
  static int number_of(const TableFact *table, std::string_view column);

  const Facts &facts() const { return facts_; }

 private:
  struct Column {
    Domain domain;
    enum class State : unsigned char { unread, busy, read } state = State::unread;
    bool key = false;         // the only column of a primary key, or a foreign key's target
    bool own = false;         // its values are made here, or a registration says so
    bool referenced = false;  // or registered
    bool settled = false;     // siblings have nothing to say
    bool source = false;      // nor is it one of them
  };
  static constexpr int most_nested = 16;  // functions that ask what functions give
  Column *at(const TableFact *table, int number);
  const Column *at(Oid relation, int number) const;
  void find_names();
  void mark_keys();
  void mark_registered();
  void mark_new_users();
  void mark_organizations();
  void mark_roots();
  void ask_siblings();
  void ask_defaults();
  void preset(const TableFact *table, int number, Domain domain);
  Domain resolve(const TableFact *table, int number);
  Domain by_foreign_keys(const TableFact &table, int number, bool &any);
  Domain of(const Term &term, int depth);
  Domain of_call(const Term &call, int depth);
  Domain of_view(const TableFact &view, int number, int depth);
  bool is_claims(const Term &term, int depth) const;
  std::span<const Domain> by_queries(const FunctionFact &function, bool inside);

  const Facts &facts_;
  OidMap<std::span<Column>> columns_;
  OidMap<Domain> results_;
  OidMap<std::span<const Domain>> taken_;
  OidMap<Vector<const TableFact *> *> triggers_;  // by function
  Vector<const TableFact *> tables_;        // by name
  Vector<const FunctionFact *> functions_;  // by name
  std::span<const Domain> parameters_;
  const FunctionFact *auth_uid_ = nullptr;
  std::string_view text_auth_ids_;
  int steps_ = 0, nested_ = 0, chain_ = 0;
};

// The same for all checks of a call.
Domains &domains_of(const Facts &facts);

}  // namespace proapp::core
