# drift() that answers at once where nothing has changed must never say so wrongly, whatever is tried to fool it.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init(allows_streaming => 1);
$node->append_conf('postgresql.conf', "max_prepared_transactions = 5\nautovacuum = off");
$node->start;
$node->safe_psql(
	'postgres', q{
  create database quick;
});
$node->safe_psql(
	'quick', q{
  create extension proapp_schema;
  create role quick_reader;
  create schema app;
  create table app.items (id integer primary key, owner_id uuid, note text);
  alter table app.items enable row level security;
  create policy own on app.items to quick_reader using (id > 0);
  grant select on app.items to quick_reader;
  select proapp.save_baseline('production');
});

my $watcher = $node->background_psql('quick', on_error_stop => 0);
# What this one backend says, as often as it takes to be quick; then the same without the quick check.
sub watched { return $watcher->query_safe(q{select count(*) from proapp.drift()}) }
sub settle { watched() for 1 .. 3; return }
sub other { return $node->safe_psql('quick', $_[0]) }

# seen DESCRIPTION, CHANGE, UNDO: a change of another session shows at the next call, and so does its end.
sub seen
{
	my ($what, $change, $undo) = @_;
	settle();
	is(watched(), '0', "before: $what");
	other($change);
	cmp_ok(watched(), '>', 0, "seen: $what");
	other($undo);
	is(watched(), '0', "gone: $what");
	return;
}

# It is quick at all: from the third call on no catalog is read.
my $scans = q{select seq_scan from pg_stat_xact_sys_tables where relname = 'pg_policy'};
# In one transaction: between two, the counters may be handed over and start again.
my $reads = qq{begin;
select set_config('test.before', coalesce(($scans)::text, '0'), false) \\g /dev/null
select count(*) from proapp.drift() \\g /dev/null
select coalesce(($scans), 0) - current_setting('test.before')::bigint;
commit};
settle();
is($watcher->query_safe($reads), '0', 'catalogs are not read again');
$watcher->query_safe('set proapp.quick_check = off');
is($watcher->query_safe($reads), '1', 'unless quick checks are off');
$watcher->query_safe('reset proapp.quick_check');

seen('row level security', 'alter table app.items disable row level security', 'alter table app.items enable row level security');
seen('a comment', q{comment on column app.items.note is 'x'}, 'comment on column app.items.note is null');
seen('a role renamed', 'alter role quick_reader rename to quick_other', 'alter role quick_other rename to quick_reader');
seen('a setting of the database', q{alter database quick set work_mem = '7MB'}, 'alter database quick reset work_mem');
seen('a grant on the database', 'grant create on database quick to quick_reader', 'revoke create on database quick from quick_reader');
seen('the catalog edited by hand', q{update pg_class set relrowsecurity = false where relname = 'items'}, q{update pg_class set relrowsecurity = true where relname = 'items'});
seen('a security label by hand',
	q{insert into pg_seclabel values ('app.items'::regclass, 'pg_class'::regclass, 0, 'test', 'secret')}, q{delete from pg_seclabel});
seen('the baseline edited by hand',
	q{update proapp_data.baseline_objects set digest = repeat('0', 64), definition = definition || '{"type": "integer"}' where identity = 'app.items.note'},
	q{update proapp_data.baseline_objects b set digest = m.digest, definition = m.definition from proapp.manifest('app.*') m where b.kind = m.kind and b.identity = m.identity});
seen('the baseline saved anew', q{select proapp.drop_baseline('production'); begin; alter table app.items add column more text; select proapp.save_baseline('production'); commit; alter table app.items drop column more},
	q{select proapp.drop_baseline('production'); select proapp.save_baseline('production')});

# What is no change stays none.
for my $maintenance ('vacuum', 'vacuum freeze', 'vacuum full', 'analyze', 'reindex database quick', 'checkpoint', 'begin; alter table app.items disable row level security; rollback')
{
	settle();
	other($_) for split /; (?!alter)/, $maintenance =~ /^begin/ ? '' : $maintenance;
	other('begin; alter table app.items disable row level security; rollback') if $maintenance =~ /^begin/;
	is(watched(), '0', "no drift after $maintenance");
	is(watched(), '0', "nor later");
}
seen('a change after all that', 'alter policy own on app.items using (true)', 'alter policy own on app.items using (id > 0)');

