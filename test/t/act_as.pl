# act_as and query_as set claims by the statement SET LOCAL, seen by whatever looks at statements: Citus passes it on to its workers, and would not see set_config().
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('act_as');
$node->init;
$node->append_conf('postgresql.conf', q(
shared_preload_libraries = 'pg_stat_statements'
pg_stat_statements.track = all
));
$node->start;
$node->safe_psql('postgres', q(create extension proapp_schema; create extension pg_stat_statements; create role authenticated; select pg_stat_statements_reset()));

sub statements
{
	my ($sql) = @_;
	$node->safe_psql('postgres', 'select from pg_stat_statements_reset()');
	$node->safe_psql('postgres', $sql);
	return $node->safe_psql('postgres', q(select regexp_replace(query, '= .*', '=') from pg_stat_statements where query ilike 'set local%' and not toplevel order by 1));
}

is(statements(q(select proapp.act_as('ann'))), "set local request.jwt.claims =\nset local role authenticated", 'act_as sets claims and role by statements');
is(statements(q(set request.jwt.claim.sub = 'bob'; select proapp.act_as('ann'))),
	"set local request.jwt.claim.sub =\nset local request.jwt.claims =\nset local role authenticated", 'and takes legacy claims away by statements');
is(statements(q(select proapp.query_as('ann', 'select 1'))), "set local request.jwt.claims =\nset local request.jwt.claims =", 'query_as sets claims, and sets them back');

# What comes after an error, a cancel and a lost savepoint is the caller again, in one session.
my $session = $node->background_psql('postgres', on_error_stop => 0);
my $me = q(select current_user || ' ' || coalesce(proapp.auth_id(), 'nobody'));
$session->query(q(select proapp.query_as('ann', 'select 1 / 0')));
is(scalar $session->query($me), 'postgres nobody', 'after an error');
$session->query(q(set statement_timeout = 100; select proapp.query_as('ann', 'select pg_sleep(30)')));
is(scalar $session->query("reset statement_timeout; $me"), 'postgres nobody', 'after a timeout');
$session->query(q(begin; savepoint a));
$session->query(q(select proapp.act_as('ann')));
is(scalar $session->query($me), 'authenticated ann', 'after act_as');
is(scalar $session->query("rollback to a; $me"), 'postgres nobody', 'after its savepoint was rolled back');
$session->query('commit');
$session->quit;

$node->stop;
done_testing();
