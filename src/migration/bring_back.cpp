#include "migration/bring_back.hpp"

#include "pg/boundary.hpp"

#include "migration/archive.hpp"
#include "migration/by_hand.hpp"
#include "migration/values.hpp"
#include "pg/attempt.hpp"
#include "pg/session.hpp"
#include "pg/spi.hpp"

extern "C" {
#include <catalog/namespace.h>
#include <utils/regproc.h>
}

namespace proapp::migration {

namespace {

struct Archived {
  int32 item;
  const char *kind, *relation, *column, *archived_as, *details;
};

// A table that rows come into.
struct Target {
  Oid id;
  const char *name;
  List *triggers;  // statements that put them back as they were
};

// The rows of a query of one text column.
List *texts(const char *sql, std::initializer_list<pg::Argument> arguments) {
  List *all = NIL;
  const uint64 count = pg::spi_run(sql, arguments);
  for (uint64 i = 0; i < count; ++i) all = lappend(all, pg::c_string(pg::spi_text(i, 1)));
  return all;
}

void run_all(const List *statements) {
  const ListCell *cell;
  foreach (cell, statements) pg::spi_run(static_cast<const char *>(lfirst(cell)));
}

const char *only_text(const char *sql, std::initializer_list<pg::Argument> arguments) {
  const uint64 count = pg::spi_run(sql, arguments);
  return count == 0 ? nullptr : text_of(0, 1);
}

Oid find(const char *name) {
  const List *names = stringToQualifiedNameList(name);
  return RangeVarGetRelid(makeRangeVarFromNameList(const_cast<List *>(names)), NoLock, true);
}

// What both have and the new one does not compute: names in the new one, and what gives their values in the archive's.
constexpr char columns_of_both[] =
    "select string_agg(format('%I', n.attname), ', ' order by n.attnum) as names,"
    " string_agg(case when n.atttypid = o.atttypid and n.atttypmod = o.atttypmod then format('a.%I', o.attname) else format('a.%I::pg_catalog.text::%s', o.attname, "
    "format_type(n.atttypid, n.atttypmod)) end,"
    "  ', ' order by n.attnum) as given, string_agg(format('%1$I = excluded.%1$I', n.attname), ', ' order by n.attnum) filter (where n.attidentity <> 'a') as set"
    " from pg_catalog.pg_attribute n join pg_catalog.pg_attribute o on o.attrelid = $2 and o.attname = n.attname and o.attnum > 0 and not o.attisdropped"
    " where n.attrelid = $1 and n.attnum > 0 and not n.attisdropped and n.attgenerated = ''";

}  // namespace

class Return {
 public:
  explicit Return(const Script &script) : script_(script) {}

  void bring_rows() {
    const List *items = items_ = read();
    if (items == NIL) return;
    open_archive();
    pg::spi_run("set constraints all immediate");  // what the script has left open
    const ListCell *cell;
    foreach (cell, items) prepare(*static_cast<const Archived *>(lfirst(cell)));
    foreach (cell, items) empty(*static_cast<const Archived *>(lfirst(cell)));
    foreach (cell, items) make_partition(*static_cast<const Archived *>(lfirst(cell)));
    foreach (cell, prepared_) defer_keys(lfirst_oid(cell));
    run_all(defer_);
    pg::spi_run("set constraints all deferred");
    foreach (cell, items) bring(*static_cast<Archived *>(lfirst(cell)));
    CommandCounterIncrement();
    pg::spi_run("set constraints all immediate");
    run_all(rejoin_);
    run_all(restore_);
    close_archive();
  }

  const List *by_hand() const { return by_hand_; }

  void make_by_hand(const char *checksum) {
    if (items_ == NIL) return;
    open_archive();
    const ListCell *cell;
    foreach (cell, items_) make_by_hand(*static_cast<const Archived *>(lfirst(cell)), checksum);
    foreach (cell, items_) clear(*static_cast<const Archived *>(lfirst(cell)));
    close_archive();
  }

  void forget_changed() {
    const List *items = read();
    if (items == NIL) return;
    open_archive();
    const ListCell *cell;
    foreach (cell, items) forget_changed(*static_cast<const Archived *>(lfirst(cell)));
    run_all(restore_);
    close_archive();
  }

 private:
  bool is(const Archived &item, const char *kind) const { return strcmp(item.kind, kind) == 0; }

