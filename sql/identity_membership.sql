-- For which organizations the signed-in user may act: registering a membership, asking for it, and what happens when the table changes.
create database proapp_identity_membership;
\c proapp_identity_membership
\set SHOW_CONTEXT never
create extension proapp_schema;

create function refusal(statement text) returns table(part text, says text) language plpgsql as $$
declare
  m text; d text; h text;
begin
  execute statement;
  return query values ('accepted', statement);
exception when others then
  get stacked diagnostics m = message_text, d = pg_exception_detail, h = pg_exception_hint;
  return query values (sqlstate, m), ('DETAIL', d), ('HINT', h);
end $$;
create function sign_in(who int) returns void language sql as $$
  select set_config('request.jwt.claims', case when who is not null then json_build_object('sub', '00000000-0000-0000-0000-00000000000' || who)::text else '' end, false) $$;
-- Organizations by their last digits.
create function short(organizations uuid[]) returns text language sql immutable as $$ select array_agg(right(o::text, 1)) from unnest(organizations) o $$;
create function org(i int) returns uuid language sql immutable as $$ select ('20000000-0000-0000-0000-00000000000' || i)::uuid $$;

create table users (id uuid primary key, auth_user_id uuid unique);
insert into users select ('10000000-0000-0000-0000-00000000000' || i)::uuid, ('00000000-0000-0000-0000-00000000000' || i)::uuid from generate_series(1, 4) i;
select count(*) from proapp.map_users('app', 'users', 'auth_user_id');
create type member_role as enum ('owner', 'admin', 'member');
create table members (organization_id uuid, user_id uuid not null, role member_role, status text default 'active', left_at timestamptz, seats int default 1, unique (user_id, organization_id));
insert into members (organization_id, user_id, role, status, left_at)
select org(o), ('10000000-0000-0000-0000-00000000000' || u)::uuid, r::member_role, s, l::timestamptz from (values
  (1, 1, 'owner', 'active', null), (2, 1, 'member', 'trial', null), (3, 1, 'admin', 'invited', null), (4, 1, 'member', 'active', '2026-01-01'), (null, 1, 'owner', 'active', null),
  (2, 2, 'owner', 'active', null), (3, 2, null, 'active', null), (9, 9, 'member', 'active', null)) v (o, u, r, s, l);

select * from proapp.map_members('staff', 'members', 'user_id', 'organization_id', 'role', 'app', 'left_at is null and status in (''active'', ''trial'')');
select * from proapp.memberships;

-- Of the user, of a role, of several; nothing but null where nobody is signed in or the user is not known.
select sign_in(1);
select short(proapp.current_organizations('staff')) as mine, short(proapp.current_organizations('staff', 'owner')) as owned, short(proapp.current_organizations('staff', 'owner', 'admin')) as led,
  short(proapp.current_organizations('staff', variadic '{member}')) as member, proapp.current_organizations('staff', 'nobody') as none, proapp.current_organizations('staff', null::text) as null_role;
select i, proapp.is_member('staff', org(i)) as member, proapp.is_member('staff', org(i), 'owner') as owner from generate_series(1, 4) i;
select proapp.is_member('staff', null) is null as no_organization;
select sign_in(2);
select short(proapp.current_organizations('staff')) as mine, short(proapp.current_organizations('staff', 'owner')) as owned;
select sign_in(3);
select proapp.current_organizations('staff') as none, proapp.is_member('staff', org(1)) as member;
select sign_in(9);
select proapp.current_organizations('staff') is null as unknown, proapp.is_member('staff', org(9)) is null as not_even_no;
select sign_in(null);
select proapp.current_organizations('staff') is null as nobody, not proapp.is_member('staff', org(1)) is null as a_no;
set request.jwt.claims = 'no json';
select proapp.current_organizations('staff') is null as nobody;
select sign_in(1);

-- Errors are for what was written wrongly, not for who asks.
select * from refusal($$ select proapp.current_organizations('nothing') $$);
select * from refusal($$ select proapp.is_member('nothing', org(1)) $$);
select count(*) from proapp.map_members('plain', 'members', 'user_id', 'organization_id', mapping => 'app');
select short(proapp.current_organizations('plain')) as everything;
select * from refusal($$ select proapp.current_organizations('plain', 'owner') $$);

-- Changes are seen at once, also within a transaction, and go with what is rolled back.
begin;
select short(proapp.current_organizations('staff'));
update members set status = 'active' where organization_id = org(3) and user_id = '10000000-0000-0000-0000-000000000001';
select short(proapp.current_organizations('staff'));
savepoint s;
delete from members where organization_id = org(1);
select short(proapp.current_organizations('staff')), proapp.is_member('staff', org(1));
rollback to s;
select short(proapp.current_organizations('staff')), proapp.is_member('staff', org(1));
select sign_in(2);
select short(proapp.current_organizations('staff'));
rollback;
select sign_in(1);
do $$
declare
  seen text := '';
