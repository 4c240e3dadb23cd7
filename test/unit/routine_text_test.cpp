#include "core/routine_text.hpp"

#include "unit/test_arena.hpp"

#include <gtest/gtest.h>

using namespace proapp::core;

static DynamicSql executes(const char *source, const char *argument_names = "p_sql\np_name") {
  proapp::test::TestArena arena;
  return dynamic_sql(sql_tokens(source, arena).span(), argument_names);
}

static bool asks(const char *source) {
  proapp::test::TestArena arena;
  return asks_for_caller(sql_tokens(source, arena).span());
}

TEST(RoutineText, DynamicSqlThatIsSafe) {
  for (const char *source : {
           "begin execute 'select 1'; end",
           "begin execute format('select %I, %L, %%s from t where a = $1', p_name, p_name) using p_name; end",
           "begin execute 'select ' || quote_literal(p_name) || ' from ' || pg_catalog.quote_ident(p_name); end",
           "begin execute format('drop table %s', p_name::regclass); end",
           "begin execute 'analyze ' || p_name::regclass || ''; end",
           "begin execute format('select count(*) from %s', tg_relid::regclass) into n; end",
           "declare s text := 'select ' || quote_nullable(p_name); begin s := s || ' limit ' || 1; return query execute s; end",
           "begin for r in execute 'select 1' loop null; end loop; end",
           "begin execute ('select ' || quote_ident(p_name)); end",
           "begin execute stored.statement; end",
           "declare s text; begin s := 'select 1'; if s = 'x' || p_name then execute s; end if; end",
       })
    EXPECT_EQ(executes(source), DynamicSql::safe) << source;
}

TEST(RoutineText, DynamicSqlThatPastes) {
  for (const char *source : {
           "begin execute 'select ' || p_name; end",
           "begin EXECUTE p_name || 'x'; end",
           "begin execute 'select ' || upper(p_name) || 'x'; end",
           "begin execute format('select %s', p_name); end",
           "begin execute format('select %1$s', p_name); end",
           "begin execute format('%-10s', p_name); end",
           "begin execute format(p_name, 1); end",
           "begin execute concat('select ', p_name); end",
           "declare s text; begin s := 'select ' || p_name; execute s; end",
           "declare s text := 'select ' || p_name; begin execute s using 1; end",
           "begin execute 'select 1'; execute 'select ' || p_name; end",
           "declare s text; begin s = 'select ' || p_name; execute s; end",
           "begin for r in execute 'select ' || p_name loop null; end loop; end",
       })
    EXPECT_EQ(executes(source), DynamicSql::assembled) << source;
}

TEST(RoutineText, DynamicSqlOfAnArgument) {
  EXPECT_EQ(executes("begin execute p_sql; end"), DynamicSql::argument);
  EXPECT_EQ(executes("begin return query execute p_sql using 1; end"), DynamicSql::argument);
  EXPECT_EQ(executes("begin execute p_sql_of_mine; end"), DynamicSql::safe);
}

TEST(RoutineText, WhatIsNoDynamicSql) {
  for (const char *source : {
           "begin -- execute p_sql;\n end",
           "begin /* execute p_sql; */ end",
           "begin perform 'execute p_sql;'; end",
           "begin grant execute on function f() to a; revoke execute on function f() from a; end",
           "begin create trigger t after insert on a for each row execute function f(); end",
           "",
       })
    EXPECT_EQ(executes(source), DynamicSql::none) << source;
}

TEST(RoutineText, AsksForTheCaller) {
  for (const char *source : {"select auth.uid()", "select AUTH . jwt ( )", "select proapp.current_user_id('m')", "select current_setting('app.tenant')",
                             "begin execute 'select auth.uid()'; end", "select uid()"})
    EXPECT_TRUE(asks(source)) << source;
  for (const char *source : {"", "select 1 -- auth.uid()", "select auth.users.id from auth.users", "select uid from t", "select my_proapp", "/* proapp.x */ select 'auth'"})
    EXPECT_FALSE(asks(source)) << source;
}
