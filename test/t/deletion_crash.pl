# A deletion that the server does not survive has not happened; errors leave no memory behind; a plan is made on a standby, too; and transactions that
# are prepared for a commit in two phases keep and respect its locks, also over a restart.
use strict;
use warnings;

use IPC::Run ();
use OpenSession;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init(allows_streaming => 1);
$node->append_conf('postgresql.conf', "restart_after_crash = on\nmax_prepared_transactions = 5");
$node->start;
$node->safe_psql('postgres', q{
  create extension proapp_schema;
  create table tree (id int primary key, above int references tree on delete cascade);
  create table leaf (id int primary key, tree int references tree on delete set null);
  insert into tree values (1, null);
  insert into tree select g, g / 2 from generate_series(2, 2000) g;
  insert into leaf select g, g from generate_series(1, 2000) g;
  create function wait() returns trigger language plpgsql as 'begin perform pg_sleep(60); return null; end';
  create trigger last after delete on tree execute function wait();
  select from proapp.delete_safely('tree', '0');
});
my $contents = q{select (select count(*) from tree), (select count(tree) from leaf), (select count(*) from proapp_data.deletions), (select count(*) from proapp_data.deletion_rows)};
my $before = $node->safe_psql('postgres', $contents);

# kill -9 of the backend when everything is deleted and archived, but the last trigger.
my ($in, $out, $err) = ("select pg_backend_pid();\n", '', '');
my $psql = IPC::Run::start([ 'psql', '-XAtq', '-d', $node->connstr('postgres') ], '<', \$in, '>', \$out, '2>', \$err, IPC::Run::timer(60));
$psql->pump until $out =~ /^(\d+)\n/;
my $pid = $1;
$in .= "select * from proapp.delete_safely('tree', '1');\n";
$psql->pump_nb;
ok($node->poll_query_until('postgres', "select wait_event = 'PgSleep' from pg_stat_activity where pid = $pid"), 'the deletion is at its end');
OpenSession::crash($node, $pid);
$psql->finish;
is($node->safe_psql('postgres', $contents), $before, 'after kill -9 nothing has happened');
$node->safe_psql('postgres', 'drop trigger last on tree');

# The plan on a standby.
my $plan = q{select relation, action, row_count from proapp.deletion_plan('tree', '1')};
$node->backup('copy');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($node, 'copy', has_streaming => 1);
$standby->start;
is($standby->safe_psql('postgres', $plan), $node->safe_psql('postgres', $plan), 'a standby plans the same');
my ($code, $stdout, $stderr) = $standby->psql('postgres', q{select * from proapp.delete_safely('tree', '1')});
like($stderr, qr/cannot execute proapp.delete_safely\(\) in a read-only transaction|during recovery/, 'a standby deletes nothing');
$standby->stop;

# 1000 deletions that a foreign key forbids, and some that end in a trigger.
$node->safe_psql('postgres', q{
  create table bill (id int primary key, tree int references tree);
  insert into bill values (1, 1);
  create table few (id int primary key, above int references few on delete cascade);
  insert into few select g, 1 from generate_series(1, 100) g;
  create function stay() returns trigger language plpgsql as 'begin return null; end';
  create trigger stay before delete on few for each row execute function stay();
  create function memory() returns int language sql as $$ select (regexp_match(pg_read_file('/proc/self/status'), 'RssAnon:\s+(\d+)'))[1]::int $$;
  create procedure fail(times int) language plpgsql as $$
  begin
    for i in 1 .. times loop
      begin perform proapp.delete_safely('bill', 'x'); exception when invalid_text_representation then null; end;
      begin perform proapp.delete_safely('tree', '2000'); raise exception 'again'; exception when raise_exception then null; end;
      begin perform proapp.delete_safely('few', '1'); exception when triggered_data_change_violation then null; end;
    end loop;
  end $$;
});
my $grown = $node->safe_psql('postgres', "call fail(200); create temp table start as select memory() as kb; call fail(1000); select memory() - (select kb from start)");
cmp_ok($grown, '<', 8000, 'failed deletions leave no memory');
note("$grown kB");
is($node->safe_psql('postgres', $contents), $before, 'and nothing else');
# A child of another session's prepared transaction keeps the row, after a restart too.
$node->safe_psql('postgres', q{create table room (id int primary key); create table bed (id int primary key, room int references room); insert into room values (1), (2)});
$node->safe_psql('postgres', q{begin; insert into bed values (1, 1); prepare transaction 'bed'});
$node->restart('immediate');
my $waits = q{set lock_timeout = '200ms'; select * from proapp.delete_safely('room', '1')};
($code, $stdout, $stderr) = $node->psql('postgres', $waits);
like($stderr, qr/canceling statement due to lock timeout/, 'a deletion waits for a prepared transaction');
$node->safe_psql('postgres', q{commit prepared 'bed'});
($code, $stdout, $stderr) = $node->psql('postgres', $waits);
like($stderr, qr/a row of "public.room" cannot be deleted/, 'and then knows its rows');

# A deletion is prepared as any other transaction.
$node->safe_psql('postgres', q{begin; select count(*) from proapp.delete_safely('room', '2', 'prepared', 'request 2'); prepare transaction 'deletion'});
$node->restart('immediate');
($code, $stdout, $stderr) = $node->psql('postgres', q{set lock_timeout = '200ms'; insert into bed values (2, 2)});
like($stderr, qr/canceling statement due to lock timeout/, 'a child waits for a prepared deletion');
is($node->safe_psql('postgres', q{select count(*) from room; select count(*) from proapp.deletions where reason = 'prepared'}), "2\n0", 'which has not happened yet');
$node->safe_psql('postgres', q{commit prepared 'deletion'});
is($node->safe_psql('postgres', q{select count(*) from room; select count(*) from proapp.undelete((select deletion from proapp.deletions where reason = 'prepared')); select count(*) from room}),
	"1\n1\n2", 'and then has, and can be undone');

unlike(slurp_file($node->logfile), qr/leak|temporary file/, 'no warnings in the log');

$node->stop;
done_testing();
