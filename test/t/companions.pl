# Companions from version to version, with rows: up, down and up again leave every row as it was, whatever the way the schema is the same, and dumps carry it.
use strict;
use warnings;

use FindBin;
use IPC::Run ();
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my %versions = (
	humanglue => [qw(1.0.0 1.1.0)],
	momentum => [qw(1.0.0 1.1.0 1.2.0)],
	trackpay => [qw(1.0.0 1.1.0 1.2.0 1.3.0 1.4.0 1.5.0 1.6.0 1.7.0)]);
# For the tables of the first version; and what later versions make room for, to be written as often as they come.
my %rows = map { $_ => slurp_file("$FindBin::RealBin/../fixtures/${_}_data.sql") } keys %versions;
my %later_rows = (
	# Without triggers: what they would write into the tables of before is no row of this version.
	humanglue => {
		'1.1.0' => q{
			set session_replication_role = replica;
			insert into public.instructor_profiles (id, user_id, bio, professional_title, total_courses)
				select id, id, repeat('Teaches. ', 10), 'Coach', 1 from public.users where organization_id is null and role <> 'admin' on conflict do nothing;
			insert into public.instructor_settings (id, user_id) select id, user_id from public.instructor_profiles on conflict do nothing;
			update public.courses set instructor_id = 'a1000000-0000-4000-8000-000000900001', tags = '{one,two}', status = 'published' where sort_order < 4;
			update public.workshops set type = 'hybrid', tags = '{one}' where slug like 'workshop-%';
			insert into public.revenue_transactions (id, instructor_id, student_id, transaction_type, amount, platform_fee_amount, instructor_earnings, course_id, enrollment_id)
				select id, 'a1000000-0000-4000-8000-000000900001', user_id, 'course_enrollment', 100, 20, 80, course_id, id from public.course_enrollments on conflict do nothing;
			insert into public.course_reviews (id, course_id, user_id, enrollment_id, rating) select id, course_id, user_id, id, 4 from public.course_enrollments on conflict do nothing;
			insert into public.workshop_feedback (id, workshop_id, user_id, registration_id, overall_satisfaction) select id, workshop_id, user_id, id, 5 from public.workshop_registrations on conflict do nothing;
			insert into public.student_activity (id, instructor_id, student_id, activity_type, activity_title, course_id)
				select id, 'a1000000-0000-4000-8000-000000900001', user_id, 'enrolled', 'Course', course_id from public.course_enrollments on conflict do nothing;
			insert into public.course_instructors (course_id, instructor_id) select id, 'a1000000-0000-4000-8000-000000900002' from public.courses on conflict do nothing;
			insert into public.workshop_facilitators (workshop_id, facilitator_id) select id, 'a1000000-0000-4000-8000-000000900003' from public.workshops on conflict do nothing;
			insert into storage.objects (id, bucket_id, name) select id, 'certificates', id || '/file' from public.users on conflict do nothing;
			select * from public.humanglue_recount();
			reset session_replication_role}},
	momentum => {
		'1.1.0' => q{
			insert into public.zoom_credentials (id, user_id, access_token, refresh_token, expires_at)
				select id, id, 'access ' || email, 'refresh ' || email, '2026-01-01 00:00+00' from public.profiles order by email limit 7 on conflict do nothing},
		'1.2.0' => q{
			insert into storage.objects (id, bucket_id, name, metadata)
				select id, case when email like '%1@%' then 'logos' else 'private' end, id || '/file', '{"size": 1}' from public.profiles on conflict do nothing}});

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', "fsync = off\nclient_min_messages = warning");
$node->start;

sub sql { return $node->safe_psql(@_) }

sub make
{
	my ($database, $app, $version) = @_;
	sql('postgres', "create database $database");
	sql($database, "create extension proapp_dev_env cascade; create extension proapp_$app version '$version'");
	return;
}

