#include "core/identity_fix.hpp"

#include "core/check_parts.hpp"
#include "core/ddl.hpp"

#include <algorithm>

namespace proapp::core {

static constexpr Oid uuid_type = 2950, text_type = 25;

// Registering under a name that is taken would replace what has it.
static std::string_view mapping_name(const Domains &domains, const UserMapping &mapping) {
  if (!mapping.name.empty()) return mapping.name;
  const Facts &facts = domains.facts();
  const bool taken = std::ranges::any_of(facts.mappings, [&](const MappingFact *other) { return other->name == mapping.users->name; });
  if (!taken && domains.table({}, mapping.users->name) == mapping.users) return mapping.users->name;
  return facts.text({mapping.users->of_schema->name, "_", mapping.users->name});
}

std::string_view map_users_call(const Domains &domains, const UserMapping &mapping) {
  const Facts &facts = domains.facts();
  const std::string_view id = mapping.users->column(mapping.id_column)->name;
  return facts.text({"select * from proapp.map_users(", literal_text(facts, mapping_name(domains, mapping)), ", ", literal_text(facts, mapping.users->identity), ", ",
                     literal_text(facts, mapping.users->column(mapping.auth_column)->name), id == "id" ? std::string_view{} : ", ", id == "id" ? std::string_view{} : literal_text(facts, id),
                     ")"});
}

std::string_view current_user_call(const Domains &domains, const UserMapping &mapping, bool as_text) {
  const Facts &facts = domains.facts();
  const bool is_uuid = mapping.users->column(mapping.id_column)->type == uuid_type;
  return facts.text({as_text || !is_uuid ? "proapp.current_user_key(" : "proapp.current_user_id(", literal_text(facts, mapping_name(domains, mapping)), ")"});
}

Oid IdentityFixer::type_of(TokenRange call) const {
  const auto tokens = body_.tokens();
  const std::size_t end = body_.chain(call.begin);
  const FunctionFact *function = domains_.function(end >= call.begin + 3 ? tokens[end - 3].text : std::string_view{}, tokens[end - 1].text);
  return function != nullptr ? function->result : 0;
}

// auth.uid() where the id of a user of ours is meant, and the other way round.
bool IdentityFixer::replace_session_value(const BodyMismatch &wrong, bool right, Edit &edit) {
  const auto tokens = body_.tokens();
  const Facts &facts = domains_.facts();
  const TokenRange range = right ? wrong.right_range : wrong.left_range;
  const Domain is = right ? wrong.right : wrong.left, meant = right ? wrong.left : wrong.right;
  const TokenRange call = reader_.call_in(range, is);
  const bool reads = body_.until(body_.without_brackets(range), [](const SqlToken &t) { return t.is_word("from"); }) < body_.without_brackets(range).end;
  const bool whole = call.empty() && std::ranges::any_of(tokens.subspan(range.begin, range.end - range.begin), [](const SqlToken &t) { return t.is("->>"); });
  // A variable that holds it may be right in other places.
  const bool variable =
      range.end == range.begin + 1 && std::ranges::any_of(body_.declarations(), [&](const BodyText::Declaration &one) { return one.name == tokens[range.begin].text; });
  if (reads || (call.empty() && !whole && !variable)) return false;
  const SqlToken &last = tokens[range.end - 1];
  if (const MembershipFact *membership = domains_.membership(meant); membership != nullptr) {
    if (!right || !tokens[wrong.at].is("=") || wrong.at + 1 != range.begin || last.is_word("text") || !wrong.column.empty()) return false;
    edit = {range, facts.text({"any (proapp.current_organizations(", literal_text(facts, membership->name), "))"})};
    return true;
  }
  const bool as_uuid = variable || (whole ? last.is_word("uuid") : type_of(call) == uuid_type);
  if (!whole && !as_uuid && type_of(call) != text_type) return false;
  std::string_view text;
  if (const UserMapping mapping = domains_.mapping(meant); mapping.users != nullptr) {
    text = current_user_call(domains_, mapping, !as_uuid);
    if (mapping.name.empty()) before_ = map_users_call(domains_, mapping);
  } else if (meant.kind == Domain::Kind::auth) {
    text = domains_.has_auth_uid() && as_uuid ? "auth.uid()" : "proapp.auth_id()";
  } else {
    return false;
  }
  const TokenRange place = call.empty() ? range : call;
  const bool selected = place.begin > 0 && tokens[place.begin - 1].is_word("select");
  edit = {place, in_policy_ && !selected ? facts.text({"(select ", text, ")"}) : text};
  return true;
}

// `id = auth.uid()` on the very table whose other column holds the auth id.
bool IdentityFixer::replace_key(TokenRange range, Domain is, Domain meant, Edit &edit) {
  if (meant.kind != Domain::Kind::auth || is.kind != Domain::Kind::key) return false;
  const UserMapping mapping = domains_.mapping(is);
  if (mapping.users == nullptr || !mapping.name.empty()) return false;
  const auto tokens = body_.tokens();
  const TokenRange name = body_.without_brackets(range);
  const ColumnFact *id = mapping.users->column(mapping.id_column);
  if (body_.chain(name.begin) != name.end || tokens[name.end - 1].text != id->name || id->name != "id") return false;
  edit = {{name.end - 1, name.end}, mapping.users->column(mapping.auth_column)->quoted};
  return true;
}

bool IdentityFixer::find_edit(const BodyMismatch &wrong, Edit &edit) {
  if (wrong.column.empty() && (replace_key(wrong.left_range, wrong.left, wrong.right, edit) || replace_key(wrong.right_range, wrong.right, wrong.left, edit))) return true;
  return replace_session_value(wrong, true, edit) || (wrong.column.empty() && replace_session_value(wrong, false, edit));
}

IdentityFix IdentityFixer::correct(std::span<const BodyMismatch> wrong, TokenRange part) {
  const Facts &facts = domains_.facts();
  auto &edits = facts.arena.make<Vector<Edit>>(facts.arena);
  before_ = {};
  for (const BodyMismatch &one : wrong) {
    Edit edit;
    if (!find_edit(one, edit) || edit.range.begin < part.begin || edit.range.end > part.end) return {};
    edits.push_back(edit);
  }
  std::ranges::stable_sort(edits, {}, [](const Edit &edit) { return edit.range.begin; });
  if (edits.empty()) return {};
  Bytes &done = facts.arena.make<Bytes>(facts.arena);
  const std::string_view all = body_.text();
  const auto tokens = body_.tokens();
  std::size_t at = tokens[part.begin].begin;
  for (const Edit &edit : edits) {
    const std::size_t from = tokens[edit.range.begin].begin;
    if (from < at) return {};
    done.raw(all.substr(at, from - at)).raw(edit.text);
    at = tokens[edit.range.end - 1].end;
  }
  done.raw(all.substr(at, tokens[part.end - 1].end - at));
  return {done.view(), before_};
}

}  // namespace proapp::core
