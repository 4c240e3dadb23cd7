-- complain if this file is sourced in psql rather than by CREATE EXTENSION
\echo Use "CREATE EXTENSION proapp_auditsuite" to load this file. \quit

select proapp.migrate_up('auditsuite', '1.0.0', $up$
-- Never without the environment that it is written for.
do $$
begin
  if to_regclass('auth.users') is null or to_regclass('storage.buckets') is null
     or to_regrole('anon') is null or to_regrole('authenticated') is null or to_regrole('service_role') is null then
    raise exception 'Audit suite needs the environment of a Supabase project'
      using errcode = 'object_not_in_prerequisite_state',
            detail = 'It lacks auth.users, storage.buckets or a role of the API.',
            hint = 'On a plain PostgreSQL server: CREATE EXTENSION proapp_dev_env.';
  end if;
end
$$;

create schema tenant;
create schema audit;
create schema analytics;
create schema storage_meta;
create schema cache;
create schema logs;
create schema maintenance;
comment on schema tenant is 'Organizations, their members, API keys and quotas.';
comment on schema audit is 'Audits and the files that were uploaded for them.';
comment on schema analytics is 'What audits found: metrics, recommendations, scores, and sums of them for dashboards.';
comment on schema storage_meta is 'Parsed contents of files, for the service role.';
comment on schema cache is 'Results that can be computed again, for the service role.';
comment on schema logs is 'Who did what, slow queries and feedback, for the service role.';
comment on schema maintenance is 'Partitions, archiving and migration: jobs, and no business of the API.';
revoke all on schema tenant, audit, analytics, storage_meta, cache, logs, maintenance from public, anon, authenticated, service_role;
grant usage on schema tenant, audit, analytics to authenticated;
grant usage on schema tenant, audit, analytics, storage_meta, cache, logs, maintenance to service_role;

create type tenant.subscription_tier as enum ('trial', 'starter', 'professional', 'enterprise', 'custom');
create type tenant.user_role as enum ('owner', 'admin', 'analyst', 'viewer');
create type audit.status as enum ('draft', 'pending', 'processing', 'completed', 'failed', 'archived');
create type audit.goal as enum ('profitability', 'growth', 'launch', 'defense', 'portfolio', 'custom');
create type audit.file_type as enum ('sponsored_products', 'sponsored_brands', 'sponsored_display', 'search_terms', 'business_report', 'bulk_operations', 'custom');
create type audit.file_status as enum ('uploaded', 'validating', 'processing', 'processed', 'failed', 'archived');
create type analytics.metric_type as enum ('account', 'campaign', 'ad_group', 'keyword', 'asin', 'search_term');

-- Tenants
create table tenant.organizations (
  id                      uuid primary key default gen_random_uuid(),
  name                    varchar(255) not null check (btrim(name) <> ''),
  slug                    varchar(255) not null unique check (slug ~ '^[a-z0-9-]+$'),
  subscription_tier       tenant.subscription_tier not null default 'trial',
  subscription_expires_at timestamptz,
  max_users               int not null default 5 check (max_users >= 0),
  max_audits_per_month    int not null default 10 check (max_audits_per_month >= 0),
  max_file_size_mb        int not null default 100 check (max_file_size_mb >= 0),
  storage_quota_gb        int not null default 10 check (storage_quota_gb >= 0),
  custom_domain           varchar(255),
  brand_config            jsonb not null default '{}',
  created_at              timestamptz not null default now(),
  updated_at              timestamptz not null default now(),
  archived_at             timestamptz
);
comment on table tenant.organizations is 'Agencies, with their quotas. Made by the service role, with their first owner.';

create table tenant.organization_members (
  id              uuid primary key default gen_random_uuid(),
  organization_id uuid not null references tenant.organizations (id) on delete cascade,
  clerk_id        varchar(255) not null check (clerk_id <> ''),
  email           varchar(255) not null,
  full_name       varchar(255),
  role            tenant.user_role not null default 'analyst',
  permissions     jsonb not null default '{}',
  last_active_at  timestamptz,
  created_at      timestamptz not null default now(),
  updated_at      timestamptz not null default now(),
  deactivated_at  timestamptz,
  unique (clerk_id, organization_id),
  unique (organization_id, email),
  unique (organization_id, id)
);
comment on table tenant.organization_members is 'Who belongs to which organization, and as what. clerk_id is the claim sub, a text; one person may be in several organizations.';

create table tenant.api_keys (
  id                  uuid primary key default gen_random_uuid(),
  organization_id     uuid not null references tenant.organizations (id) on delete cascade,
  name                varchar(255) not null check (btrim(name) <> ''),
  key_hash            varchar(64) not null unique check (key_hash ~ '^[0-9a-f]{64}$'),
  key_prefix          varchar(10) not null,
  scopes              jsonb not null default '["read"]' check (jsonb_typeof(scopes) = 'array'),
  rate_limit_per_hour int not null default 1000 check (rate_limit_per_hour >= 0),
  last_used_at        timestamptz,
  expires_at          timestamptz,
  created_by          uuid,
  created_at          timestamptz not null default now(),
  revoked_at          timestamptz,
  foreign key (organization_id, created_by) references tenant.organization_members (organization_id, id) on delete set null (created_by)
);
comment on table tenant.api_keys is 'Keys of programs. The key itself is shown once, by tenant.create_api_key(); here is its SHA-256.';
create index api_keys_organization on tenant.api_keys (organization_id, created_by);

create table tenant.api_key_usage (
  api_key_id uuid not null references tenant.api_keys (id) on delete cascade,
  hour       timestamptz not null,
  uses       int not null,
  primary key (api_key_id, hour)
);
comment on table tenant.api_key_usage is 'How often a key was used in an hour, for its rate limit.';

-- Whoever counts against a quota updates this row first: others wait, and whoever looks at the past gets an error instead of a wrong number.
create table tenant.organization_usage (
  organization_id uuid primary key references tenant.organizations (id) on delete cascade,
  changes         bigint not null default 0
) with (fillfactor = 50);
comment on table tenant.organization_usage is 'One row an organization, updated by whatever counts against a quota.';

-- Written and emptied within one transaction by functions here, so that nobody else ever sees a row of it.
create table maintenance.suspensions (
  organization_id uuid not null,
  what            text not null check (what in ('rules', 'quotas')),
  primary key (organization_id, what)
);
comment on table maintenance.suspensions is 'Organizations whose triggers stand back while a function of this schema erases or migrates them; always empty outside of its transaction.';

-- Audits. The key of a partitioned table has the time in it, so that nothing could reference an audit by its id alone; this table holds the id, once, and is what everything refers to.
create table audit.audit_keys (
  id              uuid primary key,
  organization_id uuid not null references tenant.organizations (id) on delete cascade,
  unique (id, organization_id)
);
comment on table audit.audit_keys is 'The id of every audit and whose it is. Written by triggers of audit.audits.';
create index audit_keys_organization on audit.audit_keys (organization_id);

create table audit.audits (
  id                      uuid not null default gen_random_uuid() references audit.audit_keys (id) on delete cascade,
  organization_id         uuid not null references tenant.organizations (id) on delete cascade,
  created_by              uuid,
  name                    varchar(255) not null check (btrim(name) <> ''),
  description             text,
  goal                    audit.goal not null default 'custom',
  custom_goal_config      jsonb,
  date_range_start        date,
  date_range_end          date,
  status                  audit.status not null default 'draft',
  processing_started_at   timestamptz,
  processing_completed_at timestamptz,
  processing_duration_ms  bigint,
  config                  jsonb not null default '{}',
  tags                    text[] not null default '{}',
  created_at              timestamptz not null default now(),
  updated_at              timestamptz not null default now(),
  archived_at             timestamptz,
  primary key (id, created_at),
  foreign key (organization_id, created_by) references tenant.organization_members (organization_id, id) on delete set null (created_by),
  constraint audits_date_range_check check (date_range_end >= date_range_start),
  constraint audits_processing_check check (processing_completed_at >= processing_started_at)
) partition by range (created_at);
comment on table audit.audits is 'Audits, by month of created_at. Their ids are in audit.audit_keys, which everything refers to.';
create index audits_organization_created on audit.audits (organization_id, created_at desc);
create index audits_organization_creator on audit.audits (organization_id, created_by);
create index audits_completed on audit.audits (created_at) where status = 'completed';
create index audits_search on audit.audits using gin (to_tsvector('english', name || ' ' || coalesce(description, '')));
create index audits_date_range on audit.audits using gist (daterange(date_range_start, date_range_end, '[]'));
create index audits_tags on audit.audits using gin (tags);
create index audits_config on audit.audits using gin (config jsonb_path_ops);
create table audit.audits_default partition of audit.audits default;
comment on table audit.audits_default is 'Audits of months that have no partition of their own.';

create table audit.files (
  id                uuid primary key default gen_random_uuid(),
  audit_id          uuid not null,
  file_type         audit.file_type not null,
  original_filename varchar(500) not null,
  storage_path      varchar(1000) not null,
  file_size_bytes   bigint not null check (file_size_bytes >= 0),
  file_hash         varchar(64) check (file_hash ~ '^[0-9a-f]{64}$'),
  mime_type         varchar(255),
  status            audit.file_status not null default 'uploaded',
  validation_result jsonb,
  error_details     jsonb,
  row_count         bigint check (row_count >= 0),
  is_sample         boolean not null default false,
  uploaded_at       timestamptz not null default now(),
  validated_at      timestamptz,
  processed_at      timestamptz,
  organization_id   uuid not null,
  foreign key (audit_id, organization_id) references audit.audit_keys (id, organization_id) on delete cascade
);
comment on table audit.files is 'Uploaded files. Within an organization the same content, by its SHA-256, is stored once: its rows share storage_path.';
comment on column audit.files.organization_id is 'That of the audit; a trigger fills it.';
create index files_organization_audit on audit.files (organization_id, audit_id);
create index files_organization_hash on audit.files (organization_id, file_hash) include (file_size_bytes);
create unique index files_one_active on audit.files (audit_id, file_type) where status <> 'archived';

-- What audits found
create table analytics.metrics (
  id                uuid primary key default gen_random_uuid(),
  audit_id          uuid not null,
  metric_type       analytics.metric_type not null,
  entity_id         varchar(255) not null,
  entity_name       varchar(500),
  date_period       date not null,
  metrics           jsonb not null default '{}',
  performance_score numeric(5,2),
  efficiency_score  numeric(5,2),
  opportunity_score numeric(5,2),
  created_at        timestamptz not null default now(),
  organization_id   uuid not null,
  unique (audit_id, metric_type, entity_id, date_period),
  foreign key (audit_id, organization_id) references audit.audit_keys (id, organization_id) on delete cascade
);
comment on table analytics.metrics is 'Numbers of an account, campaign, keyword and so on, by period.';
create index metrics_organization_audit on analytics.metrics (organization_id, audit_id);
create index metrics_metrics on analytics.metrics using gin (metrics jsonb_path_ops);

create table analytics.recommendations (
  id                   uuid primary key default gen_random_uuid(),
  audit_id             uuid not null,
  category             varchar(100) not null,
  priority             varchar(20) not null check (priority in ('critical', 'high', 'medium', 'low')),
  title                varchar(500) not null,
  description          text,
  impact_summary       jsonb,
  action_items         jsonb,
  estimated_effort     varchar(50),
  requires_budget      boolean not null default false,
  estimated_cost_range jsonb,
  applies_to_entities  jsonb,
  status               varchar(20) not null default 'pending' check (status in ('pending', 'in_progress', 'implemented', 'dismissed')),
  implemented_at       timestamptz,
  dismissed_at         timestamptz,
  dismissed_reason     text,
  confidence_score     numeric(3,2) check (confidence_score between 0 and 1),
  model_version        varchar(50),
  created_at           timestamptz not null default now(),
  organization_id      uuid not null,
  foreign key (audit_id, organization_id) references audit.audit_keys (id, organization_id) on delete cascade
);
comment on table analytics.recommendations is 'What should be done, how urgent it is, and what became of it.';
create index recommendations_organization_audit on analytics.recommendations (organization_id, audit_id);
create index recommendations_entities on analytics.recommendations using gin (applies_to_entities jsonb_path_ops);

create table analytics.flywheel_analysis (
  id                  uuid primary key default gen_random_uuid(),
  audit_id            uuid not null unique,
  awareness_score     numeric(5,2),
  consideration_score numeric(5,2),
  purchase_score      numeric(5,2),
  loyalty_score       numeric(5,2),
  advocacy_score      numeric(5,2),
  overall_score       numeric(5,2),
  stage_balance_score numeric(5,2),
  bottlenecks         jsonb,
  opportunities       jsonb,
  stage_analysis      jsonb,
  created_at          timestamptz not null default now(),
  organization_id     uuid not null,
  foreign key (audit_id, organization_id) references audit.audit_keys (id, organization_id) on delete cascade
);
comment on table analytics.flywheel_analysis is 'Scores of the stages from awareness to advocacy, once an audit.';
create index flywheel_analysis_organization_audit on analytics.flywheel_analysis (organization_id, audit_id);

create table storage_meta.parsed_data (
  audit_id        uuid not null,
  file_id         uuid not null references audit.files (id) on delete cascade,
  chunk_number    int not null check (chunk_number >= 0),
  data_compressed bytea not null,
  row_count       int not null default 0,
  date_range      daterange,
  entity_ids      text[],
  created_at      timestamptz not null default now(),
  organization_id uuid not null,
  primary key (audit_id, file_id, chunk_number),
  foreign key (audit_id, organization_id) references audit.audit_keys (id, organization_id) on delete cascade
) partition by hash (audit_id);
comment on table storage_meta.parsed_data is 'Contents of files in chunks, by hash of the audit.';
create index parsed_data_organization_audit on storage_meta.parsed_data (organization_id, audit_id);
create index parsed_data_file on storage_meta.parsed_data (file_id);
create index parsed_data_date_range on storage_meta.parsed_data using gist (date_range);
create index parsed_data_entities on storage_meta.parsed_data using gin (entity_ids);
create table storage_meta.parsed_data_p0 partition of storage_meta.parsed_data for values with (modulus 4, remainder 0);
create table storage_meta.parsed_data_p1 partition of storage_meta.parsed_data for values with (modulus 4, remainder 1);
create table storage_meta.parsed_data_p2 partition of storage_meta.parsed_data for values with (modulus 4, remainder 2);
create table storage_meta.parsed_data_p3 partition of storage_meta.parsed_data for values with (modulus 4, remainder 3);

create table cache.analysis_results (
  cache_key        varchar(255) primary key,
  audit_id         uuid not null,
  result_type      varchar(100) not null,
  data_compressed  bytea not null,
  created_at       timestamptz not null default now(),
  expires_at       timestamptz not null,
  hit_count        int not null default 0,
  last_accessed_at timestamptz,
  organization_id  uuid not null,
  foreign key (audit_id, organization_id) references audit.audit_keys (id, organization_id) on delete cascade
);
comment on table cache.analysis_results is 'Results that can be computed again, until they expire.';
create index analysis_results_organization_audit on cache.analysis_results (organization_id, audit_id);
create index analysis_results_expires on cache.analysis_results (expires_at);

create table logs.activity_log (
  id              uuid not null default gen_random_uuid(),
  organization_id uuid references tenant.organizations (id) on delete set null,
  user_id         uuid references tenant.organization_members (id) on delete set null,
  action          varchar(100) not null,
  resource_type   varchar(50) not null,
  resource_id     uuid,
  ip_address      inet,
  user_agent      text,
  request_id      text,
  old_values      jsonb,
  new_values      jsonb,
  created_at      timestamptz not null default now(),
  primary key (id, created_at)
) partition by range (created_at);
comment on table logs.activity_log is 'Who did what, by month. Written by triggers and by tenant.verify_api_key().';
create index activity_log_organization on logs.activity_log (organization_id, created_at desc);
create index activity_log_user on logs.activity_log (user_id);
create index activity_log_resource on logs.activity_log (resource_type, resource_id);
create table logs.activity_log_default partition of logs.activity_log default;
comment on table logs.activity_log_default is 'Activity of months that have no partition of their own.';

create table logs.slow_queries (
  query_id      bigint primary key,
  query         text not null,
  mean_time_ms  double precision not null,
  calls         bigint not null,
  total_time_ms double precision not null,
  last_seen     timestamptz not null default now()
);
comment on table logs.slow_queries is 'Slow statements of this database, from pg_stat_statements by logs.collect_slow_queries().';

create table logs.user_feedback (
  id               uuid primary key default gen_random_uuid(),
  organization_id  uuid references tenant.organizations (id) on delete cascade,
  user_id          uuid references tenant.organization_members (id) on delete set null,
  type             varchar(20) not null check (type in ('bug', 'feature', 'improvement', 'praise', 'other')),
  category         varchar(100),
  message          text not null,
  audit_id         uuid references audit.audit_keys (id) on delete set null,
  page_path        varchar(500),
  browser_info     jsonb,
  created_at       timestamptz not null default now(),
  acknowledged_at  timestamptz,
  resolved_at      timestamptz,
  resolution_notes text
);
comment on table logs.user_feedback is 'What users say. Written by the service role.';
create index user_feedback_organization on logs.user_feedback (organization_id);
create index user_feedback_user on logs.user_feedback (user_id);
create index user_feedback_audit on logs.user_feedback (audit_id);

-- Rights. Default privileges may have given everything to everybody. Partitions have row level security and nobody's rights, so that they are reached by the whole table only.
do $$
declare
  one record;
begin
  for one in
    select format('%I.%I', n.nspname, c.relname) as name, c.relispartition as partition, n.nspname in ('maintenance') or c.relname in ('organization_usage', 'api_key_usage', 'audit_keys') as internal
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname in ('tenant', 'audit', 'analytics', 'storage_meta', 'cache', 'logs', 'maintenance') and c.relkind in ('r', 'p') order by 1
  loop
    execute format('alter table %s enable row level security', one.name);
    execute format('revoke all on %s from public, anon, authenticated, service_role', one.name);
    if not one.partition and not one.internal then
      execute format('grant select, insert, update, delete on %s to service_role', one.name);
    end if;
  end loop;
end
$$;
grant select on tenant.organization_usage, tenant.api_key_usage, audit.audit_keys to service_role;
grant select, update (name, slug, custom_domain, brand_config) on tenant.organizations to authenticated;
grant select, insert (organization_id, clerk_id, email, full_name, role, permissions), update (email, full_name, role, permissions, deactivated_at), delete on tenant.organization_members to authenticated;
grant select (id, organization_id, name, key_prefix, scopes, rate_limit_per_hour, last_used_at, expires_at, created_by, created_at, revoked_at) on tenant.api_keys to authenticated;
grant select, insert (organization_id, name, description, goal, custom_goal_config, date_range_start, date_range_end, status, config, tags),
  update (name, description, goal, custom_goal_config, date_range_start, date_range_end, status, config, tags, archived_at), delete on audit.audits to authenticated;
grant select, insert (audit_id, file_type, original_filename, storage_path, file_size_bytes, file_hash, mime_type, is_sample), update (status), delete on audit.files to authenticated;
grant select on analytics.metrics, analytics.flywheel_analysis to authenticated;
grant select, update (status, implemented_at, dismissed_at, dismissed_reason) on analytics.recommendations to authenticated;

-- Users are Clerk's: their claim sub is a text, found in the members table without another mapping.
select proapp.map_members('auditsuite', 'tenant.organization_members', 'clerk_id', 'organization_id', 'role', active_condition => 'deactivated_at is null');

create policy "Members can view organization" on tenant.organizations for select to authenticated
  using (id = any (proapp.current_organizations('auditsuite')));
create policy "Admins can update organization" on tenant.organizations for update to authenticated
  using (id = any (proapp.current_organizations('auditsuite', 'owner', 'admin'))) with check (id = any (proapp.current_organizations('auditsuite', 'owner', 'admin')));
create policy "Members can view members" on tenant.organization_members for select to authenticated
  using (organization_id = any (proapp.current_organizations('auditsuite')));
create policy "Admins can add members" on tenant.organization_members for insert to authenticated
  with check (organization_id = any (proapp.current_organizations('auditsuite', 'owner', 'admin')));
create policy "Admins can change members" on tenant.organization_members for update to authenticated
  using (organization_id = any (proapp.current_organizations('auditsuite', 'owner', 'admin'))) with check (organization_id = any (proapp.current_organizations('auditsuite', 'owner', 'admin')));
create policy "Admins can remove members" on tenant.organization_members for delete to authenticated
  using (organization_id = any (proapp.current_organizations('auditsuite', 'owner', 'admin')));
create policy "Admins can view API keys" on tenant.api_keys for select to authenticated
  using (organization_id = any (proapp.current_organizations('auditsuite', 'owner', 'admin')));
create policy "Members can view audits" on audit.audits for select to authenticated
  using (organization_id = any (proapp.current_organizations('auditsuite')));
create policy "Analysts can create audits" on audit.audits for insert to authenticated
  with check (organization_id = any (proapp.current_organizations('auditsuite', 'owner', 'admin', 'analyst')));
create policy "Analysts can change audits" on audit.audits for update to authenticated
  using (organization_id = any (proapp.current_organizations('auditsuite', 'owner', 'admin', 'analyst')))
  with check (organization_id = any (proapp.current_organizations('auditsuite', 'owner', 'admin', 'analyst')));
create policy "Admins can delete audits" on audit.audits for delete to authenticated
  using (organization_id = any (proapp.current_organizations('auditsuite', 'owner', 'admin')));
create policy "Members can view files" on audit.files for select to authenticated
  using (organization_id = any (proapp.current_organizations('auditsuite')));
create policy "Analysts can add files" on audit.files for insert to authenticated
  with check (organization_id = any (proapp.current_organizations('auditsuite', 'owner', 'admin', 'analyst')));
create policy "Analysts can change files" on audit.files for update to authenticated
  using (organization_id = any (proapp.current_organizations('auditsuite', 'owner', 'admin', 'analyst')))
  with check (organization_id = any (proapp.current_organizations('auditsuite', 'owner', 'admin', 'analyst')));
create policy "Admins can delete files" on audit.files for delete to authenticated
  using (organization_id = any (proapp.current_organizations('auditsuite', 'owner', 'admin')));
create policy "Members can view metrics" on analytics.metrics for select to authenticated
  using (organization_id = any (proapp.current_organizations('auditsuite')));
create policy "Members can view recommendations" on analytics.recommendations for select to authenticated
  using (organization_id = any (proapp.current_organizations('auditsuite')));
create policy "Analysts can decide recommendations" on analytics.recommendations for update to authenticated
  using (organization_id = any (proapp.current_organizations('auditsuite', 'owner', 'admin', 'analyst')))
  with check (organization_id = any (proapp.current_organizations('auditsuite', 'owner', 'admin', 'analyst')));
create policy "Members can view flywheel" on analytics.flywheel_analysis for select to authenticated
  using (organization_id = any (proapp.current_organizations('auditsuite')));

-- The active organization. What is chosen is a wish until the membership confirms it. The JSON is read only where auth_id() has read it before, so that malformed claims are nobody's and no error.
create function tenant.current_organization_id() returns uuid
  language plpgsql stable parallel safe set search_path = pg_catalog, pg_temp
  as $$
declare
  mine   constant uuid[] := proapp.current_organizations('auditsuite');
  chosen text := coalesce(nullif(current_setting('app.organization_id', true), ''), nullif(current_setting('request.jwt.claim.org_id', true), ''));
begin
  if mine is null then
    return null;
  end if;
  if chosen is null and coalesce(current_setting('request.jwt.claim.sub', true), '') = '' then
    chosen := nullif(current_setting('request.jwt.claims', true)::jsonb ->> 'org_id', '');
  end if;
  if chosen is null then
    return case cardinality(mine) when 1 then mine[1] end;
  end if;
  return (select m from unnest(mine) m where m::text = lower(chosen));
end
$$;
comment on function tenant.current_organization_id() is
  'The active organization of who is signed in: the one that setting app.organization_id or the claim org_id names, if they are a member; without a choice their only one. Else null. Raises no errors.';

create function tenant.has_role(variadic roles tenant.user_role[]) returns boolean
  language sql stable parallel safe set search_path = pg_catalog, pg_temp
  as $$ select coalesce(proapp.is_member('auditsuite', tenant.current_organization_id(), variadic roles::text[]), false) $$;
comment on function tenant.has_role(tenant.user_role[]) is 'Whether who is signed in has one of these roles in the active organization.';

-- Within a SECURITY DEFINER function current_user is its owner; the role that was set, or else who logged in, is who calls.
create function tenant.is_service() returns boolean
  language sql stable parallel safe set search_path = pg_catalog, pg_temp
  as $$
  select proapp.auth_id() is null and (pg_has_role(c.name, 'service_role', 'usage') or pg_has_role(c.name, t.relowner, 'usage'))
    from (select coalesce(nullif(current_setting('role'), 'none'), session_user)::name as name) c cross join pg_class t where t.oid = 'tenant.organizations'::regclass $$;
comment on function tenant.is_service() is 'Whether the caller is the service role, or an administrator of these tables, and no signed-in user.';

-- Quotas. The row is updated and not only locked: a transaction that looks at the past must fail rather than count without the others.
create function tenant.lock_quotas(organization uuid) returns tenant.organizations
  language plpgsql set search_path = pg_catalog, pg_temp
  as $$
declare
  found_one tenant.organizations;
begin
  -- First the organization, as whoever erases it does; its row is needed later, by foreign keys.
  perform from tenant.organizations o where o.id = organization for key share;
  update tenant.organization_usage u set changes = u.changes + 1 where u.organization_id = organization;
  select o.* into found_one from tenant.organizations o where o.id = organization;
  if found_one.archived_at is not null then
    raise exception 'the organization is archived' using errcode = 'object_not_in_prerequisite_state', detail = format('Organization %s takes nothing new.', organization);
  end if;
  return found_one;
end
$$;
comment on function tenant.lock_quotas(uuid) is 'The organization, after everybody else who counts against its quotas is done.';

create function tenant.add_usage() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp
  as $$
begin
  insert into tenant.organization_usage (organization_id) values (new.id);
  return null;
end
$$;
comment on function tenant.add_usage() is 'Trigger: the row that quotas are counted under.';
create trigger organizations_usage after insert on tenant.organizations for each row execute function tenant.add_usage();

create function tenant.check_seats() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp
  as $$
declare
  organization tenant.organizations;
  seats        bigint;
begin
  if exists (select from maintenance.suspensions s where s.organization_id = new.organization_id and s.what = 'quotas') then
    return null;
  end if;
  organization := tenant.lock_quotas(new.organization_id);
  select count(*) into seats from tenant.organization_members m where m.organization_id = new.organization_id and m.deactivated_at is null;
  if seats > organization.max_users then
    raise exception 'no seat is left in the organization'
      using errcode = 'check_violation', detail = format('Organization %s may have %s active members.', organization.id, organization.max_users),
            hint = 'Deactivate a member, or raise max_users.';
  end if;
  return null;
end
$$;
comment on function tenant.check_seats() is 'Trigger: no more active members than max_users.';
create trigger organization_members_seats after insert on tenant.organization_members
  for each row when (new.deactivated_at is null) execute function tenant.check_seats();
create trigger organization_members_seats_again after update of deactivated_at, organization_id on tenant.organization_members
  for each row when (new.deactivated_at is null and (old.deactivated_at is not null or new.organization_id <> old.organization_id)) execute function tenant.check_seats();

create function audit.check_audits() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp
  as $$
declare
  one          record;
  organization tenant.organizations;
  audits       bigint;
begin
  for one in
    select n.organization_id, date_trunc('month', n.created_at, 'UTC') as month from new_rows n
     where not exists (select from maintenance.suspensions s where s.organization_id = n.organization_id and s.what = 'quotas')
     group by 1, 2 order by 1, 2
  loop
    organization := tenant.lock_quotas(one.organization_id);
    select count(*) into audits from audit.audits a
     where a.organization_id = one.organization_id and a.created_at >= one.month and a.created_at < (one.month at time zone 'UTC' + interval '1 month') at time zone 'UTC';
    if audits > organization.max_audits_per_month then
      raise exception 'the organization''s audits of the month are used up'
        using errcode = 'check_violation', detail = format('Organization %s may create %s audits a month.', organization.id, organization.max_audits_per_month),
              hint = 'Wait for the next month, or raise max_audits_per_month.';
    end if;
  end loop;
  return null;
end
$$;
comment on function audit.check_audits() is 'Trigger: no more audits a month (UTC) than max_audits_per_month, in the order of the organizations.';
create trigger audits_quota after insert on audit.audits referencing new table as new_rows for each statement execute function audit.check_audits();

create function tenant.calculate_storage_usage(org uuid)
  returns table(total_files bigint, total_size_bytes bigint, total_size_gb numeric, quota_gb int, usage_percentage numeric)
  language sql stable parallel safe set search_path = pg_catalog, pg_temp
  as $$
  select f.files, f.bytes, round(f.bytes / 1073741824.0, 4), o.storage_quota_gb, case when o.storage_quota_gb > 0 then round(f.bytes * 100 / (o.storage_quota_gb * 1073741824.0), 2) else 100 end
    from tenant.organizations o
    cross join lateral (
      select coalesce(sum(c.files), 0)::bigint as files, coalesce(sum(c.bytes), 0)::bigint as bytes
        from (select count(*) as files, case when x.file_hash is null then sum(x.file_size_bytes) else max(x.file_size_bytes) end as bytes
                from audit.files x where x.organization_id = o.id group by x.file_hash) c) f
   where o.id = org $$;
comment on function tenant.calculate_storage_usage(uuid) is 'What an organization''s files take of its storage; the same content counts once. No row for who is not a member.';

create function audit.check_files() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp
  as $$
declare
  one          record;
  organization tenant.organizations;
  usage        record;
begin
  for one in
    select n.organization_id, max(n.file_size_bytes) as biggest from new_rows n
     where not exists (select from maintenance.suspensions s where s.organization_id = n.organization_id and s.what = 'quotas')
     group by 1 order by 1
  loop
    organization := tenant.lock_quotas(one.organization_id);
    if one.biggest > organization.max_file_size_mb * 1048576::bigint then
      raise exception 'the file is too big'
        using errcode = 'check_violation', detail = format('Organization %s may have files of %s MB.', organization.id, organization.max_file_size_mb);
    end if;
    select * into usage from tenant.calculate_storage_usage(one.organization_id);
    if usage.total_size_bytes > organization.storage_quota_gb * 1073741824::bigint then
      raise exception 'the organization''s storage is used up'
        using errcode = 'check_violation', detail = format('Organization %s may store %s GB.', organization.id, organization.storage_quota_gb),
              hint = 'Delete files, or raise storage_quota_gb.';
    end if;
  end loop;
  return null;
end
$$;
comment on function audit.check_files() is 'Trigger: no file above max_file_size_mb, and no more of them than storage_quota_gb, in the order of the organizations.';
create trigger files_quota after insert on audit.files referencing new table as new_rows for each statement execute function audit.check_files();
create trigger files_quota_again after update on audit.files referencing new table as new_rows for each statement execute function audit.check_files();

-- Audits and files as they are written
create function audit.prepare_audit() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp
  as $$
declare
  actor constant text := proapp.auth_id();
begin
  if tg_op = 'INSERT' then
    if actor is not null then
      select m.id into new.created_by from tenant.organization_members m where m.clerk_id = actor and m.organization_id = new.organization_id;
    end if;
    insert into audit.audit_keys (id, organization_id) values (new.id, new.organization_id);
  else
    if (new.id, new.organization_id) is distinct from (old.id, old.organization_id) then
      raise exception 'an audit keeps its id and its organization' using errcode = 'restrict_violation';
    end if;
    if new.status is distinct from old.status then
      new.processing_started_at := case when new.status = 'processing' and new.processing_started_at is not distinct from old.processing_started_at then now() else new.processing_started_at end;
      new.processing_completed_at := case when new.status = 'completed' and new.processing_completed_at is not distinct from old.processing_completed_at then now() else new.processing_completed_at end;
      if new.status = 'processing' and new.processing_completed_at is not distinct from old.processing_completed_at then
        new.processing_completed_at := null;  -- once more
      end if;
      new.archived_at := case when new.status = 'archived' then coalesce(new.archived_at, now()) else new.archived_at end;
    end if;
    new.updated_at := now();
  end if;
  new.processing_duration_ms := coalesce(extract(epoch from new.processing_completed_at - new.processing_started_at) * 1000, new.processing_duration_ms);
  return new;
end
$$;
comment on function audit.prepare_audit() is 'Trigger: the key of an audit, who created it, when it was processed and for how long.';
create trigger audits_prepare before insert or update on audit.audits for each row execute function audit.prepare_audit();

-- Deferred: what erases or moves an audit deals with its key itself; where only the audit was deleted, the key and all that refers to it goes when the transaction ends.
create function audit.forget_audit() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp
  as $$
begin
  delete from audit.audit_keys k where k.id = old.id and not exists (select from audit.audits a where a.id = old.id);
  return null;
end
$$;
comment on function audit.forget_audit() is 'Trigger: with an audit go its key, files, metrics, recommendations and whatever else refers to it.';
create constraint trigger audits_forget after delete on audit.audits deferrable initially deferred for each row execute function audit.forget_audit();

create function audit.prepare_part() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp
  as $$
begin
  select k.organization_id into new.organization_id from audit.audit_keys k where k.id = new.audit_id;
  if not found then
    raise exception 'audit % does not exist', new.audit_id using errcode = 'foreign_key_violation';
  end if;
  return new;
end
$$;
comment on function audit.prepare_part() is 'Trigger: what belongs to an audit belongs to its organization.';
create trigger metrics_prepare before insert or update of audit_id, organization_id on analytics.metrics for each row execute function audit.prepare_part();
create trigger recommendations_prepare before insert or update of audit_id, organization_id on analytics.recommendations for each row execute function audit.prepare_part();
create trigger flywheel_analysis_prepare before insert or update of audit_id, organization_id on analytics.flywheel_analysis for each row execute function audit.prepare_part();
create trigger parsed_data_prepare before insert or update of audit_id, organization_id on storage_meta.parsed_data for each row execute function audit.prepare_part();
create trigger analysis_results_prepare before insert or update of audit_id, organization_id on cache.analysis_results for each row execute function audit.prepare_part();

create function audit.prepare_file() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp
  as $$
declare
  same record;
begin
  select k.organization_id into new.organization_id from audit.audit_keys k where k.id = new.audit_id;
  if not found then
    raise exception 'audit % does not exist', new.audit_id using errcode = 'foreign_key_violation';
  end if;
  if proapp.auth_id() is not null then
    if proapp.is_member('auditsuite', new.organization_id) is not true then
      return new;  -- for the policy to refuse, which says nothing of what is there
    end if;
    if not starts_with(new.storage_path, new.organization_id || '/') then
      raise exception 'files are stored in the folder of their organization' using errcode = 'insufficient_privilege', detail = format('The path has to begin with %s/.', new.organization_id);
    end if;
  end if;
  if new.file_hash is not null then
    -- Two who upload the same content at once: the second one sees the first one's file.
    perform tenant.lock_quotas(new.organization_id);
    select f.storage_path, f.file_size_bytes into same from audit.files f where f.organization_id = new.organization_id and f.file_hash = new.file_hash and f.id <> new.id limit 1;
    if found then
      if same.file_size_bytes <> new.file_size_bytes then
        raise exception 'the same content cannot have two sizes' using errcode = 'check_violation', detail = format('The file with this SHA-256 has %s bytes.', same.file_size_bytes);
      end if;
      new.storage_path := same.storage_path;
    end if;
  end if;
  return new;
end
$$;
comment on function audit.prepare_file() is 'Trigger: a file belongs to its audit''s organization, and content that the organization has already is not stored twice.';
create trigger files_prepare before insert or update of audit_id, organization_id, file_hash, file_size_bytes on audit.files for each row execute function audit.prepare_file();

create function tenant.touch() returns trigger
  language plpgsql set search_path = pg_catalog, pg_temp
  as $$
begin
  new.updated_at := now();
  return new;
end
$$;
comment on function tenant.touch() is 'Trigger: updated_at is when a row was changed last.';
create trigger organizations_touch before update on tenant.organizations for each row execute function tenant.touch();
create trigger organization_members_touch before update on tenant.organization_members for each row execute function tenant.touch();

-- Roles: who gives or takes one has no lower one, and nobody gives oneself more. Without a signed-in user it is the service role or an administrator.
create function tenant.guard_roles() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp
  as $$
declare
  ranks constant tenant.user_role[] := '{viewer,analyst,admin,owner}';
  actor constant text := proapp.auth_id();
  organization constant uuid := coalesce(new.organization_id, old.organization_id);
  rank  int;
begin
  if actor is null or exists (select from maintenance.suspensions s where s.organization_id = organization and s.what = 'rules') then
    return coalesce(new, old);
  end if;
  if tg_op <> 'DELETE' then
    if new.clerk_id = actor and (tg_op = 'INSERT' or array_position(ranks, new.role) > array_position(ranks, old.role) or new.permissions is distinct from old.permissions and old.role <> 'owner') then
      raise exception 'nobody can raise their own role' using errcode = 'insufficient_privilege';
    end if;
  end if;
  select array_position(ranks, m.role) into rank from tenant.organization_members m where m.clerk_id = actor and m.organization_id = organization and m.deactivated_at is null;
  if array_position(ranks, case tg_op when 'INSERT' then new.role else old.role end) > coalesce(rank, 0)
     or tg_op = 'UPDATE' and array_position(ranks, new.role) > coalesce(rank, 0) then
    raise exception 'a role above one''s own can be neither given nor taken' using errcode = 'insufficient_privilege';
  end if;
  return coalesce(new, old);
end
$$;
comment on function tenant.guard_roles() is 'Trigger: signed-in users give and take roles up to their own, and never raise their own.';
create trigger organization_members_guard before insert or update of role, permissions, deactivated_at or delete on tenant.organization_members
  for each row execute function tenant.guard_roles();

-- Two owners who leave at once wait for each other here.
create function tenant.keep_owner() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp
  as $$
begin
  if exists (select from maintenance.suspensions s where s.organization_id = old.organization_id and s.what = 'rules') then
    return null;
  end if;
  perform from tenant.organizations o where o.id = old.organization_id for key share;
  if not found then
    return null;  -- the organization goes, too
  end if;
  update tenant.organization_usage u set changes = u.changes + 1 where u.organization_id = old.organization_id;
  if not exists (select from tenant.organization_members m where m.organization_id = old.organization_id and m.role = 'owner' and m.deactivated_at is null) then
    raise exception 'the last owner of an organization cannot be removed'
      using errcode = 'restrict_violation', detail = format('Organization %s has no other owner.', old.organization_id), hint = 'Make somebody else an owner first.';
  end if;
  return null;
end
$$;
comment on function tenant.keep_owner() is 'Trigger: an organization keeps an active owner.';
create trigger organization_members_owner after update of role, deactivated_at, organization_id or delete on tenant.organization_members
  for each row when (old.role = 'owner' and old.deactivated_at is null) execute function tenant.keep_owner();

-- Activity. Headers come from outside: what cannot be read is left out, and no write fails for it.
create function logs.request_origin(out address inet, out agent text, out request text)
  language plpgsql stable set search_path = pg_catalog, pg_temp
  as $$
declare
  headers text := current_setting('request.headers', true);
begin
  address := inet_client_addr();
  request := nullif(current_setting('request.id', true), '');
  if headers <> '' then
    begin
      agent := headers::jsonb ->> 'user-agent';
      request := coalesce(headers::jsonb ->> 'x-request-id', request);
      address := coalesce(btrim(split_part(headers::jsonb ->> 'x-forwarded-for', ',', 1))::inet, address);
    exception when data_exception then
      null;
    end;
  end if;
end
$$;
comment on function logs.request_origin() is 'Address, user agent and id of the request, by its headers (setting request.headers) or the connection.';

create function logs.record_activity() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp
  as $$
declare
  hidden constant text[] := '{key_hash,updated_at,last_used_at,last_active_at}';
  before jsonb := to_jsonb(old) - hidden;
  after  jsonb := to_jsonb(new) - hidden;
  organization constant uuid := coalesce(after, before) ->> tg_argv[1];
begin
  if before = after or exists (select from maintenance.suspensions s where s.organization_id = organization and s.what = 'rules') then
    return null;
  end if;
  -- With an organization goes what it had; one line says so.
  if tg_op = 'DELETE' and tg_argv[0] <> 'organization' and not exists (select from tenant.organizations o where o.id = organization) then
    return null;
  end if;
  if tg_op = 'UPDATE' then
    select jsonb_object_agg(b.key, b.value), jsonb_object_agg(b.key, after -> b.key) into before, after from jsonb_each(before) b where after -> b.key is distinct from b.value;
  end if;
  insert into logs.activity_log (organization_id, user_id, action, resource_type, resource_id, ip_address, user_agent, request_id, old_values, new_values)
    select (select o.id from tenant.organizations o where o.id = organization),
           (select m.id from tenant.organization_members m where m.clerk_id = proapp.auth_id() and m.organization_id = organization),
           tg_argv[0] || case tg_op when 'INSERT' then '.created' when 'UPDATE' then '.updated' else '.deleted' end, tg_argv[0], coalesce(new.id, old.id), r.address, r.agent, r.request, before, after
      from logs.request_origin() r;
  return null;
end
$$;
comment on function logs.record_activity() is 'Trigger: who changed what, with old and new values; of an update those that are different.';
create trigger organizations_activity after insert or update or delete on tenant.organizations for each row execute function logs.record_activity('organization', 'id');
create trigger organization_members_activity after insert or update or delete on tenant.organization_members for each row execute function logs.record_activity('member', 'organization_id');
create trigger api_keys_activity after insert or delete or update of name, scopes, rate_limit_per_hour, expires_at, revoked_at on tenant.api_keys
  for each row execute function logs.record_activity('api_key', 'organization_id');
create trigger audits_activity after insert or update or delete on audit.audits for each row execute function logs.record_activity('audit', 'organization_id');
create trigger files_activity after insert or update or delete on audit.files for each row execute function logs.record_activity('file', 'organization_id');

-- API keys
create function tenant.create_api_key(name text, scopes jsonb default '["read"]', expires_at timestamptz default null) returns text
  language plpgsql security definer set search_path = pg_catalog, pg_temp
  as $$
declare
  organization constant uuid := tenant.current_organization_id();
  -- Two random uuids: 244 bits that nobody guesses.
  key constant text := 'vxq_live_' || replace(gen_random_uuid()::text || gen_random_uuid(), '-', '');
begin
  if proapp.is_member('auditsuite', organization, 'owner', 'admin') is not true then
    raise exception 'only owners and admins of the active organization can create API keys'
      using errcode = 'insufficient_privilege', hint = 'Who is in several organizations chooses one by the claim org_id or the setting app.organization_id.';
  end if;
  if coalesce(btrim(create_api_key.name), '') = '' or length(create_api_key.name) > 255 then
    raise exception 'an API key has a name of up to 255 characters' using errcode = 'invalid_parameter_value';
  end if;
  if coalesce(jsonb_typeof(scopes), '') <> 'array' or scopes = '[]' or exists (select from jsonb_array_elements(scopes) s where jsonb_typeof(s) <> 'string') then
    raise exception 'scopes of an API key are texts' using errcode = 'invalid_parameter_value', hint = 'Such as ["read", "write"].';
  end if;
  if expires_at <= now() then
    raise exception 'an API key cannot expire in the past' using errcode = 'invalid_parameter_value';
  end if;
  insert into tenant.api_keys (organization_id, name, key_hash, key_prefix, scopes, expires_at, created_by)
    select organization, create_api_key.name, encode(sha256(convert_to(key, 'UTF8')), 'hex'), left(key, 10), create_api_key.scopes, create_api_key.expires_at, m.id
      from tenant.organization_members m where m.organization_id = organization and m.clerk_id = proapp.auth_id();
  return key;
end
$$;
comment on function tenant.create_api_key(text, jsonb, timestamptz) is
  'A new key of the active organization, for owners and admins: what comes back is the key, which is nowhere else. Errors: 42501 for others, 22023 for a name or scopes that are none and a time that is over.';

create function tenant.equal_digests(one bytea, other bytea) returns boolean
  language plpgsql immutable strict parallel safe set search_path = pg_catalog, pg_temp
  as $$
declare
  difference int := length(one) # length(other);
begin
  for i in 0 .. 31 loop
    difference := difference | (get_byte(one, i) # get_byte(other, i));
  end loop;
  return difference = 0;
end
$$;
comment on function tenant.equal_digests(bytea, bytea) is 'Whether two SHA-256 are the same, in a time that does not depend on where they differ.';

-- Refusals are answers and no errors: an error would take its line in the activity log back.
create function tenant.verify_api_key(key text, scope text default null)
  returns table(valid boolean, reason text, api_key_id uuid, organization_id uuid, scopes jsonb, remaining int)
  language plpgsql security definer set search_path = pg_catalog, pg_temp
  as $$
#variable_conflict use_column
declare
  digest constant bytea := sha256(convert_to(coalesce(key, ''), 'UTF8'));
  this_hour constant timestamptz := date_trunc('hour', now(), 'UTC');
  found_one tenant.api_keys;
  used      int;
begin
  -- What was sent is compared with nothing: its digest is looked up, whose beginning nobody can choose, and then compared as a whole.
  if not tenant.is_service() then
    raise exception 'API keys are verified by the service role' using errcode = 'insufficient_privilege';
  end if;
  select k.* into found_one from tenant.api_keys k where k.key_hash = encode(digest, 'hex');
  -- Where there is none it takes as long.
  if not tenant.equal_digests(digest, decode(coalesce(found_one.key_hash, repeat('0', 64)), 'hex')) then
    return query select false, 'unknown', null::uuid, null::uuid, null::jsonb, null::int;
    return;
  end if;
  perform from tenant.organizations o where o.id = found_one.organization_id for key share;
  reason := case
      when found_one.revoked_at is not null then 'revoked'
      when found_one.expires_at <= now() then 'expired'
      when exists (select from tenant.organizations o where o.id = found_one.organization_id and o.archived_at is not null) then 'organization archived'
      when scope is not null and not found_one.scopes ? scope then 'scope missing'
    end;
  if reason is null then
    insert into tenant.api_key_usage as u (api_key_id, hour, uses) select found_one.id, this_hour, 1 where found_one.rate_limit_per_hour > 0
      on conflict on constraint api_key_usage_pkey do update set uses = u.uses + 1 where u.uses < found_one.rate_limit_per_hour
      returning u.uses into used;
    if used is null then
      reason := 'rate limit';
    end if;
  end if;
  if reason is null then
    update tenant.api_keys k set last_used_at = now() where k.id = found_one.id;
  end if;
  insert into logs.activity_log (organization_id, action, resource_type, resource_id, ip_address, user_agent, request_id, new_values)
    select found_one.organization_id, case when reason is null then 'api_key.used' else 'api_key.refused' end, 'api_key', found_one.id, r.address, r.agent, r.request,
           jsonb_strip_nulls(jsonb_build_object('reason', reason, 'scope', scope)) from logs.request_origin() r;
  return query select reason is null, reason, found_one.id, found_one.organization_id, found_one.scopes, case when used is not null then found_one.rate_limit_per_hour - used when reason = 'rate limit' then 0 end;
end
$$;
comment on function tenant.verify_api_key(text, text) is
  'Whether a key, and a scope where one is named, is good: one row, whose reason is unknown, revoked, expired, organization archived, scope missing or rate limit where it is not. Each use counts and is in the activity log. For the service role; 42501 for others.';

create function tenant.revoke_api_key(id uuid) returns void
  language plpgsql security definer set search_path = pg_catalog, pg_temp
  as $$
begin
  update tenant.api_keys k set revoked_at = coalesce(k.revoked_at, now())
    where k.id = revoke_api_key.id and (tenant.is_service() or k.organization_id = any (proapp.current_organizations('auditsuite', 'owner', 'admin')));
  if not found then
    raise exception 'there is no such API key, or it is not yours to revoke' using errcode = 'insufficient_privilege', hint = 'Owners and admins revoke their organization''s keys.';
  end if;
end
$$;
comment on function tenant.revoke_api_key(uuid) is 'Ends a key at once, for owners and admins of its organization and the service role. Again it changes nothing. Errors: 42501 for others.';

-- Reports
create function analytics.get_audit_funnel(org uuid, date_from date default (now() at time zone 'UTC')::date - 30, date_to date default (now() at time zone 'UTC')::date)
  returns table(step text, count bigint, percentage numeric)
  language sql stable parallel safe set search_path = pg_catalog, pg_temp
  as $$
  select s.step, s.count, case when t.started > 0 then round(s.count * 100.0 / t.started, 2) else 0 end
    from (select count(*) as started,
                 count(*) filter (where exists (select from audit.files f where f.organization_id = org and f.audit_id = a.id)) as uploaded,
                 count(*) filter (where a.processing_started_at is not null) as processing,
                 count(*) filter (where a.processing_completed_at is not null) as completed,
                 count(*) filter (where exists (select from analytics.recommendations r where r.organization_id = org and r.audit_id = a.id)) as recommended
            from audit.audits a
           where a.organization_id = org and a.created_at >= date_from::timestamp at time zone 'UTC' and a.created_at < (date_to + 1)::timestamp at time zone 'UTC') t
    cross join lateral (values (1, 'Started', t.started), (2, 'Uploaded Files', t.uploaded), (3, 'Processing Started', t.processing), (4, 'Completed', t.completed),
                               (5, 'Has Recommendations', t.recommended)) s (number, step, count)
   order by s.number $$;
comment on function analytics.get_audit_funnel(uuid, date, date) is
  'How far the audits of an organization have come that were created between two days (UTC, both included): five steps with numbers and percentages of those that were started. Counts what the caller may see.';

create function audit.search_audits(query text, at_most int default 50) returns setof audit.audits
  language sql stable parallel safe set search_path = pg_catalog, pg_temp
  as $$
  select a.* from audit.audits a, websearch_to_tsquery('english', query) q
   where to_tsvector('english', a.name || ' ' || coalesce(a.description, '')) @@ q
   order by ts_rank(to_tsvector('english', a.name || ' ' || coalesce(a.description, '')), q) desc, a.created_at desc, a.id limit at_most $$;
comment on function audit.search_audits(text, int) is 'The caller''s audits whose name or description has the words, best first; "quoted phrases", or and - as in a web search.';

-- Partitions
-- Whoever waits for such a lock keeps everybody behind it waiting: rather tomorrow than long.
create function maintenance.ensure_partitions(months_ahead int default 3) returns table(relation text, outcome text, row_count bigint)
  language plpgsql set search_path = pg_catalog, pg_temp set lock_timeout = '10s'
  as $$
declare
  one record;
begin
  if months_ahead is null or months_ahead not between 0 and 120 then
    raise exception 'months_ahead is between 0 and 120' using errcode = 'invalid_parameter_value';
  end if;
  perform pg_advisory_xact_lock(hashtextextended('auditsuite partitions', 0));
  for one in
    select p.parent, format('%s_y%s', p.parent, to_char(m.first, 'YYYY"m"MM')) as name, m.first at time zone 'UTC' as first, (m.first + interval '1 month') at time zone 'UTC' as next
      from (values ('audit.audits'), ('logs.activity_log')) p (parent)
      cross join lateral (select date_trunc('month', now() at time zone 'UTC') + n * interval '1 month' as first from generate_series(0, months_ahead) n) m
     order by 1, 3
  loop
    relation := one.name;
    row_count := 0;
    outcome := 'is there';
    if to_regclass(one.name) is null then
      outcome := 'made';
      -- Rows of the month may wait in the default partition, where they came while there was no other; nobody writes there meanwhile.
      execute format('lock table %s, %s_default in access exclusive mode', one.parent, one.parent);
      execute format('create table %s (like %s including defaults including constraints including storage)', one.name, one.parent);
      execute format('alter table %s enable row level security', one.name);
      execute format('revoke all on %s from public, anon, authenticated, service_role', one.name);
      -- To move a row is neither to delete it nor to create it.
      execute format('alter table %s_default disable trigger user', one.parent);
      execute format('with moved as (delete from %s_default where created_at >= $1 and created_at < $2 returning %s) insert into %s (%2$s) select * from moved', one.parent,
                     (select string_agg(quote_ident(a.attname), ', ' order by a.attnum) from pg_attribute a where a.attrelid = one.parent::regclass and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''),
                     one.name) using one.first, one.next;
      get diagnostics row_count = row_count;
      execute format('alter table %s_default enable trigger user', one.parent);
      execute format('alter table %s attach partition %s for values from (%L) to (%L)', one.parent, one.name, one.first, one.next);
    end if;
    return next;
  end loop;
end
$$;
comment on function maintenance.ensure_partitions(int) is
  'Makes the partitions of this month (UTC) and of those to come, for audit.audits and logs.activity_log, and moves rows there that waited in the default partition. A job of pg_cron calls it where that is. Errors: 22023 for a number that is none, 55P03 where a table is in use for longer than ten seconds.';

do $$
declare
  one regprocedure;
begin
  for one in select p.oid from pg_proc p where p.pronamespace in (select oid from pg_namespace where nspname in ('tenant', 'audit', 'analytics', 'storage_meta', 'cache', 'logs', 'maintenance')) loop
    execute format('revoke execute on function %s from public, anon, authenticated, service_role', one);
  end loop;
end
$$;
grant execute on function tenant.current_organization_id(), tenant.has_role(tenant.user_role[]), tenant.calculate_storage_usage(uuid), tenant.create_api_key(text, jsonb, timestamptz),
  tenant.revoke_api_key(uuid), analytics.get_audit_funnel(uuid, date, date), audit.search_audits(text, int) to authenticated, service_role;
grant execute on function tenant.verify_api_key(text, text), tenant.is_service() to service_role;

select maintenance.ensure_partitions(3);

-- What a health check of the audit suite insists on: what was just made, apart from the months.
select proapp.expect('schema', nspname) from pg_namespace where nspname in ('tenant', 'audit', 'analytics', 'storage_meta', 'cache', 'logs', 'maintenance');
select proapp.expect('table', c.oid::regclass::text, '{"rls": true}') from pg_class c
 where c.relnamespace in (select oid from pg_namespace where nspname in ('tenant', 'audit', 'analytics', 'storage_meta', 'cache', 'logs', 'maintenance')) and c.relkind in ('r', 'p')
   and c.relname !~ '_y\d{4}m\d\d$';
select proapp.expect('enum', t.oid::regtype::text, jsonb_build_object('values', (select jsonb_agg(e.enumlabel order by e.enumsortorder) from pg_enum e where e.enumtypid = t.oid)))
  from pg_type t where t.typtype = 'e' and t.typnamespace in (select oid from pg_namespace where nspname in ('tenant', 'audit', 'analytics'));
select proapp.expect('foreign key', format('%s(%s)', c.conrelid::regclass, (select string_agg(a.attname, ', ' order by k.n) from unnest(c.conkey) with ordinality k (c, n)
                     join pg_attribute a on a.attrelid = c.conrelid and a.attnum = k.c)),
                     jsonb_build_object('references', c.confrelid::regclass::text, 'on_delete', case c.confdeltype when 'c' then 'cascade' else 'set null' end))
  from pg_constraint c join pg_class r on r.oid = c.conrelid
 where c.contype = 'f' and c.conparentid = 0 and not r.relispartition and r.relnamespace in (select oid from pg_namespace where nspname in ('tenant', 'audit', 'analytics', 'storage_meta', 'cache', 'logs'));
select proapp.expect('policy', format('%s on %s', p.polname, p.polrelid::regclass),
                     jsonb_build_object('command', case p.polcmd when 'r' then 'select' when 'a' then 'insert' when 'w' then 'update' else 'delete' end))
  from pg_policy p join pg_class r on r.oid = p.polrelid where r.relnamespace in (select oid from pg_namespace where nspname in ('tenant', 'audit', 'analytics'));
select proapp.expect('trigger', format('%s on %s', t.tgname, t.tgrelid::regclass)) from pg_trigger t join pg_class r on r.oid = t.tgrelid
 where not t.tgisinternal and not r.relispartition and r.relnamespace in (select oid from pg_namespace where nspname in ('tenant', 'audit', 'analytics', 'storage_meta', 'cache'));
select proapp.expect('index', i.indexrelid::regclass::text) from pg_index i join pg_class r on r.oid = i.indrelid
 where not r.relispartition and not exists (select from pg_constraint c where c.conindid = i.indexrelid)
   and r.relnamespace in (select oid from pg_namespace where nspname in ('tenant', 'audit', 'analytics', 'storage_meta', 'cache', 'logs'));
select proapp.expect('function', p.oid::regprocedure::text, jsonb_build_object('security', case when p.prosecdef then 'definer' else 'invoker' end,
                     'volatility', case p.provolatile when 'i' then 'immutable' when 's' then 'stable' else 'volatile' end))
  from pg_proc p where p.pronamespace in (select oid from pg_namespace where nspname in ('tenant', 'audit', 'analytics', 'logs', 'maintenance'));
$up$);
