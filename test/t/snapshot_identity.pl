# One snapshot in two transactions of a backend: what the first one wrote itself is not what the second one sees, though all of the snapshot's numbers are the same.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('server');
$node->init;
$node->start;
$node->safe_psql('postgres', q(
	create extension proapp_schema;
	create table users (id int primary key, auth_id text unique);
	create table others (id int);
	select * from proapp.map_users('app', 'users', 'auth_id');
));

my $exporter = $node->background_psql('postgres');
my $snapshot = $exporter->query_safe(q(begin isolation level repeatable read; select pg_export_snapshot()));
my $session = $node->background_psql('postgres');
my $begin = "begin isolation level repeatable read; set transaction snapshot '$snapshot';";
my $ask = q(select proapp.current_user_key('app'); commit;);
$session->query_safe(q(set request.jwt.claims = '{"sub": "ann"}'));
is($session->query_safe("$begin insert into users values (1, 'ann'); $ask"), '1', 'the transaction sees its own row');
is($session->query_safe("$begin insert into others values (1); $ask"), '', 'another one with the same snapshot does not');
is($session->query_safe("begin; $ask"), '1', 'a later one does');

$session->quit;
$exporter->query_safe('commit');
$exporter->quit;
$node->stop;
done_testing();
