#include "core/secrets.hpp"

#include "unit/test_arena.hpp"

#include <gtest/gtest.h>

#include <string>

namespace proapp::core {
namespace {

std::string joined(std::string_view connection) {
  test::TestArena arena;
  std::string text;
  for (const Value &option : connection_options(arena, connection).items()) text.append(text.empty() ? "" : " | ").append(option.text());
  return text;
}

TEST(Secrets, AreKnownByTheWordsOfTheirName) {
  for (const auto *name : {"password",     "sslpassword", "passfile_password", "passwd",     "PassWord", "secret",          "app.settings.jwt_secret", "client-secret",     "token",
                           "access_token", "key",         "api_key",           "apikey",     "sslkey",   "app.private_key", "access_key_id",           "secret_access_key", "keys",
                           "pwd",          "pass",        "passphrase",        "credentials"})
    EXPECT_TRUE(is_secret(name)) << name;
  for (const auto *name : {"", "user", "host", "port", "dbname", "keepalives_idle", "password_encryption", "schema_name", "table_name", "keyboard", "compass", "bypass"})
    EXPECT_FALSE(is_secret(name)) << name;
  EXPECT_TRUE(is_secret(std::string(100, 'x') + "_password"));
  EXPECT_FALSE(is_secret(std::string(1000, 'x')));
}

TEST(Secrets, LeaveTheNameAndThatThereIsAValue) {
  test::TestArena arena;
  EXPECT_EQ(without_secret(arena, "password=a=b"), "password=(set)");
  EXPECT_EQ(without_secret(arena, "host=a=b"), "host=a=b");
  EXPECT_EQ(without_secret(arena, "password"), "password");
}

TEST(Connection, IsSortedPairs) {
  EXPECT_EQ(joined(""), "");
  EXPECT_EQ(joined("host=a port = 5432 user='it''"), "secret=(set)");
  EXPECT_EQ(joined("user=reader host=a password=b"), "host=a | password=(set) | user=reader");
  EXPECT_EQ(joined(" user = 'a \\'b\\' \\\\' dbname=x\\ y "), "dbname=x y | user=a 'b' \\");
  EXPECT_EQ(joined("password='a host=b' host=c"), "host=c | password=(set)");
}

TEST(Connection, MayBeAUri) {
  EXPECT_EQ(joined("postgresql://reader:one@a:5432,b/db?sslmode=require&password=two"),
            "dbname=db | host=a:5432,b | password=(set) | password=(set) | sslmode=require | user=reader");
  EXPECT_EQ(joined("postgres://a"), "host=a");
  EXPECT_EQ(joined("postgres:///db"), "dbname=db");
  // A password that was not encoded.
  EXPECT_EQ(joined("postgres://u:p/a?s@h/db"), "dbname=db | host=h | password=(set) | user=u");
}

TEST(Connection, HidesWhatItCannotRead) {
  for (const auto *text : {"one two", "=x", "host", "host=a password='open", "x=1 hunter2"}) EXPECT_EQ(joined(text), "secret=(set)") << text;
}

}  // namespace
}  // namespace proapp::core