# Of every table of the database: how many rows, and a hash of them.
my $hashes = q{
	select format('%s %s', c.oid::regclass, (xpath('/row/h/text()', query_to_xml(format('select count(*) || '' '' || coalesce(md5(string_agg(md5(t::text), '','' order by md5(t::text))), '''') as h from %s t',
		c.oid::regclass), false, true, '')))[1]::text)
	from pg_class c where c.relkind = 'r' and c.relnamespace in (select oid from pg_namespace where nspname in ('public', 'auth', 'storage')) order by 1};
# Of the app's tables that were there before, and of their columns: a version may add some, and put rows of its own into storage.
my $columns = q{
	select format('select ''%1$s '' || count(*) || '' '' || coalesce(md5(string_agg(md5(row(%2$s)::text), '','' order by md5(row(%2$s)::text))), '''') from %1$s',
		attrelid::regclass, string_agg(quote_ident(attname), ', ' order by attname))
	from pg_attribute join pg_class c on c.oid = attrelid where relkind = 'r' and relnamespace in (select oid from pg_namespace where nspname in ('public', 'auth')) and attnum > 0 and not attisdropped
	group by attrelid order by attrelid::regclass::text};
sub rows_of
{
	my ($database, $queries) = @_;
	return sql($database, $queries =~ s/\n/;\n/gr);
}
my $digest = q{select proapp.manifest_digest('*.*')};

sub dump_schema
{
	my ($database) = @_;
	my ($out, $error) = ('', '');
	IPC::Run::run([ 'pg_dump', '--schema-only', '--exclude-schema=proapp_*', '-d', $node->connstr($database) ], '>', \$out, '2>', \$error) or die $error;
	# Who restricts a dump has a key of its own each time.
	$out =~ s/^\\(?:un)?restrict .*$//mg;
	return $out;
}

foreach my $app (sort keys %versions)
{
	my @versions = @{ $versions{$app} };
	my (%digest_of, %dump_of);
	foreach my $version (@versions)
	{
		(my $database = "fresh_${app}_$version") =~ s/\./_/g;
		make($database, $app, $version);
		$digest_of{$version} = sql($database, $digest);
		$dump_of{$version} = dump_schema($database);
	}
	foreach my $low (0 .. $#versions - 1)
	{
		(my $database = "from_${app}_$versions[$low]") =~ s/\./_/g;
		make($database, $app, $versions[$low]);
		sql($database, $rows{$app});
		my $before = sql($database, $hashes);
		my $queries = sql($database, $columns);
		my $rows = rows_of($database, $queries);
		foreach my $high ($low + 1 .. $#versions)
		{
			my ($from, $to) = ($versions[$low], $versions[$high]);
			my $update = sub { sql($database, "alter extension proapp_$app update to '$_[0]'") };
			$update->($to);
			is(rows_of($database, $queries), $rows, "$app $from to $to: rows");
			sql($database, $_) foreach grep { defined } map { $later_rows{$app}{$_} } @versions[ $low + 1 .. $high ];
			my $written = sql($database, $hashes);
			is(sql($database, $digest), $digest_of{$to}, "$app $from to $to: the schema of a fresh install");
			$update->($from);
			is(sql($database, $hashes), $before, "$app back to $from: rows");
			is(sql($database, $digest), $digest_of{$from}, "$app back to $from: the schema of a fresh install");
			$update->($to);
			is(sql($database, $hashes), $written, "$app $from to $to again: rows");
			is(sql($database, $digest), $digest_of{$to}, "$app $from to $to again: the same schema");
			is(dump_schema($database), $dump_of{$to}, "$app $from to $to again: the dump of a fresh install") if $high == $#versions;
			$update->($from) if $high < $#versions;
		}
		is(sql($database, "select count(*) from public.${app}_self_test() where result <> 'PASS'"), '0', "$app from $versions[$low]: self test");
		is(sql($database, q{select count(*) from proapp.health_check() where status <> 'OK'}), '0', "$app from $versions[$low]: healthy");
	}
}

# A dump with rows and with what users changed, of the newest and of an older version, restored in each way.
foreach my $app (sort keys %versions)
{
	my $newest = $versions{$app}[-1];
	(my $database = "from_${app}_$versions{$app}[0]") =~ s/\./_/g;
	sql($database, q{create role analyst}) if sql('postgres', q{select count(*) from pg_roles where rolname = 'analyst'}) eq '0';
	my $table = sql($database, q{select min(c.oid::regclass::text) from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'});
	sql($database, qq{
		alter table $table add column added_by_hand text default 'x';
		create index by_hand on $table (added_by_hand);
		create policy by_hand on $table for select to analyst using (true);
		grant select on $table to analyst;
		comment on table $table is 'changed by hand';
		alter table $table force row level security;
		create table public.made_by_hand (id int primary key);
		alter publication supabase_realtime add table public.made_by_hand});
	foreach my $state ($newest, $versions{$app}[1])
	{
		sql($database, "alter extension proapp_$app update to '$state'");
		my ($rows, $schema, $ledger) = (sql($database, $hashes), sql($database, $digest), sql($database, 'select app, version from proapp.migrations'));
		my $file = $node->basedir . "/$app";
		my %restore = (
			plain => sub { [ 'psql', '-Xq', '-1', '-v', 'ON_ERROR_STOP=1', '-f', "$file.sql", $node->connstr($_[0]) ] },
			custom => sub { [ 'pg_restore', '--exit-on-error', '-d', $node->connstr($_[0]), "$file.custom" ] },
			parallel => sub { [ 'pg_restore', '--exit-on-error', '-j2', '-d', $node->connstr($_[0]), "$file.custom" ] });
		command_ok([ 'pg_dump', '-f', "$file.sql", $node->connstr($database) ], "$app $state: pg_dump");
		command_ok([ 'pg_dump', '-Fc', '-f', "$file.custom", $node->connstr($database) ], "$app $state: pg_dump -Fc");
		foreach my $how (sort keys %restore)
		{
			sql('postgres', 'create database restored template template0');
			command_ok($restore{$how}->('restored'), "$app $state: restored, $how");
			is(sql('restored', $hashes), $rows, "$app $state, $how: rows");
			is(sql('restored', $digest), $schema, "$app $state, $how: schema");
			is(sql('restored', 'select app, version from proapp.migrations'), $ledger, "$app $state, $how: ledger");
			sql('restored', 'select * from proapp.post_restore()');
			is(sql('restored', "select extversion from pg_extension where extname = 'proapp_$app'"), $state, "$app $state, $how: the version after post_restore()");
			sql('restored', "alter extension proapp_$app update to '$newest'") if $state ne $newest;
			is(sql('restored', "select count(*) from public.${app}_self_test() where result <> 'PASS'"), '0', "$app $state, $how: goes on from there");
			sql('postgres', 'drop database restored');
		}
		sql($database, "alter extension proapp_$app update to '$newest'") if $state ne $newest;
	}
}

# Dropped, with CASCADE, the app's extension and then the core: everything stays but what calls the core, and creating them again finds the ledger.
foreach my $app (sort keys %versions)
{
	(my $database = "from_${app}_$versions{$app}[0]") =~ s/\./_/g;
	my $rows = sql($database, $hashes);
	sql($database, "drop extension proapp_$app cascade");
	is(sql($database, $hashes), $rows, "$app: DROP EXTENSION leaves every row");
	my $ledger = sql($database, 'select app, version from proapp.migrations');
	sql($database, "create extension proapp_$app");
	is(sql($database, 'select app, version from proapp.migrations'), $ledger, "$app: created again, it finds its versions");
	is(sql($database, "select count(*) from public.${app}_self_test() where result <> 'PASS'"), '0', "$app: and all works");
	sql($database, 'drop extension proapp_schema cascade');
	is(sql($database, $hashes), $rows, "$app: DROP EXTENSION proapp_schema CASCADE leaves every row");
	sql($database, "create extension proapp_$app cascade");
	is(sql($database, 'select app, version from proapp.migrations'), $ledger, "$app: created again after that, too");
	is(sql($database, $hashes), $rows, "$app: with every row");
	is(sql($database, "select outcome from proapp.repair('$app', false) order by step desc limit 1"), 'proven', "$app: the baseline brings back what CASCADE took");
	is(sql($database, "select count(*) from public.${app}_self_test() where result <> 'PASS'"), '0', "$app: and all works again");
	is(sql($database, q{select count(*) from proapp.health_check() where status <> 'OK'}), '0', "$app: healthy again");
}

$node->stop;
done_testing();
