# Six o'clock, with the real pg_cron: a check finds what somebody changed, its job fails and says what, and the findings stay; also from another database.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;
$node->safe_psql('postgres', 'create database app');
$node->safe_psql('postgres', 'create database other');
if (!$node->safe_psql('postgres', q{select count(*) from pg_available_extensions where name = 'pg_cron'}))
{
	$node->stop;
	plan skip_all => 'pg_cron is not installed';
}
$node->append_conf('postgresql.conf', "shared_preload_libraries = 'pg_cron'\ncron.database_name = 'app'\ncron.host = '" . $node->host . "'\ncron.use_background_workers = off");
$node->restart;

sub prepare
{
	my ($database) = @_;
	$node->safe_psql($database, q{
		create extension proapp_schema;
		create schema shop;
		create table shop.orders (id integer primary key);
		alter table shop.orders enable row level security;
		select proapp.save_baseline('production', 'shop.*')});
	return;
}

sub fails_with
{
	my ($database, $sql, $pattern, $what) = @_;
	my ($status, $out, $error) = $node->psql($database, $sql);
	like($error, $pattern, $what);
	return $error;
}

# wait_for SQL, WHAT: for what the next minute brings.
sub wait_for
{
	my ($database, $sql, $what) = @_;
	ok($node->poll_query_until($database, $sql), $what);
	return;
}

prepare('app');
fails_with('app', 'select proapp.schedule_drift_check()', qr/pg_cron is loaded, and not created in this database/, 'pg_cron is not created yet');
$node->safe_psql('app', 'create extension pg_cron');
fails_with('app', q{select proapp.schedule_drift_check('production', 'at six')}, qr/invalid schedule/, 'pg_cron judges the schedule');
fails_with('app', q{select proapp.schedule_drift_check('none')}, qr/baseline "none" does not exist/, 'an unknown baseline');
fails_with('app', q{select proapp.unschedule_drift_check()}, qr/no check of baseline "production" is scheduled/, 'nothing to remove');
is($node->safe_psql('app', 'select job, schedule, database from proapp.schedule_drift_check()'), 'proapp_drift_check app production|0 6 * * 1|app', 'scheduled');
is($node->safe_psql('app', q{select schedule from proapp.schedule_drift_check('production', '* * * * *')}), '* * * * *', 'scheduled again');
is($node->safe_psql('app', 'select count(*), min(schedule), min(command) from cron.job'), q{1|* * * * *|call proapp.check_drift('production')}, 'the one job has the new schedule');
is($node->safe_psql('app', q{select state from proapp.status() where concern like 'job %'}), 'did not run yet', 'status knows it');
$node->safe_psql('app', q{select proapp.expect('cron job', 'proapp_drift_check app production', '{"schedule": "* * * * *"}'); select proapp.expect('cron job', 'weekly report');
	create role jobless; grant execute on function proapp.health_check() to jobless});
my $jobs = q{select item, actual, status from proapp.health_check()};
is($node->safe_psql('app', $jobs), "weekly report|none|missing\nproapp_drift_check app production|schedule * * * * *|OK", 'and so does the health check');
is($node->safe_psql('app', "set role jobless; $jobs"), "proapp_drift_check app production|none|missing\nweekly report|none|missing", 'which shows nobody the jobs of others');
$node->safe_psql('app', q{select cron.alter_job(jobid, active => false) from cron.job});
like($node->safe_psql('app', $jobs), qr/production\|schedule \* \* \* \* \*, not active\|is not active/, 'a job that is switched off is none');
$node->safe_psql('app', q{select cron.alter_job(jobid, active => true) from cron.job});

# From the other database, whose job this one's pg_cron keeps.
prepare('other');
my $error = fails_with('other', q{select proapp.schedule_drift_check('production', '* * * * *')}, qr/pg_cron lives in database "app"/, 'from another database');
my ($statement) = $error =~ /In database "app", type: (.*)/;
like($node->safe_psql('app', $statement), qr{^\d+$}, 'what it says to type works');
is($node->safe_psql('other', q{select state, detail from proapp.status() where concern = 'scheduled checks'}), 'not seen here|pg_cron lives in database app', 'status says so');

