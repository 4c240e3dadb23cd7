-- complain if this file is sourced in psql rather than by ALTER EXTENSION
\echo Use "ALTER EXTENSION proapp_momentum UPDATE TO '1.1.0'" to load this file. \quit

select proapp.migrate_up('momentum', '1.1.0', $up$
create table public.zoom_credentials (
  id            uuid primary key default gen_random_uuid(),
  user_id       uuid not null unique references public.profiles (id) on delete cascade,
  access_token  text not null,
  refresh_token text not null,
  expires_at    timestamptz not null,
  zoom_user_id  text,
  zoom_email    text,
  created_at    timestamptz default now(),
  updated_at    timestamptz default now()
);
comment on table public.zoom_credentials is 'Tokens of Zoom, one row a user, for their eyes only.';
create index idx_zoom_credentials_expires on public.zoom_credentials (expires_at);
create index idx_zoom_credentials_user on public.zoom_credentials (user_id);
alter table public.zoom_credentials enable row level security;
revoke all on public.zoom_credentials from public, anon, authenticated, service_role;
grant select, insert, update, delete on public.zoom_credentials to authenticated, service_role;
create policy "Users can manage own zoom credentials" on public.zoom_credentials for all to authenticated
  using (user_id = proapp.current_user_id('momentum')) with check (user_id = proapp.current_user_id('momentum'));

create function public.cleanup_expired_zoom_tokens() returns void
  language sql security definer set search_path = pg_catalog, pg_temp
  as $$ delete from public.zoom_credentials where expires_at < now() - interval '7 days' $$;
comment on function public.cleanup_expired_zoom_tokens() is 'Deletes tokens that expired more than seven days ago. A job of pg_cron calls it where that is installed.';
revoke execute on function public.cleanup_expired_zoom_tokens() from public, anon, authenticated;

select proapp.schedule_job('momentum_cleanup_expired_zoom_tokens', '0 2 * * *', 'select public.cleanup_expired_zoom_tokens()');

select proapp.expect(category, item, expected::jsonb) from (values
  ('table', 'public.zoom_credentials', '{"rls": true}'),
  ('foreign key', 'public.zoom_credentials.user_id', '{"references": "public.profiles", "on_delete": "cascade"}'),
  ('constraint', 'public.zoom_credentials(user_id)', '{"type": "unique"}'),
  ('index', 'public.idx_zoom_credentials_expires', '{}'),
  ('index', 'public.idx_zoom_credentials_user', '{}'),
  ('policy', 'Users can manage own zoom credentials on public.zoom_credentials', '{"command": "all"}'),
  ('function', 'public.cleanup_expired_zoom_tokens()', '{"returns": "void"}')) e (category, item, expected);
$up$);
