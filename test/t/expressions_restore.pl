# Every shape of a stored expression: the same after a dump and restore and when made beside other objects in another order; and never the same as its twist.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $source = $ENV{PG_ABS_SRCDIR} // '.';
my $node   = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;

# The fixture, where types and tables had columns that were dropped since (on) or not (off).
sub make
{
	my ($database, $gaps) = @_;
	$node->safe_psql('postgres', "create database $database");
	$node->safe_psql($database, 'create extension proapp_schema');
	$node->command_ok([ 'psql', '-Xqo', '/dev/null', '-v', 'ON_ERROR_STOP=1', '-v', "gaps=$gaps", '-f', "$source/test/fixtures/expressions.sql", '-d', $node->connstr($database) ],
		"every shape can be made ($database)");
}

my $what = q{'shapes.*'};
sub digest { return $node->safe_psql(shift, "select proapp.manifest_digest($what)") }

# The differences of two databases, but for the order of columns, which says nothing about expressions.
sub differences
{
	my ($one, $other) = @_;
	my @files = map { my $file = $node->basedir . "/$_.json"; append_to_file($file, $node->safe_psql($_, "select proapp.manifest_document($what)")) unless -e $file; $file } $one, $other;
	return $node->safe_psql($one,
		"select identity, attribute, expected, actual from proapp.compare_manifests(pg_read_file('$files[0]')::jsonb, pg_read_file('$files[1]')::jsonb) where attribute is distinct from 'column_order'");
}

make('gaps', 'on');
make('plain', 'off');
is(differences('gaps', 'plain'), '', 'made in another order, without gaps: no drift');
is(digest('plain'), digest('gaps'), 'and the same digest');

my $dump = $node->basedir . '/dump.sql';
foreach my $round ([ 'gaps', 'restored' ], [ 'restored', 'restored_again' ])
{
	my ($from, $into) = @$round;
	$node->command_ok([ 'pg_dump', '-f', $dump, $node->connstr($from) ], "pg_dump of $from");
	$node->safe_psql('postgres', "create database $into template template0");
	$node->command_ok([ 'psql', '-Xqo', '/dev/null', '-v', 'ON_ERROR_STOP=1', '-f', $dump, '-d', $node->connstr($into) ], "restore into $into");
	is(differences('gaps', $into), '', "$into: no drift");
	is(digest($into), digest('gaps'), "$into: the same digest");
}

# Everything that an object says, but not what it is called or how it reads.
my $shapes = q{
	create function pg_temp.facts(kind text, identity text, definition jsonb) returns text immutable language sql as $$
		select coalesce(string_agg(key || ' ' || coalesce(value ->> 'tree', regexp_replace(value::text, '"sql": "([^"\\\\]|\\\\.)*"', '', 'g')), ', ' order by key), '')
		from jsonb_each(definition) where key not in ('definition', 'partition_of', 'column_order') $$;
	create temporary table facts as
		select kind || ' ' || case when kind = 'column' then split_part(identity, '.', 2) || '.' || split_part(identity, '.', 3)
			else regexp_replace(regexp_replace(identity, '^(constraint|policy|trigger) | on shapes\.t$|^shapes\.|[("].*$', '', 'g'), '"', '', 'g') end as shape,
			pg_temp.facts(kind, identity, definition) as facts
		from proapp.manifest('shapes.*') where kind in ('constraint', 'policy', 'trigger', 'view', 'index', 'function')
			or kind = 'table' and identity ~ 'partition' or kind = 'column' and identity ~ '^shapes.(default|generated).*c$' };
my $pairs = q{from facts a join facts b on b.shape = a.shape || '_twist' or (a.shape like '%.c' and b.shape = replace(a.shape, '.c', '_twist.c'))};
my $compared = $node->safe_psql('gaps', "$shapes; select count(*) $pairs");
cmp_ok($compared, '>', 240, "$compared shapes have a twist beside them");
is($node->safe_psql('gaps', "$shapes; select a.shape $pairs where a.facts = b.facts and a.shape not in ('table partition_list', 'table partition_hash') order by 1"), '', 'no twist counts as the same');

$node->stop;
done_testing();
