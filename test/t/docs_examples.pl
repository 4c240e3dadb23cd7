# The examples of each page in docs/ run, one after the other, in a new database, and end with what stands below them (blanks apart): a fence `sql`, then perhaps a fence `text`.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $source = $ENV{PG_ABS_SRCDIR} // '.';
my $node   = PostgreSQL::Test::Cluster->new('docs');
$node->init;
$node->append_conf('postgresql.conf', 'client_min_messages = warning');
$node->start;

sub answer
{
	my ($database, $expanded, $sql) = @_;
	my ($answer, $error) = ('', '');
	my $ok = IPC::Run::run(
		[ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-P', 'footer=off', ($expanded ? '-x' : ()), '-d', $node->connstr($database) ],
		'<', \$sql, '>', \$answer, '2>', \$error);
	return ($ok, $answer, $error);
}

for my $page (glob "$source/docs/*.md")
{
	my ($database) = $page =~ m{(\w+)\.md$};
	my $text = slurp_file($page);
	next if $text !~ /^```sql$/m || $database eq 'reference';
	$node->safe_psql('postgres', "create database $database");
	my $number = 0;
	while ($text =~ /^```sql\n(.*?)^```\n(?:^```text\n(.*?)^```\n)?/msg)
	{
		my ($sql, $expected) = ($1, $2);
		$number++;
		my ($ok, $answer, $error) = answer($database, scalar(($expected // '') =~ /^-\[ RECORD/), $sql);
		ok($ok && $error eq '', "$database, example $number runs") or diag($error);
		next if !defined $expected;
		s/[ \n]*\n/\n/g for $answer, $expected;
		my $end = length $answer > length $expected ? substr($answer, -length $expected) : $answer;
		is($end, $expected, "$database, example $number answers as shown");
	}
	ok($number > 0, "$database has examples");
}

$node->stop;
done_testing();
