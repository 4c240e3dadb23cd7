# The audit suite's limits, beside other sessions: the last seat, audit, byte and use of a key go to one of two, at any isolation level; and whoever writes for an organization that is being erased.
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
sub sql { return $node->safe_psql('app', $_[0]) }
$node->safe_psql('postgres', 'create database app');
sql('create extension proapp_dev_env cascade; create extension proapp_auditsuite');
sql(slurp_file("$FindBin::RealBin/../fixtures/auditsuite_data.sql"));

my $one = "'0e000000-0000-4000-8000-000000000001'";
my $two = "'0e000000-0000-4000-8000-000000000002'";
my @session = map { OpenSession->new($node, 'app') } 0, 1;

# One of two gets the last; the other waits, and then is refused, or has to try again where it looks at the past.
sub race
{
	my (%race) = @_;
	foreach my $level ('read committed', 'repeatable read', 'serializable')
	{
		my $name = "$race{name}, $level";
		$_->ask("begin isolation level $level; select count(*) from tenant.organizations;") foreach @session;
		unlike($session[0]->ask("$race{statement}->[0];"), qr/ERROR/, "$name: the first gets it");
		$session[1]->send_only("$race{statement}->[1];");
		ok($session[1]->somebody_waits($race{waits}), "$name: the second waits");
		$session[0]->ask('commit;');
		like($session[1]->answer, $level eq 'read committed' ? $race{refused} : qr/could not serialize access/, "$name: and is refused");
		$session[1]->ask('rollback;');
		is(sql($race{count}), $race{expected}, "$name: nothing above the limit");
		sql($race{undo});
	}
	# The first gives up: the second has it.
	$_->ask('begin;') foreach @session;
	$session[0]->ask("$race{statement}->[0];");
	$session[1]->send_only("$race{statement}->[1];");
	ok($session[1]->somebody_waits($race{waits}), "$race{name}: the second waits");
	$session[0]->ask('rollback;');
	unlike($session[1]->answer, qr/ERROR/, "$race{name}: and has it where the first gives up");
	$session[1]->ask('commit;');
	is(sql($race{count}), $race{expected}, "$race{name}: once");
	sql($race{undo});
	return;
}

# Four of five seats are taken, and nobody may know whose is the last.
sql("update tenant.organizations set max_users = 6 where id = $one");
my $seat = "insert into tenant.organization_members (organization_id, clerk_id, email) values ($one, 'user_2new%s', 'new%1\$s\@example.org')";
race(
	name => 'the last seat', waits => 'organization_members', refused => qr/no seat is left in the organization/,
	statement => [ map { sprintf $seat, $_ } 0, 1 ],
	count => "select count(*) from tenant.organization_members where organization_id = $one and deactivated_at is null", expected => '6',
	undo => "delete from tenant.organization_members where clerk_id like 'user_2new%'");
sql("update tenant.organizations set max_users = 6 where id = $one");
race(
	name => 'the last seat, taken again by who had left', waits => 'organization_members', refused => qr/no seat is left in the organization/,
	statement => [ sprintf($seat, 0), "update tenant.organization_members set deactivated_at = null where clerk_id = 'user_2o1m5'" ],
	count => "select count(*) from tenant.organization_members where organization_id = $one and deactivated_at is null", expected => '6',
	undo => "delete from tenant.organization_members where clerk_id like 'user_2new%'; update tenant.organization_members set deactivated_at = now() where clerk_id = 'user_2o1m5'");
sql("update tenant.organizations set max_audits_per_month = 1 where id = $one");
race(
	name => 'the last audit of the month', waits => 'audit.audits', refused => qr/audits of the month are used up/,
	statement => [ map { "insert into audit.audits (organization_id, name) values ($one, 'Raced $_')" } 0, 1 ],
	count => "select count(*) from audit.audits where organization_id = $one and name like 'Raced%'", expected => '1',
	undo => "delete from audit.audits where name like 'Raced%'");
sql("update tenant.organizations set storage_quota_gb = 1, max_file_size_mb = 1000 where id = $one");
my $file = "insert into audit.files (audit_id, file_type, original_filename, storage_path, file_size_bytes) values ('a0000000-0000-4000-8000-00000000100%s', 'custom', 'raced', 'x', 600 * 1048576)";
race(
	name => 'the last bytes', waits => 'audit.files', refused => qr/storage is used up/,
	statement => [ map { sprintf $file, $_ } 1, 2 ],
	count => "select count(*) from audit.files where original_filename = 'raced'", expected => '1',
	undo => "delete from audit.files where original_filename = 'raced'");