# A transaction that is in progress while the backend looks, and commits without touching a page again.
my $writer = $node->background_psql('quick');
settle();
$writer->query_safe('begin; alter policy own on app.items to public');
is(watched(), '0', 'not yet committed') for 1 .. 3;
$writer->query_safe('commit');
is(watched(), '1', 'committed meanwhile');
other('alter policy own on app.items to quick_reader');
settle();
other(q{begin; alter policy own on app.items to public; prepare transaction 'one'});
is(watched(), '0', 'prepared') for 1 .. 3;
other(q{commit prepared 'one'});
is(watched(), '1', 'the prepared transaction committed');
other('alter policy own on app.items to quick_reader');
settle();
other(q{begin; alter policy own on app.items to public; prepare transaction 'two'});
watched() for 1 .. 3;
other(q{rollback prepared 'two'});
is(watched(), '0', 'the prepared transaction rolled back');

# Changes of its own, and snapshots of its own.
settle();
is($watcher->query_safe(q{begin; comment on table app.items is 'x'; select count(*) from proapp.drift(); select count(*) from proapp.drift(); rollback; select count(*) from proapp.drift()}),
	"1\n1\n0", 'its own change, rolled back');
is($watcher->query_safe(q{begin; savepoint s; comment on table app.items is 'x'; select count(*) from proapp.drift(); rollback to s; select count(*) from proapp.drift(); commit}),
	"1\n0", 'in a savepoint');
$watcher->query_safe('begin isolation level repeatable read; select 1');
other(q{comment on table app.items is 'later'});
is($watcher->query_safe('select count(*) from proapp.drift()'), '0', 'a snapshot of before the change does not see it') for 1 .. 2;
is($watcher->query_safe('commit; select count(*) from proapp.drift()'), '1', 'the next one does');
other('comment on table app.items is null');
# The other way round: what a later snapshot found must not answer for an earlier one.
other(q{comment on table app.items is 'before'});
$watcher->query_safe('begin isolation level repeatable read; declare early cursor for select count(*) from proapp.drift()');
other('comment on table app.items is null');
is($watcher->query_safe('fetch early; commit'), '1', 'an early snapshot after a late change');
settle();
is(watched(), '0', 'and the late one');

# What it found is remembered, too, and never stale: whatever happens to it, the watcher says what a session says that has just begun.
my $rows = q{select coalesce(string_agg(concat_ws('|', severity, kind, identity, change, attribute, expected, actual, fix), E'\n' order by kind, identity, attribute), 'none') from proapp.drift()};
sub told { return $watcher->query_safe($rows) }

sub told_right
{
	my ($what) = @_;
	my $right = other($rows);
	is(told(), $right, "$what, call $_") for 1 .. 3;
	return $right;
}
other('alter table app.items disable row level security');
like(told_right('one difference'), qr/rls_enabled/, 'which is found');
is($watcher->query_safe($reads), '0', 'and found again without reading the catalogs');
$watcher->query_safe('set proapp.quick_check = off');
is($watcher->query_safe($reads), '1', 'unless quick checks are off');
$watcher->query_safe('reset proapp.quick_check');
settle();
other(q{comment on table app.items is 'one'});
like(told_right('another difference'), qr/comment.*\n.*rls_enabled/, 'beside the first');
other(q{comment on table app.items is 'two'});
like(told_right('changed further'), qr/\btwo\b/, 'with its new value');
other(q{begin; comment on table app.items is 'three'; rollback});
like(told_right('changed and rolled back'), qr/\btwo\b/, 'so that the value stays');
other($_) for 'vacuum', 'analyze';
told_right('after maintenance');
other('comment on table app.items is null');
unlike(told_right('one of two is fixed'), qr/comment/, 'and gone');
other('alter table app.items enable row level security');
is(told_right('all is fixed'), 'none', 'and gone');

