#include "core/identity_fix.hpp"

#include "core/ddl.hpp"

#include <algorithm>

namespace proapp::core {

static constexpr Oid uuid_type = 2950;

static std::string_view literal(const Facts &facts, std::string_view text) {
  Bytes &out = facts.arena.make<Bytes>(facts.arena);
  core::literal(text, out);
  return out.view();
}

static std::string_view mapping_name(const UserMapping &mapping) { return mapping.name.empty() ? mapping.users->name : mapping.name; }

std::string_view map_users_call(const Facts &facts, const UserMapping &mapping) {
  const std::string_view id = mapping.users->column(mapping.id_column)->name;
  return facts.text({"select * from proapp.map_users(", literal(facts, mapping_name(mapping)), ", ", literal(facts, mapping.users->identity), ", ",
                     literal(facts, mapping.users->column(mapping.auth_column)->name), id == "id" ? std::string_view{} : ", ", id == "id" ? std::string_view{} : literal(facts, id),
                     ")"});
}

std::string_view current_user_call(const Facts &facts, const UserMapping &mapping, bool as_text) {
  const bool is_uuid = mapping.users->column(mapping.id_column)->type == uuid_type;
  return facts.text({as_text || !is_uuid ? "proapp.current_user_key(" : "proapp.current_user_id(", literal(facts, mapping_name(mapping)), ")"});
}

bool IdentityFixer::gives_text(TokenRange call) const {
  const auto tokens = body_.tokens();
  const std::size_t end = body_.chain(call.begin);
  const FunctionFact *function = domains_.function(end >= call.begin + 3 ? tokens[end - 3].text : std::string_view{}, tokens[end - 1].text);
  return function != nullptr && function->result != uuid_type;
}

// auth.uid() where the id of a user of ours is meant, and the other way round.
bool IdentityFixer::replace_session_value(const BodyMismatch &wrong, TokenRange range, Domain meant, bool right, Edit &edit) {
  const auto tokens = body_.tokens();
  const Facts &facts = domains_.facts();
  const TokenRange call = reader_.call_in(range);
  const bool alone = body_.until(range, [](const SqlToken &t) { return t.is_word("from"); }) == range.end;
  const bool whole = call.empty() && std::ranges::any_of(tokens.subspan(range.begin, range.end - range.begin), [](const SqlToken &t) { return t.is("->>"); });
  if ((call.empty() && !whole) || !alone) return false;
  const TokenRange place = whole ? range : call;
  const bool as_text = whole ? !tokens[range.end - 1].is_word("uuid") : gives_text(call);
  std::string_view text;
  if (const UserMapping mapping = domains_.mapping(meant); mapping.users != nullptr) {
    text = current_user_call(facts, mapping, as_text);
    if (mapping.name.empty()) before_ = map_users_call(facts, mapping);
  } else if (meant.kind == Domain::Kind::auth) {
    text = domains_.has_auth_uid() && !as_text ? "auth.uid()" : "proapp.auth_id()";
  } else if (const MembershipFact *membership = domains_.membership(meant); membership != nullptr && right && tokens[wrong.at].is("=") && wrong.at + 1 == range.begin) {
    if (tokens[range.end - 1].is_word("text")) return false;
    edit = {range, facts.text({"any (proapp.current_organizations(", literal(facts, membership->name), "))"})};
    return true;
  } else {
    return false;
  }
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
  if (replace_session_value(wrong, wrong.right_range, wrong.left, true, edit)) return true;
  return wrong.column.empty() && replace_session_value(wrong, wrong.left_range, wrong.right, false, edit);
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
  std::string_view done;
  std::size_t at = part.begin;
  for (const Edit &edit : edits) {
    if (edit.range.begin < at) return {};
    const std::size_t from = at == part.begin ? body_.tokens()[at].begin : body_.tokens()[at - 1].end;
    done = facts.text({done, body_.text().substr(from, body_.tokens()[edit.range.begin].begin - from), edit.text});
    at = edit.range.end;
  }
  if (edits.empty()) return {};
  const std::size_t from = body_.tokens()[at - 1].end;
  return {facts.text({done, body_.text().substr(from, body_.tokens()[part.end - 1].end - from)}), before_};
}

}  // namespace proapp::core