# A rate limit of one: the uses of others are waited for.
sql("update tenant.api_keys set rate_limit_per_hour = 1 where organization_id = $one");
foreach my $level ('read committed', 'repeatable read')
{
	$_->ask("begin isolation level $level; select count(*) from tenant.organizations;") foreach @session;
	like($session[0]->ask("select valid from tenant.verify_api_key('vxq_live_1');"), qr/^t$/m, "rate limit, $level: the first use");
	$session[1]->send_only("select valid, reason from tenant.verify_api_key('vxq_live_1');");
	ok($session[1]->somebody_waits('verify_api_key'), "rate limit, $level: the second waits");
	$session[0]->ask('commit;');
	like($session[1]->answer, $level eq 'read committed' ? qr/^f\|rate limit$/m : qr/could not serialize access/, "rate limit, $level: and is refused");
	$session[1]->ask('commit;');
	is(sql('select uses from tenant.api_key_usage'), '1', "rate limit, $level: one use counts");
	sql('delete from tenant.api_key_usage');
}

# The same content at once: the second session's file is the first one's.
my $content = "insert into audit.files (audit_id, file_type, original_filename, storage_path, file_size_bytes, file_hash)
	values ('a0000000-0000-4000-8000-00000000100%s', 'custom', 'same', 'from session %1\$s', 5, encode(sha256('same'), 'hex')) returning storage_path";
foreach my $level ('read committed', 'repeatable read')
{
	$_->ask("begin isolation level $level; select count(*) from tenant.organizations;") foreach @session;
	like($session[0]->ask(sprintf("$content;", 1)), qr/^from session 1$/m, "the same content, $level: the first stores it");
	$session[1]->send_only(sprintf("$content;", 2));
	ok($session[1]->somebody_waits('audit.files'), "the same content, $level: the second waits");
	$session[0]->ask('commit;');
	like($session[1]->answer, $level eq 'read committed' ? qr/^from session 1$/m : qr/could not serialize access/, "the same content, $level: and has the first one's file");
	$session[1]->ask('commit;');
	is(sql("select count(distinct storage_path) from audit.files where original_filename = 'same'"), '1', "the same content, $level: it is stored once");
	sql("delete from audit.files where original_filename = 'same'");
}

# Two owners leave at once.
sql("update tenant.organization_members set role = 'owner' where clerk_id = 'user_2o1m2'");
my $leaves = "update tenant.organization_members set deactivated_at = now() where clerk_id = 'user_2o1m%s'";
foreach my $level ('read committed', 'repeatable read', 'serializable')
{
	$_->ask("begin isolation level $level; select count(*) from tenant.organizations;") foreach @session;
	unlike($session[0]->ask(sprintf("$leaves;", 1)), qr/ERROR/, "two owners, $level: the first leaves");
	$session[1]->send_only(sprintf("$leaves;", 2));
	ok($session[1]->somebody_waits('organization_members'), "two owners, $level: the second waits");
	$session[0]->ask('commit;');
	like($session[1]->answer, $level eq 'read committed' ? qr/the last owner of an organization cannot be removed/ : qr/could not serialize access/, "two owners, $level: and is refused");
	$session[1]->ask('rollback;');
	is(sql("select count(*) from tenant.organization_members where organization_id = $one and role = 'owner' and deactivated_at is null"), '1', "two owners, $level: one is left");
	sql("update tenant.organization_members set deactivated_at = null where clerk_id = 'user_2o1m1'");
}

# Statements about several organizations lock them in one order.
sql("update tenant.organizations set max_audits_per_month = 1000");
foreach my $round (1 .. 20)
{
	$session[0]->send_only("insert into audit.audits (organization_id, name) values ($one, 'a'), ($two, 'a');");
	$session[1]->send_only("insert into audit.audits (organization_id, name) values ($two, 'b'), ($one, 'b');");
	unlike($_->answer, qr/ERROR/, "round $round: no deadlock") foreach @session;
}

