// Items of expectations: what a user types for an object, taken apart and written as it is kept.
#include "pg/boundary.hpp"

#include "pg/attempt.hpp"
#include "pg/compat.hpp"
#include "pg/session.hpp"
#include "verify/expectation.hpp"

extern "C" {
#include <lib/stringinfo.h>
#include <parser/parse_type.h>
#include <parser/scansup.h>
#include <utils/varlena.h>
}

namespace proapp::verify {

struct Reader {
  const Category &category;
  const char *item;
  const char *at;
};
static_assert(std::is_trivially_destructible_v<Reader>);

[[noreturn]] static void reject(const Reader &reader, const char *why, const char *hint = nullptr) {
  ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("invalid item \"%s\" of category \"%s\"", reader.item, reader.category.name), errdetail_internal("%s", why),
                  hint != nullptr ? errhint("%s", hint) : errhint("Write, for example, %s.", quote_literal_cstr(reader.category.example))));
}

static void skip_blanks(Reader &reader) {
  while (scanner_isspace(*reader.at)) ++reader.at;
}

static bool ends_name(char c) { return c == '\0' || scanner_isspace(c) || strchr(".,()\"", c) != nullptr; }

static char *quoted_name(Reader &reader) {
  StringInfoData name;
  initStringInfo(&name);
  for (++reader.at; *reader.at != '"' || reader.at[1] == '"'; ++reader.at) {
    if (*reader.at == '\0') reject(reader, "A double quote in it is not closed.");
    appendStringInfoChar(&name, *reader.at);
    if (*reader.at == '"') ++reader.at;
  }
  ++reader.at;
  return name.data;
}

static char *read_name(Reader &reader) {
  skip_blanks(reader);
  char *name;
  if (*reader.at == '"') {
    name = quoted_name(reader);
    truncate_identifier(name, static_cast<int>(strlen(name)), false);
  } else {
    const char *start = reader.at;
    for (; !ends_name(*reader.at); ++reader.at)
      if (*reader.at == '*' || *reader.at == '%' || *reader.at == '?')
        reject(reader, psprintf("It has a \"%c\", and only what is counted may be a pattern.", *reader.at),
               psprintf("Write select proapp.expect('count', %s, '{\"min\": 1}'), or quote the name where the character is part of it.",
                        quote_literal_cstr(psprintf("%s:%s", reader.category.name, reader.item))));
    name = downcase_truncate_identifier(start, static_cast<int>(reader.at - start), false);
  }
  if (*name == '\0') reject(reader, "A name in it is empty.");
  skip_blanks(reader);
  return name;
}

static List *read_names(Reader &reader) {
  List *names = list_make1(read_name(reader));
  while (*reader.at == '.') {
    ++reader.at;
    names = lappend(names, read_name(reader));
  }
  return names;
}

static List *read_columns(Reader &reader) {
  List *columns = NIL;
  do {
    ++reader.at;
    columns = lappend(columns, read_name(reader));
  } while (*reader.at == ',');
  if (*reader.at != ')') reject(reader, "A parenthesis in it is not closed, or there is more than names of columns in it.");
  ++reader.at;
  skip_blanks(reader);
  return columns;
}

static void insist_on_end(Reader &reader) {
  skip_blanks(reader);
  if (*reader.at != '\0')
    reject(reader, psprintf("It goes on with \"%s\".", reader.at),
           psprintf("Write, for example, %s; quote names that are more than letters, digits and underscores.", quote_literal_cstr(reader.category.example)));
}

static void insist_on_names(const Reader &reader, const List *names, int count) {
  if (list_length(names) == count) return;
  reject(reader, psprintf("It has %d name%s where %d are wanted.", list_length(names), list_length(names) == 1 ? "" : "s", count),
         psprintf("Write, for example, %s; quote names that contain a dot.", quote_literal_cstr(reader.category.example)));
}

