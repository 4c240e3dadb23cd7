# The audit suite's jobs with the real pg_cron and pg_stat_statements: they are scheduled, expected, run, and go with their version.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;
$node->safe_psql('postgres', 'create database app');
if ($node->safe_psql('postgres', q{select count(*) from pg_available_extensions where name in ('pg_cron', 'pg_stat_statements')}) < 2)
{
	$node->stop;
	plan skip_all => 'pg_cron or pg_stat_statements is not installed';
}
$node->append_conf('postgresql.conf',
	"shared_preload_libraries = 'pg_cron, pg_stat_statements'\ncron.database_name = 'app'\ncron.host = '" . $node->host . "'\ncron.use_background_workers = off\nclient_min_messages = warning");
$node->restart;
sub sql { return $node->safe_psql('app', $_[0]) }

sql('create extension proapp_dev_env cascade; create extension pg_cron; create extension proapp_auditsuite');
my $jobs = q{select string_agg(jobname || ' ' || schedule, ', ' order by jobname) from cron.job};
is(sql($jobs), 'auditsuite_archive_old_audits 30 1 * * *, auditsuite_collect_slow_queries 5 * * * *, auditsuite_ensure_partitions 0 1 * * *, auditsuite_refresh_analytics */15 * * * *', 'scheduled');
is(sql(q{select count(*) from proapp.health_check() where status <> 'OK'}), '0', 'and expected');
is(sql('select logs.collect_slow_queries() is null'), 't', 'without pg_stat_statements nothing is collected');
sql('create extension pg_stat_statements schema public');

sql('select pg_sleep(0.3)');
sql('select pg_sleep(0.3)');
sql('select 1');
cmp_ok(sql('select logs.collect_slow_queries(200)'), '>=', 1, 'slow queries are collected');
is(sql(q{select query, calls, mean_time_ms between 300 and 10000, total_time_ms >= 600 from logs.slow_queries where query ~ 'pg_sleep'}), 'select pg_sleep($1)|2|t|t', 'these');
my $seen = sql(q{select last_seen from logs.slow_queries where query ~ 'pg_sleep'});
sql('select logs.collect_slow_queries(200)');
is(sql(q{select count(*) || ' ' || min(last_seen) from logs.slow_queries where query ~ 'pg_sleep'}), "1 $seen", 'again, they are the same and were not seen since');
sql('select pg_sleep(0.3)');
sql('select logs.collect_slow_queries(200)');
is(sql(q{select calls, last_seen > '} . $seen . q{' from logs.slow_queries where query ~ 'pg_sleep'}), '3|t', 'and when they are seen again');

# Every command of the jobs runs, once by pg_cron itself.
sql("$_") foreach split /\n/, sql(q{select command from cron.job where jobname like 'auditsuite%'});
sql(q{select cron.schedule('auditsuite_refresh_analytics', '* * * * *', 'select maintenance.refresh_analytics()')});
sql(q{insert into tenant.organizations (name, slug) values ('Soon on the dashboard', 'soon')});
ok($node->poll_query_until('app', q{select exists (select from analytics.organization_metrics_data where organization_name = 'Soon on the dashboard')}), 'the dashboard is refreshed within the minute');
ok($node->poll_query_until('app', q{select exists (select from cron.job_run_details where command ~ 'refresh_analytics' and status = 'succeeded')}), 'and the run has succeeded');
is(sql(q{select item || ' ' || actual from proapp.health_check() where status <> 'OK'}), 'auditsuite_refresh_analytics differs', 'another schedule is not healthy');

sql(q{alter extension proapp_auditsuite update to '1.0.0'});
is(sql('select count(*) from cron.job'), '0', 'going back, the jobs go');
is(sql(q{select count(*) from proapp.health_check() where status <> 'OK'}), '0', 'and nobody expects them');
sql('alter extension proapp_auditsuite update');
is(sql(q{select count(*) from cron.job}), '4', 'and they come again');
is(sql(q{select count(*) from proapp.health_check() where status <> 'OK'}), '0', 'healthy');

$node->stop;
done_testing();
