# The digest is the same on a hot standby and after pg_upgrade, and many backends may ask for it while others change the schema.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $source  = $ENV{PG_ABS_SRCDIR} // '.';
my $primary = PostgreSQL::Test::Cluster->new('primary');
$primary->init(allows_streaming => 1);
$primary->append_conf('postgresql.conf', "wal_level = logical\nmax_connections = 120");
$primary->start;
$primary->safe_psql('postgres', 'create database origin');
$primary->safe_psql('origin', 'create extension proapp_schema');
$primary->run_log([ 'psql', '-Xq', '-v', 'ON_ERROR_STOP=1', '-d', $primary->connstr('origin'), '-f', "$source/test/fixtures/canonical.sql" ])
  or BAIL_OUT('the fixture does not load');
$primary->safe_psql('origin', q{select proapp.save_baseline('production')});
my $digest = $primary->safe_psql('origin', 'select proapp.manifest_digest()');

# A hot standby reads all of it.
$primary->backup('base');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($primary, 'base', has_streaming => 1);
$standby->start;
$primary->wait_for_catchup($standby);
is($standby->safe_psql('origin', 'select proapp.manifest_digest()'), $digest, 'same digest on the standby');
is($standby->safe_psql('origin', 'select count(*) from proapp.drift()'), '0', 'drift() answers on the standby');
my ($status, $out, $error) = $standby->psql('origin', q{select proapp.save_baseline('other')});
isnt($status, 0, 'nothing is saved there');
like($error, qr/read-only|recovery/, 'and PostgreSQL says why');
$standby->stop;

# While tables come and go, every backend gets an answer, and one of those that are right.
$primary->safe_psql('origin', 'create table shop.churn (id integer)');
my $with = $primary->safe_psql('origin', 'select proapp.manifest_digest()');
$primary->safe_psql('origin', 'drop table shop.churn');
my @readers;
for my $number (1 .. 100)
{
	my ($stdin, $stdout, $stderr) = ('', '', '');
	my $handle = IPC::Run::start(
		[ 'psql', '-XAqt', '-d', $primary->connstr('origin'), map { ('-c', 'select proapp.manifest_digest()') } 1 .. 3 ],
		'<', \$stdin, '>', \$stdout, '2>', \$stderr);
	push @readers, { handle => $handle, out => \$stdout, err => \$stderr };
}
for (1 .. 15)
{
	$primary->safe_psql('origin', 'create table shop.churn (id integer)');
	$primary->safe_psql('origin', 'drop table shop.churn');
}
my ($answers, $wrong, $errors) = (0, 0, '');
for my $reader (@readers)
{
	$reader->{handle}->finish;
	$errors .= ${ $reader->{err} };
	for my $answer (split /\n/, ${ $reader->{out} })
	{
		$answers++;
		$wrong++ unless $answer eq $digest || $answer eq $with;
	}
}
is($errors, '', 'no error in 100 backends');
is($answers, 300, 'every question has its answer');
is($wrong, 0, 'each of them the schema with the table, or without');

# pg_upgrade makes every object anew.
$primary->stop;
my $upgraded = PostgreSQL::Test::Cluster->new('upgraded');
$upgraded->init;
$upgraded->append_conf('postgresql.conf', "wal_level = logical");
my $bin = $primary->config_data('--bindir');
chdir $upgraded->basedir;
command_ok(
	[ 'pg_upgrade', '--no-sync', '-b', $bin, '-B', $bin, '-d', $primary->data_dir, '-D', $upgraded->data_dir, '-s', $upgraded->host, '-p', $primary->port, '-P', $upgraded->port ],
	'pg_upgrade');
$upgraded->start;
is($upgraded->safe_psql('origin', 'select proapp.manifest_digest()'), $digest, 'same digest after pg_upgrade');
is($upgraded->safe_psql('origin', 'select count(*) from proapp.drift()'), '0', 'no drift after pg_upgrade');
$upgraded->stop;
done_testing();
