-- complain if this file is sourced in psql rather than by CREATE EXTENSION
\echo Use "CREATE EXTENSION proapp_platform" to load this file. \quit

select proapp.migrate_up('platform', '1.0.0', $up$
-- Never without the environment that it is written for.
do $$
begin
  if to_regclass('auth.users') is null or to_regrole('anon') is null or to_regrole('authenticated') is null or to_regrole('service_role') is null then
    raise exception 'Platform needs the environment of a Supabase project'
      using errcode = 'object_not_in_prerequisite_state',
            detail = 'It lacks auth.users or a role of the API.',
            hint = 'On a plain PostgreSQL server: CREATE EXTENSION proapp_dev_env.';
  end if;
end
$$;

-- The one home of the list of modules.
create table public.platform_modules (
  name       text primary key check (name ~ '^[a-z][a-z0-9_]{0,40}$'),
  position   int not null unique,
  comment    text not null,
  created_at timestamptz not null default now()
);
comment on table public.platform_modules is 'The modules of the platform: one row, one schema each. platform_add_module() adds one.';
alter table public.platform_modules enable row level security;
revoke all on public.platform_modules from public, anon, authenticated, service_role;
grant select on public.platform_modules to anon, authenticated, service_role;
create policy "Everybody can read modules" on public.platform_modules for select to anon, authenticated using (true);

create schema coachpro;
create schema contentpro;
create schema paymentspro;
create schema studypro;
create schema lifepro;
create schema digipro;
comment on schema coachpro is 'CoachPro: clients, programs and sessions of coaches';
comment on schema contentpro is 'ContentPro: content, its plans and its publication';
comment on schema paymentspro is 'PaymentsPro: invoices, payments and payouts';
comment on schema studypro is 'StudyPro: courses, lessons and exams';
comment on schema lifepro is 'LifePro: goals, habits and journals';
comment on schema digipro is 'DigiPro: digital products and their delivery';
grant usage on schema coachpro, contentpro, paymentspro, studypro, lifepro, digipro to authenticated, service_role;
insert into public.platform_modules (position, name, comment)
  select m.position, m.name, pg_catalog.obj_description(m.name::regnamespace, 'pg_namespace')
    from unnest('{coachpro,contentpro,paymentspro,studypro,lifepro,digipro}'::text[]) with ordinality m (name, position);

-- The list is meant for everybody.
select proapp.accept_finding('policy_always_true', 'policy "Everybody can read modules" on public.platform_modules', 'Platform: which modules there are is no secret');

select proapp.expect(category, item, expected::jsonb) from (values
  ('schema', 'coachpro', '{}'),
  ('schema', 'contentpro', '{}'),
  ('schema', 'paymentspro', '{}'),
  ('schema', 'studypro', '{}'),
  ('schema', 'lifepro', '{}'),
  ('schema', 'digipro', '{}'),
  ('table', 'public.platform_modules', '{"rls": true}'),
  ('policy', 'Everybody can read modules on public.platform_modules', '{"command": "select"}')) e (category, item, expected);
$up$);