begin
  for i in 1..3 loop
    perform sign_in(i);
    seen := seen || coalesce(short(proapp.current_organizations('staff')), '-') || proapp.is_member('staff', org(2)) || ' ';
  end loop;
  raise info '%', seen;
end $$;
select sign_in(1);

-- In policies: one question a statement, by the index, in parallel too.
create table documents (id int primary key, organization_id uuid, title text);
insert into documents select i, org(i % 10), 'document ' || i from generate_series(1, 20000) i;
create index on documents (organization_id);
analyze documents;
alter table documents enable row level security;
create policy members on documents using (organization_id = any (proapp.current_organizations('staff')));
create policy leaders on documents for delete using (proapp.is_member('staff', organization_id, 'owner', 'admin'));
create role proapp_member;
grant select, delete on documents to proapp_member;
set role proapp_member;
select right(organization_id::text, 1) as organization, count(*) from documents group by 1 order by 1;
set enable_seqscan = off;
explain (costs off) select * from documents;
explain (costs off) delete from documents;
reset enable_seqscan;
set min_parallel_table_scan_size = 0;
set parallel_setup_cost = 0;
set parallel_tuple_cost = 0;
set enable_bitmapscan = off;
set enable_indexscan = off;
explain (costs off) select count(*) from documents;
select count(*) from documents;
reset all;
set plan_cache_mode = force_generic_plan;
prepare mine as select count(*) from documents where proapp.is_member($1, organization_id);
explain (costs off) execute mine('staff');
select sign_in(1);
execute mine('staff');
select sign_in(2);
execute mine('staff');
select sign_in(null);
execute mine('staff');
reset plan_cache_mode;
reset role;

-- A cursor follows whoever is signed in, so that nobody is handed another's rows.
begin;
set local role proapp_member;
select sign_in(1);
declare c cursor for select right(organization_id::text, 1) as organization from documents where id in (1, 2, 3);
fetch c;
select sign_in(2);
fetch c;
fetch c;
rollback;

-- The auth id itself, as Clerk and Auth0 have it, and several memberships of one table.
create table team_members (team uuid not null, clerk_id varchar(40) not null, is_admin boolean, active boolean not null default true);
create index on team_members (clerk_id, team);
insert into team_members values (org(1), 'user_2abc', true), (org(2), 'user_2abc', false), (org(4), 'user_2abc', null);
insert into team_members values (org(3), 'user_2abc', true, false);
select * from proapp.map_members('team', 'team_members', 'clerk_id', 'team');
select count(*) from proapp.map_members('team admin', 'team_members', 'clerk_id', 'team', active_condition => 'is_admin and active is not false');
set request.jwt.claims = '{"sub": "user_2abc"}';
select short(proapp.current_organizations('team')) as teams, short(proapp.current_organizations('team admin')) as administered;
set request.jwt.claims = '{"sub": "user_2abd"}';
select proapp.current_organizations('team') as none;
set "request.jwt.claim.sub" = 'user_2abc';
select short(proapp.current_organizations('team admin')) as legacy_wins;
reset "request.jwt.claim.sub";
select sign_in(1);

-- Conditions: each with the organizations that it lets through.
create table conditions (organization_id uuid, user_id uuid, flag boolean, small smallint, big bigint, word text, code varchar(5), role member_role, id uuid, at timestamptz);
create index on conditions (user_id);
insert into conditions select org(i), '10000000-0000-0000-0000-000000000001', case when i < 3 then i = 1 end, nullif(i, 4), nullif(i, 4) * 10000000000, nullif('w' || i, 'w4'), nullif('c' || i, 'c4'),
  case i when 1 then 'owner' when 2 then 'admin' when 3 then 'member' end::member_role, nullif(org(i), org(4)), case when i <> 4 then '2026-01-01'::timestamptz end from generate_series(1, 4) i;
create function try_condition(condition text) returns text language plpgsql as $$
declare
  ours text; theirs text;
begin
  perform proapp.map_members('c', 'conditions', 'user_id', 'organization_id', mapping => 'app', active_condition => condition);
  ours := short(proapp.current_organizations('c'));
  execute format('select short(array_agg(organization_id order by organization_id)) from conditions where %s', condition) into theirs;
  return case when ours is not distinct from theirs then coalesce(ours, 'none') else format('%s, but SQL has %s', ours, theirs) end;
