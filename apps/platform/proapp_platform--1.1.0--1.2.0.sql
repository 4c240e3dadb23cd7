-- complain if this file is sourced in psql rather than by ALTER EXTENSION
\echo Use "ALTER EXTENSION proapp_platform UPDATE TO '1.2.0'" to load this file. \quit

select proapp.migrate_up('platform', '1.2.0', $up$
create table public.organizations (
  id          uuid primary key default gen_random_uuid(),
  name        text not null,
  slug        text not null unique,
  description text,
  logo_url    text,
  website     text,
  created_at  timestamptz default now(),
  updated_at  timestamptz default now()
);
comment on table public.organizations is 'Everybody reads them; the service role writes them.';

create table public.user_profiles (
  id              uuid primary key references auth.users (id) on delete cascade,
  email           text not null unique,
  full_name       text,
  photo_url       text,
  phone           text,
  bio             text,
  timezone        text default 'Europe/Prague',
  locale          text default 'cs',
  created_at      timestamptz default now(),
  updated_at      timestamptz default now(),
  has_coachpro    boolean default false,
  has_contentpro  boolean default false,
  has_paymentspro boolean default false,
  has_studypro    boolean default false,
  has_lifepro     boolean default false,
  has_digipro     boolean default false
);
comment on table public.user_profiles is 'One row a user: id is auth.users.id. A flag for each module; users do not set these themselves.';

create table public.subscriptions (
  id                   uuid primary key default gen_random_uuid(),
  user_id              uuid not null references auth.users (id) on delete cascade,
  app                  text not null check (app in ('coachpro', 'contentpro', 'paymentspro', 'studypro', 'lifepro', 'digipro')),
  plan                 text not null check (plan in ('free', 'basic', 'pro', 'enterprise')),
  status               text not null default 'active' check (status in ('active', 'cancelled', 'expired', 'trial')),
  trial_ends_at        timestamptz,
  current_period_start timestamptz default now(),
  current_period_end   timestamptz,
  cancel_at_period_end boolean default false,
  created_at           timestamptz default now(),
  updated_at           timestamptz default now(),
  unique (user_id, app)
);
comment on table public.subscriptions is 'What a user has subscribed to: one row a module.';

create table public.payments (
  id                uuid primary key default gen_random_uuid(),
  user_id           uuid not null references auth.users (id) on delete cascade,
  app               text not null check (app in ('coachpro', 'contentpro', 'paymentspro', 'studypro', 'lifepro', 'digipro')),
  amount            numeric(10,2) not null,
  currency          text default 'CZK',
  status            text not null default 'pending' check (status in ('pending', 'completed', 'failed', 'refunded')),
  payment_method    text check (payment_method in ('stripe', 'paypal', 'bank', 'contact')),
  stripe_payment_id text,
  description       text,
  metadata          jsonb,
  created_at        timestamptz default now(),
  completed_at      timestamptz
);
comment on table public.payments is 'Payments of users, written by the service role.';
create index idx_payments_user_id on public.payments (user_id);
create unique index idx_payments_stripe_payment_id on public.payments (stripe_payment_id);

create table public.notifications (
  id         uuid primary key default gen_random_uuid(),
  user_id    uuid not null references auth.users (id) on delete cascade,
  app        text not null check (app in ('coachpro', 'contentpro', 'paymentspro', 'studypro', 'lifepro', 'digipro')),
  type       text not null check (type in ('info', 'success', 'warning', 'error')),
  title      text not null,
  message    text not null,
  link       text,
  read       boolean default false,
  read_at    timestamptz,
  created_at timestamptz default now()
);
comment on table public.notifications is 'What a user is told; they note that they read it.';
create index idx_notifications_created_at on public.notifications (created_at desc);
create index idx_notifications_read on public.notifications (read);
create index idx_notifications_user_id on public.notifications (user_id);

create table public.audit_logs (
  id         uuid primary key default gen_random_uuid(),
  user_id    uuid references auth.users (id) on delete set null,
  app        text not null check (app in ('coachpro', 'contentpro', 'paymentspro', 'studypro', 'lifepro', 'digipro')),
  action     text not null,
  table_name text,
  record_id  text,
  old_data   jsonb,
  new_data   jsonb,
  ip_address inet,
  user_agent text,
  created_at timestamptz default now()
);
comment on table public.audit_logs is 'Who changed what. No policy: only backend roles read and write it. It keeps its rows when a user goes.';
create index idx_audit_logs_created_at on public.audit_logs (created_at desc);
create index idx_audit_logs_user_id on public.audit_logs (user_id);

-- Rights. Default privileges may have given everything to everybody; row-level security does not hold for TRUNCATE, nor for what a trigger or a foreign key of theirs would do.
alter table public.organizations enable row level security;
alter table public.user_profiles enable row level security;
alter table public.subscriptions enable row level security;
alter table public.payments enable row level security;
alter table public.notifications enable row level security;
alter table public.audit_logs enable row level security;
revoke all on public.organizations, public.user_profiles, public.subscriptions, public.payments, public.notifications, public.audit_logs from public, anon, authenticated, service_role;
grant select, insert, update, delete on public.organizations, public.user_profiles, public.subscriptions, public.payments, public.notifications to service_role;
grant select, insert on public.audit_logs to service_role;
grant select on public.organizations to anon, authenticated;
grant select, update (full_name, photo_url, phone, bio, timezone, locale, updated_at) on public.user_profiles to authenticated;
grant select on public.subscriptions, public.payments to authenticated;
grant select, update (read, read_at) on public.notifications to authenticated;

select proapp.map_users('platform', 'public.user_profiles', 'id');

create policy "Public can read organizations" on public.organizations for select to anon, authenticated
  using (true);
create policy "Users can read own profile" on public.user_profiles for select to authenticated
  using (id = proapp.current_user_id('platform'));
create policy "Users can update own profile" on public.user_profiles for update to authenticated
  using (id = proapp.current_user_id('platform')) with check (id = proapp.current_user_id('platform'));
create policy "Users can read own subscriptions" on public.subscriptions for select to authenticated
  using (user_id = proapp.current_user_id('platform'));
create policy "Users can read own payments" on public.payments for select to authenticated
  using (user_id = proapp.current_user_id('platform'));
create policy "Users can read own notifications" on public.notifications for select to authenticated
  using (user_id = proapp.current_user_id('platform'));
create policy "Users can update own notifications" on public.notifications for update to authenticated
  using (user_id = proapp.current_user_id('platform')) with check (user_id = proapp.current_user_id('platform'));

select proapp.accept_finding('policy_always_true', 'policy "Public can read organizations" on public.organizations', 'Platform: organizations are public');
select proapp.accept_finding('rls_without_policy', 'public.audit_logs', 'Platform: only backend roles read and write the audit');

select proapp.accept_finding('cascade_into_records', 'constraint payments_user_id_fkey on public.payments', 'Platform: payments go with their user; the audit keeps what they were');

-- The list of modules decides what checks and flags there are.
create function public.platform_apply_modules() returns void
  language plpgsql set search_path = pg_catalog, pg_temp
  as $$
declare
  modules constant text := (select format('check (app = any (array[%s]))', string_agg(format('%L::text', m.name), ', ' order by m.position)) from public.platform_modules m);
  one     record;
begin
  for one in select format('alter table public.user_profiles add column %I boolean default false', 'has_' || m.name) as statement from public.platform_modules m
      where not exists (select from pg_attribute a where a.attrelid = 'public.user_profiles'::regclass and a.attname = 'has_' || m.name and not a.attisdropped) order by m.position loop
    execute one.statement;
  end loop;
  for one in select c.conrelid::regclass as relation, c.conname from pg_constraint c
      where c.conrelid in (select to_regclass('public.' || t) from unnest('{subscriptions,payments,notifications,audit_logs}'::text[]) t) and c.conname = split_part(c.conrelid::regclass::text, '.', 2) || '_app_check'
        and exists (select from public.platform_modules m where pg_get_constraintdef(c.oid) !~ format('''%s''', m.name)) order by 1 loop
    execute format('alter table %s drop constraint %I, add constraint %2$I %s', one.relation, one.conname, modules);
  end loop;
end
$$;
comment on function public.platform_apply_modules() is 'Makes checks and flags what public.platform_modules says. Called again, it changes nothing.';
select public.platform_apply_modules();

create function public.platform_add_module(module text, comment text default null) returns void
  language plpgsql set search_path = pg_catalog, pg_temp
  as $$
declare
  before text[];
begin
  if module is null or module !~ '^[a-z][a-z0-9_]{0,40}$' then
    raise exception '"%" is no name for a module', module using errcode = 'invalid_parameter_value', hint = 'Lower-case letters, digits and underscores, a letter first.';
  end if;
  lock table public.platform_modules in share row exclusive mode;
  if exists (select from public.platform_modules m where m.name = module) then
    raise exception 'module "%" exists already', module using errcode = 'duplicate_object';
  end if;
  before := array(select d.identity from proapp.baselines b, proapp.drift(b.baseline) d where b.baseline = 'platform');
  execute format('create schema %I', module);
  execute format('comment on schema %I is %L', module, coalesce(platform_add_module.comment, 'Module ' || module));
  execute format('grant usage on schema %I to authenticated, service_role', module);
  insert into public.platform_modules (position, name, comment) select max(m.position) + 1, module, coalesce(platform_add_module.comment, 'Module ' || module) from public.platform_modules m;
  perform public.platform_apply_modules();
  perform proapp.expect('schema', module, '{}');
  perform proapp.expect('column', 'public.user_profiles.has_' || module, '{"type": "boolean"}');
  perform proapp.accept_drift_except(b.baseline, before, 'module ' || module) from proapp.baselines b where b.baseline = 'platform';
end
$$;
comment on function public.platform_add_module(text, text) is
  'Adds a module: its schema, its row in public.platform_modules, its flag in public.user_profiles, and its name in the checks. For who owns the tables and administers proapp. Errors: 22023 for what is no name, 42710 where the module exists, 42P06 where a schema has its name.';

-- Does a subscription count?
create function public.platform_counts(status text, trial_ends_at timestamptz, current_period_end timestamptz) returns boolean
  language sql stable parallel safe set search_path = pg_catalog, pg_temp
  return case status when 'active' then coalesce(current_period_end > now(), true) when 'trial' then coalesce(trial_ends_at > now(), false) else false end;
comment on function public.platform_counts(text, timestamptz, timestamptz) is 'Is the subscription active, or a trial, and has its time not run out?';

create function public.platform_plan(module text) returns text
  language sql stable parallel safe security definer set search_path = pg_catalog, pg_temp
  as $$
  select coalesce(
    (select s.plan from public.subscriptions s where s.user_id = proapp.current_user_id('platform') and s.app = module and public.platform_counts(s.status, s.trial_ends_at, s.current_period_end)),
    (select 'free' from public.user_profiles p where p.id = proapp.current_user_id('platform') and (to_jsonb(p) -> ('has_' || module))::text = 'true'))
$$;
comment on function public.platform_plan(text) is
  'The signed-in user''s plan of a module: of the subscription that is active or in its trial, else free where the flag of the module is set; null where they have no access. In policies: (select public.platform_plan(…)), once a statement.';

create function public.platform_has_module(module text) returns boolean
  language sql stable parallel safe security definer set search_path = pg_catalog, pg_temp
  as $$ select public.platform_plan(module) is not null $$;
comment on function public.platform_has_module(text) is
  'Has the signed-in user access to a module, by its flag or by a subscription that is active or in its trial? In policies: (select public.platform_has_module(…)), once a statement.';
revoke execute on function public.platform_apply_modules(), public.platform_add_module(text, text), public.platform_counts(text, timestamptz, timestamptz), public.platform_plan(text), public.platform_has_module(text)
  from public, anon, authenticated, service_role;
grant execute on function public.platform_plan(text), public.platform_has_module(text) to authenticated, service_role;

select proapp.expect(category, item, expected::jsonb) from (values
  ('table', 'public.organizations', '{"rls": true}'),
  ('table', 'public.user_profiles', '{"rls": true}'),
  ('table', 'public.subscriptions', '{"rls": true}'),
  ('table', 'public.payments', '{"rls": true}'),
  ('table', 'public.notifications', '{"rls": true}'),
  ('table', 'public.audit_logs', '{"rls": true}'),
  ('foreign key', 'public.user_profiles.id', '{"references": "auth.users", "on_delete": "cascade"}'),
  ('foreign key', 'public.subscriptions.user_id', '{"references": "auth.users", "on_delete": "cascade"}'),
  ('foreign key', 'public.payments.user_id', '{"references": "auth.users", "on_delete": "cascade"}'),
  ('foreign key', 'public.notifications.user_id', '{"references": "auth.users", "on_delete": "cascade"}'),
  ('foreign key', 'public.audit_logs.user_id', '{"references": "auth.users", "on_delete": "set null"}'),
  ('constraint', 'public.subscriptions(user_id, app)', '{"type": "unique"}'),
  ('constraint', 'public.organizations(slug)', '{"type": "unique"}'),
  ('constraint', 'public.user_profiles(email)', '{"type": "unique"}'),
  ('index', 'public.idx_notifications_created_at', '{}'),
  ('index', 'public.idx_notifications_read', '{}'),
  ('index', 'public.idx_notifications_user_id', '{}'),
  ('index', 'public.idx_audit_logs_created_at', '{}'),
  ('index', 'public.idx_audit_logs_user_id', '{}'),
  ('index', 'public.idx_payments_stripe_payment_id', '{"unique": true}'),
  ('policy', 'Public can read organizations on public.organizations', '{"command": "select"}'),
  ('policy', 'Users can read own profile on public.user_profiles', '{"command": "select"}'),
  ('policy', 'Users can update own profile on public.user_profiles', '{"command": "update"}'),
  ('policy', 'Users can read own subscriptions on public.subscriptions', '{"command": "select"}'),
  ('policy', 'Users can read own payments on public.payments', '{"command": "select"}'),
  ('policy', 'Users can read own notifications on public.notifications', '{"command": "select"}'),
  ('policy', 'Users can update own notifications on public.notifications', '{"command": "update"}'),
  ('function', 'public.platform_add_module(text, text)', '{"security": "invoker"}'),
  ('function', 'public.platform_plan(text)', '{"security": "definer", "volatility": "stable"}'),
  ('function', 'public.platform_has_module(text)', '{"security": "definer", "volatility": "stable"}')) e (category, item, expected);
$up$);
