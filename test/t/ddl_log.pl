# The log of DDL: it comes along in dumps and disturbs no restore; locks, cancels and roles; what it costs nobody.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init(allows_streaming => 'logical');
$node->append_conf('postgresql.conf', 'max_locks_per_transaction = 256');
$node->start;
my $dumps = $node->basedir;

sub target
{
	my ($database) = @_;
	$node->safe_psql('postgres', "create database $database template template0");
	return $node->connstr($database);
}
sub log_of { return $node->safe_psql($_[0], 'select * from proapp.ddl_log order by logged_at, kind, identity') }

$node->safe_psql('postgres', 'create role ann login; create role eve login');
target('origin');
$node->safe_psql('origin', q{
	create extension proapp_schema;
	create schema shop;
	grant all on schema shop to ann;
	create table shop.t (id integer primary key);
	create table aaa (id integer);
	select proapp.save_baseline('right', 'shop.*', 'public.*');
});
$node->safe_psql('origin', 'create table shop.by_ann (id integer primary key)', extra_params => [ '-U', 'ann' ]);
$node->safe_psql('origin', 'alter table shop.t add column more text; drop table aaa; create view shop.v as select 1 as one');
is($node->safe_psql('origin', q{select changed_by from proapp.drift() where identity = 'shop.by_ann'}), 'ann', 'a role without any rights on the log is recorded');
isnt($node->psql('origin', 'select * from proapp_data.ddl_log', extra_params => [ '-U', 'ann' ]), 0, '... and cannot read it');
isnt($node->psql('origin', q{delete from proapp_data.ddl_log}, extra_params => [ '-U', 'ann' ]), 0, '... nor write it');
$node->psql('origin', q{set proapp.ddl_log = off; create table shop.hidden (id integer)}, extra_params => [ '-U', 'ann' ]);
is($node->safe_psql('origin', q{select changed_by from proapp.drift() where identity = 'shop.hidden'}), 'ann', '... nor switch it off, not even before the library is loaded');
isnt($node->psql('origin', q{select proapp.restoring(); load 'proapp_schema'; set proapp.ddl_log = off}, extra_params => [ '-U', 'ann' ]), 0, '... nor after');

# Dump and restore.
my $log   = log_of('origin');
my $drift = $node->safe_psql('origin', 'select * from proapp.drift()');
$node->command_ok([ 'pg_dump', '-f', "$dumps/plain.sql", $node->connstr('origin') ], 'pg_dump');
$node->command_ok([ 'pg_dump', '-Fc', '-f', "$dumps/custom", $node->connstr('origin') ], 'pg_dump -Fc');
$node->command_ok([ 'psql', '-Xq', '-v', 'ON_ERROR_STOP=1', '-f', "$dumps/plain.sql", target('plain') ], 'plain restore');
$node->command_ok([ 'pg_restore', '--exit-on-error', '-j2', '-d', target('jobs'), "$dumps/custom" ], 'pg_restore -j2');
for my $database ('plain', 'jobs')
{
	is(log_of($database), $log, "$database: the log as it was dumped");
	is($node->safe_psql($database, 'select * from proapp.drift()'), $drift, "$database: the same drift by the same people");
}
# A dump that is not recognised as one: more is recorded, nothing fails.
$node->command_ok([ 'pg_dump', '--enable-row-security', '-f', "$dumps/unseen.sql", $node->connstr('origin') ], 'pg_dump --enable-row-security');
$node->command_ok([ 'psql', '-Xq', '-v', 'ON_ERROR_STOP=1', '-f', "$dumps/unseen.sql", target('unseen') ], 'its restore succeeds');
$node->safe_psql('plain', 'drop extension proapp_schema; create table shop.unseen (id integer); create extension proapp_schema; create table shop.seen (id integer)');
is($node->safe_psql('plain', q{select string_agg(identity, ' ') from proapp.ddl_log where identity like 'shop.%seen'}), 'shop.seen', 'created anew, the extension goes on with the log that is there');

