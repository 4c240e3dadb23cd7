# Momentum's last owner, beside other sessions: whoever comes first, no organization with members is ever left without one, at any isolation level.
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
$node->safe_psql('postgres', 'create database momentum');
$node->safe_psql('momentum', 'create extension proapp_dev_env cascade; create extension proapp_momentum');
$node->safe_psql('momentum', slurp_file("$FindBin::RealBin/../fixtures/momentum_data.sql"));

# Users 5 and 10 own organization 1.
my %user = map { $_ => sprintf("'a1000000-0000-4000-8000-%012d'", $_) } 5, 10;
my %session = map { $_ => OpenSession->new($node, 'momentum') } 5, 10;
my $owners = q{select count(*) from public.organization_members where organization_id = '0e000000-0000-4000-8000-000000000001' and role = 'owner'};
my %ways = (
	'leaves' => sub { "delete from public.organization_members where user_id = $user{$_[0]}" },
	'becomes a member' => sub { "update public.organization_members set role = 'member' where user_id = $user{$_[0]}" });

sub sign_in
{
	foreach my $number (5, 10)
	{
		(my $sub = $user{$number}) =~ s/'//g;
		$session{$number}->ask(qq{set request.jwt.claims = '{"sub": "$sub"}'; set role authenticated;});
	}
	return;
}

foreach my $level ('read committed', 'repeatable read', 'serializable')
{
	foreach my $first (sort keys %ways)
	{
		foreach my $second (sort keys %ways)
		{
			my $name = "$level: one $first while the other $second";
			sign_in();
			$session{$_}->ask("begin isolation level $level; select count(*) from public.organization_members;") foreach (5, 10);
			unlike($session{5}->ask($ways{$first}->(5) . ';'), qr/ERROR/, "$name: the first does");
			$session{10}->send_only($ways{$second}->(10) . ';');
			ok($session{10}->somebody_waits('organization_members'), "$name: the second waits");
			$session{5}->ask('commit;');
			like($session{10}->answer, $level eq 'read committed' ? qr/the last owner of an organization cannot be removed/ : qr/could not serialize access/, "$name: and is refused");
			$session{10}->ask('rollback;');
			is($node->safe_psql('momentum', $owners), '1', "$name: an owner is left");
			$node->safe_psql('momentum', "insert into public.organization_members (user_id, organization_id, role) values ($user{5}, '0e000000-0000-4000-8000-000000000001', 'owner')
				on conflict (user_id, organization_id) do update set role = 'owner'");
		}
	}
}

# A member comes while the organization is deleted.
my $organization = "'0e000000-0000-4000-8000-00000000000f'";
$session{$_}->ask('reset role; reset request.jwt.claims;') foreach (5, 10);
$node->safe_psql('momentum', "insert into public.organizations (id, name, slug) values ($organization, 'Empty', 'empty')");
$session{5}->ask("begin; insert into public.organization_members (user_id, organization_id, role) values ($user{5}, $organization, 'owner');");
$session{10}->send_only("delete from public.organizations where id = $organization;");
ok($session{10}->somebody_waits('delete from public.organizations'), 'the deletion waits for the member');
$session{5}->ask('commit;');
like($session{10}->answer, qr/an organization with members cannot be deleted/, 'and is refused');

$_->quit foreach values %session;
$node->stop;
done_testing();
