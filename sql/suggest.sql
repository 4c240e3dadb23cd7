-- What to register in a database that is there already. Every proposal is a call that succeeds.
create database proapp_suggest;
\c proapp_suggest
create extension proapp_schema;
create function run_all() returns table(call text, outcome text) language plpgsql as $$
begin
  for call in select s.call from proapp.suggest() s loop
    begin
      execute call;
      outcome := 'succeeds';
    exception when others then
      outcome := sqlerrm;
    end;
    return next;
  end loop;
end $$;
select * from proapp.suggest();

create schema auth;
create table auth.users (id uuid primary key);

-- TrackPay: the users' id is not their auth id. An audit table and sessions are no memberships.
begin;
create table trackpay_users (id uuid primary key, auth_user_id uuid unique, email text unique);
create table trackpay_relationships (id uuid primary key, provider_id uuid references trackpay_users, client_id uuid references trackpay_users, unique (provider_id, client_id));
create table trackpay_audit (id uuid primary key, created_by uuid references trackpay_users);
select * from proapp.suggest();
select * from run_all();
select * from proapp.suggest();
rollback;

-- Momentum and the platform: profiles are the accounts, so nothing needs to be mapped.
begin;
create table profiles (id uuid primary key references auth.users, email text unique);
create table organizations (id uuid primary key, name text);
create table organization_members (id uuid primary key, user_id uuid references profiles, organization_id uuid references organizations, role text, unique (user_id, organization_id));
create table organization_reviews (user_id uuid references profiles, organization_id uuid references organizations, role text, primary key (user_id, organization_id));
create table orders (id uuid primary key, user_id uuid references profiles, organization_id uuid references organizations, total numeric);
create table subscriptions (id uuid primary key, user_id uuid references auth.users, app text, unique (user_id, app));
create table carts (id uuid primary key, user_id uuid unique references auth.users);
create table cart_items (id uuid primary key, cart_id uuid references carts);
select * from proapp.suggest();
select * from run_all();
select * from proapp.suggest();
rollback;

-- Both: members by the mapped id.
begin;
create table app_users (id uuid primary key, auth_user_id uuid unique references auth.users);
create table app_tenants (id uuid primary key);
create table app_members (user_id uuid references app_users, tenant_id uuid references app_tenants, role text, is_active boolean, primary key (user_id, tenant_id));
select * from proapp.suggest();
select * from run_all();
rollback;

-- The audit suite: text ids from the sign-in service, in schemas of their own; and its older database.
begin;
create schema tenant;
create table tenant.organizations (id uuid primary key);
create table tenant.organization_members (id uuid primary key, organization_id uuid references tenant.organizations, clerk_id varchar(255), email text, role text, deactivated_at timestamptz,
  unique (organization_id, clerk_id));
create index on tenant.organization_members (clerk_id);
create table tenant.api_keys (id uuid primary key, organization_id uuid references tenant.organizations, created_by uuid references tenant.organization_members);
create table users (id uuid primary key, clerk_id text unique, email text);
create table audits (id uuid primary key, user_id uuid references users);
select * from proapp.suggest();
select * from run_all();
rollback;

-- HumanGlue: members of teams; what hangs on a user one by one is no user.
begin;
create type user_role as enum ('member', 'lead');
create table organizations (id uuid primary key);
create table teams (id uuid primary key, organization_id uuid references organizations);
create table users (id uuid primary key references auth.users, organization_id uuid references organizations, role user_role);
create table team_members (team_id uuid references teams, user_id uuid references users, role user_role, primary key (team_id, user_id));
create index on team_members (user_id);
create table experts (id uuid primary key, user_id uuid unique references users);
create table consultations (id uuid primary key, organization_id uuid references organizations, expert_id uuid references experts, user_id uuid references users);
select * from proapp.suggest();
select * from run_all();
rollback;

-- Names that need quotes, a column id of another name, a name that is taken, an index that no lookup can use.
begin;
create schema "My Shop";
create table "My Shop"."Some_users" ("Key" bigint primary key, "auth_id" text unique);
create table "My Shop".sales (id int, who bigint references "My Shop"."Some_users");
create table other_users (id uuid primary key, auth_id uuid);
create unique index on other_users (auth_id) where auth_id is not null;
select count(*) from proapp.map_users('Some', '"My Shop"."Some_users"', 'auth_id', 'Key');
create table "Some_people" (id uuid primary key, auth_id uuid unique);
create table notes (id int, who uuid references "Some_people");
select * from proapp.suggest();
select * from run_all();
select mapping, users_table from proapp.user_mappings;
rollback;

-- Deletions: what takes money or much else along, and arrays of ids that nothing watches.
begin;
create table clients (id uuid primary key);
create table sessions (id uuid primary key, client_id uuid references clients on delete cascade);
create table photos (id uuid primary key, session_id uuid references sessions on delete cascade);
create table client_payments (id uuid primary key, client_id uuid references clients on delete cascade, session_ids uuid[], tag_ids text[], category_ids int[]);
create table tags (id uuid primary key);
create table app_categories (id int primary key);
create table notes (id int primary key, tag uuid references tags);
select call, reason, confidence from proapp.suggest() where call !~ 'baseline';
select * from run_all();
select relation from proapp.protected_relations;
select referencing, referencing_column, relation from proapp.registered_references;
select concern, state, detail, next from proapp.status() where concern = 'deletions';
drop table client_payments;
select concern, state, detail, next from proapp.status() where concern = 'deletions';
rollback;

\c contrib_regression
drop database proapp_suggest;