# Ann changes something in both, and the minute comes.
$node->safe_psql('postgres', 'create role ann superuser');
for my $database ('app', 'other')
{
	$node->safe_psql($database, 'set session authorization ann; alter table shop.orders disable row level security; alter table shop.orders add column note text');
}
wait_for('app', q{select count(*) >= 2 from cron.job_run_details d join cron.job j using (jobid) where d.status = 'failed'}, 'both jobs failed');
my $message = $node->safe_psql('app', q{select return_message from cron.job_run_details where status = 'failed' and database = 'app' order by runid limit 1});
like($message, qr/drift from baseline "production": 1 critical, 1 medium/, 'the message');
like($message, qr/critical: table shop\.orders changed \(rls_enabled\)/, 'its DETAIL');
like($message, qr/proapp\.drift_findings where run = \d+/, 'its HINT');
for my $database ('app', 'other')
{
	is($node->safe_psql($database, q{select baseline, severity, identity, changed_by from proapp.drift_findings where run = (select max(run) from proapp.drift_runs where outcome = 'alert') order by severity}),
		"production|critical|shop.orders|ann\nproduction|medium|shop.orders.note|ann", "the findings stay in $database, with their author");
	like($node->safe_psql($database, q{select statement from proapp.ddl_log where identity = 'shop.orders' and session_role = 'ann'}),
		qr/disable row level security/, 'and the log has the statement');
}
is($node->safe_psql('app', q{select state from proapp.status() where concern like 'job %' and detail like '%drift from baseline%'}), 'failed', 'status says that the job failed');

# Repaired, the next run succeeds.
for my $database ('app', 'other')
{
	is($node->safe_psql($database, q{select statement, outcome from proapp.repair(dry_run => false)}),
		"alter table shop.orders enable row level security;|done\nalter table shop.orders drop column note;|done\n|proven", "repaired in $database");
}
wait_for('app', q{select status = 'succeeded' from cron.job_run_details where database = 'app' and status in ('failed', 'succeeded') order by runid desc limit 1}, 'the job succeeds');
is($node->safe_psql('app', q{select string_agg(outcome, ' ' order by outcome) from (select distinct outcome from proapp.drift_runs) o}), 'OK alert', 'the history has both');
is($node->safe_psql('app', q{select state from proapp.status() where concern = 'drift check of production'}), 'OK', 'all is well');

# A job that no longer runs becomes stale.
is($node->safe_psql('app', 'select note from proapp.unschedule_drift_check()'), 'removed', 'unscheduled');
$node->safe_psql('app', q{select proapp.schedule_drift_check('production', '0 0 * * *')});
$node->safe_psql('app', q{update proapp_data.drift_runs set finished_at = finished_at - interval '3 days'});
is($node->safe_psql('app', q{select state from proapp.status() where concern = 'job proapp_drift_check app production'}), 'stale', 'a check that did not run is stale');
is($node->safe_psql('app', q{select cron.unschedule('proapp_drift_check other production')}), 't', 'the other one goes');

# Runs and findings come along in a dump.
my $kept = q{select (select count(*) from proapp.drift_runs) > 0, (select count(*) from proapp.drift_findings) > 0, (select md5(string_agg(r::text, '' order by run)) from proapp.drift_runs r),
	(select md5(string_agg(f::text, '' order by run, identity)) from proapp.drift_findings f)};
my $dump = $node->basedir . '/other';
$node->command_ok([ 'pg_dump', '-Fc', '-f', $dump, $node->connstr('other') ], 'pg_dump -Fc');
$node->safe_psql('postgres', 'create database copy');
$node->command_ok([ 'pg_restore', '--exit-on-error', '-j2', '-d', $node->connstr('copy'), $dump ], 'pg_restore -j2');
is($node->safe_psql('copy', $kept), $node->safe_psql('other', $kept), 'the same runs and findings');
like($node->safe_psql('copy', $kept), qr/^t\|t\|/, 'and there are some');
$node->safe_psql('copy', 'call proapp.check_drift()');
is($node->safe_psql('copy', 'select outcome from proapp.drift_runs limit 1'), 'OK', 'the next run has the next number');

$node->stop;
done_testing();
