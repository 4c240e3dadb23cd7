// Against prepared objects (CVE-2022-2625). CREATE OR REPLACE and CREATE … IF NOT EXISTS take what is there, whoever made it: an attacker with CREATE on a
// schema could prepare a function or table that a superuser's script then adopts. PostgreSQL guards extension scripts by membership; our objects
// are no members, so this guard asks for the owner instead. It sees every utility statement, also those inside DO blocks and functions.
#pragma once
#include "pg/postgres.hpp"

namespace proapp::migration {

// Once a backend, when the library is loaded.
void install_guard();

// From now on statements may replace only what belongs to `installer`, to the role that would own the new object, or to a superuser.
// InvalidOid switches the guard off. Returns what was set before.
Oid guard_for(Oid installer);

}  // namespace proapp::migration
