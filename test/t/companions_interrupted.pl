# An update of a companion that does not get to its end has not begun: versions, ledger and catalog are as they were, whatever stopped it. And pg_upgrade brings companions along.
use strict;
use warnings;

use FindBin;
use OpenSession;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', "client_min_messages = warning\nrestart_after_crash = on");
$node->start;

# A table of the first version that later ones lock or reference, how far up they are, and the last index that an update makes.
my %companions = (
	auditsuite => { from => '1.0.0', to => '1.3.0', table => 'tenant.organizations', schema => 'maintenance', last_index => 'v1_audits_audit' },
	humanglue => { from => '1.0.0', to => '1.1.0', table => 'public.courses', last_index => 'platform_course_stats_course' },
	momentum => { from => '1.0.0', to => '1.2.0', table => 'public.profiles', last_index => 'idx_zoom_credentials_user' },
	platform => { from => '1.1.0', to => '1.3.0', table => 'auth.users', last_index => 'idx_audit_logs_archive_user_id' },
	trackpay => { from => '1.0.0', to => '1.7.0', table => 'public.trackpay_sessions', last_index => 'idx_invites_claimed_by' });

my $state = q{
	select proapp.manifest_digest('*.*'), (select string_agg(app || ' ' || version, ',' order by app, version) from proapp.migrations), (select string_agg(extname || extversion, ',' order by extname) from pg_extension),
		(select count(*) from proapp.archived), (select count(*) from proapp.expectations)};

foreach my $app (sort keys %companions)
{
	my %of = %{ $companions{$app} };
	my $sql = sub { return $node->safe_psql($app, @_) };
	$node->safe_psql('postgres', "create database $app");
	$sql->("create extension proapp_dev_env cascade; create extension proapp_$app version '$of{from}'");
	$sql->(slurp_file("$FindBin::RealBin/../fixtures/${app}_data.sql"));
	foreach my $direction ([ $of{from}, $of{to} ], [ $of{to}, $of{from} ])
	{
		my ($from, $to) = @$direction;
		my $before = $sql->($state);
		my $update = "alter extension proapp_$app update to '$to'";
		my $name = "$app $from to $to";

		# Somebody holds a table that it needs.
		my ($holder, $updater) = map { OpenSession->new($node, $app) } 1 .. 2;
		$holder->ask("begin; lock table $of{table} in row exclusive mode;");
		like($updater->ask("set proapp.migration_lock_timeout = '50ms'; $update;"), qr/canceling statement due to lock timeout/, "$name: waits as long as it is told");
		is($sql->($state), $before, "$name: nothing has happened");
		# kill -9 of the backend takes the server down, and it comes back.
		$updater->ask("reset proapp.migration_lock_timeout;");
		$updater->send_only("$update;");
		ok($updater->somebody_waits('alter extension'), "$name: it waits");
		my $pid = $sql->("select pid from pg_stat_activity where query like 'alter extension%' and wait_event_type = 'Lock'");
		OpenSession::crash($node, $pid);
		is($sql->($state), $before, "$name: after kill -9 nothing has happened");
		eval { $_->{run}->kill_kill } foreach $holder, $updater;

		# With retries it goes on when the table is free.
		($holder, $updater) = map { OpenSession->new($node, $app) } 1 .. 2;
		$holder->ask("begin; lock table $of{table} in row exclusive mode;");
		$updater->ask("set proapp.migration_lock_timeout = '50ms'; set proapp.migration_lock_retries = 100;");
		$updater->send_only("begin; $update; rollback;");
		ok($updater->somebody_waits('alter extension'), "$name: it waits again");
		$holder->ask('commit;');
		unlike($updater->answer, qr/ERROR/, "$name: retried until it got the lock");
		is($sql->($state), $before, "$name: and taken back by its caller");
		$_->quit foreach $holder, $updater;

		# It fails far down the road.
		if ($from eq $of{from})
		{
			$sql->(qq{
				create function public.stop() returns event_trigger language plpgsql as \$\$
				begin
					if exists (select from pg_event_trigger_ddl_commands() where object_identity = '@{[ $of{schema} // 'public' ]}.$of{last_index}') then raise exception 'stopped'; end if;
				end\$\$;
				create event trigger stop on ddl_command_end execute function public.stop()});
			my ($status, $out, $error) = $node->psql($app, $update);
			like($error, qr/stopped.*migration of $app to version \d\.\d\.\d, statement \d+, line \d+/s, "$name: fails at its last index, and says where");
			$sql->('drop event trigger stop; drop function public.stop()');
			is($sql->($state), $before, "$name: nothing has happened");
		}
		$sql->($update);
		isnt($sql->($state), $before, "$name: and then it is done");
	}
	$sql->("alter extension proapp_$app update to '$of{to}'");
}

# Momentum is rolled back while the server is upgraded.
$node->safe_psql('momentum', "alter extension proapp_momentum update to '1.0.0'");
my %before = map { $_ => $node->safe_psql($_, $state) } keys %companions;
$node->stop;
my $upgraded = PostgreSQL::Test::Cluster->new('upgraded');
$upgraded->init;
my $bin = $node->config_data('--bindir');
chdir $upgraded->basedir;
command_ok(
	[ 'pg_upgrade', '--no-sync', '-b', $bin, '-B', $bin, '-d', $node->data_dir, '-D', $upgraded->data_dir, '-s', $upgraded->host, '-p', $node->port, '-P', $upgraded->port ],
	'pg_upgrade');
$upgraded->start;
foreach my $app (sort keys %companions)
{
	is($upgraded->safe_psql($app, $state), $before{$app}, "$app after pg_upgrade: as it was");
	$upgraded->safe_psql($app, "alter extension proapp_$app update to '$companions{$app}{to}'") if $app eq 'momentum';
	is($upgraded->safe_psql($app, "select count(*) from public.${app}_self_test() where result <> 'PASS'"), '0', "$app after pg_upgrade: self test");
	is($upgraded->safe_psql($app, q{select count(*) from proapp.health_check() where status <> 'OK'}), '0', "$app after pg_upgrade: healthy");
}

$upgraded->stop;
done_testing();