static const char *joined(const List *names, const char *separator, bool quote = true) {
  StringInfoData text;
  initStringInfo(&text);
  const ListCell *cell;
  foreach (cell, names) {
    const char *name = static_cast<const char *>(lfirst(cell));
    appendStringInfo(&text, "%s%s", text.len > 0 ? separator : "", quote ? quote_identifier(name) : name);
  }
  return text.data;
}

const char *relation_text(const char *text) {
  char *copy = pstrdup(text);
  const size_t length = strlen(copy);
  if (length > 2 && strcmp(copy + length - 2, "()") == 0) copy[length - 2] = '\0';  // a trigger's function
  List *names = NIL;
  return SplitIdentifierString(copy, '.', &names) && list_length(names) == 2 ? joined(names, ".") : nullptr;
}

const char *type_text(const char *text, bool with_modifier, const char *&problem) {
  Oid type = InvalidOid;
  int32 modifier = -1;
  const ErrorData *error = pg::attempt([&] { pg::parse_type(text, type, modifier); });
  if (error != nullptr) {
    problem = pstrdup(error->message);
    return nullptr;
  }
  const int pin = pg::pin_search_path();
  const char *printed = with_modifier ? format_type_with_typemod(type, modifier) : format_type_be(type);
  pg::unpin_search_path(pin);
  return printed;
}

// One argument as a signature has it: a type, perhaps behind a mode and a name. What only goes out is no part of a function's identity.
static const char *argument_text(const Reader &reader, const char *argument) {
  const char *problem = nullptr, *ignored = nullptr;
  const char *type = type_text(argument, false, problem);
  Reader rest{reader.category, argument, argument};
  for (int word = 0; type == nullptr && word < 2 && pg_strncasecmp(rest.at, "out ", 4) != 0; ++word) {
    if (*rest.at == '"') quoted_name(rest);
    while (!ends_name(*rest.at)) ++rest.at;
    if (!scanner_isspace(*rest.at)) break;
    skip_blanks(rest);
    type = type_text(rest.at, false, ignored);
  }
  if (type == nullptr)
    reject(reader, psprintf("\"%s\" is no type: %s.", argument, problem),
           "Write the function with the types of its input arguments, as in public.f(integer, text), or without parentheses for any of that name.");
  return type;
}

static char *trimmed(const char *from, const char *to) {
  while (from < to && scanner_isspace(*from)) ++from;
  while (to > from && scanner_isspace(to[-1])) --to;
  return pnstrdup(from, static_cast<Size>(to - from));
}

static List *read_arguments(Reader &reader) {
  List *arguments = NIL;
  const char *start = ++reader.at;
  int depth = 0;
  for (bool quoted = false;; ++reader.at) {
    const char c = *reader.at;
    if (c == '\0') reject(reader, "A parenthesis in it is not closed.");
    if (c == '"') quoted = !quoted;
    if (quoted) continue;
    if (c == '(' || c == '[') ++depth;
    if (depth == 0 && (c == ',' || c == ')')) {
      const char *argument = trimmed(start, reader.at);
      if (*argument == '\0' && (c == ',' || arguments != NIL)) reject(reader, "An argument in it is empty.");
      if (*argument != '\0') arguments = lappend(arguments, const_cast<char *>(argument_text(reader, argument)));
      start = reader.at + 1;
      if (c == ')') break;
    }
    if (c == ')' || c == ']') --depth;
  }
  ++reader.at;
  return arguments;
}

// The last " word " outside of quotes; null where there is none.
static const char *last_word(const char *text, const char *word) {
  const size_t length = strlen(word);
  const char *found = nullptr;
  bool quoted = false;
  for (const char *p = text; *p != '\0'; ++p) {
    if (*p == '"') quoted = !quoted;
    if (!quoted && scanner_isspace(*p) && pg_strncasecmp(p + 1, word, length) == 0 && scanner_isspace(p[1 + length])) found = p;
  }
  return found;
}

