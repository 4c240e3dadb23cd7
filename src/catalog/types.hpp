// The readers of the kinds of types, one a typtype; read_types() in types.cpp calls them.
#pragma once
#include "pg/postgres.hpp"

#include "catalog/reader.hpp"

extern "C" {
#include <catalog/pg_constraint.h>
#include <catalog/pg_type.h>
}

namespace proapp::catalog {

struct RangeFacts {
  Oid subtype, multirange, collation, operator_class, canonical, difference;
};
using Ranges = core::OidMap<RangeFacts>;
const Ranges &read_range_facts(Reader &reader);

// Each hands over one object of its kind if it is wanted.
void read_domain(Reader &reader, const pg::CatalogScan &scan, const FormData_pg_type *row);
void read_composite_type(Reader &reader, const pg::CatalogScan &scan, const FormData_pg_type *row);
void read_range_type(Reader &reader, const pg::CatalogScan &scan, const FormData_pg_type *row, const Ranges &ranges);
void read_base_type(Reader &reader, const pg::CatalogScan &scan, const FormData_pg_type *row);
void read_domain_constraint(Reader &reader, const pg::CatalogScan &scan, const FormData_pg_constraint *row);

// What all types have: owner, grants, comment.
void finish_type(Reader &reader, const pg::CatalogScan &scan, const FormData_pg_type *row);

// As CREATE TYPE writes them.
std::string_view storage_word(char typstorage);
std::string_view alignment_word(char typalign);

}  // namespace proapp::catalog
