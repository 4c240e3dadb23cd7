#include "core/domains.hpp"

#include "core/identity_fix.hpp"
#include "test_arena.hpp"

#include <gtest/gtest.h>

#include <string>

namespace proapp::core {
namespace {

constexpr Oid uuid = 2950, text = 25, generated = 1, uid = 2;

// auth.users, and public.drivers with ids of its own; orders of drivers, made by users.
class DomainsTest : public testing::Test {
 protected:
  DomainsTest() {
    schema(1, "auth").managed = true;
    schema(2, "public");
    function(generated, 3, "pg_catalog", "gen_random_uuid").volatility = 'v';
    schemas_[3]->system = true;
    function(uid, 1, "auth", "uid").identity = "auth.uid()";
    const Term *fresh = &arena_.make<Term>(Term{.kind = Term::Kind::call, .id = generated, .type = uuid});
    users_ = table(10, 1, "auth.users", "users", {"id"});
    drivers_ = table(11, 2, "public.drivers", "drivers", {"id", "auth_user_id", "name"});
    orders_ = table(12, 2, "public.orders", "orders", {"id", "driver_id", "created_by"});
    trail_ = table(13, 2, "public.trail", "trail", {"id", "driver_id", "owner_id", "owner_type"});
    for (TableFact *one : {drivers_, orders_, trail_}) one->columns[0].default_value = fresh;
    for (TableFact *one : {users_, drivers_, orders_, trail_}) key('p', one, 1, nullptr, 0);
    key('f', drivers_, 2, users_, 1);
    key('f', orders_, 2, drivers_, 1);
    key('f', orders_, 3, users_, 1);
    auto &index = arena_.make<IndexFact>();
    index.table = drivers_;
    index.unique = true;
    static constexpr std::int16_t second[] = {2};
    index.columns = second;
    facts_.indexes_of.at(11) = &arena_.make<Vector<IndexFact *>>(arena_);
    facts_.indexes_of.at(11)->push_back(&index);
  }

  SchemaFact &schema(Oid id, std::string_view name) {
    auto &made = arena_.make<SchemaFact>();
    made.id = id;
    made.name = name;
    schemas_[id] = &made;
    return made;
  }
  FunctionFact &function(Oid id, Oid in, std::string_view schema_name, std::string_view name) {
    if (schemas_[in] == nullptr) schema(in, schema_name);
    auto &made = arena_.make<FunctionFact>();
    made.id = id;
    made.of_schema = schemas_[in];
    made.name = name;
    made.result = uuid;
    facts_.functions.push_back(&made);
    facts_.function_of.at(id) = &made;
    return made;
  }
  TableFact *table(Oid id, Oid in, std::string_view identity, std::string_view name, std::initializer_list<std::string_view> columns) {
    auto &made = arena_.make<TableFact>();
    made.id = id;
    made.of_schema = schemas_[in];
    made.identity = identity;
    made.name = name;
    auto *all = static_cast<ColumnFact *>(arena_.allocate(columns.size() * sizeof(ColumnFact), alignof(ColumnFact)));
    std::size_t at = 0;
    for (const std::string_view column : columns) {
      new (&all[at]) ColumnFact();
      all[at].name = all[at].quoted = column;
      all[at++].type = column == "name" || column == "owner_type" ? text : uuid;
    }
    made.columns = {all, columns.size()};
    facts_.tables.push_back(&made);
    facts_.table_of.at(id) = &made;
    return &made;
  }
  void key(char type, const TableFact *of, std::int16_t column, const TableFact *referenced, std::int16_t referenced_column) {
    auto &made = arena_.make<ConstraintFact>();
    made.type = type;
    made.table = of;
    made.referenced = referenced;
    made.columns = arena_.copy(std::span<const std::int16_t>(&column, 1));
    if (referenced != nullptr) made.referenced_columns = arena_.copy(std::span<const std::int16_t>(&referenced_column, 1));
    facts_.constraints.push_back(&made);
    auto *&of_table = facts_.constraints_of.at(of->id);
    if (of_table == nullptr) of_table = &arena_.make<Vector<ConstraintFact *>>(arena_);
    of_table->push_back(&made);
  }

  // "left|right" of everything that is wrong, and the first corrected.
  std::string wrong(std::string_view source, std::string_view argument_names = {}) {
    auto &of = arena_.make<FunctionFact>();
    of.source = source;
    of.argument_names = argument_names;
    of.returns_trigger = true;
    const BodyText &body = arena_.make<BodyText>(source, arena_);
    BodyDomains &reader = arena_.make<BodyDomains>(domains_of(facts_), body, &of, nullptr);
    std::string all;
    const auto &found = reader.mismatches();
    for (const BodyMismatch &one : found) all.append(body.text(one.left_range)).append("|").append(body.text(one.right_range)).append("\n");
    if (!found.empty()) IdentityFixer(domains_of(facts_), reader, body, false).correct(found.span().first(1), {0, body.tokens().size()});
    return all;
  }

