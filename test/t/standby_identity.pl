# Identity reads on a hot standby: policies there ask the same question, and nothing may be written.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $primary = PostgreSQL::Test::Cluster->new('primary');
$primary->init(allows_streaming => 1);
$primary->start;
$primary->safe_psql('postgres', q(
	create extension proapp_schema;
	create table users (id int primary key, auth_id text unique);
	insert into users select i, 'user ' || i from generate_series(1, 100) i;
	create table notes as select i, i % 100 + 1 as owner from generate_series(1, 20000) i;
	select * from proapp.map_users('app', 'users', 'auth_id');
	create role authenticated;
	create table letters (id int primary key, owner int);
	insert into letters values (1, 7), (2, 8);
	alter table letters enable row level security;
	create policy own on letters using (owner = proapp.current_user_key('app')::int);
	grant all on letters to authenticated;
));
$primary->backup('base');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($primary, 'base', has_streaming => 1);
$standby->start;

my $ask = q(set request.jwt.claims = '{"sub": "user 7"}'; select proapp.current_user_key('app'));
my $parallel = 'set parallel_setup_cost = 0; set parallel_tuple_cost = 0; set min_parallel_table_scan_size = 0; ';
sub follow { $primary->wait_for_catchup($standby, 'replay', $primary->lsn('insert')); return }

follow();
is($standby->safe_psql('postgres', $ask), '7', 'an id on the standby');
is($standby->safe_psql('postgres', "$parallel $ask; select count(*) from notes where owner = proapp.current_user_key('app')::int"), "7\n200", 'in parallel workers of the standby');
is($standby->safe_psql('postgres', q(select reason from proapp.whoami())), 'nobody is signed in: the setting request.jwt.claims is empty', 'whoami on the standby');
is($standby->safe_psql('postgres', q(select value from proapp.map_users('app', 'users', 'auth_id') where item = 'users')), '100', 'a registration that changes nothing needs no write');
is($standby->safe_psql('postgres', q(begin; select role from proapp.act_as('user 7'); select id from letters; rollback)), "authenticated\n1", 'act_as on the standby');
is($standby->safe_psql('postgres', q(select * from proapp.query_as('user 8', 'select id from letters'))), '{"id": 2}', 'query_as on the standby');
is($standby->safe_psql('postgres', q(select command, allowed from proapp.explain_access('letters', '1', 'user 7') where policy is null)),
	"select|t\ninsert|t\nupdate|t\ndelete|t", 'explain_access on the standby');
my ($result, $stdout, $stderr) = $standby->psql('postgres', q(\set VERBOSITY sqlstate
select proapp.map_users('other', 'users', 'auth_id')));
like($stderr, qr/25006/, 'a new registration is refused as read-only');

# A session of the standby that stays open sees what the primary changes.
my $session = $standby->background_psql('postgres');
my $ask_again = sub { return $session->query_safe($ask) };
is($ask_again->(), '7', 'an open session');
$primary->safe_psql('postgres', q(update users set id = 1007 where auth_id = 'user 7'));
follow();
is($ask_again->(), '1007', 'sees the row change');
$primary->safe_psql('postgres', q(alter table users drop constraint users_auth_id_key));
follow();
is($ask_again->(), '', 'no id without the index');
$primary->safe_psql('postgres', q(create unique index on users (auth_id)));
follow();
is($ask_again->(), '1007', 'and again with another one');
$primary->safe_psql('postgres', q(create table people as select id + 10 as id, auth_id from users; create unique index on people (auth_id); select proapp.map_users('app', 'people', 'auth_id')));
follow();
is($ask_again->(), '1017', 'the mapping registered anew');
$session->quit;

$standby->stop;
$primary->stop;
done_testing();
