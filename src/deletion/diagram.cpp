// deletion_diagram: the plan as a picture, in Mermaid's language.
#include "pg/boundary.hpp"

#include "pg/context_arena.hpp"
#include "pg/text.hpp"

#include "deletion/examination.hpp"

using namespace proapp;
using namespace proapp::deletion;

namespace {

class Diagram {
 public:
  explicit Diagram(const Examination &examination) : graph_(examination.graph), closure_(examination.closure), obstacles_(examination.obstacles), text_(makeStringInfo()) {}

  Datum draw() {
    appendStringInfoString(text_, "flowchart TD\n");
    drawn_ = static_cast<bool *>(palloc0(sizeof(bool) * graph_.tables.size()));
    for (uint32_t table = 0; table < graph_.tables.size(); ++table)
      if (closure_.going[table].count > 0) box(table);
    for (const Reference &reference : graph_.references)
      if (reference.follows && closure_.going[reference.from].count > 0 && closure_.going[reference.to].count > 0) arrow(reference, "-->", nullptr);
    for (const Update &update : obstacles_.updates) arrow(*update.reference, "-.->", psprintf("%s updated", rows(update.rows->count)));
    int blocker = 0;
    for (const Obstacle &obstacle : obstacles_.blocking) block(obstacle, blocker++);
    if (blocker > 0) appendStringInfoString(text_, "  classDef blocks stroke:#c00,stroke-width:2px\n");
    return pg::text_datum({text_->data, static_cast<size_t>(text_->len)});
  }

 private:
  static const char *rows(uint64 count) { return psprintf(UINT64_FORMAT " row%s", count, count == 1 ? "" : "s"); }

  // Inside of quotes everything is text but the quote itself and what could be a tag.
  void label(const char *text) {
    for (; *text != '\0'; ++text) {
      if (*text == '"' || *text == '<' || *text == '>' || *text == '#' || *text == '&')
        appendStringInfo(text_, "#%d;", *text);
      else
        appendStringInfoChar(text_, *text == '\n' ? ' ' : *text);
    }
  }

  void box(uint32_t table) {
    if (drawn_[table]) return;
    drawn_[table] = true;
    appendStringInfo(text_, "  t%u[\"", table);
    label(graph_.tables[table].name);
    if (closure_.going[table].count > 0) appendStringInfo(text_, "<br>%s deleted", rows(closure_.going[table].count));
    appendStringInfoString(text_, "\"]\n");
  }

  void arrow(const Reference &reference, const char *kind, const char *note) {
    box(reference.from);
    appendStringInfo(text_, "  t%u %s|\"", reference.to, kind);
    label(reference.name);
    if (note != nullptr) appendStringInfo(text_, "<br>%s", note);
    appendStringInfo(text_, "\"| t%u\n", reference.from);
  }

  void block(const Obstacle &obstacle, int number) {
    appendStringInfo(text_, "  b%d[\"", number);
    label(obstacle.relation);
    appendStringInfo(text_, "<br>%s\"]:::blocks -- \"", rows(obstacle.count));
    label(obstacle.message != nullptr ? obstacle.message : obstacle.via != nullptr ? obstacle.via : obstacle.detail);
    appendStringInfo(text_, "\" --x t%u\n", obstacle.table);
  }

  const Graph &graph_;
  const Closure &closure_;
  const Obstacles &obstacles_;
  StringInfo text_;
  bool *drawn_ = nullptr;
};

}  // namespace

PROAPP_FUNCTION(proapp_deletion_diagram) {
  const bool erase = !PG_ARGISNULL(2) && PG_GETARG_BOOL(2);
  auto &arena = *new (palloc(sizeof(pg::ContextArena))) pg::ContextArena("proapp deletion diagram");
  Examination &examination = examine(arena, read_plan_request(fcinfo, erase));
  const Datum text = Diagram(examination).draw();
  close(examination);
  return text;
}
