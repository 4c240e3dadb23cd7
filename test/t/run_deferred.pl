# run_deferred() beside other sessions, cancelled, and killed: no statement runs twice at once, and what is left of an attempt is cleared up by the next.
use strict;
use warnings;

use OpenSession;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', "restart_after_crash = on\nmax_worker_processes = 3\nclient_min_messages = warning");
$node->start;

$node->safe_psql('postgres', q{
	create extension proapp_schema;
	create table public.orders (id int primary key, customer int);
	insert into public.orders select i, i % 100 from generate_series(1, 1000) i});

my $pending = q{select count(*) from proapp.deferred_statements where done_at is null};
my $worker = q{select pid from pg_stat_activity where backend_type = 'proapp deferred statement'};

sub defer
{
	my ($version, $statement) = @_;
	$node->safe_psql('postgres', "select proapp.migrate_up('shop', '$version', '$statement')");
	return;
}

# A session whose transaction has changed the table: an index that is made concurrently waits for its end.
sub hold
{
	my $session = OpenSession->new($node, 'postgres');
	$session->ask('begin; update public.orders set customer = 1 where id = 1;');
	return $session;
}

sub runs { return $node->poll_query_until('postgres', "select exists (select from pg_stat_activity where backend_type = 'proapp deferred statement' and wait_event_type = 'Lock')"); }

defer('1.0.0', 'create index concurrently orders_customer on public.orders (customer)');
my $holder = hold();
my $first = OpenSession->new($node, 'postgres');
$first->send_only('call proapp.run_deferred();');
ok(runs(), 'the statement waits for the transaction that has changed its table');
my ($code, undef, $error) = $node->psql('postgres', 'call proapp.run_deferred()');
like($error, qr/not all deferred statements are done.*runs in another session/s, 'another session leaves it alone');
is($node->safe_psql('postgres', 'select attempts from proapp.deferred_statements'), '1', 'it was begun once');
$holder->ask('commit;');
is($first->answer, '', 'and ends well');
is($node->safe_psql('postgres', $pending), '0', 'done');

# Cancelled: the worker goes, and leaves an invalid index.
defer('1.1.0', 'create index concurrently orders_both on public.orders (customer, id)');
$holder->ask('begin; update public.orders set customer = 2 where id = 1;');
$first->send_only(q{set statement_timeout = '60s'; call proapp.run_deferred();});
ok(runs(), 'it waits again');
$node->safe_psql('postgres', q{select pg_cancel_backend(pid) from pg_stat_activity where query like '%call proapp.run_deferred%' and pid <> pg_backend_pid()});
like($first->answer, qr/canceling statement due to user request/, 'cancelled');
ok($node->poll_query_until('postgres', "select not exists ($worker)"), 'the worker is gone, too');
is($node->safe_psql('postgres', q{select indisvalid from pg_index where indexrelid = 'public.orders_both'::regclass}), 'f', 'what it left is invalid');
$holder->ask('commit;');
is($first->ask('call proapp.run_deferred();'), '', 'called again it goes through');
is($node->safe_psql('postgres', q{select indisvalid from pg_index where indexrelid = 'public.orders_both'::regclass}), 't', 'and the index is valid');

# A worker that is killed takes the server down with it; afterwards it is tried again.
defer('1.2.0', 'create index concurrently orders_third on public.orders (id, customer)');
$holder->ask('begin; update public.orders set customer = 3 where id = 1;');
$first->send_only('call proapp.run_deferred();');
ok(runs(), 'it waits a third time');
kill 'KILL', $node->safe_psql('postgres', $worker);
ok($node->poll_query_until('postgres', 'select true'), 'the server is back');
is($node->safe_psql('postgres', $pending), '1', 'the statement is still to be done');
$node->safe_psql('postgres', 'call proapp.run_deferred()');
is($node->safe_psql('postgres', q{select indisvalid from pg_index where indexrelid = 'public.orders_third'::regclass}), 't', 'done after the crash');
is($node->safe_psql('postgres', $pending), '0', 'all is done');

# No worker is free.
defer('1.3.0', 'create index concurrently orders_fourth on public.orders (id)');
$node->append_conf('postgresql.conf', 'max_worker_processes = 0');
$node->restart;
($code, undef, $error) = $node->psql('postgres', 'call proapp.run_deferred()');
like($error, qr/no background worker is free.*increase max_worker_processes/s, 'without a worker it says so');
is($node->safe_psql('postgres', 'select state, attempts from proapp.deferred_statements where done_at is null'), 'pending|0', 'and nothing was begun');

$node->stop;
done_testing();
