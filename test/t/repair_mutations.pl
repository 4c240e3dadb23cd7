# Every single change of the mutation tables, made for good and repaired for good: what pg_dump -s writes is the same as before, but for the order of columns.
# What repair cannot take back it refuses, says why, and changes nothing.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $source = $ENV{PG_ABS_SRCDIR} // '.';
my $node   = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', "wal_level = logical\nclient_min_messages = error");
$node->start;
# Some changes are made in the catalogs by hand.
$ENV{PGOPTIONS} = '-c allow_system_table_mods=on -c allow_in_place_tablespaces=on';
$node->safe_psql('postgres', "create role $_") for qw(mutations_app mutations_other mutation_app mutation_other);
$node->safe_psql('postgres', q{create tablespace mutations_space location ''});

# The lines of a dump, whatever their order; a comma at the end of a line is a matter of order, too. Newer pg_dumps write a random word in two of them.
sub dump_of
{
	my ($database) = @_;
	my ($dump, $error) = ('', '');
	IPC::Run::run([ 'pg_dump', '-s', '-d', $node->connstr($database) ], '>', \$dump, '2>', \$error) or BAIL_OUT("pg_dump: $error");
	return join "\n", sort map { s/,\s*$//r } grep { !/^\\(un)?restrict / } split /\n/, $dump;
}

# What one has and the other has not.
sub difference
{
	my ($one, $other) = @_;
	my %seen;
	$seen{$_}++ for split /\n/, $one;
	$seen{$_}-- for split /\n/, $other;
	return join "\n", map { ($seen{$_} > 0 ? '- ' : '+ ') . $_ } grep { $seen{$_} } sort keys %seen;
}

# PostgreSQL has no statement for what differs then: whether a column is the child's own, too; what another provider's label says.
my %told_apart = ('inheritance ended' => qr/CONSTRAINT parent_b_check/, 'database label' => qr/\A\z/);
my ($repaired, $refused, $otherwise) = (0, 0, 0);

sub try_all
{
	my ($database, $fixture) = @_;
	my @load = ('psql', '-XqAt', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr($database), '-f');
	$node->safe_psql('postgres', "create database $database");
	$node->safe_psql($database,  'create extension proapp_schema');
	$node->run_log([ @load, "$source/test/fixtures/$fixture.sql" ], '>', '/dev/null') or BAIL_OUT('the fixture does not load');
	$node->safe_psql($database, q{create schema test; create table test.mutations (n integer generated always as identity, what text, sql text); set search_path = test; }
		  . slurp_file("$source/test/fixtures/${fixture}_list.sql"));
	$node->safe_psql($database, q{select count(*) from proapp.save_baseline('all', '!schema:test', '!test.*')});
	my $before = dump_of($database);
	my $digest = $node->safe_psql($database, q{select digest from proapp.baselines});

	# Committed only where it was proven: psql decides.
	my $repair = q{select array_to_string(array_agg(concat_ws('|', outcome, reason) order by step), E'\n') as told, bool_or(outcome = 'proven') as proven}
	  . q{ from proapp.repair(allow => '{row_loss, rewrite}', dry_run => false) where statement is null and reason !~ 'column_order' \gset};
	for my $mutation (split /\x1e/, $node->safe_psql($database, q{select string_agg(what || E'\x1f' || sql, E'\x1e' order by n) from test.mutations}))
	{
		my ($what, $sql) = split /\x1f/, $mutation;
		my $told = $node->safe_psql($database, "begin;\n$sql;\n$repair\n\\if :proven\ncommit;\n\\else\nrollback;\n\\endif\n\\echo :told");
		if ($told !~ /^proven/m)
		{
			like($told, qr/^stays\|.+: (missing|unexpected|changed).*; .+/m, "$fixture, $what: refused, with a reason");
			++$refused;
			next;
		}
		my $after = dump_of($database);
		my $left = difference($before, $after);
		$before = $after;
		if ($told_apart{$what})
		{
			like($left, $told_apart{$what}, "$fixture, $what: repaired, and dumped otherwise");
			++$otherwise;
			next;
		}
		is("$told\n$left", "proven|the digest is the baseline's\n", "$fixture, $what: repaired, and dumped as before");
		++$repaired;
	}
	is($node->safe_psql($database, q{select proapp.manifest_digest('!schema:test', '!test.*')}), $digest, "$fixture: after all of them the digest is the baseline's");
}

try_all('proapp_mutations', 'mutations');
try_all('proapp_mutations_types', 'mutations_types');
note("$repaired repaired, $refused refused, $otherwise dumped otherwise");
cmp_ok($repaired, '>=', 0.95 * ($repaired + $refused + $otherwise), 'at least 95 % are repaired');

# A subscription must not outlive its database.
$node->safe_psql('proapp_mutations', 'alter subscription feed disable; alter subscription feed set (slot_name = none); drop subscription feed');
$node->stop;
done_testing();