  // Tables before rows and columns of tables that stay, sequences and types at the end.
  List *read() {
    if (!OidIsValid(state::find(archived_items))) return NIL;
    const uint64 count = state::run(
        "select item, kind, relation, column_name, archived_as, details::text from proapp_data.archived_items where app = $1 and version = $2"
        " order by array_position('{table,partition,rows,counter,column,column type,sequence,type}', kind), item",
        {script_.app, script_.version});
    List *items = NIL;
    for (uint64 i = 0; i < count; ++i) {
      auto *item = static_cast<Archived *>(palloc0(sizeof(Archived)));
      *item = {DatumGetInt32(*pg::spi_datum(i, 1)), text_of(i, 2), text_of(i, 3), text_of(i, 4), text_of(i, 5), text_of(i, 6)};
      items = lappend(items, item);
    }
    return items;
  }

  bool takes_rows(const Archived &item) const { return is(item, "table") || is(item, "rows") || is(item, "column") || is(item, "column type"); }

  // Triggers of the application are off meanwhile, policies do not hold for us, and foreign keys wait until all rows are there.
  void prepare(const Archived &item) {
    const Oid table = takes_rows(item) ? find(item.relation) : InvalidOid;
    if (!OidIsValid(table) || list_member_oid(prepared_, table)) return;
    prepared_ = lappend_oid(prepared_, table);
    pg::spi_run(psprintf("lock table %s in access exclusive mode", item.relation));
    restore_ = list_concat(
        restore_,
        texts("select format('alter table %s %s trigger %I', tgrelid::pg_catalog.regclass, case tgenabled when 'O' then 'enable' when 'A' then 'enable always' else 'enable "
              "replica' end, tgname)"
              " from pg_catalog.pg_trigger where tgrelid in (select $1 union select relid from pg_catalog.pg_partition_tree($1)) and not tgisinternal and tgenabled <> 'D'"
              " order by tgparentid",
              {oid(table)}));
    restore_ = list_concat(
        restore_,
        texts("select format('alter table %s force row level security', oid::pg_catalog.regclass) from pg_catalog.pg_class where oid = $1 and relforcerowsecurity", {oid(table)}));
    pg::spi_run(psprintf("alter table %s disable trigger user", item.relation));
    pg::spi_run(psprintf("alter table %s no force row level security", item.relation));
  }

  // The rows that the script put into a table of its own give way. Foreign keys would take others along, or forbid it: they are let go until all is back.
  void empty(const Archived &item) {
    const Oid table = is(item, "table") ? find(item.relation) : InvalidOid;
    if (!OidIsValid(table)) return;
    constexpr char keys[] =
        "select format('alter table %1$s add constraint %2$I %3$s', conrelid::pg_catalog.regclass, conname, pg_get_constraintdef(oid)) ||"
        " coalesce(format('; comment on constraint %2$I on %1$s is %3$L', conrelid::pg_catalog.regclass, conname, obj_description(oid, 'pg_constraint')), '')"
        " from pg_catalog.pg_constraint where contype = 'f' and conparentid = 0 and confrelid in (select $1 union select relid from pg_catalog.pg_partition_tree($1))";
    rejoin_ = list_concat(rejoin_, texts(keys, {oid(table)}));
    run_all(
        texts("select format('alter table %s drop constraint %I', conrelid::pg_catalog.regclass, conname) from pg_catalog.pg_constraint"
              " where contype = 'f' and conparentid = 0 and confrelid in (select $1 union select relid from pg_catalog.pg_partition_tree($1))",
              {oid(table)}));
    pg::spi_run(psprintf("delete from %s", item.relation));
  }

  void defer_keys(Oid table) {
    constexpr char keys[] =
        "select format('alter table %s alter constraint %I %s', conrelid::pg_catalog.regclass, conname, case when $2 then 'deferrable initially deferred'"
        " when not condeferrable then 'not deferrable' when condeferred then 'deferrable initially deferred' else 'deferrable initially immediate' end)"
        " from pg_catalog.pg_constraint where contype = 'f' and conparentid = 0 and conrelid = $1";
    restore_ = list_concat(restore_, texts(keys, {oid(table), false}));
    defer_ = list_concat(defer_, texts(keys, {oid(table), true}));
  }

  void bring(Archived &item) {
    if (is(item, "type") || is(item, "partition")) return;
    const Oid target = find(item.relation);
    if (!OidIsValid(target)) return stay(item, "there is no such table any more");
    if (is(item, "table") || is(item, "rows"))
      bring_rows(item, target);
    else if (is(item, "column") || is(item, "column type"))
      bring_values(item, target);
    else if (is(item, "sequence"))
      pg::spi_run(psprintf("select pg_catalog.setval(%s, last_value, is_called) from %s", quote_literal_cstr(item.relation), item.archived_as));
    else
      bring_counter(item);
  }

