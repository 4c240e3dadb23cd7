# delete_client_relationship_safely() beside other sessions: whoever comes first, no session is ever left open without its relationship.
use strict;
use warnings;

use FindBin;
use IPC::Run ();
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;
$node->safe_psql('postgres', 'create database trackpay');
$node->safe_psql('trackpay', 'create extension proapp_dev_env cascade; create extension proapp_trackpay');
$node->safe_psql('trackpay', slurp_file("$FindBin::RealBin/../fixtures/trackpay_data.sql"));

# A psql that stays open; ask() sends a statement and waits for its end, send_only() leaves it to run.
sub session
{
	my %s = (in => '', out => '', sent => 0);
	$s{run} = IPC::Run::start([ 'psql', '-XAtq', '-d', $node->connstr('trackpay') ], '<', \$s{in}, '>', \$s{out}, '2>&1', IPC::Run::timer(60));
	return \%s;
}

sub send_only
{
	my ($s, $sql) = @_;
	$s->{out} = '';
	$s->{sent}++;
	$s->{in} .= "$sql\n\\echo done $s->{sent}\n";
	$s->{run}->pump_nb;
	return;
}

sub answer
{
	my ($s) = @_;
	$s->{run}->pump until $s->{out} =~ /^done $s->{sent}$/m;
	$s->{out} =~ s/^done \d+\n//mg;
	return $s->{out};
}

sub ask { my ($s, $sql) = @_; send_only($s, $sql); return answer($s); }

sub waits
{
	my ($what) = @_;
	ok($node->poll_query_until('trackpay', "select exists (select from pg_stat_activity where wait_event_type = 'Lock' and query like '%$what%' and pid <> pg_backend_pid())"),
		"it waits: $what");
	return;
}

# Provider 4 and client 4: everything paid (see trackpay_data.sql).
my ($provider, $client) = map { "'$_-0000-4000-8000-000000000004'" } 'b1000000', 'b2000000';
my $delete = "select public.delete_client_relationship_safely($client);";
my $open = "insert into public.trackpay_sessions (provider_id, client_id, start_time, hourly_rate) values ($provider, $client, now(), 50);";
my $reopen = "update public.trackpay_sessions set status = 'unpaid' where id = 'd0000000-0000-4000-8000-000000000004';";
my $ask_for = "insert into public.trackpay_requests (provider_id, client_id, amount) values ($provider, $client, 50);";

my $state = "select exists (select from public.trackpay_relationships where provider_id = $provider and client_id = $client),
  (select count(*) from public.trackpay_relationship_audit where client_id = $client)";

my ($deleter, $worker) = (session(), session());
foreach my $s ($deleter, $worker)
{
	ask($s, q{set request.jwt.claims = '{"sub": "a1000000-0000-4000-8000-000000000004"}'; set role authenticated;});
}

foreach my $case ([ 'a session starts', $open ], [ 'a session is reopened', $reopen ], [ 'a request is made', $ask_for ])
{
	my ($name, $sql) = @$case;

	# The worker first: the deletion waits, and then sees what it waited for.
	is(ask($worker, "begin; $sql"), '', "$name");
	send_only($deleter, $delete);
	waits('delete_client');
	ask($worker, 'commit;');
	like(answer($deleter), qr/Cannot delete\. Active or unpaid sessions exist/, "$name first: the deletion is refused");
	is($node->safe_psql('trackpay', $state), 't|0', "$name first: nothing is deleted");
	$node->safe_psql('trackpay',
		"update public.trackpay_sessions set status = 'paid' where provider_id = $provider and client_id = $client; update public.trackpay_requests set status = 'paid' where status = 'pending' and client_id = $client");

	# The deletion first: the worker waits, and then has no relationship to work in.
	like(ask($deleter, "begin; $delete"), qr/^t$/m, 'the deletion goes through');
	send_only($worker, $sql);
	waits(substr($sql, 0, 30));
	ask($deleter, 'commit;');
	like(answer($worker), qr/no relationship between provider and client/, "$name second: refused");
	is($node->safe_psql('trackpay', $state), 'f|1', "$name second: deleted, recorded once");
	$node->safe_psql('trackpay', "insert into public.trackpay_relationships (provider_id, client_id) values ($provider, $client); delete from public.trackpay_relationship_audit where client_id = $client");
}

# Two deletions: one deletes, the other finds nothing.
like(ask($deleter, "begin; $delete"), qr/^t$/m, 'the first of two deletions');
send_only($worker, $delete);
waits('delete_client');
ask($deleter, 'commit;');
like(answer($worker), qr/^f$/m, 'the second one says that there is none');
is($node->safe_psql('trackpay', $state), 'f|1', 'deleted once, recorded once');

foreach my $s ($deleter, $worker)
{
	$s->{in} .= "\\q\n";
	$s->{run}->finish;
}
$node->stop;
done_testing();
