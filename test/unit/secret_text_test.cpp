#include "core/secret_text.hpp"

#include <gtest/gtest.h>

using proapp::core::may_hold_secret;

TEST(SecretText, FindsValues) {
  for (const char *sql : {
           "alter role ann password 'x'",
           "alter role ann encrypted PASSWORD E'x'",
           "create server s foreign data wrapper w options (host 'h', api_key 'x')",
           "alter server s options (set \"password\" 'x')",
           "create foreign table t (a int) server s options (token /* the new one */ 'x')",
           "select set_config('app.jwt_secret', 'x', false)",
           "set app.jwt_secret = 'x'",
           "set app.jwt_secret to 'x'",
           "select f(secret => $$x$$)",
           "create function f() returns text language sql as $$ select dblink('host=h password=x') $$",
           "do $$ begin execute 'create server s options (password ''x'')'; end $$",
           "select '{\"token\": \"x\"}'::jsonb",
           "comment on table t is 'postgres://ann:x@host/db'",
           "comment on table t is 'postgres://ann:x",
           "create user mapping for ann server s",
           "CREATE  USER\nMAPPING for ann server s",
           "create subscription s connection 'x' publication p",
       })
    EXPECT_TRUE(may_hold_secret(sql)) << sql;
}

TEST(SecretText, KeepsTheRest) {
  for (const char *sql : {
           "",
           "create table users (id integer primary key, password text not null, api_token text default 'none', unique (password))",
           "alter table t add foreign key (a) references u",
           "comment on column users.password is 'hashed'",
           "create view v as select password::text, token from users",
           "alter table subscription add column mapping text",
           "comment on table t is 'see https://example.com:8080/page'",
           "alter table users drop column password",
           "create index on users (token) -- the secret",
       })
    EXPECT_FALSE(may_hold_secret(sql)) << sql;
}