end $$;
select c, try_condition(c) from unnest(array['flag', 'not flag', 'flag is not true', 'flag is not false', 'flag is null', 'flag = true', 'flag <> ''f''', 'flag in (true, false)', 'small = 2', 'small <> 2', 'small < 2', 'small <= 2',
  'small >= ''2''', 'small not in (1, 3)', 'big > 15000000000', 'big = 20000000000', 'word = ''w1''', 'word <> ''w1''', 'code in (''c1'', ''c3'')', 'code not in (''c1'')', 'role = ''owner''', 'role <> ''owner''', 'role in (''admin'', ''member'')',
  'id = ''20000000-0000-0000-0000-000000000002''', 'id is not null', 'at is null', 'flag or small = 3', 'flag and small = 3 or word = ''w2''', 'not (flag or small > 2)']) c;

-- What is refused, and why.
select c, r.* from unnest(array['', 'now() > at', 'word like ''w%''', 'at > ''2026-01-01''', 'missing', 'word', 'word > ''a''', 'small = ''x''', 'role = ''chief''', 'id = ''x''', 'flag = 1', 'word = 1', 'exists (select from users)',
  'word = ''a''; drop table users', 'xmin is null']) c,
  refusal(format('select proapp.map_members(''c'', ''conditions'', ''user_id'', ''organization_id'', mapping => ''app'', active_condition => %L)', c)) r where r.says <> '';
create table bad (user_id uuid, number int, organization_id uuid, text_organization text, role int, at date);
select c, r.* from unnest(array['''user_id'', ''organization_id''', '''at'', ''organization_id''', '''number'', ''organization_id'', mapping => ''app''', '''user_id'', ''text_organization''', '''user_id'', ''nothing''',
  '''user_id'', ''organization_id'', ''role''', '''user_id'', ''organization_id'', mapping => ''nothing''', 'null, ''organization_id''', '''user_id'', ''organization_id'', mapping => ''''']) c,
  refusal(format('select proapp.map_members(''c'', ''bad'', %s)', c)) r where r.says <> '';
create index on bad (number);
select * from refusal($$ select proapp.map_members('c', 'bad', 'number', 'organization_id', mapping => 'app') $$);
select * from refusal($$ select proapp.map_members('c', 'nothing', 'number', 'organization_id') $$);
select * from refusal($$ select proapp.unmap_members('nothing') $$);
select * from refusal($$ select proapp.unmap_users('app') $$);

-- Who may register: who may read what it tells.
create role proapp_registrar;
grant usage on schema proapp to proapp_registrar;
grant execute on function proapp.map_members(text, regclass, name, name, name, text, text) to proapp_registrar;
grant select (user_id, organization_id) on members to proapp_registrar;
set role proapp_registrar;
select * from refusal($$ select proapp.map_members('x', 'members', 'user_id', 'organization_id', active_condition => 'seats > 1', mapping => 'app') $$);
select * from proapp.map_members('x', 'members', 'user_id', 'organization_id', mapping => 'app');
reset role;
alter table members enable row level security;
set role proapp_registrar;
select * from refusal($$ select proapp.map_members('x', 'members', 'user_id', 'organization_id', mapping => 'app') $$);
select short(proapp.current_organizations('x')) as past_policies;
reset role;
select * from refusal($$ set role proapp_member; select proapp.map_members('x', 'members', 'user_id', 'organization_id') $$);
reset role;

-- The table changes: nobody is a member, the view says why, and it heals.
alter table members rename column status to state;
select proapp.current_organizations('staff') is null as nobody, (select problem from proapp.memberships where membership = 'staff');
alter table members rename column state to status;
alter table members alter column status drop default, alter column status type int using 1;
select proapp.current_organizations('staff') is null as nobody, (select problem from proapp.memberships where membership = 'staff');
alter table members alter column status type text using 'active';
alter type member_role rename value 'owner' to 'boss';
select short(proapp.current_organizations('staff', 'owner')) as nobody, short(proapp.current_organizations('staff', 'boss')) as boss;
alter table members drop constraint members_user_id_organization_id_key;
select proapp.current_organizations('staff') is null as nobody, (select problem from proapp.memberships where membership = 'staff');
create index members_user on members (user_id) where left_at is null;
select (select problem from proapp.memberships where membership = 'staff') as partial;
create index on members (user_id) include (role);
select short(proapp.current_organizations('staff'));
drop table members;
select proapp.current_organizations('staff') is null as nobody, (select problem from proapp.memberships where membership = 'staff');
select proapp.unmap_members('staff');
select * from refusal($$ select proapp.current_organizations('staff') $$);
select membership from proapp.memberships;

drop owned by proapp_member, proapp_registrar;
drop role proapp_member, proapp_registrar;
