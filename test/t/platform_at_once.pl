# Platform beside other sessions: an event of Stripe that comes twice at once is one payment, nobody is told twice, and two modules that are added at once are both there.
use strict;
use warnings;

use FindBin;
use OpenSession;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;
$node->safe_psql('postgres', 'create database platform');
$node->safe_psql('platform', 'create extension proapp_dev_env cascade; create extension proapp_platform');
$node->safe_psql('platform', slurp_file("$FindBin::RealBin/../fixtures/platform_data.sql"));
sub sql { return $node->safe_psql('platform', @_) }

my ($one, $two) = map { OpenSession->new($node, 'platform') } 1 .. 2;
my $user = "'a1000000-0000-4000-8000-000000000060'";
sub event { return "select public.platform_record_payment('pi_twice', $user, 'digipro', 490, '$_[0]');" }

foreach my $pair (['completed', 'completed'], ['pending', 'completed'], ['completed', 'failed'], ['failed', 'failed'])
{
	my ($first, $second) = @$pair;
	foreach my $end ('commit', 'rollback')
	{
		my $name = "$first and $second at once, the first $end";
		sql(q{delete from public.payments where stripe_payment_id = 'pi_twice'; delete from public.subscriptions where app = 'digipro'; delete from public.notifications});
		$one->ask('begin;');
		unlike($one->ask(event($first)), qr/ERROR/, "$name: the first");
		$two->send_only(event($second));
		ok($two->somebody_waits('platform_record_payment'), "$name: the second waits");
		$one->ask("$end;");
		unlike($two->answer, qr/ERROR/, "$name: and is done");
		my $status = $end eq 'rollback' || $second eq 'completed' ? $second : $first;
		is(sql(q{select string_agg(status, ',') from public.payments where stripe_payment_id = 'pi_twice'}), $status, "$name: one payment");
		is(sql(q{select count(*) from public.subscriptions where app = 'digipro' and status = 'active' and current_period_end < now() + interval '32 days'}), $status eq 'completed' ? '1' : '0', "$name: paid once");
		is(sql(q{select count(*) from public.notifications where title = 'Payment failed'}), $status eq 'failed' ? '1' : '0', "$name: told once");
	}
}

# Trials that end within a week, seen by two jobs at once.
sql(q{delete from public.notifications; update public.subscriptions set status = 'trial', trial_ends_at = now() + interval '5 days'});
$one->ask('begin; select * from public.platform_expire_subscriptions();');
$two->send_only('select * from public.platform_expire_subscriptions();');
ok($two->somebody_waits('platform_expire_subscriptions'), 'the second job waits');
$one->ask('commit;');
like($two->answer, qr/notified\|0/, 'and tells nobody again');
is(sql('select count(*) = (select count(*) from public.subscriptions) from public.notifications'), 't', 'everybody was told once');

# Two modules.
$one->ask(q{begin; select public.platform_add_module('firstpro');});
$two->send_only(q{select public.platform_add_module('secondpro');});
ok($two->somebody_waits('platform_add_module'), 'the second module waits');
$one->ask('commit;');
unlike($two->answer, qr/ERROR/, 'and is added');
is(sql(q{select string_agg(name, ',' order by position) from public.platform_modules where position > 6}), 'firstpro,secondpro', 'both are there');
like(sql(q{select pg_get_constraintdef(oid) from pg_constraint where conname = 'payments_app_check'}), qr/firstpro.*secondpro/, 'and both are in the checks');

# The audit becomes partitions while others write it: nothing is lost.
my $rows = sql('select count(*) from public.audit_logs');
$one->ask(q{begin; insert into public.audit_logs (app, action) values ('lifepro', 'meanwhile');});
$two->send_only('select public.platform_partition_audit_logs();');
ok($two->somebody_waits('platform_partition_audit_logs'), 'partitioning waits for who writes');
$one->ask('commit;');
unlike($two->answer, qr/ERROR/, 'and is done');
is(sql('select count(*) from public.audit_logs'), $rows + 1, 'with every row');

$_->quit foreach $one, $two;
$node->stop;
done_testing();
