-- complain if this file is sourced in psql rather than by CREATE EXTENSION
\echo Use "CREATE EXTENSION proapp_momentum" to load this file. \quit

select proapp.migrate_up('momentum', '1.0.0', $up$
-- Never without the environment that it is written for.
do $$
begin
  if to_regclass('auth.users') is null or to_regclass('storage.buckets') is null
     or to_regrole('anon') is null or to_regrole('authenticated') is null or to_regrole('service_role') is null then
    raise exception 'Momentum needs the environment of a Supabase project'
      using errcode = 'object_not_in_prerequisite_state',
            detail = 'It lacks auth.users, storage.buckets or a role of the API.',
            hint = 'On a plain PostgreSQL server: CREATE EXTENSION proapp_dev_env.';
  end if;
end
$$;

create table public.profiles (
  id         uuid primary key references auth.users (id) on delete cascade,
  email      text not null unique,
  name       text,
  avatar_url text,
  created_at timestamptz default now(),
  updated_at timestamptz default now()
);
comment on table public.profiles is 'One row a user: id is auth.users.id.';

create table public.deliverables (
  id          text primary key,
  user_id     uuid not null references public.profiles (id) on delete cascade,
  client_name text not null,
  html        text not null,
  created_at  timestamptz default now()
);
comment on table public.deliverables is 'What was made for a client.';
create index idx_deliverables_user_created on public.deliverables (user_id, created_at desc);

create table public.organizations (
  id         uuid primary key default gen_random_uuid(),
  name       text not null check (length(name) > 0),
  slug       text not null unique,
  logo_url   text,
  created_at timestamptz default now(),
  updated_at timestamptz default now()
);
comment on table public.organizations is 'Made by the service role, with their first owner.';

create table public.organization_members (
  id              uuid primary key default gen_random_uuid(),
  user_id         uuid not null references public.profiles (id) on delete cascade,
  organization_id uuid not null references public.organizations (id) on delete cascade,
  role            text not null check (role in ('owner', 'admin', 'member', 'viewer')),
  created_at      timestamptz default now(),
  updated_at      timestamptz default now(),
  unique (user_id, organization_id)
);
comment on table public.organization_members is 'Who belongs to which organization, and as what.';
create index idx_org_members_org on public.organization_members (organization_id);
create index idx_org_members_user on public.organization_members (user_id);

create table public.brand_settings (
  id              uuid primary key default gen_random_uuid(),
  user_id         uuid references public.profiles (id) on delete cascade,
  primary_color   text default '#2A3EB1',
  secondary_color text default '#4C6FE7',
  logo_url        text,
  created_at      timestamptz default now(),
  updated_at      timestamptz default now()
);
comment on table public.brand_settings is 'Colors and logo of a user; without a user, those of everybody.';
create index idx_brand_settings_user on public.brand_settings (user_id);

-- Rights. Default privileges may have given everything to everybody; row level security does not hold for TRUNCATE, nor for what a trigger or a foreign key of theirs would do.
alter table public.profiles enable row level security;
alter table public.deliverables enable row level security;
alter table public.organizations enable row level security;
alter table public.organization_members enable row level security;
alter table public.brand_settings enable row level security;
revoke all on public.profiles, public.deliverables, public.organizations, public.organization_members, public.brand_settings from public, anon, authenticated, service_role;
grant select, insert, update, delete on public.profiles, public.deliverables, public.organizations, public.organization_members, public.brand_settings to service_role;
grant select on public.brand_settings to anon;
grant select, update (email, name, avatar_url, updated_at) on public.profiles to authenticated;
grant select, insert, update, delete on public.deliverables to authenticated;
grant select, update (name, slug, logo_url, updated_at) on public.organizations to authenticated;
grant select, insert, delete, update (role, updated_at) on public.organization_members to authenticated;
grant select, insert, update, delete on public.brand_settings to authenticated;

-- Who is signed in, and for which organizations. A policy on organization_members that reads organization_members never ends; the membership does not go through policies.
select proapp.map_users('momentum', 'public.profiles', 'id');
select proapp.map_members('momentum', 'public.organization_members', 'user_id', 'organization_id', 'role');

create policy "Users can view own profile" on public.profiles for select to authenticated
  using (id = proapp.current_user_id('momentum'));
create policy "Users can update own profile" on public.profiles for update to authenticated
  using (id = proapp.current_user_id('momentum')) with check (id = proapp.current_user_id('momentum'));

create policy "Users can manage own deliverables" on public.deliverables for all to authenticated
  using (user_id = proapp.current_user_id('momentum')) with check (user_id = proapp.current_user_id('momentum'));

create policy "Members can view organization" on public.organizations for select to authenticated
  using (id = any (proapp.current_organizations('momentum')));
create policy "Admins can update organization" on public.organizations for update to authenticated
  using (id = any (proapp.current_organizations('momentum', 'owner', 'admin'))) with check (id = any (proapp.current_organizations('momentum', 'owner', 'admin')));

create policy "Members can view org membership" on public.organization_members for select to authenticated
  using (organization_id = any (proapp.current_organizations('momentum')));
create policy "Admins can manage members" on public.organization_members for all to authenticated
  using (organization_id = any (proapp.current_organizations('momentum', 'owner', 'admin'))) with check (organization_id = any (proapp.current_organizations('momentum', 'owner', 'admin')));

create policy "Users can manage own brand settings" on public.brand_settings for all to authenticated
  using (user_id = proapp.current_user_id('momentum')) with check (user_id = proapp.current_user_id('momentum'));
create policy "Global brand settings are readable" on public.brand_settings for select to anon, authenticated
  using (user_id is null);

-- Roles: who gives or takes one has no lower one, and nobody gives oneself more. Without a signed-in user it is the service role or an administrator.
create function public.momentum_guard_roles() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp
  as $$
declare
  ranks constant text[] := '{viewer,member,admin,owner}';
  actor constant text := proapp.auth_id();
  rank  int;
begin
  if actor is null then
    return coalesce(new, old);
  end if;
  if tg_op = 'DELETE' then
    -- The user is being deleted, and the membership goes along.
    if not exists (select from public.profiles p where p.id = old.user_id) then
      return old;
    end if;
  elsif new.user_id::text = actor and (tg_op = 'INSERT' or array_position(ranks, new.role) > array_position(ranks, old.role)) then
    raise exception 'nobody can raise their own role' using errcode = 'insufficient_privilege';
  end if;
  select array_position(ranks, m.role) into rank from public.organization_members m
    where m.user_id::text = actor and m.organization_id = coalesce(new.organization_id, old.organization_id);
  if array_position(ranks, case tg_op when 'INSERT' then new.role else old.role end) > coalesce(rank, 0)
     or tg_op = 'UPDATE' and array_position(ranks, new.role) > coalesce(rank, 0) then
    raise exception 'a role above one''s own can be neither given nor taken' using errcode = 'insufficient_privilege';
  end if;
  return coalesce(new, old);
end
$$;
comment on function public.momentum_guard_roles() is 'Trigger: signed-in users give and take roles up to their own, and never raise their own.';
create trigger momentum_guard_roles before insert or update of role or delete on public.organization_members
  for each row execute function public.momentum_guard_roles();

-- Two owners who remove each other at once wait for each other here: the organization is updated, so that whoever looks at the past gets an error instead.
create function public.momentum_keep_owner() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp
  as $$
begin
  update public.organizations set updated_at = now() where id = old.organization_id;
  if not found then
    return null;  -- the organization goes, too
  end if;
  if exists (select from public.organization_members m where m.organization_id = old.organization_id and m.role = 'owner') then
    return null;
  end if;
  -- Who is deleted alone leaves an empty organization; nobody else is left without an owner.
  if not exists (select from public.profiles p where p.id = old.user_id)
     and not exists (select from public.organization_members m where m.organization_id = old.organization_id) then
    return null;
  end if;
  raise exception 'the last owner of an organization cannot be removed'
    using errcode = 'restrict_violation', detail = format('Organization %s has no other owner.', old.organization_id), hint = 'Make somebody else an owner first.';
end
$$;
comment on function public.momentum_keep_owner() is 'Trigger: an organization with members keeps an owner.';
create trigger momentum_keep_owner after update of role or delete on public.organization_members
  for each row when (old.role = 'owner') execute function public.momentum_keep_owner();

create function public.momentum_keep_organization() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp
  as $$
declare
  members bigint;
begin
  select count(*) into members from public.organization_members m where m.organization_id = old.id;
  if members > 0 then
    raise exception 'an organization with members cannot be deleted'
      using errcode = 'restrict_violation', detail = format('Organization %s has %s.', old.id, case members when 1 then '1 member' else members || ' members' end);
  end if;
  return old;
end
$$;
comment on function public.momentum_keep_organization() is 'Trigger: an organization with members cannot be deleted.';
create trigger momentum_keep_organization before delete on public.organizations
  for each row execute function public.momentum_keep_organization();
select proapp.add_blocker('public.organizations', 'public.organization_members', '{organization_id=id}', 'true', 'an organization with members cannot be deleted');

-- From the tables of before. Both can be called again: what is there stays as it is.
create function public.momentum_migrate_users(legacy regclass) returns table(outcome text, row_count bigint)
  language plpgsql set search_path = pg_catalog, pg_temp
  as $$
begin
  return query execute format($q$
    with source as (
      select l.id::text as id, nullif(btrim(l.email::text), '') as email, l.display_name::text as name, l.created_at::timestamptz as created_at from %s l),
    judged as (
      select s.*, case
          when s.id is null or s.id !~* '^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$' then 'skipped: the id is no uuid'
          when exists (select from public.profiles p where p.id::text = lower(s.id)) then 'skipped: is there already'
          when not exists (select from auth.users u where u.id::text = lower(s.id)) then 'skipped: nobody with this id can sign in'
          when s.email is null then 'skipped: no email'
          when exists (select from public.profiles p where p.email = s.email)
            or row_number() over (partition by s.email order by s.created_at, s.id) > 1 then 'skipped: the email is taken'
          else 'copied' end as outcome
        from source s),
    copied as (
      insert into public.profiles (id, email, name, created_at) select id::uuid, email, name, coalesce(created_at, now()) from judged where judged.outcome = 'copied')
    select j.outcome, count(*) from judged j group by 1 order by 1 $q$, legacy);
end
$$;
comment on function public.momentum_migrate_users(regclass) is
  'Copies legacy users (id, email, display_name, created_at) to profiles: how many were copied, and how many skipped and why. Called again it copies what came since. For who may write profiles.';

create function public.momentum_migrate_sessions(legacy regclass) returns table(outcome text, row_count bigint)
  language plpgsql set search_path = pg_catalog, pg_temp
  as $$
begin
  return query execute format($q$
    with source as (
      select l.session_id::text as id, l.user_id::text as user_id, nullif(btrim(l.client_name::text), '') as client_name, nullif(btrim(l.rendered_html::text), '') as html,
             l.created_at::timestamptz as created_at from %s l),
    judged as (
      select s.*, case
          when s.id is null then 'skipped: no session id'
          when exists (select from public.deliverables d where d.id = s.id) or row_number() over (partition by s.id order by s.created_at, s.html) > 1 then 'skipped: is there already'
          when s.html is null then 'skipped: no html'
          when s.client_name is null then 'skipped: no client name'
          when not exists (select from public.profiles p where p.id::text = lower(s.user_id)) then 'skipped: the user has no profile'
          else 'copied' end as outcome
        from source s),
    copied as (
      insert into public.deliverables (id, user_id, client_name, html, created_at)
        select id, user_id::uuid, client_name, html, coalesce(created_at, now()) from judged where judged.outcome = 'copied')
    select j.outcome, count(*) from judged j group by 1 order by 1 $q$, legacy);
end
$$;
comment on function public.momentum_migrate_sessions(regclass) is
  'Copies legacy sessions (session_id, user_id, client_name, rendered_html, created_at) to deliverables: how many were copied, and how many skipped and why. Called again it copies what came since.';

revoke execute on function public.momentum_guard_roles(), public.momentum_keep_owner(), public.momentum_keep_organization(), public.momentum_migrate_users(regclass),
  public.momentum_migrate_sessions(regclass) from public, anon, authenticated, service_role;

-- What a health check of Momentum insists on.
select proapp.expect(category, item, expected::jsonb) from (values
  ('table', 'public.profiles', '{"rls": true}'),
  ('table', 'public.deliverables', '{"rls": true}'),
  ('table', 'public.organizations', '{"rls": true}'),
  ('table', 'public.organization_members', '{"rls": true}'),
  ('table', 'public.brand_settings', '{"rls": true}'),
  ('foreign key', 'public.profiles.id', '{"references": "auth.users", "on_delete": "cascade"}'),
  ('foreign key', 'public.deliverables.user_id', '{"references": "public.profiles", "on_delete": "cascade"}'),
  ('foreign key', 'public.organization_members.user_id', '{"references": "public.profiles", "on_delete": "cascade"}'),
  ('foreign key', 'public.organization_members.organization_id', '{"references": "public.organizations", "on_delete": "cascade"}'),
  ('foreign key', 'public.brand_settings.user_id', '{"references": "public.profiles", "on_delete": "cascade"}'),
  ('constraint', 'public.profiles(email)', '{"type": "unique"}'),
  ('constraint', 'public.organizations(slug)', '{"type": "unique"}'),
  ('constraint', 'public.organization_members(user_id, organization_id)', '{"type": "unique"}'),
  ('index', 'public.idx_deliverables_user_created', '{}'),
  ('index', 'public.idx_org_members_org', '{}'),
  ('index', 'public.idx_org_members_user', '{}'),
  ('trigger', 'momentum_guard_roles on public.organization_members', '{}'),
  ('trigger', 'momentum_keep_owner on public.organization_members', '{}'),
  ('trigger', 'momentum_keep_organization on public.organizations', '{}'),
  ('policy', 'Users can view own profile on public.profiles', '{"command": "select"}'),
  ('policy', 'Users can update own profile on public.profiles', '{"command": "update"}'),
  ('policy', 'Users can manage own deliverables on public.deliverables', '{"command": "all"}'),
  ('policy', 'Members can view organization on public.organizations', '{"command": "select"}'),
  ('policy', 'Admins can update organization on public.organizations', '{"command": "update"}'),
  ('policy', 'Members can view org membership on public.organization_members', '{"command": "select"}'),
  ('policy', 'Admins can manage members on public.organization_members', '{"command": "all"}'),
  ('policy', 'Users can manage own brand settings on public.brand_settings', '{"command": "all"}'),
  ('policy', 'Global brand settings are readable on public.brand_settings', '{"command": "select"}')) e (category, item, expected);
$up$);
