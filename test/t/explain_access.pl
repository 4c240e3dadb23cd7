# explain_access says what really happens: over random policies, privileges, rows and users its verdict is that of the command itself, run as the user and rolled back.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $rounds = 90;
srand(7);

my $node = PostgreSQL::Test::Cluster->new('explain');
$node->init;
$node->append_conf('postgresql.conf', 'client_min_messages = warning');
$node->start;
$node->safe_psql('postgres', q(
	create extension proapp_schema;
	create role owner_role;
	create role anon;
	create role authenticated;
	create role editor;
	create role lead in role editor;
	create role auditor bypassrls;
	create schema app authorization owner_role;

	create table app.people (id int primary key, auth_id text unique);
	insert into app.people values (1, 'ann'), (2, 'bob'), (3, 'carl');
	select * from proapp.map_users('app', 'app.people', 'auth_id');
	create table app.members (team int, member int);
	insert into app.members values (1, 1), (1, 2), (2, 2), (3, 3);
	alter table app.members enable row level security;
	create policy mine on app.members using (member = proapp.current_user_key('app')::int);
	create table app.secrets (id int);
	insert into app.secrets values (1);
	grant select on app.members to public;

	create table app.things (id int primary key, gone text, owner int, team int, public boolean, body text, twice int generated always as (owner * 2) stored);
	alter table app.things drop column gone;
	create table app.parted (id int, owner int, team int, public boolean, body text, twice int generated always as (owner * 2) stored, primary key (id, team)) partition by list (team);
	create table app.parted_1 (body text, gone int, public boolean, team int not null, twice int generated always as (owner * 2) stored, owner int, id int not null);
	alter table app.parted_1 drop column gone;
	alter table app.parted attach partition app.parted_1 for values in (1);
	create table app.parted_rest partition of app.parted default;
	insert into app.things values (1, 1, 1, true, '12'), (2, 2, 1, false, 'a text'), (3, 3, 2, null, '7'), (4, null, 3, true, 'abc'), (5, 1, 2, false, null), (6, 4, 3, false, '100');
	insert into app.parted select id, owner, team, public, body from app.things;
	alter table app.things owner to owner_role;
	alter table app.parted owner to owner_role;
	alter table app.things enable row level security;
	alter table app.parted enable row level security;

	create function app.is_open(app.things) returns boolean language sql stable as 'select $1.public';
	create function app.is_open(app.parted) returns boolean language sql stable as 'select $1.public';
	create function app.teams() returns int[] language sql stable security definer as $$ select array_agg(team) from app.members where member = proapp.current_user_key('app')::int $$;
	create function app.private(int) returns boolean language sql as 'select true';
	revoke execute on function app.private from public;

	create function really(relation regclass, command text, key int, who text, as_role name) returns boolean language plpgsql as $$
	declare
	  row record;
	  target name;
	  count int := 0;
	begin
	  execute format('select * from %s where id = %s', relation, key) into row;
	  select attname into target from pg_attribute where attrelid = relation and attnum > 0 and not attisdropped and attgenerated = ''
	    and has_column_privilege(as_role, relation, attnum, 'update') order by attname limit 1;
	  perform set_config('request.jwt.claims', (jsonb_build_object('role', as_role) || case when who is null then '{}' else jsonb_build_object('sub', who) end)::text, true);
	  execute format('set local role %I', as_role);
	  case command
	    when 'select' then
	      execute format('select count(*) from %s where id = %s and team = %s', relation, key, row.team) into count;
	    when 'insert' then
	      execute format('insert into %s (id, owner, team, public, body) values (%s, %L, %L, %L, %L)', relation, key + 1000, row.owner, row.team, row.public, row.body);
	      count := 1;
	    when 'update' then
	      execute format('update %s set %I = %L where id = %s and team = %s', relation, coalesce(target, 'body'), to_jsonb(row) ->> coalesce(target, 'body'), key, row.team);
	      get diagnostics count = row_count;
	    when 'delete' then
	      execute format('delete from %s where id = %s and team = %s', relation, key, row.team);
	      get diagnostics count = row_count;
	  end case;
	  raise exception using errcode = 'P0099', message = count::text;
	exception when sqlstate 'P0099' then
	  return sqlerrm = '1';
	when others then
	  return false;
	end $$;

	create table outcome (round int, relation text, command text, key int, who text, as_role name, explained boolean, really boolean, reason text);
	create function compare(round int, relation regclass) returns void language sql as $$
	  insert into outcome
	  select round, relation, e.command, t.id, who, as_role, e.allowed, really(relation, e.command, t.id, who, as_role), e.reason
	  from (select id, team from app.things) t,
	       unnest(array['ann', 'bob', 'stranger', null]) who,
	       unnest('{anon,authenticated,lead,owner_role,auditor}'::name[]) as_role,
	       proapp.explain_access(relation, case relation when 'app.things'::regclass then t.id::text else format('{"team": %s, "id": %s}', t.team, t.id) end, who, as_role) e
	  where e.policy is null
	  -- each user by one role in a round, and two rows
	  and (round + t.id) % 3 = 0 and (round + t.id + length(coalesce(who, '')) + length(as_role)) % 2 = 0;
	$$;
));

