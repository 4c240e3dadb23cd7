-- complain if this file is sourced in psql rather than by ALTER EXTENSION
\echo Use "ALTER EXTENSION proapp_momentum UPDATE TO '1.2.0'" to load this file. \quit

select proapp.migrate_up('momentum', '1.2.0', $up$
insert into storage.buckets (id, name, public, file_size_limit, allowed_mime_types) values
  ('logos', 'logos', true, 5 * 1024 * 1024, '{image/png,image/jpeg,image/svg+xml}'),
  ('private', 'private', false, 50 * 1024 * 1024, null)
  on conflict (id) do nothing;

create policy "Anyone can view logos" on storage.objects for select to anon, authenticated
  using (bucket_id = 'logos');
create policy "Users can upload logos" on storage.objects for insert to authenticated
  with check (bucket_id = 'logos');
create policy "Users can read own private files" on storage.objects for select to authenticated
  using (bucket_id = 'private' and (storage.foldername(name))[1] = (select auth.uid()::text));
create policy "Users can write own private files" on storage.objects for insert to authenticated
  with check (bucket_id = 'private' and (storage.foldername(name))[1] = (select auth.uid()::text));
create policy "Users can change own private files" on storage.objects for update to authenticated
  using (bucket_id = 'private' and (storage.foldername(name))[1] = (select auth.uid()::text))
  with check (bucket_id = 'private' and (storage.foldername(name))[1] = (select auth.uid()::text));
create policy "Users can delete own private files" on storage.objects for delete to authenticated
  using (bucket_id = 'private' and (storage.foldername(name))[1] = (select auth.uid()::text));

select proapp.expect(category, item, expected::jsonb) from (values
  ('policy', 'Anyone can view logos on storage.objects', '{"command": "select"}'),
  ('policy', 'Users can upload logos on storage.objects', '{"command": "insert"}'),
  ('policy', 'Users can read own private files on storage.objects', '{"command": "select"}'),
  ('policy', 'Users can write own private files on storage.objects', '{"command": "insert"}'),
  ('policy', 'Users can change own private files on storage.objects', '{"command": "update"}'),
  ('policy', 'Users can delete own private files on storage.objects', '{"command": "delete"}')) e (category, item, expected);

create function public.momentum_self_test() returns table(test text, result text, detail text)
  language plpgsql set search_path = pg_catalog, pg_temp
  as $$
declare
  owner_id constant uuid := '7e570000-0000-4000-8000-0000000000c1';
  admin_id constant uuid := '7e570000-0000-4000-8000-0000000000c2';
  member   constant uuid := '7e570000-0000-4000-8000-0000000000c3';
  stranger constant uuid := '7e570000-0000-4000-8000-0000000000c4';
  done     jsonb;
begin
  begin
    insert into auth.users (id, email) select id, name || '@self-test.invalid' from (values (owner_id, 'owner'), (admin_id, 'admin'), (member, 'member'), (stranger, 'stranger')) u (id, name);
    insert into public.profiles (id, email, name) select id, email, split_part(email, '@', 1) from auth.users where email like '%@self-test.invalid';
    insert into public.organizations (id, name, slug) values ('7e570000-0000-4000-8000-0000000000e1', 'Self test', 'momentum-self-test');
    insert into public.organization_members (user_id, organization_id, role) values
      (owner_id, '7e570000-0000-4000-8000-0000000000e1', 'owner'), (admin_id, '7e570000-0000-4000-8000-0000000000e1', 'admin'), (member, '7e570000-0000-4000-8000-0000000000e1', 'member');
    insert into public.deliverables (id, user_id, client_name, html) values ('momentum-self-test', member, 'Client', '<p>');
    insert into public.zoom_credentials (user_id, access_token, refresh_token, expires_at) values (member, 'a', 'r', now() - interval '8 days'), (stranger, 'a', 'r', now() - interval '6 days');
    -- Who does what, and what comes of it: a value or an SQLSTATE. Without an actor it is the caller.
    select jsonb_agg(proapp.try_as(t.test, t.actor::text, t.role::name, t.statement, t.expected)) into done from (values
      ('membership: members see their organization', member, 'authenticated', $q$select count(*) from public.organizations where slug = 'momentum-self-test'$q$, '1'),
      ('membership: and their fellow members', member, 'authenticated', 'select count(*) from public.organization_members', '3'),
      ('membership: a stranger sees neither', stranger, 'authenticated', 'select (select count(*) from public.organizations) + (select count(*) from public.organization_members)', '0'),
      ('membership: members change nothing', member, 'authenticated', $q$with c as (update public.organizations set name = 'Mine' returning 1) select count(*) from c$q$, '0'),
      ('membership: admins do', admin_id, 'authenticated', $q$with c as (update public.organizations set name = 'Ours' returning 1) select count(*) from c$q$, '1'),
      ('roles: nobody raises their own', admin_id, 'authenticated', $q$update public.organization_members set role = 'owner' where user_id = '7e570000-0000-4000-8000-0000000000c2' returning role$q$, '42501'),
      ('roles: nobody gives one above their own', admin_id, 'authenticated', $q$update public.organization_members set role = 'owner' where user_id = '7e570000-0000-4000-8000-0000000000c3' returning role$q$, '42501'),
      ('roles: admins remove no owner', admin_id, 'authenticated', $q$delete from public.organization_members where role = 'owner' returning role$q$, '42501'),
      ('roles: admins do promote', admin_id, 'authenticated', $q$update public.organization_members set role = 'admin' where user_id = '7e570000-0000-4000-8000-0000000000c3' returning role$q$, 'admin'),
      ('roles: the last owner stays', owner_id, 'authenticated', $q$delete from public.organization_members where user_id = '7e570000-0000-4000-8000-0000000000c1' returning role$q$, '23001'),
      ('roles: also for the service role', null, null, $q$update public.organization_members set role = 'viewer' where user_id = '7e570000-0000-4000-8000-0000000000c1' returning role$q$, '23001'),
      ('organizations: not deleted with members', null, null, $q$delete from public.organizations where slug = 'momentum-self-test' returning 1$q$, '23001'),
      ('profiles: one sees oneself', member, 'authenticated', 'select string_agg(name, '','') from public.profiles', 'member'),
      ('deliverables: one''s own', member, 'authenticated', 'select count(*) from public.deliverables', '1'),
      ('deliverables: nobody else''s', stranger, 'authenticated', 'select count(*) from public.deliverables', '0'),
      ('deliverables: not in another''s name', stranger, 'authenticated', $q$insert into public.deliverables (id, user_id, client_name, html) values ('x', '7e570000-0000-4000-8000-0000000000c3', 'x', 'x') returning id$q$, '42501'),
      ('brand settings: global ones are written by no user', stranger, 'authenticated', $q$insert into public.brand_settings (user_id) values (null) returning 1$q$, '42501'),
      ('zoom: one''s own tokens', member, 'authenticated', 'select count(*) from public.zoom_credentials', '1'),
      ('zoom: never for anon', null, 'anon', 'select access_token from public.zoom_credentials', '42501'),
      ('zoom: expired tokens go after seven days', null, null, 'select public.cleanup_expired_zoom_tokens() is null', 'true'),
      ('zoom: these only', null, null, $q$select string_agg(user_id::text, ',') from public.zoom_credentials where user_id::text like '7e570000%'$q$, '7e570000-0000-4000-8000-0000000000c4'),
      ('storage: buckets', null, null, $q$select string_agg(format('%s %s %s', id, public, file_size_limit), ', ' order by id) from storage.buckets where id in ('logos', 'private')$q$, 'logos t 5242880, private f 52428800'),
      ('storage: logos by signed-in users', member, 'authenticated', $q$insert into storage.objects (bucket_id, name) values ('logos', 'self-test.png') returning bucket_id$q$, 'logos'),
      ('storage: logos for anybody', null, 'anon', $q$select count(*) from storage.objects where bucket_id = 'logos' and name = 'self-test.png'$q$, '1'),
      ('storage: private files below one''s own folder', member, 'authenticated', $q$insert into storage.objects (bucket_id, name) values ('private', '7e570000-0000-4000-8000-0000000000c3/a.pdf') returning bucket_id$q$, 'private'),
      ('storage: not below another''s', member, 'authenticated', $q$insert into storage.objects (bucket_id, name) values ('private', '7e570000-0000-4000-8000-0000000000c4/a.pdf') returning bucket_id$q$, '42501'),
      ('storage: and for nobody else''s eyes', stranger, 'authenticated', $q$select count(*) from storage.objects where bucket_id = 'private'$q$, '0'),
      ('users: deleted with their data', null, null, $q$delete from auth.users where id = '7e570000-0000-4000-8000-0000000000c3' returning id$q$, '7e570000-0000-4000-8000-0000000000c3'),
      ('users: all of it', null, null, $q$select count(*) from public.deliverables where user_id = '7e570000-0000-4000-8000-0000000000c3'$q$, '0'),
      ('users: not while others need them as their owner', null, null, $q$delete from auth.users where id = '7e570000-0000-4000-8000-0000000000c1' returning id$q$, '23001')
    ) t (test, actor, role, statement, expected);
    raise exception using errcode = 'PS7E5', message = 'the rows of the self test go';
  exception when sqlstate 'PS7E5' then
    null;
  end;
  return query select d.test, d.result, d.detail from jsonb_to_recordset(done) d (test text, result text, detail text);
end
$$;
comment on function public.momentum_self_test() is
  'Tries what Momentum promises, on rows of its own that are rolled back: one row a test, result PASS or FAIL, detail what came instead. For who may write its tables and become the API''s roles.';
revoke execute on function public.momentum_self_test() from public, anon, authenticated, service_role;

-- Logos are public, also as a list: the sheet says that anyone reads them.
select proapp.accept_finding('public_bucket_lists', 'policy "Anyone can view logos" on storage.objects', 'Momentum: anyone reads logos');

-- What is there now is what should be there. A baseline of that name may be somebody's.
select proapp.save_baseline('momentum', 'public.profiles', 'public.deliverables', 'public.organizations', 'public.organization_members', 'public.brand_settings',
                            'public.zoom_credentials', 'function:public.momentum_*', 'function:public.cleanup_expired_zoom_tokens', 'storage.objects')
  where not exists (select from proapp.baselines where baseline = 'momentum');
$up$);
