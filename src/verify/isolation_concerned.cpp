// Which functions may have to do with a table.
#include "verify/isolation_report.hpp"

#include <string_view>

namespace proapp::verify {

static constexpr char functions[] = R"(
select p.oid, n.nspname, p.proname, format('%I.%I', n.nspname, p.proname), p.oid::regprocedure, lower(p.proname), lower(coalesce(pg_get_function_sqlbody(p.oid), p.prosrc)), coalesce(e.extname, ''),
       p.prosecdef
  from pg_proc p join pg_namespace n on n.oid = p.pronamespace join pg_language l on l.oid = p.prolang
  left join pg_depend d on d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e' left join pg_extension e on e.oid = d.refobjid
 where p.prokind = 'f' and l.lanname not in ('c', 'internal') and n.nspname !~ '^pg_' and n.nspname not in ('information_schema', 'proapp', 'proapp_data', 'proapp_archive')
   and p.prorettype not in ('trigger'::regtype, 'event_trigger'::regtype, 'internal'::regtype)
 order by 5)";

List *read_functions() {
  const Answer answer = ask(functions);
  List *all = NIL;
  for (int64 i = 0; i < answer.count; ++i) {
    auto *function = static_cast<Function *>(palloc0(sizeof(Function)));
    *function = {answer.at(i, 0), answer.at(i, 1), answer.at(i, 2), answer.at(i, 3), answer.at(i, 4), answer.at(i, 5), answer.at(i, 6), answer.at(i, 7), answer.is(i, 8), false};
    all = lappend(all, function);
  }
  return all;
}

static bool goes_on(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '$'; }

// As a word, so that "note" is not found in "notes".
static bool mentions(std::string_view body, std::string_view name) {
  for (size_t at = body.find(name); at != std::string_view::npos; at = body.find(name, at + 1)) {
    const size_t end = at + name.size();
    if ((at == 0 || !goes_on(body[at - 1])) && (end == body.size() || !goes_on(body[end]))) return true;
  }
  return false;
}

// The table, and the views over it.
static constexpr char subjects[] = R"(
with recursive subject (oid) as (
  select %u::oid
  union select r.ev_class from subject s join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.refclassid = 'pg_class'::regclass and d.refobjid = s.oid join pg_rewrite r on r.oid = d.objid)
select lower(c.relname::text) from subject s join pg_class c on c.oid = s.oid)";

static bool is_concerned(const Function &function, const Answer &names, const List *through) {
  const std::string_view body = function.body;
  if (mentions(body, "execute")) return true;
  for (int64 i = 0; i < names.count; ++i)
    if (mentions(body, names.at(i, 0))) return true;
  const ListCell *cell;
  foreach (cell, through)
    if (mentions(body, static_cast<const Function *>(lfirst(cell))->mention)) return true;
  return false;
}

List *concerned_functions(const List *all, Oid table) {
  const Answer names = ask(psprintf(subjects, table));
  List *found = NIL;
  for (int before = -1; before != list_length(found);) {
    before = list_length(found);
    const ListCell *cell;
    foreach (cell, all)
      if (!list_member_ptr(found, lfirst(cell)) && is_concerned(*static_cast<const Function *>(lfirst(cell)), names, found)) found = lappend(found, lfirst(cell));
  }
  List *wanted = NIL;
  const ListCell *cell;
  foreach (cell, all)
    if (static_cast<const Function *>(lfirst(cell))->wanted && list_member_ptr(found, lfirst(cell))) wanted = lappend(wanted, lfirst(cell));
  return wanted;
}

}  // namespace proapp::verify