# Somebody has the whole log: nobody waits.
my $holder = $node->background_psql('origin');
$holder->query_safe('begin; lock table proapp_data.ddl_log in access exclusive mode');
my ($out, $err);
is($node->psql('origin', 'create table shop.beside (id integer)', stderr => \$err, timeout => 60), 0, 'DDL does not wait for the log');
like($err, qr/WARNING:  a change was not recorded in proapp.ddl_log\nDETAIL:  .*locked by another session/, '... and says that it is not recorded');
is($node->psql('origin', q{set proapp.quick_check = off; select count(*) from proapp_data.baselines}, stdout => \$out), 0, 'baselines can be read');
$node->psql('origin', q{select identity, changed_by from proapp.drift() where identity = 'shop.beside'}, stdout => \$out, stderr => \$err, timeout => 60);
is($out, 'shop.beside|', 'drift is found all the same');
like($err, qr/WARNING:  drift\(\) cannot say who changed what/, '... and says that it cannot say by whom');
$holder->query_safe('rollback');

# Two transactions with DDL at once.
$holder->query_safe('begin; create table shop.one (id integer)');
is($node->psql('origin', q{set lock_timeout = '5s'; create table shop.two (id integer)}), 0, 'two sessions record side by side');
$holder->query_safe('commit');
is($node->safe_psql('origin', q{select count(*) from proapp.ddl_log where identity in ('shop.one', 'shop.two')}), '2', '... both');
$holder->quit;

# A cancel is a cancel also while the log is written, and takes the DDL back.
$node->safe_psql('origin', q{
	create function public.slow() returns trigger language plpgsql as 'begin perform pg_sleep(60); return new; end';
	create trigger slow before insert on proapp_data.ddl_log for each row execute function public.slow();
});
isnt($node->psql('origin', q{set statement_timeout = '300ms'; create table shop.cancelled (id integer)}, stderr => \$err), 0, 'statement_timeout counts');
like($err, qr/canceling statement due to statement timeout/, '... in its own words');
is($node->safe_psql('origin', q{select to_regclass('shop.cancelled') is null}), 't', '... and the table is not there');
$node->safe_psql('origin', q{
	create or replace function public.slow() returns trigger language plpgsql as 'begin raise exception ''no''; end';
});
is($node->psql('origin', 'create table shop.refused (id integer)', stderr => \$err), 0, 'any other error is a warning');
like($err, qr/WARNING:  a change was not recorded in proapp.ddl_log\nDETAIL:  no/, '... that says why');
$node->safe_psql('origin', 'drop function public.slow() cascade');

$node->safe_psql('origin', 'set default_transaction_isolation = serializable; create table shop.serializable (id integer)');
is($node->safe_psql('origin', q{select changed_by is not null from proapp.drift() where identity = 'shop.serializable'}), 't', 'serializable');

# Thousands of differences are one query.
$node->safe_psql('origin', q{do $$ begin for i in 1..3000 loop execute format('create table shop.many_%s (id integer)', i); end loop; end $$});
is($node->safe_psql('origin', q{select count(*), count(changed_by) from proapp.drift() where identity like 'shop.many%'}), '3000|3000', 'thousands');

# Every kind of object that DDL makes is found in the log under the manifest's name for it; databases, their settings and event triggers are not seen.
my $fixture = ($ENV{PG_ABS_SRCDIR} // '.') . '/test/fixtures/canonical.sql';
target('kinds');
$node->safe_psql('kinds', 'create extension proapp_schema; create extension pgcrypto; select proapp.save_baseline(\'empty\')');
$node->run_log([ 'psql', '-XqAt', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr('kinds'), '-f', $fixture ]) or BAIL_OUT('the fixture does not load');
is($node->safe_psql('kinds', q{select kind, identity, change, attribute from proapp.drift() where changed_by is null and kind not in ('database', 'database setting', 'event trigger')}), '', 'every kind is attributed');

# On a standby.
$node->backup('copy');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($node, 'copy', has_streaming => 1);
$standby->start;
$node->wait_for_catchup($standby);
is($standby->safe_psql('origin', q{select changed_by from proapp.drift() where identity = 'shop.by_ann'}), 'ann', 'a standby says who did it');
$standby->stop;

$node->stop;
done_testing();
