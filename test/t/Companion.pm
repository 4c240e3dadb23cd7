# What holds for every companion, from version to version, with rows: up, down and up again leave every row as it was, whatever the way the schema is the same, and dumps carry it.
# companion_<app>.pl says what an app is: its versions, its rows for the tables of the first, and what later versions make room for, to be written as often as they come.
package Companion;
use strict;
use warnings;

use Exporter 'import';
use FindBin;
use IPC::Run ();
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

our @EXPORT = qw(companion data_of);

# A file of test/fixtures.
sub data_of { return slurp_file("$FindBin::RealBin/../fixtures/$_[0]_data.sql"); }

my $node;

sub sql { return $node->safe_psql(@_) }

sub make
{
	my ($database, $app, $version) = @_;
	sql('postgres', "create database $database");
	sql($database, "create extension proapp_dev_env cascade; create extension proapp_$app version '$version'");
	return;
}

# The schemas of the apps.
my $schemas = q{nspname !~ '^(pg_|proapp|auth$|storage$|information_schema$)'};
# Of every table of the database: how many rows, and a hash of them.
my $hashes = qq{
	select format('%s %s', c.oid::regclass, (xpath('/row/h/text()', query_to_xml(format('select count(*) || '' '' || coalesce(md5(string_agg(md5(t::text), '','' order by md5(t::text))), '''') as h from %s t',
		c.oid::regclass), false, true, '')))[1]::text)
	from pg_class c where c.relkind = 'r' and c.relnamespace in (select oid from pg_namespace where nspname in ('auth', 'storage') or $schemas) order by 1};
# Of the app's tables that were there before, and of their columns: a version may add some, and put rows of its own into storage. As queries, one a table.
my $columns = qq{
	select format('select ''%1\$s '' || count(*) || '' '' || coalesce(md5(string_agg(md5(row(%2\$s)::text), '','' order by md5(row(%2\$s)::text))), '''') from %1\$s',
		attrelid::regclass, string_agg(quote_ident(attname), ', ' order by attname))
	from pg_attribute join pg_class c on c.oid = attrelid where relkind = 'r' and relnamespace in (select oid from pg_namespace where nspname = 'auth' or $schemas) and attnum > 0 and not attisdropped
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

sub up_and_down
{
	my ($app, $of) = @_;
	my @versions = @{ $of->{versions} };
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
		sql($database, $of->{rows});
		my $before = sql($database, $hashes);
		my $queries = sql($database, $columns);
		my $rows = rows_of($database, $queries);
		foreach my $high ($low + 1 .. $#versions)
		{
			my ($from, $to) = ($versions[$low], $versions[$high]);
			my $update = sub { sql($database, "alter extension proapp_$app update to '$_[0]'") };
			$update->($to);
			is(rows_of($database, $queries), $rows, "$app $from to $to: rows");
			sql($database, $_) foreach grep { defined } map { $of->{later_rows}{$_} } @versions[ $low + 1 .. $high ];
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
	return;
}

# A dump with rows and with what users changed, of the newest and of an older version, restored in each way.
sub dumped_and_restored
{
	my ($app, $of) = @_;
	my $newest = $of->{versions}[-1];
	(my $database = "from_${app}_$of->{versions}[0]") =~ s/\./_/g;
	sql($database, q{create role analyst}) if sql('postgres', q{select count(*) from pg_roles where rolname = 'analyst'}) eq '0';
	my $table = sql($database, qq{select min(c.oid::regclass::text) from pg_class c where c.relnamespace in (select oid from pg_namespace where $schemas) and c.relkind = 'r' and not c.relispartition});
	sql($database, qq{
		alter table $table add column added_by_hand text default 'x';
		create index by_hand on $table (added_by_hand);
		create policy by_hand on $table for select to analyst using (true);
		grant select on $table to analyst;
		comment on table $table is 'changed by hand';
		alter table $table force row level security;
		create table public.made_by_hand (id int primary key);
		alter publication supabase_realtime add table public.made_by_hand});
	foreach my $state ($newest, $of->{versions}[1])
	{
		sql($database, "alter extension proapp_$app update to '$state'");
		my ($rows, $schema, $ledger) = (sql($database, $hashes), sql($database, $digest), sql($database, 'select app, version from proapp.migrations'));
		my $file = $node->basedir . "/$app";
		my %restore = (
			plain => sub { [ 'psql', '-Xq', '-1', '-v', 'ON_ERROR_STOP=1', '-f', "$file.sql", $node->connstr($_[0]) ] },
			custom => sub { [ 'pg_restore', '--exit-on-error', '-d', $node->connstr($_[0]), "$file.custom" ] },
			parallel => sub { [ 'pg_restore', '--exit-on-error', '-j2', '-d', $node->connstr($_[0]), "$file.custom" ] },
			clean => sub { sql($_[0], 'create extension proapp_schema cascade'); [ 'pg_restore', '--exit-on-error', '--clean', '--if-exists', '-d', $node->connstr($_[0]), "$file.custom" ] },
			row_security => sub { [ 'env', 'PGOPTIONS=-c proapp.restoring=on', 'psql', '-Xq', '-1', '-v', 'ON_ERROR_STOP=1', '-f', "$file.rls.sql", $node->connstr($_[0]) ] });
		command_ok([ 'pg_dump', '-f', "$file.sql", $node->connstr($database) ], "$app $state: pg_dump");
		command_ok([ 'pg_dump', '--enable-row-security', '-f', "$file.rls.sql", $node->connstr($database) ], "$app $state: pg_dump --enable-row-security");
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
	return;
}

# What was changed by hand survives the way back and forward, too; and a restore without rows is told.
sub changed_by_hand
{
	my ($app, $of) = @_;
	my @versions = @{ $of->{versions} };
	(my $database = "from_${app}_$versions[0]") =~ s/\./_/g;
	foreach my $table (split /\n/, sql($database, qq{select c.oid::regclass from pg_class c where c.relnamespace in (select oid from pg_namespace where $schemas) and c.relkind in ('r', 'p') and not c.relispartition and c.relname <> 'made_by_hand'}))
	{
		(my $name = $table) =~ s/\W/_/g;
		sql($database, qq{
			alter table $table add column number_by_hand int default 7, add constraint small check (number_by_hand < 10);
			create index by_hand_$name on $table (number_by_hand);
			create policy by_hand_too on $table for select to analyst using (number_by_hand > 0);
			grant select (number_by_hand) on $table to analyst});
	}
	# By the names of columns: those of a later version come after those of somebody's, when they come back.
	my $queries = sql($database, $columns);
	my ($rows, $schema) = (rows_of($database, $queries), sql($database, $digest));
	sql($database, "alter extension proapp_$app update to '$_'") foreach ($versions[0], $versions[-1]);
	is(rows_of($database, $queries), $rows, "$app: back and forward, rows with what was added by hand");
	is(sql($database, $digest), $schema, "$app: back and forward, what was changed by hand");

	my $file = $node->basedir . "/$app.schema.sql";
	command_ok([ 'pg_dump', '--schema-only', '-f', $file, $node->connstr($database) ], "$app: pg_dump --schema-only");
	sql('postgres', 'create database restored template template0');
	command_ok([ 'psql', '-Xq', '-1', '-v', 'ON_ERROR_STOP=1', '-f', $file, $node->connstr('restored') ], "$app: restored without rows");
	is(sql('restored', "select item, actual from proapp.health_check() where category = 'migration' and item = 'proapp_$app'"), "proapp_$app|none", "$app: without rows the ledger is missing, and health_check() says so");
	sql('postgres', 'drop database restored');
	return;
}

# Dropped, with CASCADE, the app's extension and then the core: everything stays but what calls the core, and creating them again finds the ledger.
sub dropped_and_created
{
	my ($app, $of) = @_;
	(my $database = "from_${app}_$of->{versions}[0]") =~ s/\./_/g;
	# What was added by hand is meant to be there: a baseline that is taken by the version that makes the tables does not know it.
	sql($database, "select * from proapp.replace_baseline('$app')");
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
	return;
}

sub companion
{
	my ($app, %of) = @_;
	$node = PostgreSQL::Test::Cluster->new($app);
	$node->init;
	$node->append_conf('postgresql.conf', "fsync = off\nclient_min_messages = warning");
	$node->start;
	$_->($app, \%of) foreach \&up_and_down, \&dumped_and_restored, \&changed_by_hand, \&dropped_and_created;
	$node->stop;
	done_testing();
	return;
}

1;
