#include "core/domains.hpp"

#include "core/plpgsql_text.hpp"
#include "core/sorted.hpp"

#include <algorithm>
#include <tuple>

namespace proapp::core {

using Kind = Domain::Kind;

static constexpr Domain auth_id = {Kind::auth, 0, 0};
static constexpr int longest_chain = 1000;  // of foreign keys
static constexpr Oid uuid_type = 2950, text_types[] = {25, 1043};

Domains &domains_of(const Facts &facts) {
  if (facts.domains == nullptr) facts.domains = &facts.arena.make<Domains>(facts);
  return *facts.domains;
}

static bool is_own(const TableFact &table) {
  return table.of_schema != nullptr && !table.of_schema->system && !table.of_schema->managed && table.extension.empty() && !table.columns.empty();
}
static bool is_text(Oid type) { return std::ranges::find(text_types, type) != std::end(text_types); }

Domains::Domains(const Facts &facts) : facts_(facts), columns_(facts.arena), results_(facts.arena), taken_(facts.arena), triggers_(facts.arena), tables_(facts.arena), functions_(facts.arena) {
  for (const TableFact *table : facts.tables) {
    if (table->columns.empty()) continue;
    auto *columns = static_cast<Column *>(facts.arena.allocate(table->columns.size() * sizeof(Column), alignof(Column)));
    for (std::size_t i = 0; i < table->columns.size(); ++i) new (&columns[i]) Column();
    columns_.at(table->id) = {columns, table->columns.size()};
  }
  for (const TriggerFact *trigger : facts.triggers) {
    if (trigger->function == nullptr) continue;
    auto *&tables = triggers_.at(trigger->function->id);
    if (tables == nullptr) tables = &facts.arena.make<Vector<const TableFact *>>(facts.arena);
    tables->push_back(trigger->table);
  }
  find_names();
  mark_keys();
  mark_registered();
  mark_new_users();
  for (const TableFact *table : facts.tables)
    for (std::size_t i = 1; i <= table->columns.size(); ++i) resolve(table, static_cast<int>(i));
  ask_siblings();
  mark_organizations();
  mark_roots();
  ask_siblings();
  ask_defaults();
}

// ---- names ----

void Domains::find_names() {
  for (const TableFact *table : facts_.tables)
    if (!table->columns.empty()) tables_.push_back(table);
  std::ranges::stable_sort(tables_, {}, &TableFact::name);
  for (const FunctionFact *function : facts_.functions)
    if (function->of_schema != nullptr) functions_.push_back(function);
  std::ranges::stable_sort(functions_, {}, &FunctionFact::name);
  for (const FunctionFact *found : equal_items<const FunctionFact *>({functions_.data(), functions_.size()}, std::string_view("uid"), &FunctionFact::name))
    if (found->of_schema->name == "auth" && found->argument_types.empty()) auth_uid_ = found;
}

const TableFact *Domains::table(std::string_view schema, std::string_view name) const {
  const TableFact *only = nullptr;
  for (const TableFact *found : equal_items<const TableFact *>({tables_.data(), tables_.size()}, name, &TableFact::name)) {
    const bool wanted = found->of_schema != nullptr && (schema.empty() ? !found->of_schema->system && !found->of_schema->managed : found->of_schema->name == schema);
    if (!wanted) continue;
    if (only != nullptr) return nullptr;
    only = found;
  }
  return only;
}

const FunctionFact *Domains::function(std::string_view schema, std::string_view name) const {
  const FunctionFact *only = nullptr;
  for (const FunctionFact *found : equal_items<const FunctionFact *>({functions_.data(), functions_.size()}, name, &FunctionFact::name)) {
    const bool wanted = schema.empty() ? found->of_schema->name == "pg_catalog" || (!found->of_schema->system && !found->of_schema->managed) : found->of_schema->name == schema;
    if (!wanted) continue;
    if (only != nullptr && only->of_schema->name != found->of_schema->name) return nullptr;
    if (only != nullptr && !found->of_schema->system) return nullptr;  // overloaded: which one is called, text does not tell
    only = found;
  }
  return only;
}

int Domains::number_of(const TableFact *table, std::string_view column) {
  for (std::size_t i = 0; table != nullptr && i < table->columns.size(); ++i)
    if (!column.empty() && table->columns[i].name == column) return static_cast<int>(i) + 1;
  return 0;
}

// ---- columns ----

Domains::Column *Domains::at(const TableFact *table, int number) {
  std::span<Column> *found = table == nullptr ? nullptr : columns_.find(table->id);
  return found != nullptr && number > 0 && static_cast<std::size_t>(number) <= found->size() ? &(*found)[static_cast<std::size_t>(number) - 1] : nullptr;
}
const Domains::Column *Domains::at(Oid relation, int number) const {
  const std::span<Column> *found = columns_.find(relation);
  return found != nullptr && number > 0 && static_cast<std::size_t>(number) <= found->size() ? &(*found)[static_cast<std::size_t>(number) - 1] : nullptr;
}

void Domains::preset(const TableFact *table, int number, Domain domain) {
  if (Column *column = at(table, number)) {
    column->domain = domain;
    column->state = Column::State::read;
    column->settled = column->source = true;
  }
}

void Domains::mark_keys() {
  for (const ConstraintFact *constraint : facts_.constraints) {
    if (constraint->type == 'p' && constraint->columns.size() == 1)
      if (Column *column = at(constraint->table, constraint->columns[0])) column->key = true;
    if (constraint->type == 'f' && constraint->referenced_columns.size() == 1)
      if (Column *column = at(constraint->referenced, constraint->referenced_columns[0])) column->key = column->referenced = true;
  }
  // gen_random_uuid(), nextval(): of PostgreSQL or an extension, and another value each time.
  const auto generates = [this](const Term &part) {
    const FunctionFact *called = part.kind == Term::Kind::call ? facts_.function(part.id) : nullptr;
    return called != nullptr && called->volatility == 'v' && (!called->extension.empty() || (called->of_schema != nullptr && called->of_schema->system));
  };
  for (const TableFact *table : facts_.tables)
    for (std::size_t i = 0; i < table->columns.size(); ++i) {
      const ColumnFact &column = table->columns[i];
      if (column.identity || (column.default_value != nullptr && any_part(*column.default_value, generates))) at(table, static_cast<int>(i) + 1)->own = true;
    }
  if (const TableFact *users = table("auth", "users")) preset(users, number_of(users, "id"), auth_id);
}

void Domains::mark_registered() {
  bool uuids = false;
  const auto is_auth = [&](const TableFact *table, int number) {
    const ColumnFact *column = table->column(number);
    if (column == nullptr) return;
    preset(table, number, auth_id);
    if (is_text(column->type))
      text_auth_ids_ = facts_.column_identity(table->id, number);
    else
      uuids = true;
  };
  const auto is_registered = [&](const TableFact *table, int number) {
    if (Column *column = at(table, number)) column->key = column->own = column->referenced = true;
  };
  for (const MappingFact *mapping : facts_.mappings) {
    if (mapping->users == nullptr) continue;
    if (mapping->claim == "sub") is_auth(mapping->users, mapping->auth_column);
    if (mapping->claim != "sub" || mapping->auth_column != mapping->id_column) is_registered(mapping->users, mapping->id_column);
  }
  for (const MembershipFact *membership : facts_.memberships) {
    if (membership->members == nullptr) continue;
    if (membership->mapping.empty()) is_auth(membership->members, membership->user_column);
  }
  for (const ConstraintFact *constraint : facts_.constraints)
    uuids = uuids || (constraint->type == 'f' && constraint->referenced != nullptr && constraint->referenced->identity == "auth.users" && is_own(*constraint->table));
  if (uuids) text_auth_ids_ = {};
}

// A trigger on auth.users that inserts new.id: that column holds auth ids, although no foreign key says so and it may have a default.
void Domains::mark_new_users() {
  for (const TriggerFact *trigger : facts_.triggers) {
    if (trigger->table->identity != "auth.users" || trigger->function == nullptr || trigger->function->language != "plpgsql") continue;
    const BodyText &body = facts_.body(*trigger->function);
    for (const BodyText::Inserted &inserted : body.inserted()) {
      const auto tokens = body.tokens();
      const TokenRange value = inserted.value, name = inserted.table;
      const bool new_id = value.end == value.begin + 3 && tokens[value.begin].is_word("new") && tokens[value.begin + 2].is_word("id");
      const std::string_view schema = name.end > name.begin + 2 ? tokens[name.end - 3].text : std::string_view{};
      const TableFact *into = new_id ? table(schema, tokens[name.end - 1].text) : nullptr;
      preset(into, number_of(into, inserted.column), auth_id);
    }
  }
}

Domain Domains::by_foreign_keys(const TableFact &table, int number, bool &any) {
  Agreement agreement;
  if (const auto *constraints = Facts::get(facts_.constraints_of, table.id))
    for (const ConstraintFact *constraint : *constraints) {
      if (constraint->type != 'f' || constraint->referenced == nullptr) continue;
      for (std::size_t i = 0; i < constraint->columns.size() && i < constraint->referenced_columns.size(); ++i) {
        const bool itself = constraint->referenced == &table && constraint->referenced_columns[i] == number;
        if (constraint->columns[i] == number && !itself) agreement.add(resolve(constraint->referenced, constraint->referenced_columns[i]));
      }
    }
  any = agreement.any();
  return agreement.result();
}

static bool is_auth_name(const ColumnFact &column) {
  static constexpr std::string_view names[] = {"auth_id", "auth_uid", "auth_user_id", "auth_users_id", "supabase_id", "supabase_uid", "supabase_user_id"};
  return column.type == uuid_type && std::ranges::find(names, column.name) != std::end(names);
}

Domain Domains::resolve(const TableFact *table, int number) {
  Column *column = at(table, number);
  if (column == nullptr || column->state != Column::State::unread) return column == nullptr ? Domain{} : column->domain;
  const ColumnFact *fact = table->column(number);
  if (fact == nullptr || chain_ >= longest_chain) return {};
  ++chain_;
  column->state = Column::State::busy;
  bool any = false;
  Domain found = by_foreign_keys(*table, number, any);
  column->settled = column->source = any;
  if (!any && table->parent != 0) {
    const TableFact *parent = facts_.table(table->parent);
    found = resolve(parent, number_of(parent, fact->name));
  }
  if (!any && !found)
    for (const MembershipFact *membership : facts_.memberships)
      if (membership->members == table && membership->user_column == number)
        for (const MappingFact *mapping : facts_.mappings)
          if (mapping->name == membership->mapping) {
            found = resolve(mapping->users, mapping->id_column);
            column->settled = column->source = true;
          }
  if (!any && !found && !column->own && is_own(*table) && is_auth_name(*fact)) {
    found = auth_id;
    column->settled = true;
  }
  if (!any && !found && column->key) {
    found = {Kind::key, table->id, number};
    column->settled = true;
  }
  column->domain = found;
  column->state = Column::State::read;
  --chain_;
  return found;
}

// Organizations that no key and no sibling knows are a kind of their own.
void Domains::mark_organizations() {
  for (const MembershipFact *membership : facts_.memberships) {
    Column *column = at(membership->members, membership->organization_column);
    if (column == nullptr || column->settled || column->domain) continue;
    preset(membership->members, membership->organization_column, {Kind::key, membership->members->id, membership->organization_column});
    column->own = true;  // but maybe the key of a table: compared with no other key
  }
}

// What is registered, or stands beside an auth id, is no auth id itself: whatever makes its values.
void Domains::mark_roots() {
  const auto mark = [this](Domain root, bool referenced) {
    if (root.kind != Kind::key) return;
    Column *column = at(facts_.table(root.relation), root.number);
    column->own = true;
    column->referenced = column->referenced || referenced;
  };
  for (const MappingFact *mapping : facts_.mappings) mark(column(mapping->users, mapping->id_column), true);
  for (const MembershipFact *membership : facts_.memberships) mark(column(membership->members, membership->organization_column), false);
  for (const TableFact *table : facts_.tables)
    for (std::size_t i = 1; is_own(*table) && i <= table->columns.size(); ++i)
      if (const Domain root = {Kind::key, table->id, static_cast<int>(i)}; column(table, root.number) == root && mapping(root).users != nullptr) mark(root, false);
}

// ---- siblings and defaults ----

// owner_id beside owner_type: of which table it is an id depends on the row.
static bool is_polymorphic(const TableFact &table, std::string_view name) {
  if (!name.ends_with("_id")) return false;
  const std::string_view stem = name.substr(0, name.size() - 2);
  for (const ColumnFact &other : table.columns)
    if (other.name.starts_with(stem) && (other.name.substr(stem.size()) == "type" || other.name.substr(stem.size()) == "kind" || other.name.substr(stem.size()) == "table"))
      return true;
  return false;
}

// Columns without keys hold what those of the same name and type hold, where these agree.
void Domains::ask_siblings() {
  struct Sibling {
    std::string_view name;
    Oid type;
    Agreement holds;
  };
  auto &siblings = facts_.arena.make<Vector<Sibling>>(facts_.arena);
  const auto order = [](const Sibling &sibling) { return std::tuple(sibling.name, sibling.type); };
  const auto each = [this](const auto &visit) {
    for (const TableFact *table : facts_.tables)
      if (is_own(*table) && table->is_table())
        for (std::size_t i = 0; i < table->columns.size(); ++i)
          if (!table->columns[i].name.empty() && table->columns[i].name != "id") visit(*table, table->columns[i], *at(table, static_cast<int>(i) + 1));
  };
  each([&](const TableFact &, const ColumnFact &fact, const Column &column) {
    if (column.source) {
      siblings.push_back({fact.name, fact.type, {}});
      siblings.back().holds.add(column.domain);
    }
  });
  std::ranges::stable_sort(siblings, {}, order);
  std::size_t kept = 0;
  for (std::size_t i = 0; i < siblings.size(); ++i) {
    if (kept > 0 && order(siblings[kept - 1]) == order(siblings[i]))
      siblings[kept - 1].holds.add(siblings[i].holds.result());
    else
      siblings[kept++] = siblings[i];
  }
  const std::span<const Sibling> known(siblings.data(), kept);
  each([&](const TableFact &table, const ColumnFact &fact, Column &column) {
    if (column.settled || is_polymorphic(table, fact.name)) return;
    for (const Sibling &sibling : equal_items(known, std::tuple(fact.name, fact.type), order))
      if (const Domain holds = sibling.holds.result()) column.domain = holds;
  });
}

void Domains::ask_defaults() {
  for (const TableFact *table : facts_.tables)
    for (std::size_t i = 0; i < table->columns.size(); ++i) {
      Column &column = *at(table, static_cast<int>(i) + 1);
      const ColumnFact &fact = table->columns[i];
      if (!column.settled && !column.domain && fact.default_value != nullptr) column.domain = of(*fact.default_value);
    }
}

Domain Domains::column(const TableFact *table, int number) {
  const Column *found = at(table, number);
  return found == nullptr ? Domain{} : found->domain;
}
Domain Domains::column(const TableFact *table, std::string_view name) {
  const int number = number_of(table, name);
  if (number > 0 && (table->kind == 'v' || table->kind == 'm')) return of_view(*table, number, 0);
  return column(table, number);
}

// ---- what is another kind ----

bool Domains::differ(Domain a, Domain b) const {
  if (!a || !b || a == b) return false;
  const auto own = [this](Domain domain) {
    const Column *column = at(domain.relation, domain.number);
    return column != nullptr && column->own;
  };
  const auto referenced = [this](Domain domain) { return at(domain.relation, domain.number)->referenced; };
  if (a.kind == Kind::auth) return own(b);
  if (b.kind == Kind::auth) return own(a);
  // Keys of tables that nothing references may be another table's: an archive's.
  return own(a) && own(b) && referenced(a) && referenced(b);
}

UserMapping Domains::mapping(Domain domain) {
  if (domain.kind != Kind::key) return {};
  for (const MappingFact *mapping : facts_.mappings)
    if (mapping->users != nullptr && column(mapping->users, mapping->id_column) == domain) return {mapping->name, mapping->users, mapping->auth_column, mapping->id_column};
  const TableFact *users = facts_.table(domain.relation);
  if (const auto *indexes = users == nullptr ? nullptr : Facts::get(facts_.indexes_of, users->id))
    for (const IndexFact *index : *indexes)
      if (index->unique && index->valid && !index->partial() && index->btree && index->columns.size() == 1 && index->columns[0] != domain.number &&
          column(users, index->columns[0]).kind == Kind::auth)
        return {{}, users, index->columns[0], domain.number};
  return {};
}

const MembershipFact *Domains::membership(Domain organization) {
  for (const MembershipFact *membership : facts_.memberships)
    if (organization && membership->members != nullptr && column(membership->members, membership->organization_column) == organization) return membership;
  return nullptr;
}

std::string_view Domains::kind_text(Domain domain, bool one) const {
  const std::string_view ids = one ? "an id of " : "ids of ";
  if (domain.kind == Kind::auth) return table("auth", "users") != nullptr ? facts_.text({ids, "auth.users"}) : one ? "an auth id" : "auth ids";
  const TableFact *of = facts_.table(domain.relation);
  const ColumnFact *column = of == nullptr ? nullptr : of->column(domain.number);
  if (column == nullptr) return {};
  return column->name == "id" ? facts_.text({ids, of->identity}) : facts_.text({one ? "a value of " : "values of ", of->identity, ".", column->quoted});
}

}  // namespace proapp::core