# Errors and aborted transactions between the calls leave nothing behind.
other('alter table app.items disable row level security');
my $known = told_right('before errors');
for my $failing (q{select proapp.drift('no such baseline')}, 'select 1 / 0', 'select proapp.drift() union all select 1 / 0', q{begin; alter table app.items add column more text; select proapp.drift(); select 1 / 0; commit})
{
	$watcher->query("$failing;");
	$watcher->query('rollback');
	$watcher->{stderr} = '';
	is(told(), $known, "after an error in: $failing") for 1 .. 3;
}
is($watcher->query_safe("begin; savepoint s; alter table app.items force row level security; $rows; rollback to s; commit") eq $known, '', 'its own change shows');
is(told(), $known, 'and goes with its savepoint') for 1 .. 3;

# The snapshot counts: an older one must not be told what a later one found.
$watcher->query_safe('begin isolation level repeatable read; select 1');
other('alter table app.items enable row level security');
is(told(), $known, 'a snapshot of before the fix does not see it') for 1 .. 2;
$watcher->query_safe('commit');
is(told_right('the next snapshot'), 'none', 'sees it');

# Each baseline has differences of its own.
other(q{select proapp.save_baseline('second')});
other('alter table app.items disable row level security');
other(q{select proapp.save_baseline('third')});
for my $round (1 .. 3)
{
	is($watcher->query_safe("select count(*) from proapp.drift('$_')"), $_ eq 'third' ? '0' : '1', "baseline $_") for 'production', 'second', 'third', 'third', 'second', 'second';
}
other(q{select proapp.drop_baseline('second'), proapp.drop_baseline('third')});
other('alter table app.items enable row level security');

# The baseline's side moves: what was found is compared anew.
other('alter policy own on app.items to public');
my $before = told_right('a policy');
other(q{select proapp.drop_baseline('production'); select proapp.save_baseline('production')});
is(told_right('saved anew'), 'none', 'no difference any more');
other('alter policy own on app.items to quick_reader');
isnt(told_right('the other way round'), $before, 'expected and actual have changed places');
other(q{select proapp.drop_baseline('production'); select proapp.save_baseline('production')});
is(told_right('as it was'), 'none', 'no difference');

# Expressions are printed as the session likes them now.
other(q{alter table app.items add check (note <> date '2020-02-01'::text), add constraint dated check (date '2020-02-01' < now())});
told_right('dates');
$watcher->query_safe(q{set datestyle = 'German'});
like(told(), qr/01\.02\.2020/, 'a German date') for 1 .. 2;
$watcher->query_safe('reset datestyle');
unlike(told_right('and back'), qr/01\.02\.2020/, 'an ISO date');

# More than can be remembered is compared each time.
other(q{do $$ begin for i in 1..40 loop execute format('comment on schema app is %L', 'x'); execute format('create view app.v%s as select %L::text as long', i, repeat('x', 50000)); end loop; end $$});
told_right('much');
is($watcher->query_safe($reads), '1', 'and read anew');
other(q{do $$ begin for i in 1..40 loop execute format('drop view app.v%s', i); end loop; end $$; comment on schema app is null; alter table app.items drop constraint items_note_check, drop constraint dated});
is(told_right('the end'), 'none', 'no difference');

# A standby looks for itself.
$node->backup('base');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($node, 'base', has_streaming => 1);
$standby->start;
$node->wait_for_catchup($standby);
my $reader = $standby->background_psql('quick');
is($reader->query_safe('select count(*) from proapp.drift()'), '0', 'on the standby') for 1 .. 3;
other('alter table app.items disable row level security');
$node->wait_for_catchup($standby);
is($reader->query_safe('select count(*) from proapp.drift()'), '1', 'replayed, and seen');
other('alter table app.items enable row level security');
$node->wait_for_catchup($standby);
is($reader->query_safe('select count(*) from proapp.drift()'), '0', 'and gone');
$standby->promote;
is($reader->query_safe('select count(*) from proapp.drift()'), '0', 'promoted') for 1 .. 3;
$standby->safe_psql('quick', 'alter table app.items disable row level security');
is($reader->query_safe('select count(*) from proapp.drift()'), '1', 'a change after promotion');
$reader->quit;
$standby->stop;

# A crash ends the backend, and with it what it knew.
$writer->quit;
$watcher->quit;
other('alter table app.items disable row level security');
$node->stop('immediate');
$node->start;
is(other('select count(*) from proapp.drift()'), '1', 'after a crash');
$node->stop;
done_testing();
