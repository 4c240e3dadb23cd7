# Thousands of random steps that change whatever an answer depends on: claims, rows, registrations, definitions, savepoints, transactions, by this
# session and by another. After each of them, every way to ask must give what plain SQL computes from the same snapshot.
#   IDENTITY_STEPS and IDENTITY_SEED make it longer and other. A failure names the step; the script is kept beside the log.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $steps = $ENV{IDENTITY_STEPS} // 2000;
my $seed = $ENV{IDENTITY_SEED} // 1;
srand($seed);

my $node = PostgreSQL::Test::Cluster->new('server');
$node->init;
$node->append_conf('postgresql.conf', "deadlock_timeout = 20ms");
$node->start;
my $parallel = $node->safe_psql('postgres', q(select name from pg_settings where name in ('force_parallel_mode', 'debug_parallel_query')));
$node->safe_psql('postgres', <<'SQL');
create extension proapp_schema;
create extension dblink;
create role identity_reader;
grant usage on schema public to identity_reader;
-- Whose an id is shows in its thousands, so that a foreign one is none of the oracle's in any state.
create table users (id int not null, auth_id text constraint users_key unique);
create table others (like users, unique (auth_id));
insert into users select 1000 * i, 'person ' || i from generate_series(1, 6) i;
insert into others select 1000 * i + 500, 'person ' || i from generate_series(1, 6) i;
create function org(i int) returns uuid language sql immutable as $$ select lpad(i::text, 32, '0')::uuid $$;
create table members (user_id int, organization uuid, role text, active boolean);
create index members_key on members (user_id);
insert into members select 1000 * p + v, org((p * o + v) % 9), case when o % 2 = 0 then 'owner' else 'member' end, (p + o) % 4 > 0
  from generate_series(1, 6) p, unnest('{0,1,2,500,501,502}'::int[]) v, generate_series(1, 4) o;
select * from proapp.map_users('app', 'users', 'auth_id');
select * from proapp.map_members('staff', 'members', 'user_id', 'organization', 'role', 'app', 'active');

-- The oracle. It raises nothing, because a subtransaction that is rolled back is what a cache must notice by itself.
create function oracle_key() returns text language plpgsql stable parallel restricted security definer as $$
declare
  claim text := coalesce(nullif(current_setting('request.jwt.claim.sub', true), ''),
    case when current_setting('request.jwt.claims', true) like '{%' then current_setting('request.jwt.claims', true)::jsonb ->> 'sub' end);
  r record; id text;
begin
  select * into r from proapp_data.user_mappings where mapping = 'app';
  if to_regclass(format('%I.%I', r.table_schema, r.table_name)) is null then return null; end if;
  execute format('select %I::text from %I.%I where %I::text = $1', r.id_column, r.table_schema, r.table_name, r.auth_column) into id using claim;
  return id;
end $$;
create function oracle_organizations(roles text[]) returns text language plpgsql stable parallel restricted security definer as $$
declare
  id text := oracle_key();
begin
  if id is null then return null; end if;
  return coalesce((select string_agg(distinct organization::text, ' ' order by organization::text) from members m
                   where m.user_id = id::int and active and (roles is null or role = any (roles))), '');
end $$;
create function sorted(organizations uuid[]) returns text language sql immutable parallel safe as
  $$ select case when organizations is not null then coalesce((select string_agg(o::text, ' ' order by o::text) from unnest(organizations) o), '') end $$;
-- Without a usable index there is no answer; that is right, if the views say so.
create function problem() returns text language sql stable parallel restricted security definer as
  $$ select (select problem from proapp.user_mappings) || '' $$;
create function member_problem() returns text language sql stable parallel restricted security definer as
  $$ select coalesce((select problem from proapp.user_mappings), (select problem from proapp.memberships)) $$;
create function verdict(ours text, oracle text, problem text) returns text language sql immutable parallel safe as
  $$ select case when ours is not distinct from oracle or (ours is null and problem is not null) then '' else 'we say ' || coalesce(ours, 'null') || ', SQL says ' || coalesce(oracle, 'null') || coalesce(' (' || problem || ')', '') end $$;
create function check_sql() returns text language sql stable parallel restricted as $$ select verdict(proapp.current_user_key('app'), oracle_key(), problem()) || verdict(sorted(proapp.current_organizations('staff')), oracle_organizations(null), member_problem()) $$;
create function check_plpgsql() returns text language plpgsql stable parallel restricted as $$
declare
  mine text := proapp.current_user_key('app');
  organizations text := sorted(proapp.current_organizations('staff', 'owner'));
begin
  return verdict(mine, oracle_key(), problem()) || verdict(organizations, oracle_organizations('{owner}'), member_problem());
