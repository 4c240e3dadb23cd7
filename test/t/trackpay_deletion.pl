# delete_client_relationship_safely() beside other sessions: whoever comes first, no session is ever left open without its relationship.
use strict;
use warnings;

use FindBin;
use OpenSession;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;
$node->safe_psql('postgres', 'create database trackpay');
$node->safe_psql('trackpay', 'create extension proapp_dev_env cascade; create extension proapp_trackpay');
$node->safe_psql('trackpay', slurp_file("$FindBin::RealBin/../fixtures/trackpay_data.sql"));

sub waits
{
	my ($session, $what) = @_;
	ok($session->somebody_waits($what), "it waits: $what");
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

my ($deleter, $worker) = map { OpenSession->new($node, 'trackpay') } 1, 2;
foreach my $s ($deleter, $worker)
{
	$s->ask(q{set request.jwt.claims = '{"sub": "a1000000-0000-4000-8000-000000000004"}'; set role authenticated;});
}

foreach my $case ([ 'a session starts', $open ], [ 'a session is reopened', $reopen ], [ 'a request is made', $ask_for ])
{
	my ($name, $sql) = @$case;

	# The worker first: the deletion waits, and then sees what it waited for.
	is($worker->ask("begin; $sql"), '', "$name");
	$deleter->send_only($delete);
	waits($worker, 'delete_client');
	$worker->ask('commit;');
	like($deleter->answer, qr/Cannot delete\. Active or unpaid sessions exist/, "$name first: the deletion is refused");
	is($node->safe_psql('trackpay', $state), 't|0', "$name first: nothing is deleted");
	$node->safe_psql('trackpay',
		"update public.trackpay_sessions set status = 'paid' where provider_id = $provider and client_id = $client; update public.trackpay_requests set status = 'paid' where status = 'pending' and client_id = $client");

	# The deletion first: the worker waits, and then has no relationship to work in.
	like($deleter->ask("begin; $delete"), qr/^t$/m, 'the deletion goes through');
	$worker->send_only($sql);
	waits($worker, substr($sql, 0, 30));
	$deleter->ask('commit;');
	like($worker->answer, qr/no relationship between provider and client/, "$name second: refused");
	is($node->safe_psql('trackpay', $state), 'f|1', "$name second: deleted, recorded once");
	$node->safe_psql('trackpay', "insert into public.trackpay_relationships (provider_id, client_id) values ($provider, $client); delete from public.trackpay_relationship_audit where client_id = $client");
}

# Two deletions: one deletes, the other finds nothing.
like($deleter->ask("begin; $delete"), qr/^t$/m, 'the first of two deletions');
$worker->send_only($delete);
waits($worker, 'delete_client');
$deleter->ask('commit;');
like($worker->answer, qr/^f$/m, 'the second one says that there is none');
is($node->safe_psql('trackpay', $state), 'f|1', 'deleted once, recorded once');

$_->quit foreach ($deleter, $worker);
$node->stop;
done_testing();
