#include "pg/boundary.hpp"

#include "core/diff.hpp"
#include "core/plan.hpp"
#include "drift/comparison.hpp"
#include "drift/pick.hpp"
#include "drift/statement.hpp"
#include "drift/trial.hpp"

#include <algorithm>

extern "C" {
#include <access/xact.h>
#include <utils/guc.h>
#include <utils/snapmgr.h>
}

namespace proapp::drift {

namespace {

constexpr int most_rounds = 12;

// What failed last, of an object.
struct Failed {
  std::string_view identity, why;
};

class Rounds {
 public:
  Rounds(pg::ContextArena &arena, const Baseline &baseline, const Allowed &allowed)
      : arena_(arena), baseline_(baseline), allowed_(allowed), carried_(arena), stubborn_(arena), failed_(arena), steps_(arena) {}

  void run() {
    core::Digest before{};
    int in_vain = 0;
    for (int round = 0; round < most_rounds; ++round) {
      const Differing found = look();
      const core::Digest now = likeness(found);
      in_vain = now == before ? in_vain + 1 : 0;
      if (found.none() || in_vain == 2 || (in_vain == 1 && stubborn_.empty())) break;  // nothing to do, or nothing that helps
      before = now;
      if (!once(found)) break;
    }
    conclude(look());
  }

  std::span<const Trial::Step> steps() const { return steps_.span(); }
  bool proven() const { return proven_; }

 private:
  // The comparison as of now, with what was dropped on the way and is not the baseline's business.
  Differing look() {
    CommandCounterIncrement();
    PushActiveSnapshot(GetLatestSnapshot());
    Differing found = differing(arena_, baseline_);
    if (!carried_.empty()) found = with_carried(found);
    PopActiveSnapshot();
    return found;
  }

  Differing with_carried(const Differing &found) {
    auto &keys = arena_.make<core::Vector<Key>>(arena_);
    for (const core::Object &object : carried_) keys.push_back({object.kind, object.identity});
    std::sort(keys.begin(), keys.end());
    const std::span<core::Object> there = pick(arena_, keys.span());
    auto &expected = arena_.make<core::Vector<core::Object>>(arena_);
    auto &actual = arena_.make<core::Vector<core::Object>>(arena_);
    expected.assign(found.expected.begin(), found.expected.end());
    actual.assign(found.actual.begin(), found.actual.end());
    for (const core::Object &object : carried_) {
      const auto other = std::lower_bound(there.begin(), there.end(), object, core::before);
      const bool is_there = other != there.end() && !core::before(object, *other);
      const core::Object wanted = is_there ? as_written(object, *other) : object;
      if (is_there && core::same(wanted.definition(), other->definition())) continue;
      expected.push_back(wanted);
      if (is_there) actual.push_back(*other);
    }
    std::sort(expected.begin(), expected.end(), core::before);
    std::sort(actual.begin(), actual.end(), core::before);
    return {expected.span(), actual.span()};
  }

  // What was carried was read before: where it reads the same today, and in columns of views, it means what it means today, with the types of today.
  core::Object as_written(const core::Object &carried, const core::Object &actual) {
    auto &attributes = arena_.make<core::Vector<core::Member>>(arena_);
    const bool of_view = carried.kind == "column" && carried.find("storage") == nullptr;
    for (const core::Member &attribute : carried.attributes) {
      const core::Value *today = actual.find(attribute.name), *sql = attribute.value.find("sql");
      const core::Value *sql_today = today == nullptr ? nullptr : today->find("sql");
      const bool reads_the_same = sql != nullptr && sql_today != nullptr && sql->text() == sql_today->text();
      const bool follows = of_view && (attribute.name == "type" || attribute.name == "collation");
      attributes.push_back({attribute.name, today != nullptr && (reads_the_same || follows) ? *today : attribute.value});
    }
    core::Object object = carried;
    object.attributes = attributes.span();
    return object;
  }

  // The same where the same differs.
  core::Digest likeness(const Differing &found) {
    core::Bytes scratch(arena_), all(arena_);
    for (const auto side : {found.expected, found.actual})
      for (const core::Object &object : side) {
        const core::Digest digest = core::digest(object, scratch).digest;
        all.raw({reinterpret_cast<const char *>(digest.bytes.data()), digest.bytes.size()});
      }
    return core::sha256(all.view());
  }

  // One round. Did one statement go through?
  bool once(const Differing &found) {
    std::sort(stubborn_.begin(), stubborn_.end());
    auto &plan = arena_.make<core::Plan>(arena_, found.expected, found.actual, stubborn_.span());
    const std::span<const Key> keys = find_dependents(arena_, plan.uprooted());
    PushActiveSnapshot(GetLatestSnapshot());
    const std::span<const core::Object> in_the_way = pick(arena_, keys);
    PopActiveSnapshot();
    carry(found, in_the_way);
    given_up_ = plan.steps(in_the_way);
    const std::size_t done = steps_.size();
    execute(given_up_);
    return steps_.size() > done || !stubborn_.empty();
  }