end $$;
create function check_definer() returns text language sql stable parallel restricted security definer set search_path = public, pg_temp as $$ select check_sql() || check_plpgsql() $$;
create function check_as_3() returns text language sql stable set request.jwt.claims = '{"sub": "person 3"}' as $$ select check_plpgsql() || check_definer() $$;
create function check_legacy_4() returns text language plpgsql stable set request.jwt.claim.sub = 'person 4' as $$ begin return check_as_3() || check_sql(); end $$;
create function hop(a int, b int) returns text language plpgsql as $$
declare
  before text := coalesce(current_setting('request.jwt.claims', true), '');
  r text := '';
begin
  perform set_config('request.jwt.claims', '{"sub": "person ' || a || '"}', true);
  r := r || verdict(proapp.current_user_key('app'), oracle_key(), problem());
  begin
    perform set_config('request.jwt.claims', '{"sub": "person ' || b || '"}', true);
    r := r || verdict(proapp.current_user_key('app'), oracle_key(), problem()) || check_plpgsql();
    raise division_by_zero;
  exception when division_by_zero then
    r := r || verdict(proapp.current_user_key('app'), oracle_key(), problem()) || check_plpgsql();
  end;
  perform set_config('request.jwt.claims', before, true);
  return r || verdict(proapp.current_user_key('app'), oracle_key(), problem());
end $$;

-- Rows by policies.
create table notes as select user_id as owner, organization from members where organization is not null;
insert into notes select 1000 * p + v, null from generate_series(1, 6) p, unnest('{0,1,2,500,501,502}'::int[]) v;
create table documents as select org(i % 9) as organization from generate_series(1, 50) i;
alter table notes enable row level security;
alter table documents enable row level security;
create policy own on notes using (owner = proapp.current_user_key('app')::int);
create policy ours on documents using (organization = any (proapp.current_organizations('staff')));
create policy led on documents using (proapp.is_member('staff', organization, 'owner'));
grant select on notes, documents to identity_reader;
SQL

# What goes wrong by waiting for the other session is no news; all else is.
sub tried { return "do \$\$ begin $_[0]; exception when lock_not_available or serialization_failure or deadlock_detected or unique_violation or object_in_use or duplicate_table or undefined_object or undefined_table or object_not_in_prerequisite_state then null; end \$\$;" }
sub elsewhere { return "select from dblink_exec('s2', \$\$ $_[0] \$\$, false);" }
sub one_of { return $_[ int rand @_ ] }
sub person { return 1 + int rand 6 }
sub version { return one_of(0, 1, 2) }

# What happens to the user who asks is what matters most.
my ($in_transaction, $elsewhere_open, $number, $signed, @savepoints, @cursors) = (0, 0, 0, 1);
sub affected { return rand() < 0.6 ? $signed : person() }
sub end_transaction { ($in_transaction, @savepoints, @cursors) = (0); return }

sub change_row
{
	my ($p, $q, $v) = (affected(), person(), version());
	my $table = one_of('users', 'users', 'users', 'others');
	my $offset = $table eq 'others' ? 500 : 0;
	return one_of(
		"insert into $table values (1000 * $p + $offset + $v, 'person $p') on conflict do nothing",
		"update $table set id = 1000 * $p + $offset + $v where auth_id = 'person $p'",
		"delete from $table where auth_id = 'person $p'",
		"update $table set auth_id = 'person $q', id = 1000 * $q + $offset + $v where auth_id = 'person $p' and not exists (select from $table where auth_id = 'person $q')",
		"update members set active = not active where user_id = 1000 * $p + $v",
		"update members set user_id = 1000 * $q + $v where user_id = 1000 * $p + $v and role = 'member'",
		"insert into members values (1000 * $p + $v, org($q), 'owner', true)",
		"delete from members where user_id = 1000 * $p + $v and organization = org($q)",
		"update members set role = case role when 'owner' then 'member' else 'owner' end where user_id = 1000 * $p + $v",
		"truncate $table; insert into $table select 1000 * i + $offset + $v, 'person ' || i from generate_series(1, 6) i");
}

sub change_definition
{
	return one_of(
		'alter table users drop constraint if exists users_key',
		'alter table users drop constraint if exists users_key; alter table users add constraint users_key unique (auth_id)',
		'drop index if exists users_again; create unique index users_again on users (auth_id)',
		'drop index if exists users_again',
		'drop index if exists members_key',
		'drop index if exists members_key; create index members_key on members (user_id)',
		'drop index if exists members_key; create index members_key on members (user_id, organization)',
		'alter table users alter auth_id type varchar(40)',
		'alter table users alter auth_id type text',
		'alter table users add column if not exists extra int default 1',
		'alter table users drop column if exists extra',
		'alter table users rename to away; alter table away rename to users',
		'alter table users rename to away; alter table others rename to users; alter table away rename to others',
		"perform proapp.map_users('app', 'others', 'auth_id')",
		"perform proapp.map_users('app', 'users', 'auth_id')",
		"perform proapp.map_members('staff', 'members', 'user_id', 'organization', 'role', 'app', " . one_of("'active'", "'active is true'") . ')',
		'vacuum_instead');
}