  // The month that a job had made, and other partitions that the script does not make. Where another takes their rows there is no need for them.
  void make_partition(const Archived &item) {
    if (!is(item, "partition") || item.details == nullptr || OidIsValid(find(item.relation))) return;
    const char *statement = only_text(
        "select format('create table %s partition of %s %s', $1, p.parent, p.bound) || coalesce(' partition by ' || p.key, '')"
        " from pg_catalog.jsonb_to_record($2::pg_catalog.jsonb) p (parent text, bound text, key text)",
        {item.relation, item.details});
    const ErrorData *error = pg::attempt([statement] { pg::outside_of_extension([statement] { pg::spi_run(statement); }); });
    if (error == nullptr) by_hand_ = lappend(by_hand_, const_cast<char *>(item.relation));
  }

  // When rows and rights are back; an own sequence of a column that somebody had added is made only then.
  void make_by_hand(const Archived &item, const char *checksum) {
    if (is(item, "column") && item.details != nullptr) return restore_statements(item.details);
    if (item.details == nullptr || !(is(item, "table") || is(item, "partition")) || !OidIsValid(find(item.relation))) return;
    restore_definition(script_, checksum, item.relation, item.details);
    const ListCell *cell;
    foreach (cell, items_) {
      const auto &other = *static_cast<const Archived *>(lfirst(cell));
      if (is(other, "counter") && strcmp(other.relation, item.relation) == 0) set_counter(other);
    }
  }

  void set_counter(const Archived &item) {
    pg::spi_run(
        "select pg_catalog.setval(pg_catalog.pg_get_serial_sequence($1, $2), ($3::pg_catalog.jsonb ->> 'last')::pg_catalog.int8, ($3::pg_catalog.jsonb ->> "
        "'called')::pg_catalog.bool) where exists (select from pg_catalog.pg_attribute where attrelid = $1::pg_catalog.regclass and attname = $2)",
        {item.relation, item.column, item.details});
  }

  // Before the values of its column, where that was dropped alone: then rows that came meanwhile get new numbers, and no old one is in the way of another.
  void bring_counter(const Archived &item) {
    set_counter(item);
    const ListCell *cell;
    foreach (cell, items_) {
      const auto &other = *static_cast<const Archived *>(lfirst(cell));
      if (!is(other, "column") || strcmp(other.relation, item.relation) != 0 || strcmp(other.column, item.column) != 0) continue;
      const char *sequence = only_text("select pg_catalog.pg_get_serial_sequence($1, $2)", {item.relation, item.column});
      pg::spi_run(psprintf("update %s set %s = pg_catalog.nextval(%s)", item.relation, quote_identifier(item.column), quote_literal_cstr(sequence)));
    }
  }

  // It says what the archive still holds.
  void stay(Archived &item, const char *why) {
    stays_ = lappend_int(stays_, item.item);
    ereport(WARNING, (errmsg("what was set aside of %s stays in the archive", item.relation),
                      errdetail_internal("It is %s: %s.", item.archived_as != nullptr ? item.archived_as : item.details, why), errhint("select * from proapp.archived")));
  }

  // Columns that somebody had added, without what they depended on.
  void add_missing_columns(Oid target, Oid archived) {
    constexpr char missing[] =
        " from pg_catalog.pg_attribute o join pg_catalog.pg_type t on t.oid = o.atttypid where o.attrelid = $2 and o.attnum > 0 and not o.attisdropped"
        " and not exists (select from pg_catalog.pg_attribute n where n.attrelid = $1 and n.attname = o.attname and not n.attisdropped)";
    restore_ =
        list_concat(restore_, texts(psprintf("select format('alter table %%s alter column %%I set not null', $1::pg_catalog.regclass, o.attname)%s and o.attnotnull", missing),
                                    {oid(target), oid(archived)}));
    by_hand_ = list_concat(by_hand_, texts(psprintf("select format('%%s.%%I', $1::pg_catalog.regclass, o.attname)%s", missing), {oid(target), oid(archived)}));
    run_all(texts(psprintf("select format('alter table %%s add column %%I %%s%%s', $1::pg_catalog.regclass, o.attname, format_type(o.atttypid, o.atttypmod), case when "
                           "o.attcollation <> t.typcollation then"
                           " ' collate ' || o.attcollation::pg_catalog.regcollation end)%s order by o.attnum",
                           missing),
                  {oid(target), oid(archived)}));
  }

  const char *key_of(Oid table, const char *format, const char *separator) {
    return only_text(
        "select string_agg(format($2, a.attname), $3 order by k.n) from pg_catalog.pg_index i, pg_catalog.unnest(i.indkey) with ordinality k (attnum, n), pg_catalog.pg_attribute a"
        " where i.indrelid = $1 and i.indisprimary and a.attrelid = $1 and a.attnum = k.attnum and k.n <= i.indnkeyatts",
        {oid(table), format, separator});
  }

