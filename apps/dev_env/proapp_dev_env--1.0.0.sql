-- complain if this file is sourced in psql rather than by CREATE EXTENSION
\echo Use "CREATE EXTENSION proapp_dev_env" to load this file. \quit

select proapp.migrate_up('dev_env', '1.0.0', $up$
-- Never beside the real thing.
do $$
declare
  taken text;
begin
  select string_agg(distinct format('schema %I', n.nspname), ', ') into taken
    from pg_namespace n
   where n.nspname in ('auth', 'storage')
     and (exists (select from pg_class where relnamespace = n.oid)
       or exists (select from pg_proc where pronamespace = n.oid)
       or exists (select from pg_type where typnamespace = n.oid));
  if exists (select from pg_publication where pubname = 'supabase_realtime') then
    taken := concat_ws(', ', taken, 'publication supabase_realtime');
  end if;
  if taken is not null then
    raise exception 'this database already has an environment of its own'
      using errcode = 'object_not_in_prerequisite_state',
            detail = format('In use: %s.', taken),
            hint = 'proapp_dev_env is for plain PostgreSQL servers. A Supabase project has all that it would make; use that.';
  end if;
end
$$;

-- Roles belong to the whole server: another database may have made them, or make them right now.
do $$
declare
  wanted record;
  wrong  text;
begin
  for wanted in
    select * from (values ('anon', 'nobypassrls'), ('authenticated', 'nobypassrls'), ('service_role', 'bypassrls')) as r (name, bypass)
  loop
    if not exists (select from pg_roles where rolname = wanted.name) then
      begin
        execute format('create role %I nologin noinherit %s', wanted.name, wanted.bypass);
      exception when duplicate_object or unique_violation then
        null;
      end;
    end if;
  end loop;

  select string_agg(format('ALTER ROLE %I %s;', rolname, case rolname when 'service_role' then 'BYPASSRLS' else 'NOSUPERUSER NOBYPASSRLS' end), ' ' order by rolname) into wrong
    from pg_roles
   where rolname in ('anon', 'authenticated') and (rolsuper or rolbypassrls) or rolname = 'service_role' and not (rolsuper or rolbypassrls);
  if wrong is not null then
    raise exception 'this server has roles of these names that policies cannot rely on'
      using errcode = 'object_not_in_prerequisite_state',
            detail = 'Row level security must bind anon and authenticated, and not bind service_role.',
            hint = wrong;
  end if;
end
$$;

create schema if not exists auth;
comment on schema auth is 'Signed-up users and the claims of who is signed in, as Supabase Auth has them.';
revoke all on schema auth from public;
grant usage on schema auth to anon, authenticated, service_role;

create table auth.users (
  instance_id                 uuid,
  id                          uuid not null,
  aud                         varchar(255),
  role                        varchar(255),
  email                       varchar(255),
  encrypted_password          varchar(255),
  email_confirmed_at          timestamptz,
  invited_at                  timestamptz,
  confirmation_token          varchar(255),
  confirmation_sent_at        timestamptz,
  recovery_token              varchar(255),
  recovery_sent_at            timestamptz,
  email_change_token_new      varchar(255),
  email_change                varchar(255),
  email_change_sent_at        timestamptz,
  last_sign_in_at             timestamptz,
  raw_app_meta_data           jsonb,
  raw_user_meta_data          jsonb,
  is_super_admin              boolean,
  created_at                  timestamptz,
  updated_at                  timestamptz,
  phone                       text default null,
  phone_confirmed_at          timestamptz,
  phone_change                text default '',
  phone_change_token          varchar(255) default '',
  phone_change_sent_at        timestamptz,
  confirmed_at                timestamptz generated always as (least(email_confirmed_at, phone_confirmed_at)) stored,
  email_change_token_current  varchar(255) default '',
  email_change_confirm_status smallint default 0,
  banned_until                timestamptz,
  reauthentication_token      varchar(255) default '',
  reauthentication_sent_at    timestamptz,
  is_sso_user                 boolean not null default false,
  deleted_at                  timestamptz,
  is_anonymous                boolean not null default false,
  constraint users_pkey primary key (id),
  constraint users_phone_key unique (phone),
  constraint users_email_change_confirm_status_check check (email_change_confirm_status between 0 and 2)
);
comment on table auth.users is 'Who has signed up. The API roles cannot read it.';
create unique index users_email_partial_key on auth.users (email) where not is_sso_user;
create index users_instance_id_idx on auth.users (instance_id);
create index users_is_anonymous_idx on auth.users (is_anonymous);
alter table auth.users enable row level security;
revoke all on table auth.users from public, anon, authenticated, service_role;

-- The setting of one claim, from older PostgREST, wins over the one that holds them all. An unset setting is null before its first use and '' after.
create function auth.uid() returns uuid language sql stable
  return coalesce(nullif(current_setting('request.jwt.claim.sub', true), ''),
                  nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub')::uuid;
comment on function auth.uid() is 'The id in auth.users of who is signed in: the claim sub. Null when nobody is. Error 22P02 when the claims are no JSON or sub is no uuid.';

create function auth.role() returns text language sql stable
  return coalesce(nullif(current_setting('request.jwt.claim.role', true), ''),
                  nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'role');
comment on function auth.role() is 'The claim role: anon, authenticated or service_role. Null without claims. Error 22P02 when the claims are no JSON.';

create function auth.email() returns text language sql stable
  return coalesce(nullif(current_setting('request.jwt.claim.email', true), ''),
                  nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'email');
comment on function auth.email() is 'The claim email of who is signed in. Null when nobody is. Error 22P02 when the claims are no JSON.';

create function auth.jwt() returns jsonb language sql stable
  return coalesce(nullif(current_setting('request.jwt.claim', true), ''),
                  nullif(current_setting('request.jwt.claims', true), ''))::jsonb;
comment on function auth.jwt() is 'All claims of who is signed in. Null when nobody is. Error 22P02 when they are no JSON.';

create schema if not exists storage;
comment on schema storage is 'Buckets and the files in them, as Supabase Storage has them.';
revoke all on schema storage from public;
grant usage on schema storage to anon, authenticated, service_role;
alter default privileges in schema storage grant all on tables to anon, authenticated, service_role;
alter default privileges in schema storage grant all on functions to anon, authenticated, service_role;
alter default privileges in schema storage grant all on sequences to anon, authenticated, service_role;

create table storage.buckets (
  id                 text not null,
  name               text not null,
  owner              uuid,
  created_at         timestamptz default now(),
  updated_at         timestamptz default now(),
  public             boolean default false,
  avif_autodetection boolean default false,
  file_size_limit    bigint,
  allowed_mime_types text[],
  owner_id           text,
  constraint buckets_pkey primary key (id)
);
comment on table storage.buckets is 'Named places for files; public ones are read without policies.';
comment on column storage.buckets.owner is 'As long as the real one has it beside owner_id.';
create unique index bname on storage.buckets (name);
alter table storage.buckets enable row level security;

create table storage.objects (
  id               uuid not null default gen_random_uuid(),
  bucket_id        text,
  name             text,
  owner            uuid,
  created_at       timestamptz default now(),
  updated_at       timestamptz default now(),
  last_accessed_at timestamptz default now(),
  metadata         jsonb,
  path_tokens      text[] generated always as (string_to_array(name, '/')) stored,
  version          text,
  owner_id         text,
  user_metadata    jsonb,
  constraint objects_pkey primary key (id),
  constraint "objects_bucketId_fkey" foreign key (bucket_id) references storage.buckets (id)
);
comment on table storage.objects is 'The files: one row each, its name the path inside the bucket. Policies on this table decide who may read, upload and delete.';
comment on column storage.objects.owner is 'As long as the real one has it beside owner_id.';
create unique index bucketid_objname on storage.objects (bucket_id, name);
create index name_prefix_search on storage.objects (name text_pattern_ops);
alter table storage.objects enable row level security;

create function storage.foldername(name text) returns text[] language sql immutable
  return (string_to_array(name, '/'))[1:cardinality(string_to_array(name, '/')) - 1];
comment on function storage.foldername(text) is 'The folders of a path, outermost first: {public,sub} for public/sub/a.png. Empty for a file in no folder.';

create function storage.filename(name text) returns text language sql immutable
  return split_part(name, '/', -1);
comment on function storage.filename(text) is 'The last part of a path: a.png for public/sub/a.png.';

create function storage.extension(name text) returns text language sql immutable
  return split_part(split_part(name, '/', -1), '.', -1);
comment on function storage.extension(text) is 'What follows the last dot of a path''s file name: gz for a.tar.gz. The whole file name where it has no dot.';

grant all on all tables in schema storage to anon, authenticated, service_role;

-- What a project's tables in public get, and why they need row level security.
grant usage on schema public to anon, authenticated, service_role;
alter default privileges in schema public grant all on tables to anon, authenticated, service_role;
alter default privileges in schema public grant all on functions to anon, authenticated, service_role;
alter default privileges in schema public grant all on sequences to anon, authenticated, service_role;

-- Without wal_level = logical nobody can subscribe, which is no reason to warn a development server: membership is what projects declare.
set local client_min_messages = error;
create publication supabase_realtime;
comment on publication supabase_realtime is 'The tables whose changes Supabase Realtime sends to signed-in clients.';
$up$);