  // What neither side lists is not in the baseline's selection, or is as it should be. The first must be brought back by us.
  void carry(const Differing &found, std::span<const core::Object> objects) {
    for (const core::Object &object : objects) {
      const auto entry =
          std::lower_bound(baseline_.entries.begin(), baseline_.entries.end(), object, [](const Entry &e, const core::Object &o) { return core::before(e.object, o); });
      const bool of_baseline = entry != baseline_.entries.end() && !core::before(object, entry->object);
      const bool unexpected = std::binary_search(found.actual.begin(), found.actual.end(), object, core::before);
      if (of_baseline || unexpected) continue;
      const auto same = [&](const core::Object &other) { return !core::before(other, object) && !core::before(object, other); };
      if (std::none_of(carried_.begin(), carried_.end(), same)) carried_.push_back(object);
    }
  }

  // Group by group, each again and again as long as one more goes through; what failed in one is tried again with the next.
  void execute(std::span<const core::Step> steps) {
    auto &open = arena_.make<core::Vector<const core::Step *>>(arena_);
    for (std::size_t i = 0; i < steps.size(); ++i) {
      if (!steps[i].statement.empty()) open.push_back(&steps[i]);
      const bool last_of_group = i + 1 == steps.size() || steps[i + 1].phase / 100 != steps[i].phase / 100;
      while (last_of_group && try_each(open)) {
      }
    }
    stubborn_.clear();
    for (const core::Step *step : open) stubborn_.push_back(step->identity);
  }

  // Leaves those that failed. Did one go through, so that another look at them is worth it?
  bool try_each(core::Vector<const core::Step *> &open) {
    failed_.clear();
    std::size_t left = 0;
    for (const core::Step *step : open) {
      CHECK_FOR_INTERRUPTS();
      const Outcome outcome = run_step(arena_, *step);
      if (outcome.error.empty()) {
        went_through(*step, outcome);
      } else {
        failed_.push_back({step->identity, outcome.error});
        open[left++] = step;
      }
    }
    const bool progress = left < open.size();
    open.resize(left);
    return progress && left > 0;
  }

  void went_through(const core::Step &step, const Outcome &outcome) {
    const bool row_loss = outcome.row_loss && !allowed_.row_loss, rewrite = outcome.rewrite && !allowed_.rewrite;
    core::Bytes reason(arena_);
    if (row_loss) reason.raw("rows would be lost: allow row_loss");
    if (rewrite) reason.raw(row_loss ? ", rewrite" : "the table would be rewritten: allow rewrite");
    steps_.push_back({step.statement, outcome.hazards, reason.view(), row_loss || rewrite});
  }

  std::string_view why(const core::Difference &difference) {
    for (const core::Step &step : given_up_)
      if (step.statement.empty() && step.identity == difference.identity) return step.reason;
    for (const Failed &failed : failed_)
      if (failed.identity == difference.identity) return failed.why;
    return "its statements changed nothing";
  }

  // What is left, each with its reason. Proven where no digest covers that.
  void conclude(const Differing &found) {
    proven_ = true;
    for (const core::Difference &difference : core::diff(arena_, found.expected, found.actual, pg::watch)) {
      const bool aside = difference.change == core::Change::changed && core::is_aside(difference.kind, difference.attribute);
      proven_ &= aside;
      core::Bytes reason(arena_);
      reason.raw(difference.kind).raw(' ').raw(difference.identity).raw(": ").raw(core::name(difference.change));
      if (!difference.attribute.empty()) reason.raw(' ').raw(difference.attribute);
      reason.raw(difference.attribute == "column_order" ? "; only a new table has another order, and no digest covers it" : "; ");
      if (difference.attribute != "column_order") reason.raw(why(difference));
      steps_.push_back({{}, {}, reason.view(), false});
    }
  }

  pg::ContextArena &arena_;
  const Baseline &baseline_;
  const Allowed &allowed_;
  core::Vector<core::Object> carried_;
  core::Vector<std::string_view> stubborn_;
  core::Vector<Failed> failed_;
  core::Vector<Trial::Step> steps_;
  std::span<const core::Step> given_up_;
  bool proven_ = false;
};

// As pg_restore sets them: names are all qualified, bodies may refer to what comes later, and new tables go where their statements say.
int pin_settings() {
  const int level = NewGUCNestLevel();
  const auto pin = [](const char *setting, const char *value) { set_config_option(setting, value, PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false); };
  pin("search_path", "pg_catalog, pg_temp");
  pin("check_function_bodies", "off");
  pin("default_tablespace", "");
  pin("default_table_access_method", "heap");
  pin("client_min_messages", "error");
  return level;
}

}  // namespace

Trial try_repair(pg::ContextArena &arena, const Baseline &baseline, const Allowed &allowed) {
  auto &rounds = arena.make<Rounds>(arena, baseline, allowed);
  Trial trial{};
  const int settings = pin_settings();
  rounds.run();
  AtEOXact_GUC(true, settings);
  trial.steps = rounds.steps();
  trial.proven = rounds.proven();
  trial.forbidden = std::any_of(trial.steps.begin(), trial.steps.end(), [](const Trial::Step &step) { return step.forbidden; });
  return trial;
}

}  // namespace proapp::drift