  test::TestArena arena_;
  Facts facts_{arena_};
  SchemaFact *schemas_[8] = {};
  TableFact *users_, *drivers_, *orders_, *trail_;
};

TEST_F(DomainsTest, FollowsKeysAndAsksSiblings) {
  Domains &domains = domains_of(facts_);
  const Domain auth = domains.column(users_, 1), driver = domains.column(drivers_, 1);
  EXPECT_EQ(auth.kind, Domain::Kind::auth);
  EXPECT_EQ(domains.column(drivers_, 2), auth);
  EXPECT_EQ(domains.column(orders_, 2), driver);
  EXPECT_EQ(domains.column(orders_, 3), auth);
  EXPECT_EQ(domains.column(trail_, 2), driver);
  EXPECT_FALSE(domains.column(trail_, 3));
  EXPECT_TRUE(domains.differ(auth, driver));
  EXPECT_FALSE(domains.differ(driver, driver));
  EXPECT_FALSE(domains.differ({}, driver));
  EXPECT_EQ(domains.mapping(driver).users, drivers_);
  EXPECT_EQ(domains.mapping(driver).auth_column, 2);
  EXPECT_EQ(domains.kind_text(driver, true), "an id of public.drivers");
}

TEST_F(DomainsTest, FindsWhatBodiesCompareAndPut) {
  EXPECT_EQ(wrong("declare o orders; begin select * into o from orders; if auth.uid() <> o.driver_id then return null; end if; end"), "auth.uid()|o.driver_id\n");
  EXPECT_EQ(wrong("declare v uuid := auth.uid(); begin perform 1 from public.orders x where x.driver_id = v; end"), "x.driver_id|v\n");
  EXPECT_EQ(wrong("begin insert into orders (id, driver_id) values (null, auth.uid()); end"), "orders|auth.uid()\n");
  EXPECT_EQ(wrong("begin if p = auth.uid() then return (select 1 from orders where driver_id = p); end if; end", "p"), "p|auth.uid()\n");
}

TEST_F(DomainsTest, SaysNothingOfWhatIsRightOrNotCertain) {
  EXPECT_EQ(wrong("declare o orders; begin select * into o from orders; if auth.uid() <> o.created_by then return null; end if; end"), "");
  EXPECT_EQ(wrong("declare v uuid; begin v := auth.uid(); v := f(); perform 1 from orders x where x.driver_id = v; end"), "");
  EXPECT_EQ(wrong("declare v uuid; begin declare v uuid := auth.uid(); begin perform 1 from orders x where x.driver_id = v; end; end"), "");
  EXPECT_EQ(wrong("begin perform 1 from orders x, (select 1) x where x.driver_id = auth.uid(); end"), "");
  EXPECT_EQ(wrong("begin perform 1 from trail t where t.owner_id = auth.uid(); end"), "");
  EXPECT_EQ(wrong("begin if exists (select from drivers d where d.id = p or d.auth_user_id = p) then return null; end if; end", "p"), "");
}

TEST_F(DomainsTest, SurvivesWhatIsNoProgram) {
  for (const std::string_view text : {"",
                                      "begin a in (",
                                      "= auth.uid(",
                                      "driver_id = auth.uid(",
                                      "declare x uuid := y; y uuid := x; begin if x = auth.uid() then",
                                      "begin new. := 1",
                                      "begin new.a := ",
                                      "select into",
                                      "begin insert into orders (driver_id) values (auth.uid()",
                                      "insert into (driver_id) values (auth.uid())",
                                      "begin return",
                                      "for in",
                                      "foreach in array",
                                      "begin foreach in array x loop",
                                      "begin for x in select distinct loop",
                                      "cast(",
                                      "cast() = auth.uid()",
                                      "array[] = auth.uid()",
                                      "() = auth.uid()",
                                      "auth.uid() = any ()",
                                      "x::[] = auth.uid()",
                                      "distinct from",
                                      "select * into o from",
                                      "declare o orders%rowtype; begin o.driver_id = ; end",
                                      "declare o %type; begin end",
                                      "begin perform auth.uid() in (select from orders)"})
    wrong(text, "p\n\nq");
}

}  // namespace
}  // namespace proapp::core
