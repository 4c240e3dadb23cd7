// What must exist: the categories of expectations, what each may ask for, and how its objects are found.
#pragma once
#include "pg/postgres.hpp"

#include "state/tables.hpp"

extern "C" {
#include <nodes/pg_list.h>
#include <utils/jsonb.h>
}

#include <span>
#include <type_traits>

namespace proapp::verify {

inline constexpr state::Table expectations = {"expectations",
                                              "category pg_catalog.text not null,"
                                              " item pg_catalog.text not null,"
                                              // the item taken apart: the names in it; the columns or the arguments' types behind them, null where none were named
                                              " names pg_catalog.text[] not null,"
                                              " details pg_catalog.text[],"
                                              " expected pg_catalog.jsonb not null,"
                                              " registered_at pg_catalog.timestamptz not null default pg_catalog.now(),"
                                              " registered_by pg_catalog.text not null default session_user,"
                                              " primary key (category, item)"};

// How an item of a category is written.
enum class Form { name, text, in_schema, column, function, on_table, constraint, foreign_key, index, member, count };

struct Category {
  const char *name;
  Form form;
  const char *example;
  const char *relation_kinds;  // of pg_class c, which names[2] names; null where there is none
  const char *from;            // joins after those of pg_namespace n and pg_class c
  const char *object_name;     // compared with names[1] or names[2] where no relation is; null where there is one
  const char *part_name;       // compared with names[3]; null where items have no third name
  const char *columns;         // compared with details, and key "columns"; null where items have none
  const char *actual;          // jsonb with the category's keys
  const char *member;          // what an extension may own, as classid and objid; null where count takes it anyway
  const char *counted;         // what count takes of it; null for all
};

// A category may stand there twice, for two ways to find its objects.
std::span<const Category> categories();
const Category *find_category(const char *name, bool countable = false);

enum class Value { flag, text, choice, names, set, type, result, relation, row_security, number };

struct Key {
  const char *category;
  const char *name;
  Value value;
  const char *label;                // "on delete"; for a flag what it says when it is true
  const char *otherwise = nullptr;  // for a flag: what it says when it is false; for choices: what is allowed
  bool bare = false;                // the value says enough without its label
  bool implied = false;             // true is expected also where nothing is said
};
std::span<const Key> keys();

struct Item {
  const char *text;  // as it is kept
  List *names;       // of char *
  List *details;     // of char *
  bool has_details;
};
static_assert(std::is_trivially_destructible_v<Item>);

// Both raise 22023 for what cannot be meant. Types are looked up by the caller's search_path.
Item read_item(const Category &category, const char *item);
Datum normal_expected(const Category &category, Jsonb *expected);

// "schema.name", quoted where SQL needs it; null where the text is nothing like that.
const char *relation_text(const char *text);
// As format_type() prints it under a pinned search_path, with its modifier or as functions take it. Null, and why in `problem`, where it is no type.
const char *type_text(const char *text, bool with_modifier, const char *&problem);

// Texts with commas between, for messages.
const char *category_names(bool countable);

}  // namespace proapp::verify
