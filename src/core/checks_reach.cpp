// What the roles that serve requests reach by grants, by memberships, by storage and by publications.
#include "core/check_parts.hpp"

#include <algorithm>

namespace proapp::core {

// Row-level security does not hold for TRUNCATE, nor for what a foreign key or trigger of somebody else's does.
static constexpr std::uint32_t beyond_rls = may_truncate | may_reference | may_trigger;

static void privileges_beyond_rls(const Facts &facts, Findings &findings) {
  for (const TableFact *table : facts.tables) {
    const std::uint32_t granted = table->reach.either() & beyond_rls;
    // An owner has all of them, whatever is revoked.
    if (!table->is_table() || !is_own(*table) || granted == 0 || acts_for_requests(facts, table->owner)) continue;
    const FindingSeverity severity = (granted & may_truncate) != 0 ? FindingSeverity::medium : FindingSeverity::low;
    findings.add(severity, table, nullptr, table->identity, facts.text({"requests have ", privilege_names(facts, granted), " on it, for which policies do not hold"}),
                 facts.text({"revoke ", privilege_names(facts, granted), " on ", table->identity, " from ", grantees(facts, table->reach, granted)}));
  }
}

static std::string_view default_revoke(const Facts &facts, const DefaultPrivilegeFact &fact, std::string_view what, std::uint32_t privileges) {
  return facts.text({"alter default privileges for role ", fact.owner, fact.schema.empty() ? "" : " in schema ", fact.schema, " revoke ", what, " from ",
                     grantees(facts, fact.reach, privileges)});
}

static void default_privileges(const Facts &facts, Findings &findings) {
  for (const DefaultPrivilegeFact *fact : facts.defaults) {
    const bool managed =
        std::any_of(facts.schemas.begin(), facts.schemas.end(), [&](const SchemaFact *schema) { return schema->quoted == fact->schema && (schema->managed || schema->system); });
    if (managed) continue;
    const std::string_view place = fact->schema.empty() ? facts.text({"of ", fact->owner}) : facts.text({"of ", fact->owner, " in ", fact->schema});
    if (fact->kind == 'r' && (fact->reach.either() & beyond_rls) != 0) {
      const std::uint32_t granted = fact->reach.either() & beyond_rls;
      findings.add(nullptr, facts.text({"default privileges on tables ", place}), facts.text({"every new table gives requests ", privilege_names(facts, granted)}),
                   default_revoke(facts, *fact, facts.text({privilege_names(facts, granted), " on tables"}), granted));
    }
    if (fact->kind == 'f' && (fact->reach.either() & may_execute) != 0)
      findings.add(nullptr, facts.text({"default privileges on functions ", place}), "requests may call every new function, even where PUBLIC's right is revoked",
                   default_revoke(facts, *fact, "execute on functions", may_execute));
  }
}

static void schema_creatable(const Facts &facts, Findings &findings) {
  for (const SchemaFact *schema : facts.schemas)
    if (!schema->system && !schema->managed && (schema->reach.either() & may_create) != 0)
      findings.add(nullptr, facts.text({"schema ", schema->quoted}), "requests may create objects in it, and so stand in for those that a search_path would find",
                   facts.text({"revoke create on schema ", schema->quoted, " from ", grantees(facts, schema->reach, may_create)}));
}

static void request_role_bypasses_rls(const Facts &facts, Findings &findings) {
  for (const RoleFact *role : facts.roles) {
    if (role->name != "anon" && role->name != "authenticated") continue;
    const std::string_view object = facts.text({"role ", role->quoted});
    if (role->superuser) {
      findings.add(nullptr, object, "it is a superuser, for whom no policy and no privilege holds", facts.text({"alter role ", role->quoted, " nosuperuser nobypassrls"}));
    } else if (role->bypasses_rls) {
      findings.add(nullptr, object, "no policy holds for it", facts.text({"alter role ", role->quoted, " nobypassrls"}));
    } else if (!role->bypasses_through.empty()) {
      findings.add(nullptr, object, facts.text({"it is a member of ", role->bypasses_through, ", and so may become a role for which no policy holds"}),
                   facts.text({"revoke ", role->bypasses_through, " from ", role->quoted}));
    }
  }
}

// That a role of requests owns a table itself is rls_not_forced, of the other family.
static void request_role_owns_table(const Facts &facts, Findings &findings) {
  for (const TableFact *table : facts.tables) {
    const RoleFact *owner = Facts::get(facts.role_of, table->owner);
    if (!table->is_table() || !is_own(*table) || !table->rls || table->forced || owner == nullptr || owner->superuser || owner->serves_requests) continue;
    if (acts_for_requests(facts, owner->id))
      findings.add(table, table->identity, facts.text({"requests have the rights of its owner ", owner->quoted, ", for whom its policies do not hold"}),
                   facts.text({"alter table ", table->identity, " force row level security"}));
  }
}

static std::string_view enable_rls(const Facts &facts, const TableFact &table) { return facts.text({"alter table ", table.identity, " enable row level security"}); }

static bool is_sensitive(const Facts &facts, std::string_view name) {
  static constexpr std::string_view words[] = {"password", "passwd", "pwd", "secret", "token", "ssn", "iban", "cvv", "cvc", "passport", "salary", "dob", "otp"};
  static constexpr std::string_view phrases[] = {"api_key",        "apikey", "private_key",     "access_key", "credit_card",   "card_number",  "account_number",
                                                 "routing_number", "tax_id", "social_security", "birth_date", "date_of_birth", "recovery_code"};
  const std::string_view small = lowered(facts, name);
  return has_word(name, words) || std::any_of(std::begin(phrases), std::end(phrases), [&](std::string_view phrase) { return small.find(phrase) != std::string_view::npos; });
}

static void sensitive_columns_exposed(const Facts &facts, Findings &findings) {
  for (const TableFact *table : facts.tables) {
    if (!table->is_table() || table->rls || !table->exposed || !is_own(*table) || (table->reach.either() & may_select) == 0) continue;
    std::string_view names;
    for (const ColumnFact &column : table->columns)
      if (is_sensitive(facts, column.name)) names = names.empty() ? column.quoted : facts.text({names, ", ", column.quoted});
    if (!names.empty())
      findings.add(table, table->identity, facts.text({who(table->reach, may_select), " reads ", names, ": row-level security is off"}), enable_rls(facts, *table));
  }
}

// Hangs on no table: the extension's own are left out, and queues that users made may be among them.
static void queue_exposed(const Facts &facts, Findings &findings) {
  for (const TableFact *table : facts.tables)
    if (table->is_table() && table->of_schema != nullptr && table->of_schema->name == "pgmq" && (table->name.starts_with("q_") || table->name.starts_with("a_")) && !table->rls &&
        table->reach.either() != 0)
      findings.add(nullptr, table->identity, facts.text({who(table->reach, table->reach.either()), " reads or writes the messages of a queue: row-level security is off"}),
                   enable_rls(facts, *table));
}

static void realtime_without_rls(const Facts &facts, Findings &findings) {
  for (const PublishedFact *published : facts.published) {
    const TableFact *table = published->table;
    if (published->publication == "supabase_realtime" && table != nullptr && table->is_table() && !table->rls && (table->reach.either() & may_select) != 0)
      findings.add(table, table->identity, facts.text({who(table->reach, may_select), " may subscribe to every change of it: row-level security is off"}),
                   enable_rls(facts, *table));
  }
}

// Does a condition name the bucket, as a text or in an array of them?
static bool mentions(std::string_view condition, std::string_view bucket) {
  constexpr std::string_view around = "'{},\"";
  for (std::size_t at = condition.find(bucket); at != std::string_view::npos; at = condition.find(bucket, at + 1)) {
    const std::size_t end = at + bucket.size();
    if (at > 0 && end < condition.size() && around.find(condition[at - 1]) != std::string_view::npos && around.find(condition[end]) != std::string_view::npos) return true;
  }
  return false;
}

// storage.objects.bucket_id
static bool names_bucket(const PolicyFact &policy) {
  const auto bucket = [&](const Term &term) {
    if (term.kind != Term::Kind::column || term.id != policy.table->id) return false;
    const ColumnFact *column = policy.table->column(term.number);
    return column != nullptr && column->name == "bucket_id";
  };
  return (policy.qual != nullptr && any_part(*policy.qual, bucket)) || (policy.check != nullptr && any_part(*policy.check, bucket));
}

static bool is_of_storage(const PolicyFact &policy) { return policy.table->identity == "storage.objects" && policy.permissive; }

static bool is_for_requests(const Facts &facts, const PolicyFact &policy) {
  return std::any_of(policy.roles.begin(), policy.roles.end(), [&](Oid oid) { return oid == 0 || acts_for_requests(facts, oid); });
}

static void public_bucket_lists(const Facts &facts, Findings &findings) {
  const CallerAware &aware = CallerAware::of(facts);
  for (const BucketFact *bucket : facts.buckets)
    for (const PolicyFact *policy : facts.policies) {
      if (!bucket->is_public || !is_of_storage(*policy) || !policy->applies_to('r') || policy->qual == nullptr || !is_for_requests(facts, *policy)) continue;
      const bool of_bucket = mentions(policy->qual_text, bucket->name) || !names_bucket(*policy);
      if (of_bucket && !any_part(*policy->qual, [&](const Term &term) { return aware.tells_apart(term); }))
        findings.add(policy->table, policy->identity, facts.text({"it lets clients list all files of the public bucket ", bucket->name, ", whose files need no policy to be read"}),
                     policy->command == 'r' ? facts.text({"drop ", policy->identity}) : std::string_view{});
    }
}

// Which buckets it names cannot be seen where it does not compare with one.
static bool computes_bucket(std::string_view condition) {
  return !condition.empty() && condition.find("bucket_id = '") == std::string_view::npos && condition.find("bucket_id = ANY ('") == std::string_view::npos;
}

static void bucket_without_policy(const Facts &facts, Findings &findings) {
  for (const BucketFact *bucket : facts.buckets) {
    if (bucket->is_public) continue;
    const bool served = std::any_of(facts.policies.begin(), facts.policies.end(), [&](const PolicyFact *policy) {
      return is_of_storage(*policy) && (!names_bucket(*policy) || mentions(policy->qual_text, bucket->name) || mentions(policy->check_text, bucket->name) ||
                                        computes_bucket(policy->qual_text) || computes_bucket(policy->check_text));
    });
    if (!served) findings.add(nullptr, facts.text({"bucket ", bucket->name}), "no policy on storage.objects names it: only the service role reaches its files", {});
  }
}

static bool has_uuid(const Facts &facts, const TableFact &table, std::span<const std::int16_t> columns) {
  return std::any_of(columns.begin(), columns.end(), [&](std::int16_t number) {
    const ColumnFact *column = table.column(number);
    return column != nullptr && facts.type_name(column->type) == "uuid";
  });
}

// A key that a policy looks at is a tenant's own.
static bool is_in_policies(const Facts &facts, const TableFact &table, std::span<const std::int16_t> columns) {
  const auto is_key = [&](const Term &term) {
    return term.kind == Term::Kind::column && term.id == table.id && std::find(columns.begin(), columns.end(), static_cast<std::int16_t>(term.number)) != columns.end();
  };
  const Vector<PolicyFact *> *policies = Facts::get(facts.policies_of, table.id);
  return policies != nullptr && std::any_of(policies->begin(), policies->end(), [&](const PolicyFact *policy) {
           return (policy->qual != nullptr && any_part(*policy->qual, is_key)) || (policy->check != nullptr && any_part(*policy->check, is_key));
         });
}

// May requests write rows whose errors tell something? Policies only matter where there is one.
static bool is_written(const Facts &facts, const TableFact &table) {
  if (!table.rls || !table.exposed || !is_own(table) || (table.reach.either() & (may_insert | may_update)) == 0) return false;
  const Vector<PolicyFact *> *policies = Facts::get(facts.policies_of, table.id);
  return policies != nullptr && std::any_of(policies->begin(), policies->end(), [&](const PolicyFact *policy) {
           return policy->permissive && (policy->applies_to('a') || policy->applies_to('w')) && is_for_requests(facts, *policy);
         });
}

static void unique_key_oracle(const Facts &facts, Findings &findings) {
  for (const IndexFact *index : facts.indexes)
    if (index->unique && !index->primary && index->valid && index->table->is_table() && is_written(facts, *index->table) && !has_uuid(facts, *index->table, index->columns) &&
        !is_in_policies(facts, *index->table, index->columns))
      findings.add(index->table, index->identity, facts.text({"whether another tenant's row of ", index->table->identity, " has a value can be asked by writing it"}), {});
}

static void foreign_key_oracle(const Facts &facts, Findings &findings) {
  for (const ConstraintFact *key : facts.constraints)
    if (key->type == 'f' && key->referenced != nullptr && key->referenced != key->table && key->referenced->rls && is_own(*key->referenced) && is_written(facts, *key->table) &&
        !has_uuid(facts, *key->referenced, key->referenced_columns))
      findings.add(key->table, key->identity, facts.text({"whether a row of ", key->referenced->identity, " exists that its policies hide can be asked by referring to it"}), {});
}

static constexpr Check checks[] = {
    {"request_role_bypasses_rls", FindingSeverity::critical, "a role of requests bypasses row-level security",
     "BYPASSRLS and superusers see every row whatever policies say, and a member of such a role becomes it with SET ROLE.", request_role_bypasses_rls},
    {"request_role_owns_table", FindingSeverity::high, "roles of requests are members of a table's owner",
     "Policies do not hold for a table's owner, nor for members of that role, unless row-level security is forced.", request_role_owns_table},
    {"sensitive_columns_exposed", FindingSeverity::high, "columns whose names promise secrets can be read by requests",
     "Passwords, tokens and numbers of accounts are read in bulk where no policy holds.", sensitive_columns_exposed},
    {"queue_exposed", FindingSeverity::high, "a message queue can be reached by requests",
     "Messages of all tenants stand in one table; without row-level security whoever has the privilege reads them.", queue_exposed},
    {"realtime_without_rls", FindingSeverity::high, "Realtime publishes a table without row-level security",
     "Changes are sent to every subscriber who may select from the table: only policies narrow that down.", realtime_without_rls},
    {"schema_creatable", FindingSeverity::high, "roles of requests may create objects in a schema",
     "What they create there is found by others under names that they did not qualify: definers' functions among them.", schema_creatable},
    {"privileges_beyond_rls", FindingSeverity::medium, "requests have privileges for which policies do not hold",
     "TRUNCATE empties a table whatever its policies say; TRIGGER and REFERENCES let others run code in, and look into, each write.", privileges_beyond_rls},
    {"public_bucket_lists", FindingSeverity::medium, "all files of a public bucket can be listed",
     "Files of a public bucket are read by their address without any policy; one for SELECT adds only the list of them.", public_bucket_lists},
    {"default_privileges", FindingSeverity::low, "new objects come with privileges for requests", "Each new table or function is open until somebody remembers to close it.",
     default_privileges},
    {"bucket_without_policy", FindingSeverity::low, "no policy reaches a private bucket", "Uploads and downloads by users are refused, without a word about the reason.",
     bucket_without_policy},
    {"unique_key_oracle", FindingSeverity::low, "a unique key tells about rows that policies hide",
     "Constraints look at all rows: a refused value stands in a row of somebody else.", unique_key_oracle},
    {"foreign_key_oracle", FindingSeverity::low, "a foreign key tells about rows that policies hide",
     "Constraints look at all rows: a reference that is accepted names a row that exists.", foreign_key_oracle},
};

std::span<const Check> reach_checks() { return checks; }

}  // namespace proapp::core
