# A downgrade that the server does not survive has not happened; what was set aside goes through a dump, and through DROP EXTENSION, and comes back after.
use strict;
use warnings;

use IPC::Run ();
use OpenSession;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', 'restart_after_crash = on');
$node->start;

my $up = q{create type shop.mood as enum ('good', 'bad'); create table shop.moods (id int generated always as identity primary key, mood shop.mood, tags text[]);
  create table shop.parts (day date, id serial, primary key (day, id)) partition by range (day); create table shop.parts_all partition of shop.parts default; alter table shop.kept add column mood shop.mood};
my $down = 'alter table shop.kept drop column mood; drop table shop.parts, shop.moods; drop type shop.mood';
my $contents = q{select 'moods', m::text from shop.moods m union all select 'parts', p::text from shop.parts p union all select 'kept', k::text from shop.kept k order by 1, 2};
my $fill = q{insert into shop.moods (mood, tags) select (array['good', 'bad'])[1 + i % 2]::shop.mood, array['t' || i] from generate_series(1, 500) i; insert into shop.parts (day) select date '2026-01-01' + i from generate_series(1, 50) i; update shop.kept set mood = 'bad'};

sub migrate { my ($database, $direction, $script) = @_; return $node->safe_psql($database, "select proapp.migrate_$direction('shop', '1.1.0', \$script\$$script\$script\$)"); }

sub prepare
{
	my ($database) = @_;
	$node->safe_psql('postgres', "create database $database");
	$node->safe_psql($database, q{create extension proapp_schema; create schema shop});
	$node->safe_psql($database, q{select proapp.migrate_up('shop', '1.0.0', 'create table shop.kept (id int primary key); insert into shop.kept select generate_series(1, 20)')});
	migrate($database, 'up', $up);
	$node->safe_psql($database, $fill);
	return $node->safe_psql($database, $contents);
}

# kill -9 when everything was moved already.
my $before = prepare('crash');
my ($in, $out, $err) = ("select pg_backend_pid();\n", '', '');
my $psql = IPC::Run::start([ 'psql', '-XAtq', '-d', $node->connstr('crash') ], '<', \$in, '>', \$out, '2>', \$err, IPC::Run::timer(60));
$psql->pump until $out =~ /^(\d+)\n/;
my $pid = $1;
$in .= "select proapp.migrate_down('shop', '1.1.0', \$script\$$down; select pg_sleep(60)\$script\$);\n";
$psql->pump_nb;
ok($node->poll_query_until('crash', "select wait_event = 'PgSleep' from pg_stat_activity where pid = $pid"), 'the downgrade is at its end');
OpenSession::crash($node, $pid);
$psql->finish;
is($node->safe_psql('crash', $contents), $before, 'after kill -9 nothing has happened');
is($node->safe_psql('crash', q{select string_agg(version, ' ' order by applied_at) from proapp.migrations}), '1.0.0 1.1.0', 'neither to the ledger');

# Rolled back, dumped in three ways, restored, and up again.
$before = prepare('shop');
migrate('shop', 'down', $down);
my $dumps = $node->basedir;
foreach my $way ([ 'plain', '-f', "$dumps/plain" ], [ 'custom', '-Fc', '-f', "$dumps/custom" ], [ 'folder', '-Fd', '-j', '2', '-f', "$dumps/folder" ])
{
	my ($name, @how) = @$way;
	command_ok([ 'pg_dump', @how, '-d', $node->connstr('shop') ], "$name: dumped while rolled back");
	$node->safe_psql('postgres', "create database restored_$name");
	my @restore = $name eq 'plain' ? ('psql', '-X', '-q', '-1', '-v', 'ON_ERROR_STOP=1', '-f', "$dumps/plain") : ('pg_restore', '--exit-on-error', $name eq 'folder' ? ('-j', '2') : '-1', "$dumps/$name");
	command_ok([ @restore, '-d', $node->connstr("restored_$name") ], "$name: restored");
	migrate("restored_$name", 'up', $up);
	is($node->safe_psql("restored_$name", $contents), $before, "$name: everything is back");
	is($node->safe_psql("restored_$name", q{insert into shop.moods (mood) values ('good') returning id}), '501', "$name: sequences go on");
	is($node->safe_psql("restored_$name", 'select count(*) from proapp.archived'), '0', "$name: the archive is empty");
}

# Without the extension, and with it again.
$node->safe_psql('shop', 'drop extension proapp_schema cascade');
$node->safe_psql('shop', 'create extension proapp_schema');
migrate('shop', 'up', $up);
is($node->safe_psql('shop', $contents), $before, 'DROP EXTENSION keeps what was set aside');

$node->stop;
done_testing();
