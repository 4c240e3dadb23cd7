#include "pg/boundary.hpp"

#include "drift/attribution.hpp"
#include "drift/ddl_log.hpp"
#include "pg/attempt.hpp"

extern "C" {
#include <storage/lmgr.h>
#include <utils/array.h>
#include <utils/timestamp.h>
}

namespace proapp::drift {

struct Question {
  std::span<const core::Difference> differences;
  std::string_view baseline;
  Attribution *answers;
  MemoryContext context;  // of the answers
};

// The identity of the relation (or domain) that an object hangs on, where the object's own identity names it; else empty.
static std::string_view relation_of(const core::Difference &difference) {
  const std::string_view identity = difference.identity;
  const auto after = [&](std::string_view word) {
    const size_t at = identity.rfind(word);
    return at == std::string_view::npos ? std::string_view{} : identity.substr(at + word.size());
  };
  if (difference.kind == "publication member") return identity.substr(0, identity.rfind(" in publication "));
  if (difference.kind != "column")
    return pg::is_one_of(difference.kind, "constraint policy trigger rule") ? after(" on ") : difference.kind == "partition trigger" ? after(" on ") : "";
  // The last dot that stands in no quoted name.
  size_t dot = 0;
  bool quoted = false;
  for (size_t i = 0; i < identity.size(); ++i) {
    if (identity[i] == '"') quoted = !quoted;
    if (identity[i] == '.' && !quoted) dot = i;
  }
  return identity.substr(0, dot);
}

static pg::Argument text_array(std::span<const core::Difference> differences, std::string_view (*field)(const core::Difference &)) {
  return pg::text_array(differences.size(), [&](size_t i) { return field(differences[i]); });
}

static void read(void *argument) {
  const auto &question = *static_cast<const Question *>(argument);
  const Oid table = state::find(ddl_log);
  if (!OidIsValid(table)) return;
  if (!ConditionalLockRelationOid(table, AccessShareLock))
    ereport(ERROR, (errcode(ERRCODE_LOCK_NOT_AVAILABLE), errmsg_internal("table \"proapp_data.ddl_log\" is locked by another session")));
  pg::spi_begin();
  const uint64 count = state::run(
      // A comment is nobody's GRANT: commands that make the attribute come first, then those on the object itself, then the newest.
      "select d.n, case when l.acting_role = l.session_role then l.session_role else l.session_role || ' (as ' || l.acting_role || ')' end, l.logged_at"
      " from proapp_data.baselines b, unnest($2, $3, $4, $5) with ordinality as d (kind, identity, relation, attribute, n), lateral ("
      " select o.*, (o.command_tag = 'COMMENT') = (d.attribute = 'comment') and (o.command_tag in ('GRANT', 'REVOKE')) = (d.attribute = 'grants') as fits"
      "  from proapp_data.ddl_log o where o.identity in (d.identity, d.relation) and o.logged_at >= b.saved_at"
      // Of a dropped type the log only knows that it was one.
      "  and (o.identity = d.identity and (o.kind = d.kind or o.kind = 'type' and d.kind in ('enum', 'domain', 'composite type', 'range type', 'base type'))"
      "   or o.identity = d.relation and o.kind in ('table', 'view', 'materialized view', 'foreign table', 'domain', 'type'))"
      "  order by fits desc, o.identity = d.identity desc, o.logged_at desc limit 1) l where b.baseline = $1",
      {question.baseline, text_array(question.differences, [](const core::Difference &d) { return d.kind; }),
       text_array(question.differences, [](const core::Difference &d) { return d.identity; }), text_array(question.differences, relation_of),
       text_array(question.differences, [](const core::Difference &d) { return d.attribute; })},
      true);
  for (uint64 i = 0; i < count; ++i) {
    Attribution &answer = question.answers[DatumGetInt64(*pg::spi_datum(i, 1)) - 1];
    answer.changed_at = DatumGetTimestampTz(*pg::spi_datum(i, 3));
    answer.changed_by = MemoryContextStrdup(question.context, pg::c_string(pg::spi_text(i, 2)));
  }
  pg::spi_end();
}

std::span<const Attribution> attribute(pg::ContextArena &arena, std::span<const core::Difference> differences, std::string_view baseline) {
  if (differences.empty()) return {};
  auto &answers = arena.make<core::Vector<Attribution>>(arena);
  answers.resize(differences.size());
  Question question = {differences, baseline, answers.data(), arena.context()};
  pg::attempt_or_warn(read, &question, "drift() cannot say who changed what");
  return answers.span();
}

}  // namespace proapp::drift