// A policy's name may be a sentence: without quotes it is taken as it stands.
static char *name_before(const Reader &reader, const char *end) {
  char *name = trimmed(reader.at, end);
  Reader part{reader.category, reader.item, name};
  if (*name == '"') {
    char *read = quoted_name(part);
    insist_on_end(part);
    truncate_identifier(read, static_cast<int>(strlen(read)), false);
    return read;
  }
  const bool plain = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789$") == strlen(name);
  if (plain) return read_name(part);
  truncate_identifier(name, static_cast<int>(strlen(name)), false);
  return name;
}

static void read_on_table(Reader &reader, Item &item) {
  const char *on = last_word(reader.at, "on");
  if (on == nullptr) {
    item.names = read_names(reader);
    insist_on_names(reader, item.names, 3);
  } else {
    char *name = name_before(reader, on);
    reader.at = on + 3;
    item.names = read_names(reader);
    insist_on_names(reader, item.names, 2);
    item.names = lappend(item.names, name);
  }
}

static const char *on_table_text(const List *names) {
  return psprintf("%s on %s.%s", quote_identifier(static_cast<char *>(lthird(names))), quote_identifier(static_cast<char *>(linitial(names))),
                  quote_identifier(static_cast<char *>(lsecond(names))));
}

static void read_member(Reader &reader, Item &item) {
  item.names = read_names(reader);
  insist_on_names(reader, item.names, 2);
  if (pg_strncasecmp(reader.at, "in ", 3) != 0) reject(reader, "It names no publication.");
  reader.at += 3;
  skip_blanks(reader);
  if (pg_strncasecmp(reader.at, "publication ", 12) == 0) reader.at += 12;
  item.text = joined(item.names, ".");
  char *publication = read_name(reader);
  item.text = psprintf("%s in publication %s", item.text, quote_identifier(publication));
  item.names = lappend(item.names, publication);
}

static void read_columns_of(Reader &reader, Item &item) {
  item.details = read_columns(reader);
  item.has_details = true;
}

static const char *with_columns(const Item &item) { return psprintf("%s(%s)", joined(item.names, "."), joined(item.details, ", ")); }

// A pattern for LIKE from one of ours, and the pattern as it is kept.
static char *read_pattern(Reader &reader, StringInfo text) {
  StringInfoData like;
  initStringInfo(&like);
  const char *start = reader.at;
  for (bool quoted = false; *reader.at != '\0' && (quoted || *reader.at != '.'); ++reader.at) {
    char c = *reader.at;
    if (c == '"') {
      if (!quoted || reader.at[1] != '"') {
        quoted = !quoted;
        if (quoted && strchr(reader.at + 1, '"') == nullptr) reject(reader, "A double quote in it is not closed.");
        appendStringInfoChar(text, c);
        continue;
      }
      ++reader.at;
      appendStringInfoChar(text, c);
    } else if (!quoted) {
      if (strchr("[]|+(){}^\\", c) != nullptr) reject(reader, psprintf("Patterns of what is counted have no \"%c\".", c), "Quote the name where the character is part of it.");
      if (scanner_isspace(c)) reject(reader, "It has a blank.", "Quote the name where the character is part of it.");
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
    }
    appendStringInfoChar(text, c);
    if (!quoted && (c == '*' || c == '%' || c == '?')) {
      appendStringInfoChar(&like, c == '?' ? '_' : '%');
    } else {
      if (c == '%' || c == '_' || c == '\\') appendStringInfoChar(&like, '\\');
      appendStringInfoChar(&like, c);
    }
  }
  if (reader.at == start || like.len == 0) reject(reader, "A name in it is empty.");
  return like.data;
}