# Whoever writes while the organization is erased: what came before goes along, what comes after finds it gone.
$session[0]->ask("begin; insert into audit.audits (organization_id, name) values ($two, 'at the last moment');");
$session[1]->send_only("select sum(row_count) from tenant.erase_organization($two);");
ok($session[1]->somebody_waits('erase_organization'), 'erasure waits for who writes');
$session[0]->ask('commit;');
unlike($session[1]->answer, qr/ERROR/, 'and takes it along');
is(sql("select count(*) from audit.audits where organization_id = $two"), '0', 'nothing is left');
my $three = "'0e000000-0000-4000-8000-000000000003'";
$session[1]->ask("begin; select sum(row_count) from tenant.erase_organization($three);");
$session[0]->send_only("select valid, reason from tenant.verify_api_key('vxq_live_3');");
ok($session[0]->somebody_waits('verify_api_key'), 'who uses a key meanwhile waits');
$session[1]->ask('commit;');
like($session[0]->answer, qr/ERROR|unknown|revoked/, 'and finds nothing');
is(sql("select count(*) from logs.activity_log where organization_id = $three"), '0', 'nor leaves a trace');

my $four = "'0e000000-0000-4000-8000-000000000004'";
foreach my $write (
	"insert into audit.files (audit_id, file_type, original_filename, storage_path, file_size_bytes, file_hash) values ('a0000000-0000-4000-8000-000000004001', 'custom', 'x', 'x', 5, encode(sha256('x'), 'hex'))",
	"select valid from tenant.verify_api_key('vxq_live_4')",
	"update tenant.organization_members set role = 'admin' where clerk_id = 'user_2o4m1'",
	"insert into tenant.organization_members (organization_id, clerk_id, email) values ($four, 'user_2x', 'x\@example.org')")
{
	sql("update tenant.organization_members set role = 'owner' where clerk_id = 'user_2o4m2'");
	$_->ask('begin;') foreach @session;
	unlike($session[0]->ask("$write;"), qr/ERROR/, "beside an erasure: $write");
	$session[1]->send_only("select sum(row_count) from tenant.erase_organization($four);");
	ok($session[1]->somebody_waits('erase_organization'), 'it waits');
	unlike($session[0]->ask("insert into audit.audits (organization_id, name) values ($four, 'more');"), qr/ERROR/, 'without being in the way');
	$session[0]->ask('rollback;');
	unlike($session[1]->answer, qr/ERROR/, 'and goes on');
	$session[1]->ask('rollback;');
}

# Partitions are made by two at once, while others write.
$session[0]->ask('begin; select count(*) from maintenance.ensure_partitions(8);');
$session[1]->send_only('select count(*) from maintenance.ensure_partitions(8);');
ok($session[1]->somebody_waits('ensure_partitions'), 'two make partitions: the second waits');
$session[0]->ask('commit;');
like($session[1]->answer, qr/^18$/m, 'and finds them');

# Who writes to the old tables while writes are stopped is waited for, and nothing of it is lost.
sql(q{create table public.users (id int generated by default as identity (start with 100) primary key, clerk_id text, email text, full_name text, company_name text); create table public.audits (id int generated by default as identity (start with 100) primary key, user_id int);
	insert into public.users values (1, 'user_2old', 'old@example.org', 'Old', 'Old'); insert into public.audits values (1, 1);
	select count(*) from maintenance.v1_prepare(); select count(*) from maintenance.v1_copy()});
$session[0]->ask('begin; insert into public.audits values (2, 1);');
$session[1]->send_only('select maintenance.v1_stop_writes();');
ok($session[1]->somebody_waits('v1_stop_writes'), 'stopping writes waits for who writes');
$session[0]->ask('commit;');
unlike($session[1]->answer, qr/ERROR/, 'and then they are stopped');
like($session[0]->ask('insert into public.audits values (3, 1);'), qr/this table takes no more writes/, 'for everybody');
is(sql(q{select outcome || ' ' || row_count from maintenance.v1_final_sync() where item = 'audits' order by 1}), "copied 1\nunchanged 1", 'the last write is taken along');
$session[0]->ask('begin; select maintenance.v1_switch();');
$session[1]->send_only('select count(*) from maintenance.v1_go_back();');
ok($session[1]->somebody_waits('v1_go_back'), 'two steps at once: the second waits');
$session[0]->ask('commit;');
unlike($session[1]->answer, qr/ERROR/, 'and goes back from where the first has come to');
is(sql('select phase from maintenance.v1_migration'), 'rolled back', 'which is known');

$_->quit foreach @session;
$node->stop;
done_testing();
