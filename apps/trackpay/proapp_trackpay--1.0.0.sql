-- complain if this file is sourced in psql rather than by CREATE EXTENSION
\echo Use "CREATE EXTENSION proapp_trackpay" to load this file. \quit

select proapp.migrate_up('trackpay', '1.0.0', $up$
-- Never without the environment that it is written for.
do $$
begin
  if to_regclass('auth.users') is null or to_regrole('anon') is null or to_regrole('authenticated') is null or to_regrole('service_role') is null
     or not exists (select from pg_publication where pubname = 'supabase_realtime') then
    raise exception 'TrackPay needs the environment of a Supabase project'
      using errcode = 'object_not_in_prerequisite_state',
            detail = 'It lacks auth.users, a role of the API, or publication supabase_realtime.',
            hint = 'On a plain PostgreSQL server: CREATE EXTENSION proapp_dev_env.';
  end if;
end
$$;

-- Extensions that may be there already, whoever installed them.
do $$
begin
  if to_regnamespace('extensions') is null then
    create schema extensions;
  end if;
  if not exists (select from pg_extension where extname = 'pgcrypto') then
    create extension pgcrypto with schema extensions;
  end if;
  if not exists (select from pg_extension where extname = 'pg_stat_statements') then
    create extension pg_stat_statements with schema extensions;
  end if;
end
$$;

create table public.trackpay_users (
  id             uuid not null default gen_random_uuid() primary key,
  auth_user_id   uuid constraint ux_trackpay_users_auth_user unique,
  email          text not null unique,
  role           text not null check (role in ('provider', 'client')),
  name           text not null,
  phone          text,
  hourly_rate    numeric(10,2),
  display_name   text,
  claimed_status text check (claimed_status in ('unclaimed', 'claimed')),
  created_at     timestamptz not null default now(),
  updated_at     timestamptz not null default now()
);
comment on table public.trackpay_users is 'Providers and clients. auth_user_id is null until somebody has signed up for the row.';

create table public.trackpay_relationships (
  id          uuid not null default gen_random_uuid() primary key,
  provider_id uuid not null references public.trackpay_users (id),
  client_id   uuid not null references public.trackpay_users (id),
  hourly_rate numeric(10,2),
  created_at  timestamptz not null default now(),
  updated_at  timestamptz not null default now(),
  unique (provider_id, client_id)
);
comment on table public.trackpay_relationships is 'Who works for whom. Deleted by delete_client_relationship_safely() only.';

create table public.trackpay_sessions (
  id               uuid not null default gen_random_uuid() primary key,
  provider_id      uuid not null references public.trackpay_users (id),
  client_id        uuid not null references public.trackpay_users (id),
  start_time       timestamptz not null,
  end_time         timestamptz,
  duration_minutes integer,
  hourly_rate      numeric(10,2) not null,
  amount_due       numeric(10,2),
  status           text not null default 'active' check (status in ('active', 'unpaid', 'requested', 'paid')),
  notes            text,
  crew_size        integer default 1,
  person_hours     numeric(10,2),
  created_at       timestamptz not null default now(),
  updated_at       timestamptz not null default now()
);
comment on table public.trackpay_sessions is 'Time worked.';

create table public.trackpay_payments (
  id             uuid not null default gen_random_uuid() primary key,
  provider_id    uuid not null references public.trackpay_users (id),
  client_id      uuid not null references public.trackpay_users (id),
  session_id     uuid references public.trackpay_sessions (id),
  session_ids    uuid[] not null default '{}',
  amount         numeric(10,2) not null,
  payment_method text,
  payment_date   timestamptz not null default now(),
  notes          text,
  created_at     timestamptz not null default now(),
  updated_at     timestamptz not null default now()
);
comment on table public.trackpay_payments is 'Money received.';
comment on column public.trackpay_payments.session_ids is 'The sessions that one payment covers: references to trackpay_sessions that no foreign key watches.';

create table public.trackpay_requests (
  id           uuid not null default gen_random_uuid() primary key,
  provider_id  uuid not null references public.trackpay_users (id),
  client_id    uuid not null references public.trackpay_users (id),
  session_id   uuid references public.trackpay_sessions (id),
  amount       numeric(10,2) not null,
  status       text not null default 'pending' check (status in ('pending', 'approved', 'rejected', 'paid')),
  requested_at timestamptz not null default now(),
  responded_at timestamptz,
  created_at   timestamptz not null default now(),
  updated_at   timestamptz not null default now()
);
comment on table public.trackpay_requests is 'Money asked for.';

create table public.trackpay_activities (
  id            uuid not null default gen_random_uuid() primary key,
  user_id       uuid not null references public.trackpay_users (id),
  provider_id   uuid references public.trackpay_users (id),
  client_id     uuid references public.trackpay_users (id),
  session_id    uuid references public.trackpay_sessions (id),
  activity_type text not null,
  description   text not null,
  metadata      jsonb default '{}',
  created_at    timestamptz not null default now()
);
comment on table public.trackpay_activities is 'What happened, for the timelines of both parties.';

create table public.trackpay_invites (
  id           uuid not null default gen_random_uuid() primary key,
  provider_id  uuid not null references public.trackpay_users (id),
  client_id    uuid references public.trackpay_users (id),
  invite_code  text not null unique,
  client_name  text not null,
  client_email text,
  hourly_rate  numeric(10,2),
  status       text not null default 'pending' check (status in ('pending', 'claimed', 'expired')),
  claimed_by   uuid references public.trackpay_users (id),
  claimed_at   timestamptz,
  expires_at   timestamptz not null,
  created_at   timestamptz not null default now(),
  updated_at   timestamptz not null default now()
);
comment on table public.trackpay_invites is 'Codes by which a client signs up with a provider.';

-- No foreign keys: the trail outlives what it tells of.
create table public.trackpay_relationship_audit (
  id          uuid not null default gen_random_uuid() primary key,
  provider_id uuid not null,
  client_id   uuid not null,
  action      text not null,
  reason      text,
  metadata    jsonb,
  created_at  timestamptz not null default now()
);
comment on table public.trackpay_relationship_audit is 'Deleted relationships.';

-- Without a policy nobody but their owner sees a row. Policies come in 1.5.0.
alter table public.trackpay_users enable row level security;
alter table public.trackpay_relationships enable row level security;
alter table public.trackpay_sessions enable row level security;
alter table public.trackpay_payments enable row level security;
alter table public.trackpay_requests enable row level security;
alter table public.trackpay_activities enable row level security;
alter table public.trackpay_invites enable row level security;
alter table public.trackpay_relationship_audit enable row level security;

-- Default privileges may have given everything to everybody. Row level security does not hold for TRUNCATE, nor for what a trigger or a foreign key of theirs would do.
revoke all on public.trackpay_users from public, anon, authenticated, service_role;
revoke all on public.trackpay_relationships from public, anon, authenticated, service_role;
revoke all on public.trackpay_sessions from public, anon, authenticated, service_role;
revoke all on public.trackpay_payments from public, anon, authenticated, service_role;
revoke all on public.trackpay_requests from public, anon, authenticated, service_role;
revoke all on public.trackpay_activities from public, anon, authenticated, service_role;
revoke all on public.trackpay_invites from public, anon, authenticated, service_role;
revoke all on public.trackpay_relationship_audit from public, anon, authenticated, service_role;
grant select, insert, update, delete on public.trackpay_users to authenticated, service_role;
grant select, insert, update, delete on public.trackpay_relationships to authenticated, service_role;
grant select, insert, update, delete on public.trackpay_sessions to authenticated, service_role;
grant select, insert, update, delete on public.trackpay_payments to authenticated, service_role;
grant select, insert, update, delete on public.trackpay_requests to authenticated, service_role;
grant select, insert, update, delete on public.trackpay_activities to authenticated, service_role;
grant select, insert, update, delete on public.trackpay_invites to authenticated, service_role;
grant select, insert, update, delete on public.trackpay_relationship_audit to authenticated, service_role;
$up$);
