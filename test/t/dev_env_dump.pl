# The environment of proapp_dev_env survives every way of dumping and restoring: rows, ledger, grants; and nothing is made twice.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;

my $dumps = $node->basedir;

# What must be the same before and after: rows, ledger, publication, default privileges, row security, grants.
my $state = q{
  select concat_ws(' ', 'user', id, email, confirmed_at) from auth.users
  union all select concat_ws(' ', 'object', bucket_id, name, path_tokens) from storage.objects
  union all select concat_ws(' ', 'ledger', app, version, checksum, applied_at, applied_by) from proapp.migrations
  union all select concat_ws(' ', 'publication', pubname, tablename) from pg_publication left join pg_publication_tables using (pubname)
  union all select concat_ws(' ', 'default', defaclrole::regrole, defaclnamespace::regnamespace, defaclobjtype, defaclacl) from pg_default_acl
  union all select concat_ws(' ', 'table', oid::regclass, relrowsecurity, coalesce(relacl, acldefault('r', relowner))) from pg_class
             where relnamespace in ('auth'::regnamespace, 'storage'::regnamespace, 'public'::regnamespace) and relkind = 'r'
  union all select concat_ws(' ', 'policy', polname) from pg_policy
  union all select concat_ws(' ', 'routine', oid::regprocedure, proacl, pg_get_function_sqlbody(oid))
             from pg_proc where pronamespace in ('auth'::regnamespace, 'storage'::regnamespace)
  union all select concat_ws(' ', 'extension', extname, extversion) from pg_extension
  order by 1;
};

$node->safe_psql('postgres', 'create database origin');
$node->safe_psql(
	'origin', q{
  create extension proapp_dev_env cascade;
  insert into auth.users (id, email, email_confirmed_at) select md5('user ' || n)::uuid, 'user' || n || '@example.org', now() from generate_series(1, 50) n;
  insert into storage.buckets (id, name) values ('avatars', 'avatars');
  insert into storage.objects (bucket_id, name) values ('avatars', 'a/b.png');
  create policy "own files" on storage.objects to authenticated using (owner_id = auth.uid()::text);
  alter table auth.users add column nickname text;
  create table public.notes (id int primary key, author uuid references auth.users (id));
  alter publication supabase_realtime add table public.notes;
});
my $before = $node->safe_psql('origin', $state);
like($before, qr/^ledger dev_env 1\.0\.0 /m, 'the ledger has the version');
is(scalar(() = $before =~ /^user /mg), 50, 'fifty users before');

sub same_in
{
	my ($database, $how) = @_;
	is($node->safe_psql($database, $state), $before, "$how: nothing lost, nothing added");
	is( $node->safe_psql($database, "select count(*) from pg_depend where deptype = 'e' and refobjid = (select oid from pg_extension where extname = 'proapp_dev_env')"),
		'0', "$how: no members");
	$node->safe_psql($database, 'drop extension proapp_dev_env; create extension proapp_dev_env');
	is($node->safe_psql($database, $state), $before, "$how: the ledger is known to a re-created extension");
}

sub target
{
	my ($database) = @_;
	$node->safe_psql('postgres', "create database $database template template0");
	return $database;
}

sub restore_script
{
	my ($database, $file) = @_;
	my ($out, $err) = ('', '');
	my $result = IPC::Run::run([ 'psql', '-X', '-1', '-q', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr($database), '-f', $file ], '>', \$out, '2>', \$err);
	ok($result, "$database: psql -1 restores without an error") or diag($err);
	return $err;
}

$node->command_ok([ 'pg_dump', '-f', "$dumps/plain.sql", '-d', $node->connstr('origin') ], 'plain dump');
my $messages = restore_script(target('plain'), "$dumps/plain.sql");
like($messages, qr/WARNING:  migration of dev_env to version 1\.0\.0 is skipped/, 'plain: the skip is said');
same_in('plain', 'plain, one transaction');

$node->command_ok([ 'pg_dump', '--clean', '--if-exists', '-f', "$dumps/clean.sql", '-d', $node->connstr('origin') ], 'dump with --clean');
restore_script('plain', "$dumps/clean.sql");
same_in('plain', '--clean --if-exists over itself');

$node->command_ok([ 'pg_dump', '-Fc', '-f', "$dumps/custom", '-d', $node->connstr('origin') ], 'custom dump');
$node->command_ok([ 'pg_restore', '-1', '-d', $node->connstr(target('custom')), "$dumps/custom" ], 'pg_restore -1');
same_in('custom', '-Fc');

$node->command_ok([ 'pg_restore', '-j2', '-e', '-d', $node->connstr(target('parallel')), "$dumps/custom" ], 'pg_restore -j2');
same_in('parallel', '-j2');

$node->command_ok([ 'pg_dump', '--enable-row-security', '-f', "$dumps/row_security.sql", '-d', $node->connstr('origin') ], 'dump with row security');
{
	local $ENV{PGOPTIONS} = '-c proapp.restoring=on';
	restore_script(target('row_security'), "$dumps/row_security.sql");
}
same_in('row_security', '--enable-row-security with proapp.restoring = on');

# DROP EXTENSION, of the core too, drops nothing that holds rows.
$node->safe_psql('origin', 'drop extension proapp_schema cascade');
is($node->safe_psql('origin', q{select count(*) from auth.users}), '50', 'users outlive both extensions');
is($node->safe_psql('origin', q{select count(*) from proapp_data.migrations}), '1', 'so does the ledger');
$node->safe_psql('origin', 'create extension proapp_dev_env cascade');
is($node->safe_psql('origin', $state), $before, 'and both come back to it');

$node->stop;
done_testing();
