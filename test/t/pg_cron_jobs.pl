# Jobs of companions on the real pg_cron: they wait where it is not, are scheduled when it comes, and health_check() notices when somebody takes them away.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', "shared_preload_libraries = 'pg_cron'\ncron.database_name = 'app'\ncron.use_background_workers = on\nmax_worker_processes = 20\nclient_min_messages = warning");
$node->start;
$node->safe_psql('postgres', 'create database app; create database elsewhere');
sub sql { return $node->safe_psql(@_) }

# Where pg_cron is not they wait.
sql($_, 'create extension proapp_dev_env cascade; create extension proapp_platform') foreach qw(app elsewhere);
is(sql('app', q{select count(*) from proapp.jobs where state = 'waits for pg_cron'}), '3', 'without pg_cron jobs wait');
is(sql('app', q{select state, next from proapp.status() where concern = 'jobs'}), 'waiting for pg_cron|create extension pg_cron; select * from proapp.schedule_jobs()', 'and status() says what to type');
like(sql('elsewhere', q{select next from proapp.jobs where name = 'platform_expire_subscriptions'}),
	qr/^in database app: select cron.schedule_in_database\('platform_expire_subscriptions', '0 3 \* \* \*', 'select public.platform_expire_subscriptions\(\)', 'elsewhere'\)$/, 'elsewhere it says where');
is(sql('app', q{select count(*) from proapp.health_check() where status <> 'OK'}), '0', 'which is no fault');
my ($status, $out, $error) = $node->psql('elsewhere', 'select * from proapp.schedule_jobs()');
like($error, qr/pg_cron is not in this database/, 'and they are not scheduled there');

# It comes.
is(sql('app', 'create extension pg_cron; select count(*) from proapp.schedule_jobs()'), '3', 'scheduled when it has come');
is(sql('app', q{select string_agg(jobname || ' ' || schedule, ', ' order by jobname) from cron.job where database = 'app'}),
	'platform_archive_audit_logs 30 3 * * *, platform_ensure_audit_partitions 45 3 * * *, platform_expire_subscriptions 0 3 * * *', 'as they were registered');
is(sql('app', q{select state from proapp.status() where concern = 'jobs'}), 'OK', 'status() is content');

# Somebody takes one away, changes one and switches one off.
sql('app', q{select cron.unschedule('platform_archive_audit_logs'); select cron.schedule('platform_expire_subscriptions', '0 4 * * *', 'select 1');
	select cron.alter_job(jobid, active => false) from cron.job where jobname = 'platform_ensure_audit_partitions'});
is(sql('app', q{select string_agg(item || ' ' || actual, ', ' order by item) from proapp.health_check() where category = 'job'}),
	'platform_archive_audit_logs missing, platform_ensure_audit_partitions switched off, platform_expire_subscriptions differs', 'health_check() notices');
is(sql('app', q{select state from proapp.status() where concern = 'jobs'}), 'not scheduled', 'status() too');
sql('app', 'select * from proapp.schedule_jobs()');
is(sql('app', q{select count(*) from proapp.health_check() where status <> 'OK'}), '0', 'and they are as they were again');

# Taken back.
is(sql('app', q{select proapp.schedule_job('tidy', '* * * * *', 'select 1')}), 'scheduled', 'another one');
($status, $out, $error) = $node->psql('app', q{select proapp.schedule_job('wrong', 'now and then', 'select 1')});
like($error, qr/invalid schedule/, 'not at any time');
is(sql('app', q{select count(*) from proapp.jobs where name = 'wrong'}), '0', 'and then it is not registered');
sql('app', q{select proapp.unschedule_job('tidy')});
is(sql('app', q{select count(*) from cron.job where jobname = 'tidy'}), '0', 'and is taken back');
($status, $out, $error) = $node->psql('app', q{select proapp.unschedule_job('tidy')});
like($error, qr/job "tidy" is not registered/, 'once');

# With the version that has them.
sql('app', q{alter extension proapp_platform update to '1.2.0'});
is(sql('app', 'select count(*) from cron.job'), '0', 'jobs go with their version');
sql('app', q{alter extension proapp_platform update});
is(sql('app', 'select count(*) from cron.job'), '3', 'and come with it');

$node->stop;
done_testing();
