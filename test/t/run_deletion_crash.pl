# kill -9 in the middle of run_deletion(): what was committed is archived, what was not is there, and the next call goes on; nothing is lost or double.
use strict;
use warnings;

use IPC::Run ();
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', 'restart_after_crash = on');
$node->start;
$node->safe_psql('postgres', q{
create extension proapp_schema;
create table tenant (id int primary key);
create table ord (id int primary key, tenant int references tenant on delete cascade);
create table item (id int primary key, ord int references ord on delete cascade);
create table note (id int primary key, item int references item on delete set null);
insert into tenant values (1);
insert into ord select i, 1 from generate_series(1, 3000) i;
insert into item select i, 1 + i % 3000 from generate_series(1, 30000) i;
insert into note select i, i from generate_series(1, 30000, 10) i;
create index on ord (tenant);
create index on item (ord);
create index on note (item);
analyze;
});
my $deletion = $node->safe_psql('postgres', q{select proapp.start_deletion('tenant', '1')});

# Of each table, rows that are there, rows in the archive, and ids that are in both or twice.
my $books = q{
with archived as (
  select s.relation, split_part(trim('()' from r), ',', 1)::int as id from proapp_data.deletion_steps s join proapp_data.deletion_rows using (deletion, step), unnest(rows) r where s.action = 'delete'),
there as (select 'public.tenant' as relation, id from tenant union all select 'public.ord', id from ord union all select 'public.item', id from item)
select string_agg(relation || ' ' || n || ' ' || ids, ', ' order by relation)
from (select relation, count(*) as n, count(distinct id) as ids from (table archived union all table there) a group by relation) b};
my $all = 'public.item 30000 30000, public.ord 3000 3000, public.tenant 1 1';
my $counts = q{select (select rows_done from proapp_data.deletion_runs) = (select sum(row_count) from proapp_data.deletion_steps where action = 'delete'),
  (select sum(cardinality(rows)) from proapp_data.deletion_rows) = (select sum(row_count) from proapp_data.deletion_steps)};

for my $round (1 .. 3)
{
	my $before = $node->safe_psql('postgres', 'select rows_done from proapp_data.deletion_runs');
	my ($in, $out, $err) = ("call proapp.run_deletion('$deletion', 100);\n", '', '');
	my $run = IPC::Run::start([ 'psql', '-XAtq', '-d', $node->connstr('postgres') ], '<', \$in, '>', \$out, '2>', \$err, IPC::Run::timer(180));
	$run->pump_nb;
	ok($node->poll_query_until('postgres', "select rows_done > $before + 1000 from proapp_data.deletion_runs"), "round $round: rows go");
	my $pid = $node->safe_psql('postgres', q{select pid from pg_stat_activity where query like 'call proapp.run%'});
	kill 'KILL', $pid;
	$run->finish;
	ok($node->poll_query_until('postgres', 'select true'), "round $round: the server is back");
	is($node->safe_psql('postgres', 'select state from proapp_data.deletions'), 'deleting', "round $round: still to be done");
	is($node->safe_psql('postgres', $books), $all, "round $round: each row is there or in the archive");
	is($node->safe_psql('postgres', $counts), 't|t', "round $round: progress is what is archived");
	is($node->safe_psql('postgres', 'select count(*) from note where item is not null and not exists (select from item where item.id = note.item)'),
		'0', "round $round: no orphan");
}

$node->safe_psql('postgres', "call proapp.run_deletion('$deletion', 1000)");
is($node->safe_psql('postgres', 'select state, (select count(*) from tenant), (select count(*) from ord), (select count(*) from item), (select count(*) from note where item is null) from proapp_data.deletions'),
	'deleted|0|0|0|3000', 'then all is deleted');
is($node->safe_psql('postgres', $books), $all, 'and all is in the archive');
is($node->safe_psql('postgres', $counts), 't|t', 'once');
$node->stop;
done_testing();