  // Into a table of the script's own all rows that were there; those of a table that stays become what they were.
  void bring_rows(const Archived &item, Oid target) {
    const Oid archived = find(item.archived_as);
    const bool whole = is(item, "table");
    if (whole) add_missing_columns(target, archived);
    CommandCounterIncrement();
    const char *key = whole ? nullptr : key_of(target, "%I", ", ");
    pg::spi_run(columns_of_both, {oid(target), oid(archived)});
    const char *names = text_of(0, 1), *given = text_of(0, 2), *set = text_of(0, 3);
    const char *conflict = key == nullptr ? "" : set == nullptr ? psprintf(" on conflict (%s) do nothing", key) : psprintf(" on conflict (%s) do update set %s", key, set);
    const uint64 rows = names == nullptr
                            ? pg::spi_run(psprintf("insert into %s select from %s", item.relation, item.archived_as))
                            : pg::spi_run(psprintf("insert into %s (%s) overriding system value select %s from %s a%s", item.relation, names, given, item.archived_as, conflict));
    const uint64 kept = count(item.archived_as);
    if (whole && rows != kept)
      ereport(ERROR, (errcode(ERRCODE_TRIGGERED_DATA_CHANGE_VIOLATION), errmsg("not all rows of %s could be brought back", item.relation),
                      errdetail(UINT64_FORMAT " rows were set aside, and " UINT64_FORMAT " came back.", kept, rows)));
  }

  static uint64 count(const char *relation) {
    pg::spi_run(psprintf("select count(*) from %s", relation));
    return static_cast<uint64>(DatumGetInt64(*pg::spi_datum(0, 1)));
  }

  // By key; rows that came since keep what they have, and values whose rows are gone stay.
  void bring_values(Archived &item, Oid target) {
    const AttrNumber column = get_attnum(target, item.column);
    if (column == InvalidAttrNumber) return stay(item, "there is no such column any more");
    const char *type =
        only_text("select format_type(atttypid, atttypmod) from pg_catalog.pg_attribute where attrelid = $1 and attnum = $2", {oid(target), static_cast<int32>(column)});
    const char *same = key_of(target, "a.%1$I::pg_catalog.text = t.%1$I::pg_catalog.text", " and "), *quoted = quote_identifier(item.column);
    if (same == nullptr) return stay(item, "the table has no primary key any more");
    pg::spi_run(psprintf("update %s t set %s = a.\"value\"::pg_catalog.text::%s from %s a where %s", item.relation, quoted, type, item.archived_as, same));
    pg::spi_run(psprintf("delete from %s a where exists (select from %s t where %s)", item.archived_as, item.relation, same));
    if (const uint64 left = count(item.archived_as); left > 0) stay(item, psprintf(UINT64_FORMAT " rows that had values are gone", left));
  }

  void forget_changed(const Archived &item) {
    const Oid target = is(item, "column type") ? find(item.relation) : InvalidOid;
    if (!OidIsValid(target) || get_attnum(target, item.column) == InvalidAttrNumber) return;
    const char *same = key_of(target, "a.%1$I::pg_catalog.text = t.%1$I::pg_catalog.text", " and ");
    if (same == nullptr) return;
    prepare(item);
    pg::spi_run(psprintf("delete from %s a using %s t where %s and a.\"became\"::pg_catalog.text is distinct from t.%s::pg_catalog.text", item.archived_as, item.relation, same,
                         quote_identifier(item.column)));
  }

  void clear(const Archived &item) {
    if (list_member_int(stays_, item.item)) return;
    if (is(item, "type"))
      pg::spi_run(psprintf("drop type %s", item.archived_as));
    else if (is(item, "sequence"))
      pg::spi_run(psprintf("drop sequence %s", item.archived_as));
    else if (item.archived_as != nullptr && !is(item, "partition"))
      pg::spi_run(psprintf("drop table %s", item.archived_as));
    state::run("delete from proapp_data.archived_items where item = $1", {item.item});
  }

  const Script &script_;
  List *items_ = NIL, *prepared_ = NIL, *defer_ = NIL, *rejoin_ = NIL, *restore_ = NIL, *stays_ = NIL, *by_hand_ = NIL;
};
static_assert(std::is_trivially_destructible_v<Return>);

// Neither the caller's search_path nor how values are printed has a say.
Return *bring_back(const Script &script) {
  const int pin = pg::pin_texts();
  auto *back = new (palloc(sizeof(Return))) Return(script);
  back->bring_rows();
  pg::unpin_search_path(pin);
  return back;
}

const List *by_hand(const Return &back) { return back.by_hand(); }

void make_by_hand(Return &back, const char *checksum) {
  const int pin = pg::pin_texts();
  back.make_by_hand(checksum);
  pg::unpin_search_path(pin);
}

void forget_changed(const Script &script) {
  const int pin = pg::pin_texts();
  Return(script).forget_changed();
  pg::unpin_search_path(pin);
}

}  // namespace proapp::migration
