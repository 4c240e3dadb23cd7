#include "pg/impersonate.hpp"

#include "pg/compat.hpp"
#include "pg/spi.hpp"

extern "C" {
#include <nodes/pg_list.h>
#include <utils/acl.h>
#include <utils/guc.h>
#include <utils/jsonb.h>
}

namespace proapp::pg {

namespace {

constexpr char claims_setting[] = "request.jwt.claims";
constexpr std::string_view legacy_prefix = "request.jwt.claim.";

struct Setting {
  const char *name;
  const char *value;
};

}  // namespace

static const char *value_of(const char *name) {
  const char *value = GetConfigOption(name, true, false);
  return value != nullptr ? pstrdup(value) : "";
}

// The claims as they are; elements are Setting *, request.jwt.claims first. A legacy setting that is empty says nothing.
static List *claim_settings() {
  auto *claims = static_cast<Setting *>(palloc(sizeof(Setting)));
  *claims = {claims_setting, value_of(claims_setting)};
  List *settings = list_make1(claims);
  List **all = &settings;
  for_each_setting([all](const char *name) {
    if (pg_strncasecmp(name, legacy_prefix.data(), legacy_prefix.size()) != 0 || *value_of(name) == '\0') return;
    auto *legacy = static_cast<Setting *>(palloc(sizeof(Setting)));
    *legacy = {pstrdup(name), value_of(name)};
    *all = lappend(*all, legacy);
  });
  return settings;
}

// request.jwt.claim.sub as SET takes it.
static const char *quoted_setting(const char *name) {
  const char *quoted = "";
  for (std::string_view rest = name;;) {
    const size_t dot = rest.find('.');
    quoted = psprintf("%s%s", quoted, quote_identifier(c_string(rest.substr(0, dot))));
    if (dot == std::string_view::npos) return quoted;
    quoted = psprintf("%s.", quoted);
    rest.remove_prefix(dot + 1);
  }
}

// Between spi_begin() and spi_end().
static void set_local(const char *name, const char *value) { spi_run(psprintf("set local %s = %s", quoted_setting(name), quote_literal_cstr(value))); }

// Without auth_id there is no sub, whatever the other claims say: who asks for nobody shall be nobody.
static const char *claims_text(const Identity &identity) {
  if (!JB_ROOT_IS_OBJECT(DatumGetJsonbP(identity.claims)))
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("claims must be a JSON object"), errhint("Such as '{\"org_id\": \"…\"}'.")));
  const int pin = pin_search_path();
  const bool nobody = identity.auth_id == nullptr;
  spi_run("select (($1 - 'sub') || case when $2 is null then '{}' else jsonb_build_object('sub', $2) end || jsonb_build_object('role', $3))::text",
          {Argument(JSONBOID, identity.claims), Argument(TEXTOID, nobody ? static_cast<Datum>(0) : text_datum(identity.auth_id), nobody), identity.role}, true);
  const char *text = c_string(spi_text(0, 1));
  unpin_search_path(pin);
  return text;
}

Datum no_claims() { return DirectFunctionCall1(jsonb_in, CStringGetDatum("{}")); }

void set_claims(const Identity &identity) {
  spi_begin();
  const char *claims = claims_text(identity);
  const List *before = claim_settings();
  const ListCell *cell;
  foreach (cell, before) {
    const auto *setting = static_cast<const Setting *>(lfirst(cell));
    set_local(setting->name, cell == list_head(before) ? claims : "");
  }
  spi_end();
}

void set_role(const char *role) {
  get_role_oid(role, false);  // "none" would be the session's own
  spi_begin();
  spi_run(psprintf("set local role %s", quote_identifier(role)));
  spi_end();
}

// Asked of the caller, not of the session as SET ROLE asks: in a definer's function the caller has less than the session's user.
static Oid role_to_become(const char *name) {
  const Oid role = get_role_oid(name, false);
  if (!may_become(GetUserId(), role)) ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE), errmsg("permission denied to set role \"%s\"", name)));
  return role;
}

Impersonation impersonate(const Identity &identity, Effects effects) {
  const Oid role = role_to_become(identity.role);
  Impersonation impersonation;
  impersonation.former = claim_settings();
  impersonation.settings = NewGUCNestLevel();
  set_claims(identity);
  set_config_option("row_security", "on", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
  impersonation.before = switch_user(role);
  if (effects == Effects::kept) {
    User now;
    GetUserIdAndSecContext(&now.id, &now.security_context);
    SetUserIdAndSecContext(now.id, now.security_context | SECURITY_RESTRICTED_OPERATION);
  }
  return impersonation;
}

// By statements once more, for the workers' sake; here the nest level takes back whatever was set meanwhile.
void stop(const Impersonation &impersonation) {
  restore_user(impersonation.before);
  spi_begin();
  const ListCell *cell;
  foreach (cell, impersonation.former) {
    const auto *setting = static_cast<const Setting *>(lfirst(cell));
    set_local(setting->name, setting->value);
  }
  spi_end();
  AtEOXact_GUC(false, impersonation.settings);
}

}  // namespace proapp::pg
