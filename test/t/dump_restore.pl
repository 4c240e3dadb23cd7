# A digest is the same after every way of dumping and restoring, in other databases, and after maintenance; and what we keep comes along.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $source = $ENV{PG_ABS_SRCDIR} // '.';
my $node   = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', "wal_level = logical");
$node->start;
my $dumps = $node->basedir;

$node->safe_psql('postgres', 'create database origin');
$node->safe_psql('origin', 'create extension proapp_schema; create extension pgcrypto');
$node->run_log([ 'psql', '-XqAt', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr('origin'), '-f', "$source/test/fixtures/canonical.sql" ])
  or BAIL_OUT('the fixture does not load');
my $digest = $node->safe_psql('origin', 'select proapp.manifest_digest()');
like($digest, qr/^[0-9a-f]{64}$/, 'a digest');
is($node->safe_psql('origin', q{select proapp.manifest_document() ->> 'digest'}), $digest, 'the document has it, too');
$node->safe_psql('origin', q{select proapp.save_baseline('production'); create table public.later (id integer)});
is($node->safe_psql('origin', q{select proapp.accept_drift(identity => 'public.later', reason => 'later')}), '1', 'a second revision');
$digest = $node->safe_psql('origin', 'select proapp.manifest_digest()');
my $expect = q{
	select proapp.expect('table', 'public.later');
	select proapp.expect('column', '"Odd Schema"."Table ""with"" quotes"."Ä"', '{"type": "text", "not_null": false}');
	select proapp.expect('count', 'table:"Odd Schema".*', '{"min": 1}');
	select proapp.expect('function', 'public.nowhere(shop.items[], text)')};
$node->safe_psql('origin', $expect);

# No drift, not even the kind that digests leave out, and the same digest. On a difference the rows say what it is.
sub same_in
{
	my ($database, $how, $aside) = @_;
	$aside //= '';
	is($node->safe_psql($database, "select severity, identity, attribute, expected, actual from proapp.drift() $aside"), '', "$how: no drift");
	is($node->safe_psql($database, 'select proapp.manifest_digest()'), $digest, "$how: same digest");
	is($node->safe_psql($database, q{select revision, digest = proapp.baseline_document(baseline, revision) ->> 'digest', reason from proapp.baseline_revisions}),
		"2|t|later\n1|t|", "$how: the baseline came along, with its revisions");
	is($node->safe_psql($database, q{select item, status from proapp.health_check()}),
		qq{public.nowhere(shop.items[], text)|missing\n"Odd Schema"."Table ""with"" quotes"."Ä"|OK\ntable:"Odd Schema".*|OK\npublic.later|OK}, "$how: and what is expected");
}

sub target
{
	my ($database, $options) = @_;
	$node->safe_psql('postgres', "create database $database template template0 " . ($options // ''));
	return $node->connstr($database);
}

same_in('origin', 'where it was taken');
$node->command_ok([ 'pg_dump', '-f', "$dumps/plain.sql", $node->connstr('origin') ], 'pg_dump');
$node->command_ok([ 'psql', '-Xq', '-1', '-v', 'ON_ERROR_STOP=1', '-f', "$dumps/plain.sql", target('plain') ], 'plain, in one transaction');
same_in('plain', 'plain dump');
$node->command_ok([ 'pg_dump', '-Fc', '-f', "$dumps/custom", $node->connstr('origin') ], 'pg_dump -Fc');
$node->command_ok([ 'pg_restore', '--exit-on-error', '-d', target('custom'), "$dumps/custom" ], 'pg_restore');
same_in('custom', 'custom dump');
$node->command_ok([ 'pg_dump', '-Fd', '-j2', '-f', "$dumps/directory", $node->connstr('origin') ], 'pg_dump -Fd -j2');
$node->command_ok([ 'pg_restore', '--exit-on-error', '-j2', '-d', target('directory'), "$dumps/directory" ], 'pg_restore -j2');
same_in('directory', 'two jobs');
$node->command_ok([ 'pg_restore', '--exit-on-error', '-d', target('locale', q{encoding 'UTF8' locale 'C'}), "$dumps/custom" ], 'pg_restore into another locale');
same_in('locale', 'another locale');
# A restore of a restore: the second round must not differ from the first.
$node->command_ok([ 'pg_dump', '-f', "$dumps/again.sql", $node->connstr('plain') ], 'pg_dump of the restored database');
$node->command_ok([ 'psql', '-Xq', '-v', 'ON_ERROR_STOP=1', '-f', "$dumps/again.sql", target('again') ], 'plain, without a transaction');
same_in('again', 'second round');
# Maintenance, and other ways to look at it.
$node->safe_psql('origin', 'vacuum full; reindex database origin; analyze; vacuum freeze');
same_in('origin', 'VACUUM FULL, REINDEX, ANALYZE, FREEZE');
$node->safe_psql('origin', q{create schema auth; create function auth.uid() returns uuid language sql as 'select null::uuid'; create operator auth.= (function = uuid_ne, leftarg = uuid, rightarg = uuid)});
is( $node->safe_psql('origin', "set search_path = auth, shop, \"Odd Schema\", pg_temp, pg_catalog; select proapp.manifest_digest('shop.*')"),
	$node->safe_psql('plain', "select proapp.manifest_digest('shop.*')"), 'a hostile search_path changes nothing');

# The same schema made in another order has other OIDs everywhere.
$node->safe_psql('postgres', 'create database reordered');
$node->safe_psql('reordered', 'create schema unrelated; create table unrelated.t (id serial); create extension pgcrypto; create extension proapp_schema; drop schema unrelated cascade');
(my $fixture = slurp_file("$source/test/fixtures/canonical.sql")) =~ s/^create role .*$//mg;
$fixture .= 'create table public.later (id integer);';
$node->psql('reordered', $fixture, on_error_stop => 1);
is($node->safe_psql('reordered', 'select proapp.manifest_digest()'), $node->safe_psql('plain', 'select proapp.manifest_digest()'), 'made anew beside other objects: same digest');

# DROP EXTENSION loses nothing.
$node->safe_psql('plain', 'drop extension proapp_schema; create extension proapp_schema');
same_in('plain', 'after DROP and CREATE EXTENSION');

# A crash loses nothing either.
$node->stop('immediate');
$node->start;
same_in('plain', 'after a crash');

$node->stop;
done_testing();
