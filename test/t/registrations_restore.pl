# What was registered about deletions, and its guards, come through a dump and restore, and survive the extension.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;
my $dumps = $node->basedir;

$node->safe_psql('postgres', 'create role shop_owner; create role shop_reader; create database origin');
$node->safe_psql('origin', q{
	create extension proapp_schema;
	create schema shop authorization shop_owner;
	set role shop_owner;
	create table shop."Pairs" (provider int, client int, primary key (provider, client));
	create table shop.sessions (id int primary key, provider int, client int, status text not null) partition by range (id);
	create table shop.sessions_1 partition of shop.sessions for values from (0) to (100);
	create table shop.payments (id int primary key, session_ids int[]);
	create table shop.remarks (about text, about_id text);
	create type shop.kind as enum ('a', 'b');
	create table shop.kinds (kind shop.kind primary key);
	alter table shop.kinds enable row level security;
	create policy all_rows on shop.kinds to shop_reader using (true);
	insert into shop.kinds values ('a'), ('b');
	grant usage on schema shop to shop_reader;
	grant select on shop.kinds to shop_reader;
	insert into shop."Pairs" values (1, 1);
	insert into shop.sessions values (1, 1, 1, 'active'), (2, 1, 1, 'paid');
	insert into shop.payments values (1, '{1,2}');
	-- Not what the guard would let in now: a restore must not ask.
	insert into shop.payments values (2, '{99}');
	reset role;
	select proapp.add_blocker('shop."Pairs"', 'shop.sessions', array['provider', 'client'], 'status = ''active''', 'Active sessions exist');
	select proapp.add_reference('shop.sessions', 'shop.payments', 'session_ids', 'array');
	select proapp.add_reference('shop.sessions', 'shop.remarks', 'about_id', 'polymorphic:about=session');
	select * from proapp.protect('shop."Pairs"', 'provider = nullif(current_setting(''shop.user'', true), '''')::int');
	select * from proapp.protect('shop.kinds');
	select proapp.start_deletion('shop.kinds', 'a');
	select proapp.hold('shop."Pairs"', '{"provider": 1, "client": 1}'::jsonb, 'audit', '2099-01-01 00:00+00')});

my $registered = q{
	select relation, allowed, problem from proapp.protected_relations;
	select * from proapp.blockers;
	select * from proapp.registered_references;
	select relation, key, reason, until at time zone 'UTC', held_at is not null from proapp.holds};
my $expected = $node->safe_psql('origin', $registered);
is( $expected, q{shop."Pairs"|(r.provider = (NULLIF(current_setting('shop.user'::text, true), ''::text))::integer)|
shop.kinds||
shop."Pairs"|shop.sessions|{provider=provider,client=client}|(b.status = 'active'::text)|Active sessions exist|proapp_guard_1|
shop.sessions|shop.payments|session_ids|array|proapp_guard_1|
shop.sessions|shop.remarks|about_id|polymorphic:about=session|proapp_guard_1|
shop."Pairs"|{"client": "1", "provider": "1"}|audit|2099-01-01 00:00:00|t}, 'what is registered');

sub same_in
{
	my ($database, $how) = @_;
	is($node->safe_psql($database, 'set role shop_reader; select kind from shop.kinds'), 'b', "$how: what is being deleted is hidden, though an enum's values are other numbers");
	is($node->safe_psql($database, $registered), $expected, "$how: registered as before");
	my ($code, undef, $error) = $node->psql($database, q{set role shop_owner; insert into shop.payments values (3, '{1,77}')});
	ok($code == 3 && $error =~ /violates registered reference/, "$how: arrays are guarded") or diag($error);
	($code, undef, $error) = $node->psql($database, q{set role shop_owner; insert into shop.remarks values ('session', '77')});
	ok($code == 3 && $error =~ /violates registered reference/, "$how: polymorphic columns are guarded") or diag($error);
	# The pair is locked by whoever would delete it: a blocking row waits, also in a partition.
	($code, undef, $error) = $node->psql($database, q{
		create extension if not exists dblink;
		begin;
		select 1 from shop."Pairs" for update;
		select dblink_exec('host=' || split_part(current_setting('unix_socket_directories'), ',', 1) || ' port=' || current_setting('port') || ' dbname=' || current_database(),
			'set lock_timeout = 100; insert into shop.sessions values (50, 1, 1, ''active'')')});
	like($error, qr/canceling statement due to lock timeout/, "$how: blocking rows wait");
}

same_in('origin', 'where it was registered');
$node->safe_psql('origin', 'drop extension dblink');
$node->safe_psql('postgres', "create database $_ template template0") foreach ('plain', 'custom');
$node->command_ok([ 'pg_dump', '-f', "$dumps/plain.sql", $node->connstr('origin') ], 'pg_dump');
$node->command_ok([ 'psql', '-Xq', '-1', '-v', 'ON_ERROR_STOP=1', '-f', "$dumps/plain.sql", $node->connstr('plain') ], 'plain, in one transaction');
same_in('plain', 'plain dump');
$node->command_ok([ 'pg_dump', '-Fc', '-f', "$dumps/custom", $node->connstr('origin') ], 'pg_dump -Fc');
$node->command_ok([ 'pg_restore', '--exit-on-error', '-j2', '-d', $node->connstr('custom'), "$dumps/custom" ], 'pg_restore -j2');
same_in('custom', 'custom dump');

# Guards use a function of the extension, so it is not dropped from under them; with CASCADE it is, and registering or protecting puts them back.
my ($code, undef, $error) = $node->psql('plain', 'drop extension proapp_schema');
ok($code == 3 && $error =~ /trigger proapp_guard_1 on table shop\.sessions depends on function proapp\.guard_deletion/, 'DROP EXTENSION names the guards') or diag($error);
$node->safe_psql('plain', 'drop extension proapp_schema cascade; create extension proapp_schema');
is( $node->safe_psql('plain', 'select count(*) from proapp.blockers where guard is null and problem is not null'), '1', 'after DROP EXTENSION CASCADE the view says what is missing');
$node->safe_psql('plain', q{select proapp.protect(relation::regclass, allowed) from proapp.protected_relations});
$node->safe_psql('plain', q{select * from proapp.protect('shop.sessions')});
$node->safe_psql('plain', q{select * from proapp.unprotect('shop.sessions')});
same_in('plain', 'protected again');

$node->stop;
done_testing();
