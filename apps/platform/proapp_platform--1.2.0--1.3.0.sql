-- complain if this file is sourced in psql rather than by ALTER EXTENSION
\echo Use "ALTER EXTENSION proapp_platform UPDATE TO '1.3.0'" to load this file. \quit

select proapp.migrate_up('platform', '1.3.0', $up$
-- Sign-up. It never fails because of the profile: an email that somebody else's profile has, or none, leaves the user without one until it is backfilled.
create function public.platform_make_profiles(ids uuid[]) returns bigint
  language sql security definer set search_path = pg_catalog, pg_temp
  as $$
  with made as (
    insert into public.user_profiles (id, email, full_name, photo_url)
      select u.id, u.email, coalesce(u.raw_user_meta_data ->> 'full_name', u.raw_user_meta_data ->> 'name'), coalesce(u.raw_user_meta_data ->> 'avatar_url', u.raw_user_meta_data ->> 'picture')
        from auth.users u where u.email is not null and (ids is null or u.id = any (ids)) order by u.created_at, u.id
      on conflict do nothing returning 1)
  select count(*) from made
$$;
comment on function public.platform_make_profiles(uuid[]) is 'Profiles for these users, or for all who have none, with name and avatar of the OAuth metadata; how many were made.';

create function public.platform_new_user() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp
  as $$
begin
  perform public.platform_make_profiles(array[new.id]);
  return null;
end
$$;
comment on function public.platform_new_user() is 'Trigger: who signs up has a profile.';
create trigger platform_new_user after insert on auth.users for each row execute function public.platform_new_user();

create function public.platform_backfill_profiles() returns table(outcome text, row_count bigint)
  language plpgsql set search_path = pg_catalog, pg_temp
  as $$
declare
  there constant bigint := (select count(*) from public.user_profiles);
  made  constant bigint := public.platform_make_profiles(null);
begin
  return query select * from (values
    ('made', made),
    ('there already', there),
    ('skipped: no email', (select count(*) from auth.users u where u.email is null and not exists (select from public.user_profiles p where p.id = u.id))),
    ('skipped: the email is taken', (select count(*) from auth.users u where u.email is not null and not exists (select from public.user_profiles p where p.id = u.id)))) v;
end
$$;
comment on function public.platform_backfill_profiles() is 'Profiles for users who signed up before there were profiles. Called again, it makes none twice. Answers how many were made, were there, and were skipped and why.';

-- Payments.
create function public.platform_payment_counts() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp
  as $$
declare
  plan_bought constant text := new.metadata ->> 'plan';
begin
  if tg_op = 'UPDATE' and new.status = old.status then
    return null;
  end if;
  if new.status = 'completed' then
    insert into public.subscriptions as s (user_id, app, plan, status, current_period_start, current_period_end)
      values (new.user_id, new.app, coalesce(plan_bought, 'basic'), 'active', now(), coalesce((new.metadata ->> 'period_end')::timestamptz, now() + interval '1 month'))
      on conflict (user_id, app) do update set
        plan = coalesce(plan_bought, s.plan), status = 'active', trial_ends_at = null, cancel_at_period_end = false, updated_at = now(),
        current_period_start = case when public.platform_counts(s.status, s.trial_ends_at, s.current_period_end) and s.status = 'active' then s.current_period_start else now() end,
        -- paid before the end: the time is added
        current_period_end = coalesce((new.metadata ->> 'period_end')::timestamptz, greatest(case when s.status = 'active' then s.current_period_end end, now()) + interval '1 month');
  elsif new.status = 'failed' then
    insert into public.notifications (user_id, app, type, title, message, link)
      values (new.user_id, new.app, 'error', 'Payment failed', format('The payment of %s %s failed.', new.amount, new.currency), '/payments/' || new.id);
  end if;
  return null;
end
$$;
comment on function public.platform_payment_counts() is 'Trigger: a completed payment activates its subscription, metadata may say plan and period_end; a failed one notifies.';
create trigger platform_payment_counts after insert or update of status on public.payments for each row execute function public.platform_payment_counts();

create function public.platform_record_payment(stripe_payment_id text, user_id uuid, app text, amount numeric, status text, currency text default 'CZK', description text default null, metadata jsonb default null) returns uuid
  language plpgsql set search_path = pg_catalog, pg_temp
  as $$
#variable_conflict use_column
declare
  given  constant text := platform_record_payment.stripe_payment_id;
  ranks  constant text[] := '{pending,failed,completed,refunded}';
  stored public.payments;
begin
  if given is null or given = '' then
    raise exception 'a payment needs the id that Stripe gave it' using errcode = 'null_value_not_allowed';
  end if;
  insert into public.payments (stripe_payment_id, user_id, app, amount, currency, status, payment_method, description, metadata, completed_at)
    values (given, platform_record_payment.user_id, platform_record_payment.app, platform_record_payment.amount, platform_record_payment.currency, platform_record_payment.status, 'stripe',
            platform_record_payment.description, platform_record_payment.metadata, case platform_record_payment.status when 'completed' then now() end)
    on conflict (stripe_payment_id) do nothing
    returning * into stored;
  if found then
    return stored.id;
  end if;
  -- Known. Events come twice and out of order: only what is later counts.
  select * into stored from public.payments p where p.stripe_payment_id = given for update;
  if (stored.user_id, stored.app, stored.amount, stored.currency) is distinct from
     (platform_record_payment.user_id, platform_record_payment.app, platform_record_payment.amount::numeric(10,2), platform_record_payment.currency) then
    raise exception 'payment "%" was recorded with other facts', given
      using errcode = 'unique_violation', detail = format('It is of user %s, %s, %s %s.', stored.user_id, stored.app, stored.amount, stored.currency), hint = 'An event repeats a payment as it was; a correction is another payment.';
  end if;
  if array_position(ranks, platform_record_payment.status) > array_position(ranks, stored.status) then
    update public.payments p set status = platform_record_payment.status, metadata = coalesce(platform_record_payment.metadata, p.metadata),
        completed_at = case platform_record_payment.status when 'completed' then now() else p.completed_at end
      where p.id = stored.id;
  end if;
  return stored.id;
end
$$;
comment on function public.platform_record_payment(text, uuid, text, numeric, text, text, text, jsonb) is
  'Records an event of Stripe and answers the payment''s id. Again with the same stripe_payment_id it is the same payment; its status goes pending, failed, completed, refunded and never back. '
  'metadata: plan and period_end of the subscription it pays. Errors: 23505 where the payment is known with other facts, 23514 for unknown values, 22004 without an id.';

-- Time.
create function public.platform_expire_subscriptions() returns table(outcome text, row_count bigint)
  language plpgsql security definer set search_path = pg_catalog, pg_temp
  as $$
declare
  expired  bigint;
  notified bigint;
begin
  perform pg_advisory_xact_lock(hashtextextended('platform_expire_subscriptions', 0));  -- one at a time: nobody is told twice
  with ended as (
    update public.subscriptions s set status = 'expired', updated_at = now()
      where s.status = 'trial' and s.trial_ends_at <= now() or s.status = 'active' and s.current_period_end <= now() returning 1)
  select count(*) into expired from ended;
  with ending as (
    select s.user_id, s.app, s.status, case s.status when 'trial' then s.trial_ends_at else s.current_period_end end as ends
      from public.subscriptions s where s.status in ('trial', 'active')),
  due as (
    select e.user_id, e.app, d.days, format('/%s/subscription?ends=%s&days=%s', e.app, to_char(e.ends at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS'), d.days) as link,
        format(case e.status when 'trial' then 'Your trial of %s ends within %s' else 'Your subscription of %s ends within %s' end, e.app, case d.days when 1 then '1 day' else d.days || ' days' end) as title
      from ending e join (values (7), (1)) d (days) on e.ends <= now() + d.days * interval '1 day' and (d.days = 1 or e.ends > now() + interval '1 day')),
  told as (
    insert into public.notifications (user_id, app, type, title, message, link)
      select d.user_id, d.app, case d.days when 1 then 'warning' else 'info' end, d.title, d.title || '.', d.link from due d
        where not exists (select from public.notifications n where n.user_id = d.user_id and n.app = d.app and n.link = d.link) returning 1)
  select count(*) into notified from told;
  return query values ('expired', expired), ('notified', notified);
end
$$;
comment on function public.platform_expire_subscriptions() is
  'Trials and periods that have ended become expired; who has seven days or one day left is told, once. A job of pg_cron calls it daily where that is installed. Answers how many of each.';

-- The audit.
create function public.platform_audit() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp
  as $$
declare
  headers jsonb;
  address inet;
  before  constant jsonb := case when tg_op <> 'INSERT' then to_jsonb(old) end;
  after   constant jsonb := case when tg_op <> 'DELETE' then to_jsonb(new) end;
begin
  -- What a client sends is not to be relied on, and never fails the change.
  begin
    headers := nullif(current_setting('request.headers', true), '')::jsonb;
    address := btrim(split_part(headers ->> 'x-forwarded-for', ',', 1))::inet;
  exception when others then
    null;
  end;
  if tg_op = 'UPDATE' and before = after then
    return null;
  end if;
  insert into public.audit_logs (user_id, app, action, table_name, record_id, old_data, new_data, ip_address, user_agent)
    values ((select u.id from auth.users u where u.id::text = proapp.auth_id()), tg_argv[0], lower(tg_op), format('%I.%I', tg_table_schema, tg_table_name), coalesce(after, before) ->> coalesce(tg_argv[1], 'id'),
            before, after, coalesce(address, inet_client_addr()), headers ->> 'user-agent');
  return null;
end
$$;
comment on function public.platform_audit() is 'Trigger: writes old and new row, user, address and agent into public.audit_logs. Arguments: the module, and the key column (id).';

create function public.platform_audit_table(relation regclass, module text, key_column name default 'id') returns void
  language plpgsql set search_path = pg_catalog, pg_temp
  as $$
begin
  if relation in (to_regclass('public.audit_logs'), to_regclass('public.audit_logs_archive')) then
    raise exception 'the audit is not audited' using errcode = 'invalid_parameter_value';
  elsif not exists (select from public.platform_modules m where m.name = module) then
    raise exception 'module "%" does not exist', module using errcode = 'undefined_object', hint = 'public.platform_modules lists those that do; platform_add_module() adds one.';
  elsif not exists (select from pg_attribute a where a.attrelid = relation and a.attname = key_column and not a.attisdropped) then
    raise exception 'column "%" of table % does not exist', key_column, relation using errcode = 'undefined_column';
  end if;
  execute format('create or replace trigger platform_audit after insert or update or delete on %s for each row execute function public.platform_audit(%L, %L)', relation, module, key_column);
end
$$;
comment on function public.platform_audit_table(regclass, text, name) is 'From now on every change of the table''s rows is written into public.audit_logs. Errors: 42704 for an unknown module, 42703 for an unknown key column.';
select public.platform_audit_table('public.subscriptions', 'paymentspro');
select public.platform_audit_table('public.payments', 'paymentspro');

create table public.audit_logs_archive (
  id         uuid primary key,
  user_id    uuid references auth.users (id) on delete set null,
  app        text not null,
  action     text not null,
  table_name text,
  record_id  text,
  old_data   jsonb,
  new_data   jsonb,
  ip_address inet,
  user_agent text,
  created_at timestamptz not null,
  archived_at timestamptz not null default now()
);
comment on table public.audit_logs_archive is 'Rows of public.audit_logs after their time. No policy: only backend roles read it.';
create index idx_audit_logs_archive_created_at on public.audit_logs_archive (created_at);
create index idx_audit_logs_archive_user_id on public.audit_logs_archive (user_id);
alter table public.audit_logs_archive enable row level security;
revoke all on public.audit_logs_archive from public, anon, authenticated, service_role;
grant select on public.audit_logs_archive to service_role;
select proapp.accept_finding('rls_without_policy', 'public.audit_logs_archive', 'Platform: only backend roles read the audit''s archive');

create function public.platform_archive_audit_logs(older_than interval default '90 days', at_most int default 100000) returns bigint
  language sql security definer set search_path = pg_catalog, pg_temp
  as $$
  with old as (select a.id, a.created_at from public.audit_logs a where a.created_at < now() - older_than order by a.created_at limit at_most for update skip locked),
  gone as (delete from public.audit_logs a using old where a.id = old.id and a.created_at = old.created_at returning a.*),
  kept as (insert into public.audit_logs_archive (id, user_id, app, action, table_name, record_id, old_data, new_data, ip_address, user_agent, created_at)
             select id, user_id, app, action, table_name, record_id, old_data, new_data, ip_address, user_agent, created_at from gone returning 1)
  select count(*) from kept
$$;
comment on function public.platform_archive_audit_logs(interval, int) is 'Moves rows of the audit that are older (90 days) into public.audit_logs_archive, the oldest first and no more than at_most; how many. A job of pg_cron calls it daily where that is installed.';

create function public.platform_export_audit_logs(since timestamptz default '-infinity', until timestamptz default 'infinity') returns setof jsonb
  language sql stable set search_path = pg_catalog, pg_temp
  as $$
  select r.line from (
    select to_jsonb(a) as line, a.created_at, a.id from public.audit_logs a where coalesce(a.created_at >= since and a.created_at < until, true)
    union all select to_jsonb(a) - 'archived_at', a.created_at, a.id from public.audit_logs_archive a where a.created_at >= since and a.created_at < until) r
    order by r.created_at, r.id
$$;
comment on function public.platform_export_audit_logs(timestamptz, timestamptz) is 'The audit of a time, archived rows too, as JSON lines in order: psql -Atc "select public.platform_export_audit_logs()" > audit.jsonl. For backend roles.';

create function public.platform_ensure_audit_partitions(months_ahead int default 2) returns int
  language plpgsql security definer set search_path = pg_catalog, pg_temp
  as $$
declare
  made  int := 0;
  month date;
begin
  if not exists (select from pg_partitioned_table where partrelid = 'public.audit_logs'::regclass) then
    return 0;
  end if;
  for month in select generate_series(date_trunc('month', now() at time zone 'UTC'), date_trunc('month', now() at time zone 'UTC') + months_ahead * interval '1 month', interval '1 month') loop
    if to_regclass(format('public.audit_logs_%s', to_char(month, 'YYYY_MM'))) is null then
      perform public.platform_make_audit_partition(month);
      made := made + 1;
    end if;
  end loop;
  return made;
end
$$;
comment on function public.platform_ensure_audit_partitions(int) is 'Makes the audit''s partitions of this and coming months, where it is partitioned; how many were missing. A job of pg_cron calls it daily where that is installed.';

create function public.platform_make_audit_partition(month date) returns void
  language plpgsql security definer set search_path = pg_catalog, pg_temp
  as $$
declare
  name  constant text        := format('audit_logs_%s', to_char(month, 'YYYY_MM'));
  first constant timestamptz := month::timestamp at time zone 'UTC';
  next  constant timestamptz := (month + interval '1 month')::timestamp at time zone 'UTC';
begin
  -- Rows of the month that are in the default partition move.
  execute format('create table public.%I (like public.audit_logs including defaults including constraints)', name);
  execute format('alter table public.%I enable row level security', name);
  execute format('revoke all on public.%I from public, anon, authenticated, service_role', name);
  lock table public.audit_logs_rest in access exclusive mode;
  execute format('with moved as (delete from public.audit_logs_rest where created_at >= %L and created_at < %L returning *) insert into public.%I select * from moved', first, next, name);
  execute format('alter table public.audit_logs attach partition public.%I for values from (%L) to (%L)', name, first, next);
end
$$;
comment on function public.platform_make_audit_partition(date) is 'The audit''s partition of a month, with the rows of the default partition that belong there.';

create function public.platform_partition_audit_logs() returns bigint
  language plpgsql set search_path = pg_catalog, pg_temp
  as $$
declare
  kept   bigint;
  moved  bigint;
  month  date;
  before constant text[] := array(select d.identity from proapp.baselines b, proapp.drift(b.baseline) d where b.baseline = 'platform');
begin
  lock table public.audit_logs in access exclusive mode;
  if exists (select from pg_partitioned_table where partrelid = 'public.audit_logs'::regclass) then
    return 0;
  end if;
  alter table public.audit_logs rename to audit_logs_before;
  alter index public.audit_logs_pkey rename to audit_logs_before_pkey;
  alter index public.idx_audit_logs_created_at rename to idx_audit_logs_before_created_at;
  alter index public.idx_audit_logs_user_id rename to idx_audit_logs_before_user_id;
  create table public.audit_logs (like public.audit_logs_before including defaults including comments including constraints, primary key (id, created_at)) partition by range (created_at);
  comment on table public.audit_logs is 'Who changed what, by month. No policy: only backend roles read and write it. It keeps its rows when a user goes.';
  create index idx_audit_logs_created_at on public.audit_logs (created_at desc);
  create index idx_audit_logs_user_id on public.audit_logs (user_id);
  alter table public.audit_logs enable row level security;
  revoke all on public.audit_logs from public, anon, authenticated, service_role;
  grant select, insert on public.audit_logs to service_role;
  create table public.audit_logs_rest partition of public.audit_logs default;
  alter table public.audit_logs_rest enable row level security;
  revoke all on public.audit_logs_rest from public, anon, authenticated, service_role;
  for month in select distinct date_trunc('month', b.created_at at time zone 'UTC')::date from public.audit_logs_before b where b.created_at is not null and isfinite(b.created_at) order by 1 loop
    perform public.platform_make_audit_partition(month);
  end loop;
  perform public.platform_ensure_audit_partitions();
  -- The key needs the time: a row without one gets that of now.
  insert into public.audit_logs (id, user_id, app, action, table_name, record_id, old_data, new_data, ip_address, user_agent, created_at)
    select id, user_id, app, action, table_name, record_id, old_data, new_data, ip_address, user_agent, coalesce(created_at, now()) from public.audit_logs_before;
  get diagnostics moved = row_count;
  select count(*) into kept from public.audit_logs_before;
  if moved <> kept then
    raise exception 'not every row of the audit would be kept' using errcode = 'triggered_data_change_violation', detail = format('It has %s rows, and %s would be in partitions.', kept, moved);
  end if;
  alter table public.audit_logs add constraint audit_logs_user_id_fkey foreign key (user_id) references auth.users (id) on delete set null;
  drop table public.audit_logs_before;
  perform proapp.accept_drift_except(b.baseline, before, 'the audit is partitioned') from proapp.baselines b where b.baseline = 'platform';
  return moved;
end
$$;
comment on function public.platform_partition_audit_logs() is
  'Makes public.audit_logs a table with a partition a month, with every row; its key then is id with created_at. Worth it from about 100,000 rows. Holds the table meanwhile. Answers how many rows moved; 0 where it is partitioned already. For its owner.';

revoke execute on function public.platform_make_profiles(uuid[]), public.platform_new_user(), public.platform_backfill_profiles(), public.platform_payment_counts(),
  public.platform_record_payment(text, uuid, text, numeric, text, text, text, jsonb), public.platform_expire_subscriptions(), public.platform_audit(), public.platform_audit_table(regclass, text, name),
  public.platform_archive_audit_logs(interval, int), public.platform_export_audit_logs(timestamptz, timestamptz), public.platform_ensure_audit_partitions(int), public.platform_make_audit_partition(date),
  public.platform_partition_audit_logs() from public, anon, authenticated, service_role;
grant execute on function public.platform_record_payment(text, uuid, text, numeric, text, text, text, jsonb), public.platform_export_audit_logs(timestamptz, timestamptz) to service_role;

select proapp.schedule_job('platform_expire_subscriptions', '0 3 * * *', 'select public.platform_expire_subscriptions()');
select proapp.schedule_job('platform_archive_audit_logs', '30 3 * * *', 'select public.platform_archive_audit_logs()');
select proapp.schedule_job('platform_ensure_audit_partitions', '45 3 * * *', 'select public.platform_ensure_audit_partitions()');

select proapp.expect(category, item, expected::jsonb) from (values
  ('table', 'public.audit_logs_archive', '{"rls": true}'),
  ('foreign key', 'public.audit_logs_archive.user_id', '{"references": "auth.users", "on_delete": "set null"}'),
  ('trigger', 'platform_new_user on auth.users', '{}'),
  ('trigger', 'platform_payment_counts on public.payments', '{}'),
  ('trigger', 'platform_audit on public.payments', '{}'),
  ('trigger', 'platform_audit on public.subscriptions', '{}'),
  ('function', 'public.platform_record_payment(text, uuid, text, numeric, text, text, text, jsonb)', '{"security": "invoker"}'),
  ('function', 'public.platform_expire_subscriptions()', '{"security": "definer"}'),
  ('function', 'public.platform_archive_audit_logs(interval, integer)', '{"security": "definer"}'),
  ('function', 'public.platform_partition_audit_logs()', '{"security": "invoker"}')) e (category, item, expected);

create function public.platform_self_test() returns table(test text, result text, detail text)
  language plpgsql set search_path = pg_catalog, pg_temp
  as $$
declare
  ann    constant uuid := '7e570000-0000-4000-8000-0000000000d1';
  ben    constant uuid := '7e570000-0000-4000-8000-0000000000d2';
  done   jsonb;
begin
  begin
    insert into auth.users (id, email, raw_user_meta_data) values
      (ann, 'ann@self-test.invalid', '{"full_name": "Ann", "avatar_url": "https://self-test.invalid/ann.png"}'), (ben, 'ben@self-test.invalid', '{"name": "Ben"}');
    insert into public.organizations (name, slug) values ('Self test', 'platform-self-test');
    insert into public.subscriptions (user_id, app, plan, status, trial_ends_at) values (ann, 'coachpro', 'pro', 'trial', now() + interval '6 days'), (ben, 'coachpro', 'pro', 'trial', now() - interval '1 day');
    insert into public.notifications (user_id, app, type, title, message) values (ben, 'coachpro', 'info', 'Hello', 'For Ben only');
    -- Who does what, and what comes of it: a value or an SQLSTATE. Without a role it is the caller.
    select jsonb_agg(proapp.try_as(t.test, t.actor::text, t.role::name, t.statement, t.expected)) into done from (values
      ('modules: each has its schema', null, null, 'select count(*) from public.platform_modules m where to_regnamespace(m.name) is null', '0'),
      ('modules: each has its flag', null, null, $q$select count(*) from public.platform_modules m where not exists (select from information_schema.columns where table_schema = 'public' and table_name = 'user_profiles' and column_name = 'has_' || m.name)$q$, '0'),
      ('modules: nobody adds one by the API', ann, 'authenticated', $q$insert into public.platform_modules (position, name, comment) values (99, 'x', 'x') returning name$q$, '42501'),
      ('profiles: made at sign-up, with the avatar', ann, 'authenticated', $q$select full_name || ' ' || photo_url from public.user_profiles$q$, 'Ann https://self-test.invalid/ann.png'),
      ('profiles: users change their own', ann, 'authenticated', $q$update public.user_profiles set bio = 'x' returning full_name$q$, 'Ann'),
      ('profiles: and give themselves no module', ann, 'authenticated', 'update public.user_profiles set has_digipro = true returning 1', '42501'),
      ('organizations: anybody reads them', null, 'anon', $q$select count(*) from public.organizations where slug = 'platform-self-test'$q$, '1'),
      ('organizations: nobody writes them by the API', ann, 'authenticated', $q$insert into public.organizations (name, slug) values ('x', 'x') returning 1$q$, '42501'),
      ('subscriptions: one''s own', ann, 'authenticated', 'select count(*) from public.subscriptions', '1'),
      ('notifications: nobody else''s', ann, 'authenticated', 'select count(*) from public.notifications', '0'),
      ('notifications: read, by whom they are for', ben, 'authenticated', 'update public.notifications set read = true returning title', 'Hello'),
      ('notifications: and nothing else of them', ben, 'authenticated', $q$update public.notifications set title = 'x' returning title$q$, '42501'),
      ('audit: not for users', ann, 'authenticated', 'select count(*) from public.audit_logs', '42501'),
      ('access: by a trial', ann, 'authenticated', $q$select concat_ws(' ', public.platform_has_module('coachpro'), public.platform_plan('coachpro'))$q$, 't pro'),
      ('access: not when it is over', ben, 'authenticated', $q$select public.platform_has_module('coachpro')$q$, 'false'),
      ('access: not without either', ann, 'authenticated', $q$select public.platform_has_module('digipro')$q$, 'false'),
      ('access: by the flag', null, null, $q$update public.user_profiles set has_digipro = true where id = '7e570000-0000-4000-8000-0000000000d1' returning full_name$q$, 'Ann'),
      ('access: for nothing', ann, 'authenticated', $q$select public.platform_plan('digipro')$q$, 'free'),
      ('time: what has ended expires', null, null, $q$select row_count > 0 from public.platform_expire_subscriptions() where outcome = 'expired'$q$, 'true'),
      ('time: who has a week left is told', ann, 'authenticated', 'select count(*) from public.notifications', '1'),
      ('time: once', null, null, $q$select count(*) from public.platform_expire_subscriptions(), public.notifications where user_id = '7e570000-0000-4000-8000-0000000000d1' and outcome = 'notified'$q$, '1'),
      ('payments: recorded', null, null, $q$select public.platform_record_payment('self-test', '7e570000-0000-4000-8000-0000000000d2', 'coachpro', 100, 'failed') is not null$q$, 'true'),
      ('payments: a failed one notifies', ben, 'authenticated', $q$select count(*) from public.notifications where type = 'error'$q$, '1'),
      ('payments: recorded once', null, null, $q$select count(*) from public.platform_record_payment('self-test', '7e570000-0000-4000-8000-0000000000d2', 'coachpro', 100, 'completed', metadata => '{"plan": "enterprise"}') p (id) join public.payments using (id)$q$, '1'),
      ('payments: a completed one activates', ben, 'authenticated', $q$select public.platform_plan('coachpro')$q$, 'enterprise'),
      ('payments: with the same facts only', null, null, $q$select public.platform_record_payment('self-test', '7e570000-0000-4000-8000-0000000000d1', 'coachpro', 100, 'completed')$q$, '23505'),
      ('payments: one''s own', ann, 'authenticated', 'select count(*) from public.payments', '0'),
      ('audit: payments are in it', null, null, $q$select string_agg(action, ',' order by action) from public.audit_logs where table_name = 'public.payments' and record_id in (select id::text from public.payments where stripe_payment_id = 'self-test')$q$, 'insert,update'),
      ('users: deleted with what is theirs', null, null, $q$delete from auth.users where id = '7e570000-0000-4000-8000-0000000000d2' returning email$q$, 'ben@self-test.invalid'),
      ('users: all of it', null, null, $q$select (select count(*) from public.payments where stripe_payment_id = 'self-test') + (select count(*) from public.user_profiles where email = 'ben@self-test.invalid')$q$, '0'),
      ('audit: keeps its rows', null, null, $q$select count(*) > 2 from public.audit_logs where old_data ->> 'user_id' = '7e570000-0000-4000-8000-0000000000d2' or new_data ->> 'user_id' = '7e570000-0000-4000-8000-0000000000d2'$q$, 'true')
    ) t (test, actor, role, statement, expected);
    raise exception using errcode = 'PS7E5', message = 'the rows of the self test go';
  exception when sqlstate 'PS7E5' then
    null;
  end;
  return query select d.test, d.result, d.detail from jsonb_to_recordset(done) d (test text, result text, detail text);
end
$$;
comment on function public.platform_self_test() is
  'Tries what Platform promises, on rows of its own that are rolled back: one row a test, result PASS or FAIL, detail what came instead. For who may write its tables and become the API''s roles.';
revoke execute on function public.platform_self_test() from public, anon, authenticated, service_role;

-- What is there now is what should be there. A baseline of that name may be somebody's.
select proapp.save_baseline('platform', 'public.platform_*', 'public.organizations', 'public.user_profiles', 'public.subscriptions', 'public.payments', 'public.notifications', 'public.audit_logs', 'public.audit_logs_archive',
                            'schema:coachpro', 'schema:contentpro', 'schema:paymentspro', 'schema:studypro', 'schema:lifepro', 'schema:digipro')
  where not exists (select from proapp.baselines where baseline = 'platform');
$up$);