my @pool = (
	'true', 'false', 'null', 'public', 'not public', 'coalesce(public, true)', 'id % 2 = 0', 'twice > 2', 'body is null', "body like 'a%'", 'body::int > 10', '10 / (owner - 2) > 0', '1 / 0 = 1',
	"owner = proapp.current_user_key('app')::int", "owner = (select proapp.current_user_key('app')::int)", "proapp.auth_id() = 'ann'", 'proapp.auth_id() is not null',
	"current_setting('request.jwt.claims')::json ->> 'role' = 'authenticated'", "current_user = 'lead'", 'team in (select m.team from app.members m)', 'team = any(app.teams())',
	'exists (select from app.members m where m.team = TABLE.team and m.member = TABLE.owner)', '(select count(*) from app.members) > 1', 'exists (select from app.secrets)',
	'app.private(owner)', "tableoid = 'RELATION'::regclass", "tableoid::regclass::text like '%rest'", 'app.is_open(TABLE)', 'TABLE is not null', 'exists (select from RELATION other where other.owner = TABLE.owner)',
	"'bob' in (select auth_id from app.people p where p.id = owner)");
sub one { return $_[ int rand @_ ] }
sub chance { return rand() < $_[0] }

sub expression
{
	my ($depth) = @_;
	return one(@pool) if $depth == 0 || chance(0.6);
	return '(not ' . expression($depth - 1) . ')' if chance(0.2);
	return '(' . expression($depth - 1) . one(' and ', ' or ') . expression($depth - 1) . ')';
}

sub policy
{
	my ($name, $relation) = @_;
	my $command = one(qw(all all select insert update delete));
	my $sql = "create policy $name on $relation as " . (chance(0.75) ? 'permissive' : 'restrictive') . " for $command to " . one('public', 'authenticated', 'editor', 'anon, editor', 'owner_role');
	$sql .= ' using (' . expression(2) . ')' if $command ne 'insert' && chance(0.9);
	$sql .= ' with check (' . expression(2) . ')' if $command =~ /all|insert|update/ && ($command eq 'insert' || chance(0.4));
	my $table = $relation =~ s/^app[.]//r;
	$sql =~ s/RELATION/$relation/g;
	$sql =~ s/TABLE/$table/g;
	return "$sql;";
}

my $policies = 0;
for my $round (1 .. $rounds)
{
	my $relation = one('app.things', 'app.parted');
	my $sql = 'begin;';
	for my $number (1 .. 2 + int rand 5)
	{
		$sql .= policy("p" . int(rand 1000) . "_$number", $relation);
		$policies++;
	}
	for my $role (qw(anon authenticated lead auditor))
	{
		$sql .= "grant usage on schema app to $role;" if chance(0.97);
		my $how = rand;
		if    ($how < 0.8) { $sql .= "grant select, insert, update, delete on $relation to $role;" }
		elsif ($how < 0.9) { $sql .= "grant select (id, team), update (body), delete on $relation to $role; grant insert (id, owner, team, public, body) on $relation to $role;" }
		else               { $sql .= 'grant ' . one('select', 'insert', 'update', 'delete', 'select (owner)') . " on $relation to $role;" }
	}
	$sql .= "alter table $relation force row level security;"   if chance(0.5);
	$sql .= "alter table $relation disable row level security;" if chance(0.04);
	$sql .= "select compare($round, '$relation');";
	$sql .= "copy (select * from outcome where round = $round) to stdout; rollback;";
	# What is compared is kept, what was made for it is not.
	my $rows = $node->safe_psql('postgres', $sql);
	$rows =~ s/^\s+//;
	$node->safe_psql('postgres', "copy outcome from stdin;\n$rows\n\\.\n") if $rows ne '';
}

cmp_ok($policies, '>=', 200, 'so many policies');
my $count = $node->safe_psql('postgres', 'select count(*) from outcome');
cmp_ok($count, '>=', 5000, "so many comparisons: $count");
is($node->safe_psql('postgres', q(select * from outcome where explained is distinct from really order by 1, 2, 3, 4, 5, 6 limit 20)), '', 'what is explained is what happens');
my $spread = $node->safe_psql('postgres', q(select command, count(*) filter (where really), count(*) from outcome group by 1 order by 1));
for my $line (split /\n/, $spread)
{
	my ($command, $allowed, $all) = split /\|/, $line;
	cmp_ok($allowed, '>', $all / 20, "$command is allowed now and then: $allowed of $all");
	cmp_ok($allowed, '<', $all / 2, "$command is refused now and then");
}
is($node->safe_psql('postgres', q(select count(*) from outcome where reason like '%raises:%') ) > 100, 1, 'expressions raise');

$node->stop;
done_testing();
