#include "core/fix_database.hpp"

#include "core/fix.hpp"
#include "core/fix_parts.hpp"
#include "core/secrets.hpp"

namespace proapp::core {

namespace {

// Escaped once more, for a text inside of a text.
void nested(std::string_view text, Bytes &out) {
  for (const char c : text) {
    if (c == '\'') out.raw(c);
    if (c == '%') out.raw(c);
    out.raw(c);
  }
}

// Settings have no quotes in manifests; in SQL each part of a name is a word of its own.
std::string_view setting_name(const Object &setting) { return text(setting, "setting"); }

// A database is altered by its name, which is another one in each.
void alter_setting(const Object &setting, Bytes &out) {
  out.raw("do $$ begin execute format('alter ");
  if (!text(setting, "role").empty()) nested(text(setting, "role"), out.raw("role ")), out.raw(" in ");
  out.raw("database %I");
}

// Settings whose value is a list of names that PostgreSQL keeps quoted.
bool is_list_setting(std::string_view name) {
  return name == "search_path" || name == "temp_tablespaces" || name == "session_preload_libraries" || name == "local_preload_libraries" || name == "shared_preload_libraries" ||
         name == "unix_socket_directories";
}

}  // namespace

void reset_setting(const Object &setting, Bytes &out) {
  alter_setting(setting, out);
  out.raw(" reset ").raw(setting_name(setting)).raw("', current_database()); end $$;");
}

void set_setting(const Object &setting, Bytes &out) {
  const std::string_view value = text(setting, "value");
  if (value == secret_is_set) return;
  alter_setting(setting, out);
  out.raw(" set ").raw(setting_name(setting)).raw(" = ");
  if (value == "''" || is_list_setting(setting_name(setting))) {
    nested(value, out);
    out.raw("', current_database()); end $$;");
  } else {
    out.raw("%L', current_database(), ");
    literal(value, out);
    out.raw("); end $$;");
  }
}

namespace {

std::string_view option_name(std::string_view option) { return option.substr(0, option.find('=')); }
std::string_view option_value(std::string_view option) { return option.find('=') == std::string_view::npos ? std::string_view{} : option.substr(option.find('=') + 1); }

// A name as SQL wants it: quoted always, as nobody reads these twice.
void quoted(std::string_view name, Bytes &out) {
  out.raw('"');
  for (const char c : name) {
    if (c == '"') out.raw(c);
    out.raw(c);
  }
  out.raw('"');
}

const Value *option_of(const Object &object, std::string_view attribute, std::string_view name) {
  const Value *options = object.find(attribute);
  if (options == nullptr) return nullptr;
  for (const Value &option : options->items())
    if (option_name(option.text()) == name) return &option;
  return nullptr;
}

// " options (host 'a', …)"; false where one of them is a secret, which nobody can write down.
bool create_options(const Object &object, std::string_view attribute, Bytes &out) {
  const Value *options = object.find(attribute);
  std::string_view separator = " options (";
  if (options == nullptr || options->items().empty()) return true;
  for (const Value &option : options->items()) {
    if (option_value(option.text()) == secret_is_set) return false;
    quoted(option_name(option.text()), out.raw(separator));
    literal(option_value(option.text()), out.raw(' '));
    separator = ", ";
  }
  out.raw(')');
  return true;
}

}  // namespace

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

// schema.name(types): statements about wrappers want no types.
std::string_view function_name(std::string_view identity) { return identity.substr(0, identity.rfind('(')); }

// False where a secret stands in the way.
bool create_foreign(const Object &object, Bytes &out) {
  out.raw("create ").raw(object.kind == "foreign server" ? "server" : object.kind).raw(' ').raw(object.identity);
  if (object.kind == "foreign server") {
    if (!text(object, "type").empty()) literal(text(object, "type"), out.raw(" type "));
    if (!text(object, "version").empty()) literal(text(object, "version"), out.raw(" version "));
    out.raw(" foreign data wrapper ").raw(text(object, "wrapper"));
  }
  if (!text(object, "handler").empty()) out.raw(" handler ").raw(function_name(text(object, "handler")));
  if (!text(object, "validator").empty()) out.raw(" validator ").raw(function_name(text(object, "validator")));
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
    out.raw(text(expected, attribute).empty() ? " no " : " ").raw(attribute).raw(' ').raw(function_name(text(expected, attribute))).raw(';');
  else
    done = false;
  if (!done) out.clear();
}

void alter_event_trigger(const Object &expected, const Object &actual, std::string_view attribute, Bytes &out) {
  if (attribute != "enabled") {
    out.raw("drop event trigger ").raw(actual.identity).raw("; ");
    create_event_trigger(expected, out);
    return;
  }
  const std::string_view state = text(expected, "enabled");
  out.raw("alter event trigger ").raw(expected.identity);
  out.raw(state == "disabled" ? " disable;" : state == "always" ? " enable always;" : state == "replica" ? " enable replica;" : " enable;");
}

void alter_subscription(const Object &expected, std::string_view attribute, Bytes &out) {
  out.raw("alter ").raw(expected.kind == "foreign server" ? "server" : expected.kind).raw(' ').raw(expected.identity);
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
    alter_event_trigger(expected, actual, attribute, out);
  else if (expected.kind == "subscription")
    alter_subscription(expected, attribute, out);
  else if (expected.kind != "database")
    alter_foreign(expected, actual, attribute, out);
}

}  // namespace proapp::core
