-- complain if this file is sourced in psql rather than by ALTER EXTENSION
\echo Use "ALTER EXTENSION proapp_auditsuite UPDATE TO '1.2.0'" to load this file. \quit

select proapp.migrate_up('auditsuite', '1.2.0', $up$
-- From the tables of before, in phases: prepare, copy, stop writes, final sync, switch, clean up; and back, from each of them.
create table maintenance.v1_migration (
  id           boolean primary key default true check (id),
  users_table  text not null,
  audits_table text not null,
  phase        text not null check (phase in ('prepared', 'copied', 'writes stopped', 'synchronized', 'switched', 'cleaned up', 'rolled back')),
  started_at   timestamptz not null default now(),
  changed_at   timestamptz not null default now()
);
comment on table maintenance.v1_migration is 'How far the migration from the single-tenant tables has come; one row at most.';
create table maintenance.v1_steps (
  id        bigint generated always as identity primary key,
  phase     text not null,
  item      text not null,
  outcome   text not null,
  row_count bigint not null,
  done_at   timestamptz not null default now()
);
comment on table maintenance.v1_steps is 'What every step of the migration has counted: of each row what became of it.';
create table maintenance.v1_organizations (
  key             text primary key,
  organization_id uuid not null references tenant.organizations (id) on delete cascade
);
comment on table maintenance.v1_organizations is 'The organization of a company, or of an email where there is no company. Empty after the clean-up.';
create index v1_organizations_organization on maintenance.v1_organizations (organization_id);
create table maintenance.v1_users (
  old_id          text primary key,
  organization_id uuid references tenant.organizations (id) on delete cascade,
  member_id       uuid references tenant.organization_members (id) on delete set null,
  outcome         text not null,
  row_hash        text not null
);
comment on table maintenance.v1_users is 'The member that an old user has become, or why there is none. Empty after the clean-up.';
create index v1_users_organization on maintenance.v1_users (organization_id);
create index v1_users_member on maintenance.v1_users (member_id);
create table maintenance.v1_audits (
  old_id          text primary key,
  organization_id uuid references tenant.organizations (id) on delete cascade,
  audit_id        uuid,
  outcome         text not null,
  row_hash        text not null,
  synchronized_at timestamptz not null default now()
);
comment on table maintenance.v1_audits is 'The audit that an old one has become, or why there is none. Empty after the clean-up.';
create index v1_audits_organization on maintenance.v1_audits (organization_id);
create index v1_audits_audit on maintenance.v1_audits (audit_id);
alter table maintenance.v1_migration enable row level security;
alter table maintenance.v1_steps enable row level security;
alter table maintenance.v1_organizations enable row level security;
alter table maintenance.v1_users enable row level security;
alter table maintenance.v1_audits enable row level security;
revoke all on maintenance.v1_migration, maintenance.v1_steps, maintenance.v1_organizations, maintenance.v1_users, maintenance.v1_audits from public, anon, authenticated, service_role;
-- Who is erased while the old rows are still there would be copied again.
select proapp.add_blocker('tenant.organizations', 'maintenance.v1_organizations', '{organization_id=id}', 'true', 'an organization cannot be deleted while it is being migrated');

create function maintenance.v1_enter(to_phase text, variadic from_phases text[]) returns maintenance.v1_migration
  language plpgsql set search_path = pg_catalog, pg_temp
  as $$
declare
  migration maintenance.v1_migration;
begin
  update maintenance.v1_migration m set phase = m.phase returning m.* into migration;
  if not found then
    raise exception 'no migration was prepared' using errcode = 'object_not_in_prerequisite_state', hint = 'SELECT * FROM maintenance.v1_prepare().';
  end if;
  if migration.phase <> all (from_phases) then
    raise exception 'the migration is in phase "%"', migration.phase
      using errcode = 'object_not_in_prerequisite_state', detail = format('This step follows %s.', (select string_agg(format('"%s"', f), ' or ') from unnest(from_phases) f)),
            hint = 'See maintenance.v1_migration and maintenance.v1_steps.';
  end if;
  update maintenance.v1_migration m set phase = to_phase, changed_at = now();
  return migration;
end
$$;
comment on function maintenance.v1_enter(text, text[]) is 'The migration, which is in one of these phases and from now on in another. One session at a time.';

create function maintenance.v1_slug(name text) returns text
  language plpgsql stable set search_path = pg_catalog, pg_temp
  as $$
declare
  base text := replace(lower(name), 'ß', 'ss');
  candidate text;
begin
  if getdatabaseencoding() = 'UTF8' then
    base := regexp_replace(normalize(base, nfkd), '[\u0300-\u036f]', '', 'g');
  end if;
  base := coalesce(nullif(btrim(left(regexp_replace(base, '[^a-z0-9]+', '-', 'g'), 200), '-'), ''), 'organization');
  candidate := base;
  for n in 2 .. 1000000 loop
    exit when not exists (select from tenant.organizations o where o.slug = candidate);
    candidate := base || '-' || n;
  end loop;
  return candidate;
end
$$;
comment on function maintenance.v1_slug(text) is 'A slug for this name that no organization has.';

create function maintenance.v1_read(migration maintenance.v1_migration) returns void
  language plpgsql set search_path = pg_catalog, pg_temp set client_min_messages = warning
  as $$
begin
  drop table if exists pg_temp.v1_old_users, pg_temp.v1_old_audits;
  execute format($q$create temporary table v1_old_users on commit drop as
    select u.id::text as old_id, nullif(btrim(u.clerk_id::text), '') as clerk_id, nullif(lower(btrim(u.email::text)), '') as email, nullif(btrim(u.full_name::text), '') as full_name,
           nullif(btrim(regexp_replace(u.company_name::text, '\s+', ' ', 'g')), '') as company, to_jsonb(u) as doc, md5(to_jsonb(u)::text) as row_hash, null::text as outcome
      from %s u$q$, migration.users_table::regclass);
  execute format($q$create temporary table v1_old_audits on commit drop as
    select a.id::text as old_id, a.user_id::text as user_id, to_jsonb(a) as doc, md5(to_jsonb(a)::text) as row_hash, null::text as outcome from %s a$q$, migration.audits_table::regclass);
  create unique index on pg_temp.v1_old_users (old_id);
  create unique index on pg_temp.v1_old_audits (old_id);
  analyze pg_temp.v1_old_users, pg_temp.v1_old_audits;
end
$$;
comment on function maintenance.v1_read(maintenance.v1_migration) is 'The old tables as they are now, in temporary tables: while they are copied they change.';

create function maintenance.v1_prepare(users_table text default 'public.users', audits_table text default 'public.audits') returns table(item text, outcome text, row_count bigint)
  language plpgsql set search_path = pg_catalog, pg_temp
  as $$
#variable_conflict use_column
declare
  migration maintenance.v1_migration;
  missing   text;
begin
  select string_agg(format('%s.%s', w.t, w.c), ', ' order by w.n) into missing
    from (values (1, users_table, 'id'), (2, users_table, 'clerk_id'), (3, users_table, 'email'), (4, users_table, 'full_name'), (5, users_table, 'company_name'), (6, audits_table, 'id'), (7, audits_table, 'user_id'))
         w (n, t, c) where not exists (select from pg_attribute a where a.attrelid = to_regclass(w.t) and a.attname = w.c and not a.attisdropped);
  if missing is not null then
    raise exception 'the old tables are not what is migrated' using errcode = 'undefined_column', detail = format('There is no %s.', missing);
  end if;
  insert into maintenance.v1_migration as m (users_table, audits_table, phase) values (users_table::regclass::text, audits_table::regclass::text, 'prepared')
    on conflict (id) do update set users_table = excluded.users_table, audits_table = excluded.audits_table, phase = 'prepared', started_at = now(), changed_at = now()
      where m.phase in ('prepared', 'rolled back') returning m.* into migration;
  if migration.phase is null then
    raise exception 'a migration is under way, or over' using errcode = 'object_not_in_prerequisite_state', hint = 'See maintenance.v1_migration.';
  end if;
  perform maintenance.v1_read(migration);
  return query
    with counted as (
      insert into maintenance.v1_steps (phase, item, outcome, row_count)
        select 'prepare', 'users', 'there are', count(*) from pg_temp.v1_old_users
        union all select 'prepare', 'users', 'without clerk id', count(*) from pg_temp.v1_old_users u where u.clerk_id is null
        union all select 'prepare', 'users', 'without email', count(*) from pg_temp.v1_old_users u where u.email is null
        union all select 'prepare', 'users', 'without company', count(*) from pg_temp.v1_old_users u where u.company is null
        union all select 'prepare', 'audits', 'there are', count(*) from pg_temp.v1_old_audits
        union all select 'prepare', 'audits', 'without user', count(*) from pg_temp.v1_old_audits a where not exists (select from pg_temp.v1_old_users u where u.old_id = a.user_id)
      returning id, item, outcome, row_count)
    select item, outcome, row_count from counted order by id;
end
$$;
comment on function maintenance.v1_prepare(text, text) is 'Looks at the old tables (users with id, clerk_id, email, full_name, company_name; audits with id, user_id) and begins their migration. Changes nothing in them.';

-- An old audit has columns that we cannot know: what fits is taken, and all of it stays in config, under v1.
create function maintenance.v1_audit(doc jsonb, out name text, out description text, out goal audit.goal, out date_range_start date, out date_range_end date, out status audit.status,
                                     out started_at timestamptz, out completed_at timestamptz, out config jsonb, out tags text[], out created_at timestamptz, out updated_at timestamptz, out archived_at timestamptz)
  language plpgsql stable set search_path = pg_catalog, pg_temp
  as $$
declare
  moment constant text := '^\d{4}-\d\d-\d\d[T ]\d\d:\d\d';
begin
  name := left(coalesce(nullif(btrim(doc ->> 'name'), ''), nullif(btrim(doc ->> 'title'), ''), 'Audit'), 255);
  description := doc ->> 'description';
  goal := case when doc ->> 'goal' = any (enum_range(null::audit.goal)::text[]) then doc ->> 'goal' else 'custom' end;
  status := case when doc ->> 'status' = any (enum_range(null::audit.status)::text[]) then doc ->> 'status' else 'draft' end;
  date_range_start := case when doc ->> 'date_range_start' ~ '^\d{4}-\d\d-\d\d' then left(doc ->> 'date_range_start', 10)::date end;
  date_range_end := case when doc ->> 'date_range_end' ~ '^\d{4}-\d\d-\d\d' then left(doc ->> 'date_range_end', 10)::date end;
  if date_range_end < date_range_start then
    date_range_end := null;
  end if;
  started_at := case when doc ->> 'processing_started_at' ~ moment then (doc ->> 'processing_started_at')::timestamptz end;
  completed_at := case when coalesce(doc ->> 'processing_completed_at', doc ->> 'completed_at') ~ moment then coalesce(doc ->> 'processing_completed_at', doc ->> 'completed_at')::timestamptz end;
  if completed_at < started_at then
    completed_at := null;
  end if;
  config := case when jsonb_typeof(doc -> 'config') = 'object' then doc -> 'config' else '{}' end || jsonb_build_object('v1', doc);
  tags := case when jsonb_typeof(doc -> 'tags') = 'array' then array(select jsonb_array_elements_text(doc -> 'tags')) else '{}' end;
  created_at := case when doc ->> 'created_at' ~ moment then (doc ->> 'created_at')::timestamptz else now() end;
  updated_at := case when doc ->> 'updated_at' ~ moment then (doc ->> 'updated_at')::timestamptz else created_at end;
  archived_at := case when doc ->> 'archived_at' ~ moment then (doc ->> 'archived_at')::timestamptz end;
end
$$;
comment on function maintenance.v1_audit(jsonb) is 'What an old audit, as JSON, is in audit.audits.';

create function maintenance.v1_suspend(organization uuid) returns void
  language sql set search_path = pg_catalog, pg_temp
  as $$ insert into maintenance.suspensions (organization_id, what) values (organization, 'rules'), (organization, 'quotas') on conflict do nothing $$;
comment on function maintenance.v1_suspend(uuid) is 'While an organization is migrated its quotas do not count, and nothing of it is logged.';

create function maintenance.v1_copy_users() returns void
  language plpgsql set search_path = pg_catalog, pg_temp
  as $$
#variable_conflict use_column
declare
  one          record;
  organization uuid;
  member       uuid;
  what         text;
  place        text;
begin
  -- Those who were copied before come first: they keep their place.
  for one in
    select s.old_id, s.clerk_id, s.email, s.full_name, s.company, s.row_hash, v.member_id, v.organization_id, v.row_hash as former_hash,
           case when s.doc ->> 'created_at' ~ '^\d{4}-\d\d-\d\d[T ]\d\d:\d\d' then (s.doc ->> 'created_at')::timestamptz else now() end as created_at
      from pg_temp.v1_old_users s left join maintenance.v1_users v on v.old_id = s.old_id order by v.member_id is null, created_at, s.old_id
  loop
    organization := one.organization_id;
    member := one.member_id;
    what := case when one.row_hash = one.former_hash then 'unchanged' when one.email is null then 'kept as they were: no email' else 'changed' end;
    if member is not null then
      if what = 'changed' then
        update tenant.organization_members m set email = one.email, full_name = one.full_name
          where m.id = member and not exists (select from tenant.organization_members o where o.organization_id = m.organization_id and o.email = one.email and o.id <> m.id);
        what := case when found then what else 'kept as they were: the email is taken' end;
      end if;
    elsif one.clerk_id is null or one.email is null then
      what := case when one.clerk_id is null then 'skipped: no clerk id' else 'skipped: no email' end;
    else
      place := case when one.company is not null then 'company ' || lower(one.company) else 'email ' || one.email end;
      organization := (select o.organization_id from maintenance.v1_organizations o where o.key = place);
      if organization is null then
        organization := gen_random_uuid();
        perform maintenance.v1_suspend(organization);
        insert into tenant.organizations (id, name, slug, created_at, updated_at)
          values (organization, left(coalesce(one.company, one.email), 255), maintenance.v1_slug(coalesce(one.company, one.email)), one.created_at, one.created_at);
        insert into maintenance.v1_organizations (key, organization_id) values (place, organization);
      end if;
      select m.id into member from tenant.organization_members m where m.organization_id = organization and m.clerk_id = one.clerk_id;
      if found then
        what := case when exists (select from maintenance.v1_users v where v.member_id = member) then 'skipped: the clerk id is doubled' else 'is there' end;
        member := case what when 'is there' then member end;
      elsif exists (select from tenant.organization_members m where m.organization_id = organization and m.email = one.email) then
        what := 'skipped: the email is taken in the organization';
      else
        insert into tenant.organization_members (organization_id, clerk_id, email, full_name, role, created_at, updated_at)
          select organization, one.clerk_id, one.email, one.full_name,
                 case when exists (select from tenant.organization_members m where m.organization_id = organization and m.role = 'owner') then 'analyst' else 'owner' end::tenant.user_role,
                 one.created_at, one.created_at returning id into member;
        what := 'copied';
      end if;
    end if;
    insert into maintenance.v1_users (old_id, organization_id, member_id, outcome, row_hash) values (one.old_id, case when member is not null then organization end, member, what, one.row_hash)
      on conflict (old_id) do update set organization_id = excluded.organization_id, member_id = excluded.member_id, outcome = excluded.outcome, row_hash = excluded.row_hash;
    update pg_temp.v1_old_users s set outcome = what where s.old_id = one.old_id;
  end loop;
end
$$;
comment on function maintenance.v1_copy_users() is 'A step of the migration: users become members of the organization of their company, or of one of their own. The first is its owner.';

create function maintenance.v1_copy_audits() returns void
  language plpgsql set search_path = pg_catalog, pg_temp
  as $$
begin
  -- An audit that somebody of another company has got is another one here.
  delete from audit.audits a using maintenance.v1_audits v, pg_temp.v1_old_audits s, maintenance.v1_users u
    where a.id = v.audit_id and s.old_id = v.old_id and u.old_id = s.user_id and u.organization_id <> v.organization_id;
  delete from maintenance.v1_audits v where v.audit_id is not null and not exists (select from audit.audits a where a.id = v.audit_id);
  update pg_temp.v1_old_audits s set outcome = case when v.row_hash = s.row_hash then 'unchanged' else 'changed' end
    from maintenance.v1_audits v where v.old_id = s.old_id and v.audit_id is not null;
  update audit.audits a set created_by = (select u.member_id from maintenance.v1_users u where u.old_id = s.user_id and u.organization_id = a.organization_id), name = d.name, description = d.description, goal = d.goal, date_range_start = d.date_range_start, date_range_end = d.date_range_end, status = d.status,
         processing_started_at = d.started_at, processing_completed_at = d.completed_at, config = d.config, tags = d.tags, archived_at = d.archived_at
    from pg_temp.v1_old_audits s join maintenance.v1_audits v on v.old_id = s.old_id cross join lateral maintenance.v1_audit(s.doc) d
   where s.outcome = 'changed' and a.id = v.audit_id;
  update maintenance.v1_audits v set row_hash = s.row_hash, outcome = 'changed', synchronized_at = now() from pg_temp.v1_old_audits s where s.old_id = v.old_id and s.outcome = 'changed';

  update pg_temp.v1_old_audits s set outcome = case when s.user_id is null then 'skipped: no user' when u.old_id is null then 'skipped: the user does not exist'
                                                    when u.member_id is null then 'skipped: the user was not copied' else 'copied' end
    from pg_temp.v1_old_audits t left join maintenance.v1_users u on u.old_id = t.user_id where t.old_id = s.old_id and s.outcome is null;
  -- An id stays what it is, where it is a uuid that nobody has.
  insert into maintenance.v1_audits (old_id, organization_id, audit_id, outcome, row_hash)
    select s.old_id, u.organization_id, case when s.outcome = 'copied' then case when i.id is null or exists (select from audit.audit_keys k where k.id = i.id) then gen_random_uuid() else i.id end end,
           s.outcome, s.row_hash
      from pg_temp.v1_old_audits s left join maintenance.v1_users u on u.old_id = s.user_id
      cross join lateral (select case when s.old_id ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then s.old_id::uuid end as id) i
     where s.outcome = 'copied' or s.outcome like 'skipped%'
    on conflict (old_id) do update set organization_id = excluded.organization_id, audit_id = excluded.audit_id, outcome = excluded.outcome, row_hash = excluded.row_hash, synchronized_at = now();
  insert into audit.audits (id, organization_id, created_by, name, description, goal, date_range_start, date_range_end, status, processing_started_at, processing_completed_at, config, tags,
                            created_at, updated_at, archived_at)
    select v.audit_id, v.organization_id, u.member_id, d.name, d.description, d.goal, d.date_range_start, d.date_range_end, d.status, d.started_at, d.completed_at, d.config, d.tags,
           d.created_at, d.updated_at, d.archived_at
      from pg_temp.v1_old_audits s join maintenance.v1_audits v on v.old_id = s.old_id join maintenance.v1_users u on u.old_id = s.user_id cross join lateral maintenance.v1_audit(s.doc) d
     where s.outcome = 'copied';
end
$$;
comment on function maintenance.v1_copy_audits() is 'A step of the migration: audits go to the organization of their user; those that were copied before change as the old ones have.';

create function maintenance.v1_synchronize(in_phase text, migration maintenance.v1_migration) returns table(item text, outcome text, row_count bigint)
  language plpgsql set search_path = pg_catalog, pg_temp
  as $$
#variable_conflict use_column
declare
  gone_audits bigint;
  gone_users  bigint;
  difference  bigint;
begin
  perform maintenance.v1_read(migration);
  perform maintenance.v1_suspend(o.organization_id) from maintenance.v1_organizations o;
  -- What was deleted here is there still, or again.
  delete from maintenance.v1_audits v where v.audit_id is not null and not exists (select from audit.audits a where a.id = v.audit_id);
  -- What is gone there is gone here; who is gone there is no longer active here.
  delete from audit.audits a using maintenance.v1_audits v where a.id = v.audit_id and not exists (select from pg_temp.v1_old_audits s where s.old_id = v.old_id);
  get diagnostics gone_audits = row_count;
  delete from maintenance.v1_audits v where not exists (select from pg_temp.v1_old_audits s where s.old_id = v.old_id);
  update tenant.organization_members m set deactivated_at = now() from maintenance.v1_users v
    where m.id = v.member_id and m.deactivated_at is null and not exists (select from pg_temp.v1_old_users s where s.old_id = v.old_id);
  get diagnostics gone_users = row_count;
  delete from maintenance.v1_users v where not exists (select from pg_temp.v1_old_users s where s.old_id = v.old_id);
  perform maintenance.v1_copy_users();
  perform maintenance.v1_copy_audits();
  -- Nobody loses their seat: a company that was bigger has as many.
  update tenant.organizations o set max_users = c.members
    from (select m.organization_id, count(*) as members from tenant.organization_members m join maintenance.v1_organizations v on v.organization_id = m.organization_id where m.deactivated_at is null group by 1) c
   where o.id = c.organization_id and o.max_users < c.members;
  delete from maintenance.suspensions s where s.organization_id in (select o.organization_id from maintenance.v1_organizations o);

  select (select count(*) from pg_temp.v1_old_users s where s.outcome is null) + (select count(*) from pg_temp.v1_old_audits s where s.outcome is null)
       + abs((select count(*) from pg_temp.v1_old_audits s where s.outcome not like 'skipped%') - (select count(*) from maintenance.v1_audits v join audit.audits a on a.id = v.audit_id))
       + abs((select count(*) from pg_temp.v1_old_users s where s.outcome not like 'skipped%') - (select count(*) from maintenance.v1_users v join tenant.organization_members m on m.id = v.member_id))
    into difference;
  if difference > 0 then
    raise exception 'the numbers of the migration do not add up' using errcode = 'data_corrupted', detail = format('%s rows are neither copied nor skipped with a reason.', difference);
  end if;
  return query
    with counted as (
      insert into maintenance.v1_steps (phase, item, outcome, row_count)
        select in_phase, c.item, c.outcome, c.row_count
          from (select 1 as place, 'users' as item, s.outcome, count(*) as row_count from pg_temp.v1_old_users s group by s.outcome
                union all select 2, 'users', 'deactivated: gone from the old table', gone_users where gone_users > 0
                union all select 3, 'audits', s.outcome, count(*) from pg_temp.v1_old_audits s group by s.outcome
                union all select 4, 'audits', 'deleted: gone from the old table', gone_audits where gone_audits > 0) c order by c.place, c.outcome
      returning id, item, outcome, row_count)
    select item, outcome, row_count from counted order by id;
end
$$;
comment on function maintenance.v1_synchronize(text, maintenance.v1_migration) is 'Makes the new tables as the old ones are, and counts what became of every row: the sum is the number of old rows, or it is an error.';

create function maintenance.v1_copy() returns table(item text, outcome text, row_count bigint)
  language sql set search_path = pg_catalog, pg_temp
  as $$ select s.* from maintenance.v1_enter('copied', 'prepared', 'copied') m cross join lateral maintenance.v1_synchronize('copy', m) s $$;
comment on function maintenance.v1_copy() is 'Copies users and audits while the old tables are in use. Again it takes what has changed since.';

create function maintenance.v1_refuse_writes() returns trigger
  language plpgsql set search_path = pg_catalog, pg_temp
  as $$
begin
  raise exception 'this table takes no more writes' using errcode = 'object_not_in_prerequisite_state', detail = 'It was migrated to proapp_auditsuite.', hint = 'Write to tenant.organization_members and audit.audits.';
end
$$;
comment on function maintenance.v1_refuse_writes() is 'Trigger of the old tables once their writes are stopped.';

create function maintenance.v1_guard(migration maintenance.v1_migration, guarded boolean) returns void
  language plpgsql set search_path = pg_catalog, pg_temp set client_min_messages = warning
  as $$
declare
  one regclass;
begin
  foreach one in array array[migration.users_table, migration.audits_table]::regclass[] loop
    execute format('drop trigger if exists v1_refuse_writes on %s', one);
    if guarded then
      execute format('create trigger v1_refuse_writes before insert or update or delete or truncate on %s for each statement execute function maintenance.v1_refuse_writes()', one);
    end if;
  end loop;
end
$$;
comment on function maintenance.v1_guard(maintenance.v1_migration, boolean) is 'Stops writes to the old tables, or lets them through again.';

create function maintenance.v1_stop_writes() returns void
  language plpgsql set search_path = pg_catalog, pg_temp
  as $$
begin
  perform maintenance.v1_guard(maintenance.v1_enter('writes stopped', 'copied'), true);
end
$$;
comment on function maintenance.v1_stop_writes() is 'Waits for whoever writes to the old tables, and refuses writes from then on (55000).';

create function maintenance.v1_final_sync() returns table(item text, outcome text, row_count bigint)
  language sql set search_path = pg_catalog, pg_temp
  as $$ select s.* from maintenance.v1_enter('synchronized', 'writes stopped', 'synchronized') m cross join lateral maintenance.v1_synchronize('final sync', m) s $$;
comment on function maintenance.v1_final_sync() is 'Takes what was written between the copy and the end of writes.';

create function maintenance.v1_switch() returns void
  language plpgsql set search_path = pg_catalog, pg_temp
  as $$
begin
  perform maintenance.v1_enter('switched', 'synchronized');
end
$$;
comment on function maintenance.v1_switch() is 'From now on the new tables are the truth: nothing is taken from the old ones any more, and going back takes what is written here to them.';

create function maintenance.v1_clean_up(drop_old boolean default false) returns void
  language plpgsql set search_path = pg_catalog, pg_temp
  as $$
declare
  migration maintenance.v1_migration;
begin
  migration := maintenance.v1_enter('cleaned up', 'switched');
  perform maintenance.v1_guard(migration, false);
  delete from maintenance.v1_audits;
  delete from maintenance.v1_users;
  delete from maintenance.v1_organizations;
  if drop_old then
    execute format('drop table %s', migration.audits_table::regclass);
    execute format('drop table %s', migration.users_table::regclass);
  else
    execute format('revoke insert, update, delete, truncate on %s, %s from public, anon, authenticated, service_role', migration.users_table::regclass, migration.audits_table::regclass);
  end if;
end
$$;
comment on function maintenance.v1_clean_up(boolean) is 'Ends the migration: there is no way back from here. The old tables stay, for their owner, unless they are dropped.';

-- Columns that the old table has, of those that we know a value for.
create function maintenance.v1_columns(relation regclass, doc jsonb, without text[]) returns text
  language sql stable set search_path = pg_catalog, pg_temp
  as $$ select string_agg(quote_ident(a.attname), ', ' order by a.attnum) from pg_attribute a
          where a.attrelid = relation and a.attnum > 0 and not a.attisdropped and a.attgenerated = '' and doc ? a.attname::text and a.attname <> all (without) $$;
comment on function maintenance.v1_columns(regclass, jsonb, text[]) is 'The columns of an old table that a JSON object has, as a list.';

create function maintenance.v1_write_back(relation regclass, old_id text, doc jsonb) returns text
  language plpgsql set search_path = pg_catalog, pg_temp
  as $$
declare
  written text;
  -- Ids of ours are uuids; where the old ones are not, the table gives its own.
  own_ids constant boolean := (select a.atttypid <> all ('{uuid,text,varchar}'::regtype[]) from pg_attribute a where a.attrelid = relation and a.attname = 'id');
  without constant text[] := case when old_id is not null then '{id,user_id,clerk_id}' when own_ids then '{id}' else '{}' end::text[];
begin
  if old_id is not null then
    execute format('update %s t set (%s) = (select %2$s from jsonb_populate_record(t, $1)) where t.id::text = $2 returning t.id::text', relation, maintenance.v1_columns(relation, doc, without))
      using doc - without, old_id into written;
  else
    execute format('insert into %s (%s) select %2$s from jsonb_populate_record(null::%1$s, $1) returning id::text', relation, maintenance.v1_columns(relation, doc, without)) using doc - without into written;
  end if;
  return written;
end
$$;
comment on function maintenance.v1_write_back(regclass, text, jsonb) is 'Updates an old row, or makes one where there is no old id; answers its id.';

create function maintenance.v1_go_back() returns table(item text, outcome text, row_count bigint)
  language plpgsql set search_path = pg_catalog, pg_temp
  as $$
#variable_conflict use_column
declare
  migration maintenance.v1_migration;
  one  record;
  what text;
  id   text;
  hash text;
  counts jsonb := '{}';
begin
  migration := maintenance.v1_enter('rolled back', 'prepared', 'copied', 'writes stopped', 'synchronized', 'switched');
  perform maintenance.v1_guard(migration, false);
  if migration.phase = 'switched' then
    for one in
      select m.id, m.organization_id, m.clerk_id, v.old_id, jsonb_build_object('id', m.id, 'clerk_id', m.clerk_id, 'email', m.email, 'full_name', m.full_name, 'company_name', o.name, 'created_at', m.created_at,
                                                                               'updated_at', m.updated_at) as doc
        from tenant.organization_members m join tenant.organizations o on o.id = m.organization_id left join maintenance.v1_users v on v.member_id = m.id
       where m.deactivated_at is null order by m.created_at, m.id
    loop
      id := one.old_id;
      what := 'unchanged';
      if id is not null then
        execute format('select 1 from %s u where u.id::text = $1 and (nullif(lower(btrim(u.email::text)), ''''), nullif(btrim(u.full_name::text), '''')) is distinct from ($2, $3)', migration.users_table::regclass)
          using id, lower(one.doc ->> 'email'), one.doc ->> 'full_name' into hash;
        if hash is not null then
          perform maintenance.v1_write_back(migration.users_table::regclass, id, one.doc - 'company_name' - 'created_at');
          what := 'written back: changed';
        end if;
      else
        execute format('select min(u.id::text) from %s u where u.clerk_id::text = $1', migration.users_table::regclass) using one.clerk_id into id;
        what := 'is there';
        if id is null then
          id := maintenance.v1_write_back(migration.users_table::regclass, null, one.doc);
          what := 'written back: new';
        end if;
      end if;
      execute format('select md5(to_jsonb(u)::text) from %s u where u.id::text = $1', migration.users_table::regclass) using id into hash;
      insert into maintenance.v1_users (old_id, organization_id, member_id, outcome, row_hash) values (id, one.organization_id, one.id, what, hash)
        on conflict (old_id) do update set row_hash = excluded.row_hash, outcome = excluded.outcome, member_id = coalesce(maintenance.v1_users.member_id, excluded.member_id),
          organization_id = coalesce(maintenance.v1_users.organization_id, excluded.organization_id);
      counts := jsonb_set(counts, array['users ' || what], to_jsonb(coalesce((counts ->> ('users ' || what))::bigint, 0) + 1));
    end loop;
    for one in
      select a.id, a.organization_id, v.old_id, coalesce((select u.old_id from maintenance.v1_users u where u.member_id = a.created_by limit 1),
                                                         (select u.old_id from maintenance.v1_users u join tenant.organization_members m on m.id = u.member_id
                                                           where m.organization_id = a.organization_id order by m.role, m.created_at limit 1)) as user_id,
             v.old_id is null or a.updated_at > v.synchronized_at as changed,
             jsonb_build_object('id', a.id, 'name', a.name, 'title', a.name, 'description', a.description, 'goal', a.goal, 'status', a.status, 'date_range_start', a.date_range_start, 'date_range_end', a.date_range_end,
                                'processing_started_at', a.processing_started_at, 'processing_completed_at', a.processing_completed_at, 'completed_at', a.processing_completed_at, 'config', a.config - 'v1',
                                'tags', a.tags, 'created_at', a.created_at, 'updated_at', a.updated_at, 'archived_at', a.archived_at) as doc
        from audit.audits a left join maintenance.v1_audits v on v.audit_id = a.id order by a.created_at, a.id
    loop
      id := one.old_id;
      what := case when not one.changed then 'unchanged' when one.old_id is not null then 'written back: changed' when one.user_id is null then 'skipped: nobody to give it to' else 'written back: new' end;
      if what like 'written back%' then
        id := maintenance.v1_write_back(migration.audits_table::regclass, id, one.doc || jsonb_build_object('user_id', one.user_id));
        execute format('select md5(to_jsonb(a)::text) from %s a where a.id::text = $1', migration.audits_table::regclass) using id into hash;
        insert into maintenance.v1_audits (old_id, organization_id, audit_id, outcome, row_hash) values (id, one.organization_id, one.id, what, hash)
          on conflict (old_id) do update set row_hash = excluded.row_hash, outcome = excluded.outcome, synchronized_at = now();
      end if;
      counts := jsonb_set(counts, array['audits ' || what], to_jsonb(coalesce((counts ->> ('audits ' || what))::bigint, 0) + 1));
    end loop;
    select counts || case when count(*) > 0 then jsonb_build_object('audits kept there: deleted here', count(*)) else '{}' end into counts
      from maintenance.v1_audits v where v.audit_id is not null and not exists (select from audit.audits a where a.id = v.audit_id);
  end if;
  return query
    with counted as (
      insert into maintenance.v1_steps (phase, item, outcome, row_count)
        select 'go back', split_part(c.key, ' ', 1), substr(c.key, strpos(c.key, ' ') + 1), c.value::bigint from jsonb_each_text(counts) c order by c.key desc returning id, item, outcome, row_count)
    select item, outcome, row_count from counted order by id;
end
$$;
comment on function maintenance.v1_go_back() is
  'Back to the old tables, from any phase before the clean-up: they take writes again, and after the switch they get what was written here meanwhile. What was deleted here stays there. The migration can be prepared anew.';

revoke execute on function maintenance.v1_enter(text, text[]), maintenance.v1_slug(text), maintenance.v1_read(maintenance.v1_migration), maintenance.v1_prepare(text, text), maintenance.v1_audit(jsonb),
  maintenance.v1_suspend(uuid), maintenance.v1_copy_users(), maintenance.v1_copy_audits(), maintenance.v1_synchronize(text, maintenance.v1_migration), maintenance.v1_copy(), maintenance.v1_refuse_writes(),
  maintenance.v1_guard(maintenance.v1_migration, boolean), maintenance.v1_stop_writes(), maintenance.v1_final_sync(), maintenance.v1_switch(), maintenance.v1_clean_up(boolean),
  maintenance.v1_columns(regclass, jsonb, text[]), maintenance.v1_write_back(regclass, text, jsonb), maintenance.v1_go_back() from public, anon, authenticated, service_role;

select proapp.expect(category, item, expected::jsonb) from (values
  ('table', 'maintenance.v1_migration', '{"rls": true}'),
  ('table', 'maintenance.v1_steps', '{"rls": true}'),
  ('table', 'maintenance.v1_organizations', '{"rls": true}'),
  ('table', 'maintenance.v1_users', '{"rls": true}'),
  ('table', 'maintenance.v1_audits', '{"rls": true}')) e (category, item, expected);
$up$);