sub sign_in
{
	my $p = $signed = person();
	my $claims = one_of(qq({"sub": "person $p"}), qq({"sub": "person $p"}), qq({"role": "x", "s\\u0075b": "person $p"}), '{"sub": null}', 'no json', '', '{"sub": "stranger"}');
	my $local = $in_transaction ? one_of('local ', '') : '';
	return one_of(
		"set ${local}request.jwt.claims = '$claims';", "set ${local}request.jwt.claims = '$claims';", "set ${local}request.jwt.claims = '$claims';",
		"set ${local}request.jwt.claim.sub = '" . one_of("person $p", '', '', '') . "';",
		'reset request.jwt.claims; reset request.jwt.claim.sub;');
}

sub step
{
	my $kind = int rand 100;
	return sign_in() if $kind < 26;
	if ($kind < 52)
	{
		my $change = change_row();
		return $in_transaction || $elsewhere_open ? tried($change) : "$change;";
	}
	if ($kind < 64)
	{
		my $change = change_row();
		$change =~ s/^truncate.*// if $elsewhere_open;
		return elsewhere($change);
	}
	if ($kind < 70)
	{
		my $change = change_definition();
		return one_of('vacuum users;', 'vacuum full users;', 'reindex table users;', 'analyze members;') if $change eq 'vacuum_instead' && !$in_transaction && !$elsewhere_open;
		$change = 'analyze members' if $change eq 'vacuum_instead';
		if (rand() < 0.5)
		{
			# Whoever asks waits for who redefines; this session would wait for itself.
			return sign_in() if $elsewhere_open;
			$change =~ s/perform (.*)/select count(*) from $1/ and return "select from dblink('s2', \$\$ $change \$\$, false) t(n bigint);";
			return elsewhere($change);
		}
		return tried($change);
	}
	if ($kind < 74)
	{
		$elsewhere_open = !$elsewhere_open;
		return elsewhere($elsewhere_open ? 'begin' : one_of('commit', 'rollback'));
	}
	if (!$in_transaction)
	{
		if ($kind < 77 && !$elsewhere_open)
		{
			my $index = one_of('create unique index concurrently if not exists users_again on users (auth_id)', 'drop index concurrently if exists users_again', 'reindex table concurrently users');
			return "select from dblink_send_query('s2', 'set lock_timeout = ''100ms''');\nselect from dblink_get_result('s2', false) t(x text);\nselect from dblink_get_result('s2', false) t(x text);\n"
			  . "select from dblink_send_query('s2', '$index');\nselect check_sql();\n\\! sleep 0.02\nselect check_plpgsql();\nselect from dblink_get_result('s2', false) t(x text);\nselect from dblink_get_result('s2', false) t(x text);\n" . elsewhere("set lock_timeout = '5ms'");
		}
		return sign_in() if $kind < 80;
		$in_transaction = 1;
		return 'begin isolation level ' . one_of('read committed', 'read committed', 'repeatable read', 'serializable') . ';';
	}
	if ($kind < 78)
	{
		# Written, asked, taken back: under one snapshot for all, no number of it tells.
		my $name = 's' . ++$number;
		return "savepoint $name;\n" . tried(change_row()) . "\n" . check() . "\nrollback to $name;\n" . check() . "\nrelease $name;";
	}
	if ($kind < 82)
	{
		push @savepoints, 's' . ++$number;
		return "savepoint $savepoints[-1];";
	}
	if ($kind < 90 && @savepoints)
	{
		my $to = int rand @savepoints;
		my $name = $savepoints[$to];
		if (rand() < 0.3)
		{
			$#savepoints = $to - 1;
			$_->[1] = $to < $_->[1] ? $to : $_->[1] for @cursors;
			return "release $name;";
		}
		$#savepoints = $to;
		@cursors = grep { $_->[1] <= $to } @cursors;
		return "rollback to $name;";
	}
	if ($kind < 95)
	{
		if (@cursors < 2)
		{
			my $name = 'c' . ++$number;
			push @cursors, [ $name, scalar @savepoints ];
			return "declare $name cursor for select verdict(proapp.current_user_key('app'), oracle_key(), problem()) || verdict(sorted(proapp.current_organizations('staff')), oracle_organizations(null), member_problem()) from generate_series(1, 1000);";
		}
		return 'fetch 2 from ' . one_of(@cursors)->[0] . ';';
	}
	end_transaction();
	return one_of('commit;', 'commit;', 'rollback;');
}