static void read_count(Reader &reader, Item &item) {
  const char *colon = strchr(reader.at, ':');
  if (colon == nullptr) reject(reader, "It does not say what to count.", psprintf("Write, for example, 'table:public.*'. What can be counted: %s.", category_names(true)));
  char *kind = trimmed(reader.at, colon);
  const Category *counted = find_category(kind, true);
  if (counted == nullptr) reject(reader, psprintf("\"%s\" cannot be counted.", kind), psprintf("What can be counted: %s.", category_names(true)));
  StringInfoData text;
  initStringInfo(&text);
  appendStringInfo(&text, "%s:", counted->name);
  item.names = list_make1(pstrdup(counted->name));
  reader.at = colon;
  do {
    if (*reader.at == '.') appendStringInfoChar(&text, '.');
    ++reader.at;
    item.names = lappend(item.names, read_pattern(reader, &text));
  } while (*reader.at == '.');
  const int parts = list_length(item.names) - 1;
  const int least = counted->form == Form::name ? 1 : 2, most = counted->form == Form::name ? 1 : counted->part_name != nullptr ? 3 : 2;
  if (parts < least) reject(reader, "A pattern needs a schema and an object.", psprintf("Write %s:schema.pattern, or %s:*.pattern for any schema.", counted->name, counted->name));
  if (parts > most) reject(reader, least == 1 ? "It has a schema, and these live in none." : "It has too many dots.", "Quote names that contain a dot.");
  while (list_length(item.names) < 4) item.names = lappend(item.names, pstrdup("%"));
  item.text = text.data;
}

// "policy p on public.t" is what the manifest prints: the category's name in front says nothing new.
static void skip_category(Reader &reader) {
  const char *const words[] = {reader.category.name, reader.category.form == Form::foreign_key ? "constraint" : nullptr};
  for (const char *word : words) {
    const size_t length = word != nullptr ? strlen(word) : 0;
    if (length == 0 || pg_strncasecmp(reader.at, word, length) != 0 || !scanner_isspace(reader.at[length])) continue;
    Reader rest = reader;
    rest.at += length;
    skip_blanks(rest);
    if (pg_strncasecmp(rest.at, "on ", 3) != 0 && pg_strncasecmp(rest.at, "in ", 3) != 0 && *rest.at != '\0') reader.at = rest.at;
    return;
  }
}

static void read_form(Reader &reader, Item &item) {
  switch (reader.category.form) {
    case Form::count:
      read_count(reader, item);
      return;
    case Form::on_table:
      read_on_table(reader, item);
      return;
    case Form::member:
      read_member(reader, item);
      return;
    case Form::constraint:
    case Form::foreign_key:
      if (last_word(reader.at, "on") != nullptr) {
        read_on_table(reader, item);
        return;
      }
      break;
    default:
      break;
  }
  item.names = read_names(reader);
  switch (reader.category.form) {
    case Form::name:
      insist_on_names(reader, item.names, 1);
      return;
    case Form::column:
      insist_on_names(reader, item.names, 3);
      return;
    case Form::foreign_key:
      if (list_length(item.names) == 3 && *reader.at != '(') {
        item.details = list_make1(lthird(item.names));
        item.has_details = true;
        item.names = list_truncate(item.names, 2);
        return;
      }
      break;
    case Form::constraint:
      if (list_length(item.names) == 3 && *reader.at != '(') return;
      break;
    default:
      break;
  }
  insist_on_names(reader, item.names, 2);
  if (reader.category.form == Form::function && *reader.at == '(') {
    item.details = read_arguments(reader);
    item.has_details = true;
  } else if (reader.category.form != Form::function && reader.category.columns != nullptr && *reader.at == '(') {
    read_columns_of(reader, item);
  } else if (reader.category.form == Form::constraint || reader.category.form == Form::foreign_key) {
    reject(reader, "It names neither a constraint nor columns.");
  }
}

Item read_item(const Category &category, const char *text) {
  Item item{text, NIL, NIL, false};
  if (category.form == Form::text) {
    item.names = list_make1(pstrdup(text));
    return item;
  }
  Reader reader{category, text, text};
  skip_blanks(reader);
  skip_category(reader);
  read_form(reader, item);
  insist_on_end(reader);
  if (category.form == Form::count || category.form == Form::member) return item;
  if (category.form == Form::function && item.has_details)
    item.text = psprintf("%s(%s)", joined(item.names, "."), joined(item.details, ", ", false));
  else if (item.has_details)
    item.text = with_columns(item);
  else
    item.text = list_length(item.names) == 3 && category.form != Form::column ? on_table_text(item.names) : joined(item.names, ".");
  return item;
}

}  // namespace proapp::verify
