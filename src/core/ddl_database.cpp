#include "core/ddl_database.hpp"

#include "core/ddl.hpp"
#include "core/ddl_parts.hpp"
#include "core/secrets.hpp"

namespace proapp::core {

namespace {

// Escaped once more, for a text inside of a text that format() reads.
void nested(std::string_view text, Bytes &out) {
  for (const char c : text) {
    if (c == '\'') out.raw(c);
    if (c == '%') out.raw(c);
    out.raw(c);
  }
}

// A database is altered by its name, which is another one in each: "<before> <its name> <after>", where `after` is SQL, or SQL with a value behind it.
void on_database(std::string_view before, std::string_view after, std::string_view value, Bytes &body) {
  nested(before, body.raw(" execute format('"));
  body.raw(" %I");
  nested(after, body);
  body.raw(value.empty() ? "', current_database());" : " %L', current_database(), ");
  if (value.empty()) return;
  literal(value, body);
  body.raw(");");
}

// $$ where that can end nowhere else.
void do_block(const Bytes &body, Bytes &out) {
  Bytes block(out.arena());
  block.raw("begin").raw(body.view()).raw(" end");
  const bool plain = block.view().find('$') == std::string_view::npos;
  out.raw("do ");
  plain ? void(out.raw("$$ ").raw(block.view()).raw(" $$")) : literal(block.view(), out);
  out.raw(';');
}

std::string_view alter_what(const Object &setting, Bytes &out) {
  if (text(setting, "role").empty()) return "alter database";
  return out.raw("alter role ").raw(text(setting, "role")).raw(" in database").view();
}

// Settings whose value is a list of names that PostgreSQL keeps quoted.
bool is_list_setting(std::string_view name) {
  return name == "search_path" || name == "temp_tablespaces" || name == "session_preload_libraries" || name == "local_preload_libraries" || name == "shared_preload_libraries" ||
         name == "unix_socket_directories";
}

}  // namespace

void reset_setting(const Object &setting, Bytes &out) {
  Bytes what(out.arena()), body(out.arena()), change(out.arena());
  change.raw(" reset ").raw(text(setting, "setting"));
  on_database(alter_what(setting, what), change.view(), {}, body);
  do_block(body, out);
}

// Settings have no quotes in manifests.
void set_setting(const Object &setting, Bytes &out) {
  const std::string_view value = text(setting, "value"), name = text(setting, "setting");
  if (value == secret_is_set) return;
  Bytes what(out.arena()), body(out.arena()), change(out.arena());
  change.raw(" set ").raw(name).raw(" =");
  const bool as_it_is = value == "''" || is_list_setting(name);
  if (as_it_is) change.raw(' ').raw(value);
  on_database(alter_what(setting, what), change.view(), as_it_is ? std::string_view{} : value, body);
  do_block(body, out);
}

// "options (set host 'a', drop port)" from what `actual` has to what `expected` has.
bool alter_options(const Object &expected, const Object &actual, std::string_view attribute, Bytes &out) {
  std::string_view separator = " options (";
  const Value *wanted = expected.find(attribute), *found = actual.find(attribute);
  if (found != nullptr)
    for (const Value &option : found->items()) {
      if (option_of(expected, attribute, option_name(option.text())) != nullptr) continue;
      quoted(option_name(option.text()), out.raw(separator).raw("drop "));
      separator = ", ";
    }
  if (wanted != nullptr)
    for (const Value &option : wanted->items()) {
      const Value *old = option_of(actual, attribute, option_name(option.text()));
      if (old != nullptr && old->text() == option.text()) continue;
      if (option_value(option.text()) == secret_is_set) return false;
      quoted(option_name(option.text()), out.raw(separator).raw(old == nullptr ? "add " : "set "));
      literal(option_value(option.text()), out.raw(' '));
      separator = ", ";
    }
  out.raw(");");
  return true;
}

namespace {

void create_event_trigger(const Object &trigger, Bytes &out) {
  out.raw("create event trigger ").raw(trigger.identity).raw(" on ").raw(text(trigger, "event"));
  if (const Value *tags = trigger.find("tags"); tags != nullptr && !tags->is_absent()) {
    std::string_view separator = " when tag in (";
    for (const Value &tag : tags->items()) {
      literal(tag.text(), out.raw(separator));
      separator = ", ";
    }
    out.raw(')');
  }
  out.raw(" execute function ").raw(text(trigger, "function")).raw(';');
  const std::string_view state = text(trigger, "enabled");
  if (state == "origin") return;
  out.raw(" alter event trigger ").raw(trigger.identity).raw(state == "disabled" ? " disable;" : state == "always" ? " enable always;" : " enable replica;");
}

// False where a secret stands in the way.
bool create_foreign(const Object &object, Bytes &out) {
  out.raw("create ").raw(object.kind == "foreign server" ? "server" : object.kind).raw(' ').raw(object.identity);
  if (object.kind == "foreign server") {
    if (!text(object, "type").empty()) literal(text(object, "type"), out.raw(" type "));
    if (!text(object, "version").empty()) literal(text(object, "version"), out.raw(" version "));
    out.raw(" foreign data wrapper ").raw(text(object, "wrapper"));
  }
  if (!text(object, "handler").empty()) out.raw(" handler ").raw(without_arguments(text(object, "handler")));
  if (!text(object, "validator").empty()) out.raw(" validator ").raw(without_arguments(text(object, "validator")));
  const bool done = create_options(object, "options", out);
  out.raw(';');
  return done;
}

void alter_foreign(const Object &expected, const Object &actual, std::string_view attribute, Bytes &out) {
  out.raw("alter ").raw(expected.kind == "foreign server" ? "server" : expected.kind).raw(' ').raw(expected.identity);
  bool done = true;
  if (attribute == "options" || attribute == "foreign_options")
    done = alter_options(expected, actual, attribute, out);
  else if (attribute == "version" && !text(expected, "version").empty())
    literal(text(expected, "version"), out.raw(" version ")), out.raw(';');
  else if (attribute == "handler" || attribute == "validator")
    out.raw(text(expected, attribute).empty() ? " no " : " ").raw(attribute).raw(' ').raw(without_arguments(text(expected, attribute))).raw(';');
  else
    done = false;
  if (!done) out.clear();
}

void alter_event_trigger(const Object &expected, std::string_view attribute, Bytes &out) {
  if (attribute != "enabled") return;
  const std::string_view state = text(expected, "enabled");
  out.raw("alter event trigger ").raw(expected.identity);
  out.raw(state == "disabled" ? " disable;" : state == "always" ? " enable always;" : state == "replica" ? " enable replica;" : " enable;");
}

void alter_subscription(const Object &expected, std::string_view attribute, Bytes &out) {
  out.raw("alter subscription ").raw(expected.identity);
  if (attribute == "enabled") {
    out.raw(flag(expected, "enabled") ? " enable;" : " disable;");
  } else if (attribute == "publications") {
    join(expected, attribute, out.raw(" set publication "));
    out.raw(" with (refresh = false);");
  } else if (attribute == "binary" || attribute == "disable_on_error") {
    out.raw(" set (").raw(attribute).raw(flag(expected, attribute) ? " = true);" : " = false);");
  } else if (attribute == "streaming" || attribute == "synchronous_commit") {
    out.raw(" set (").raw(attribute).raw(" = ").raw(text(expected, attribute).empty() ? "off" : text(expected, attribute)).raw(");");
  } else if (attribute == "slot") {
    out.raw(" set (slot_name = ");
    text(expected, "slot").empty() ? void(out.raw("none")) : literal(text(expected, "slot"), out);
    out.raw(");");
  } else {
    out.clear();
  }
}

}  // namespace

// "grant … on database current to …;", as many as there are.
static void alter_database_grants(const Object &expected, const Object &actual, Bytes &body) {
  constexpr std::string_view name = "database current";
  Bytes statements(body.arena());
  alter_grants(expected, actual, statements);
  for (std::string_view rest = statements.view(); !rest.empty();) {
    const std::size_t at = rest.find(name), end = find_unquoted(rest, ';');
    if (at == std::string_view::npos || end == std::string_view::npos) return;
    on_database(rest.substr(0, at + 8), rest.substr(at + name.size(), end - at - name.size()), {}, body);
    rest.remove_prefix(end + (end + 1 < rest.size() ? 2 : 1));
  }
}

void alter_database(const Object &expected, const Object &actual, std::string_view attribute, Bytes &out) {
  Bytes body(out.arena()), change(out.arena());
  const auto altered = [&](std::string_view what, std::string_view value) { on_database("alter database", change.raw(what).raw(value).view(), {}, body); };
  if (attribute == "owner")
    altered(" owner to ", text(expected, "owner"));
  else if (attribute == "connection_limit")
    on_database("alter database", change.raw(" connection limit ").number(number(expected, attribute, -1)).view(), {}, body);
  else if (attribute == "refuses_connections")
    altered(" allow_connections ", flag(expected, attribute) ? "false" : "true");
  else if (attribute == "template")
    altered(" is_template ", flag(expected, attribute) ? "true" : "false");
  else if (attribute == "comment")
    on_database("comment on database", text(expected, "comment").empty() ? " is null" : " is", text(expected, "comment"), body);
  else if (attribute == "grants")
    alter_database_grants(expected, actual, body);
  if (body.size() > 0) do_block(body, out);
}

bool is_of_database(std::string_view kind) {
  return kind == "foreign data wrapper" || kind == "foreign server" || kind == "user mapping" || kind == "event trigger" || kind == "subscription" || kind == "database" ||
         kind == "database setting";
}

void create_in_database(const Object &object, Bytes &out) {
  if (object.kind == "database setting")
    set_setting(object, out);
  else if (object.kind == "event trigger")
    create_event_trigger(object, out);
  else if (object.kind != "subscription" && object.kind != "database" && !create_foreign(object, out))
    out.clear();
}

void alter_in_database(const Object &expected, const Object &actual, std::string_view attribute, Bytes &out) {
  if (expected.kind == "database setting")
    set_setting(expected, out);
  else if (expected.kind == "event trigger")
    alter_event_trigger(expected, attribute, out);
  else if (expected.kind == "subscription")
    alter_subscription(expected, attribute, out);
  else if (expected.kind != "database")
    alter_foreign(expected, actual, attribute, out);
}

}  // namespace proapp::core