sub check
{
	my ($p, $q) = (person(), person());
	my @checks = (
		"select verdict(proapp.current_user_key('app'), oracle_key(), problem());",
		"select verdict(proapp.current_user_key('app'), oracle_key(), problem()) from generate_series(1, 2);",
		"select verdict(user_key, proapp.current_user_key('app'), null) from proapp.whoami();",
		"select verdict(sorted(proapp.current_organizations('staff')), oracle_organizations(null), member_problem());",
		"select verdict(sorted(proapp.current_organizations('staff', 'owner', 'admin')), oracle_organizations('{owner}'), member_problem()) from generate_series(1, 2);",
		"select verdict(proapp.is_member('staff', org($p))::text, (org($p)::text = any (string_to_array(oracle_organizations(null), ' ')))::text, member_problem());",
		"select verdict(string_agg(i::text, ' ' order by i) filter (where proapp.is_member('staff', org(i), 'owner')), string_agg(i::text, ' ' order by i) filter (where org(i)::text = any (string_to_array(oracle_organizations('{owner}'), ' '))), member_problem()) from generate_series(0, 9) i;",
		'select check_sql();', 'select check_plpgsql() from generate_series(1, 2);', 'select check_definer();', 'select check_as_3();', 'select check_legacy_4() || check_sql();', "select hop($p, $q);",
		'execute who;', 'execute orgs;',
		"set role identity_reader; select verdict(string_agg(distinct owner::text, ' '), oracle_key(), problem()) from notes; reset role;",
		"set role identity_reader; select verdict(string_agg(distinct organization::text, ' ' order by organization::text), nullif(oracle_organizations(null), ''), member_problem()) from documents; reset role;");
	push @checks, map { "fetch 1 from $_->[0];" } @cursors;
	my $asked = join "\n", map { one_of(@checks) } 1 .. 2;
	$asked .= "\nset $parallel = on; select coalesce(proapp.current_user_key('app'), '') as key, coalesce(sorted(proapp.current_organizations('staff')), '') as orgs \\gset w_\n"
	  . "set $parallel = off; select verdict(nullif(:'w_key', ''), oracle_key(), problem()), verdict(nullif(:'w_orgs', ''), nullif(oracle_organizations(null), ''), member_problem());" if rand() < 0.02;
	return $asked;
}

my $script = <<"SQL";
\\set VERBOSITY terse
set client_min_messages = error;
select from dblink_connect('s2', 'host=@{[ $node->host ]} port=@{[ $node->port ]} dbname=postgres');
@{[ elsewhere("set client_min_messages = error; set lock_timeout = '5ms'") ]}
set lock_timeout = '5ms';
set plan_cache_mode = force_generic_plan;
prepare who as select verdict(proapp.current_user_key('app'), oracle_key(), problem()) from generate_series(1, 2);
prepare orgs as select verdict(sorted(proapp.current_organizations('staff', 'owner')), oracle_organizations('{owner}'), member_problem()) from generate_series(1, 2);
SQL
for my $i (1 .. $steps)
{
	$script .= step() . "\n\\echo -- step $i\n" . check() . "\n";
}
$script .= "rollback;\n" if $in_transaction;
my $file = "$PostgreSQL::Test::Utils::log_path/identity_random.sql";
append_to_file($file, $script);

my ($stdout, $stderr);
my $ended = IPC::Run::run([ 'psql', '-XqAt', '-d', $node->connstr('postgres'), '-f', $file ], '>', \$stdout, '2>', \$stderr);
ok($ended, 'the script ran to its end');
my @errors = grep { !/current transaction is aborted/ } split /\n/, $stderr =~ s/^psql:\S*identity_random.sql:/line /gmr;
is(join("\n", @errors[ 0 .. ($#errors < 9 ? $#errors : 9) ]), '', 'nothing raised an error');
my ($step, $answers, @wrong) = (0, 0);
for my $line (split /\n/, $stdout)
{
	if ($line =~ /^-- step (\d+)/) { $step = $1 }
	elsif ($line =~ /[^|]/) { push @wrong, "step $step: $line" }
	else { ++$answers }
}
is(scalar @wrong, 0, 'every answer is what plain SQL computes') or diag(join "\n", @wrong[ 0 .. ($#wrong < 9 ? $#wrong : 9) ]);
cmp_ok($answers, '>', $steps, 'and there were many');
note("$answers answers, seed $seed");

$node->stop;
done_testing();
