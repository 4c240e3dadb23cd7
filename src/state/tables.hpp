// Our own tables: schema proapp_data. They are no members of the extension, so DROP EXTENSION keeps them and pg_dump dumps them like anybody's;
// they hold names, never OIDs; and the first call that has something to keep makes them, so that a restore finds nothing in its way.
#pragma once
#include "pg/postgres.hpp"

#include "pg/spi.hpp"

#include <initializer_list>

namespace proapp::state {

struct Table {
  const char *name;
  const char *columns;          // what stands between the parentheses of CREATE TABLE
  const char *index = nullptr;  // what stands after the table's name in CREATE INDEX, where one is wanted beside the keys
  const char *changes = nullptr;  // what stands after the table's name in ALTER TABLE, where CREATE TABLE cannot say it
};

// The table's OID; InvalidOid where nothing was kept yet. Raises 42501 where schema or table belong to somebody who is neither the
// extension's owner nor a superuser: such a table could have been prepared by an attacker.
Oid find(const Table &table);
// InvalidOid then, too: for what must not raise.
Oid find_trusted(const Table &table);

// Raises 55000 while the database is being restored: for what writes to a table that is there already.
void refuse_while_restoring();

// Makes schema and table where they are missing, as the extension's owner. Raises 55000 while the database is being restored.
Oid find_or_make(const Table &table);

// Runs one of our own fixed, qualified statements as the extension's owner with search_path pinned; between spi_begin() and spi_end().
// Whether the caller may do this was decided by who may execute the SQL function.
uint64 run(const char *sql, std::initializer_list<pg::Argument> arguments = {}, bool read_only = false);

// A set-returning function's whole answer: the rows of `sql` (which reads `table`), none where nothing was kept yet.
Datum rows(FunctionCallInfo fcinfo, const Table &table, const char *sql);

Oid extension_owner();

}  // namespace proapp::state
