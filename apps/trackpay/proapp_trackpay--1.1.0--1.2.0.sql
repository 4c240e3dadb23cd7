-- complain if this file is sourced in psql rather than by ALTER EXTENSION
\echo Use "ALTER EXTENSION proapp_trackpay UPDATE TO '1.2.0'" to load this file. \quit

select proapp.migrate_up('trackpay', '1.2.0', $up$
-- Whose row is it who is signed in? auth.uid() is no id of these tables.
select proapp.map_users('trackpay', 'public.trackpay_users', 'auth_user_id');

-- Open business needs a relationship, and holds on to it until its transaction ends. Sessions and requests refer to the two users only: without
-- this, one could start between a deletion's check and its DELETE. A key share lock waits for, and is waited for by, the deletion's FOR UPDATE.
-- After the row, not before: row level security has spoken by then, so the error tells nobody about relationships of others.
create function public.trackpay_hold_relationship() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp
  as $$
begin
  perform from public.trackpay_relationships r where r.provider_id = new.provider_id and r.client_id = new.client_id for key share;
  if not found then
    raise exception 'no relationship between provider and client'
      using errcode = 'foreign_key_violation',
            detail = format('%s %s is open, and trackpay_relationships has no row of provider %s and client %s.', tg_table_name, new.id, new.provider_id, new.client_id);
  end if;
  return null;
end
$$;
comment on function public.trackpay_hold_relationship() is 'Trigger: open sessions and pending requests need their relationship, and keep it from being deleted meanwhile.';

create trigger trackpay_sessions_hold_relationship after insert or update of provider_id, client_id, status on public.trackpay_sessions
  for each row when (new.status <> 'paid') execute function public.trackpay_hold_relationship();
create trigger trackpay_requests_hold_relationship after insert or update of provider_id, client_id, status on public.trackpay_requests
  for each row when (new.status = 'pending') execute function public.trackpay_hold_relationship();

-- Deletion: what forbids it is registered, and delete_safely() locks, looks, archives and deletes. One payment may cover several sessions.

select proapp.add_blocker('public.trackpay_relationships', 'public.trackpay_sessions', '{provider_id, client_id}', $$status in ('active', 'unpaid', 'requested')$$,
                          'Cannot delete. Active or unpaid sessions exist');
select proapp.add_blocker('public.trackpay_relationships', 'public.trackpay_requests', '{provider_id, client_id}', $$status = 'pending'$$,
                          'Cannot delete. Active or unpaid sessions exist');
select proapp.add_reference('public.trackpay_sessions', 'public.trackpay_payments', 'session_ids', 'array');
select * from proapp.protect('public.trackpay_relationships', $$provider_id = proapp.current_user_id('trackpay')$$);

create function public.delete_client_relationship_safely(p_client_id uuid) returns boolean
  language plpgsql security definer set search_path = pg_catalog, pg_temp
  as $$
declare
  v_provider_id  uuid;
  v_relationship public.trackpay_relationships;
  v_deletion     uuid;
begin
  if proapp.auth_id() is null then
    raise exception 'Not authenticated' using errcode = 'P0001';
  end if;
  select u.id into v_provider_id from public.trackpay_users u where u.id = proapp.current_user_id('trackpay') and u.role = 'provider';
  if not found then
    raise exception 'Provider not found' using errcode = 'P0001';
  end if;

  select * into v_relationship from public.trackpay_relationships r where r.provider_id = v_provider_id and r.client_id = p_client_id;
  if not found then
    return false;
  end if;
  select d.deletion into v_deletion from proapp.delete_safely('public.trackpay_relationships', v_relationship.id::text, 'by its provider') d limit 1;
  if not found then
    return false;
  end if;
  insert into public.trackpay_relationship_audit (provider_id, client_id, action, metadata)
    values (v_provider_id, p_client_id, 'deleted', to_jsonb(v_relationship) || jsonb_build_object('deletion', v_deletion));
  return true;
end
$$;
comment on function public.delete_client_relationship_safely(uuid) is
  'Deletes the signed-in provider''s relationship with a client and records it; false when there is none. Error P0001 when nobody is signed in, when who is signed in is no provider, '
  'and while the pair has active, unpaid or requested sessions or pending requests (DETAIL counts them). proapp.undelete() brings it back: metadata has the deletion.';

revoke execute on function public.trackpay_hold_relationship() from public, anon, authenticated, service_role;
revoke execute on function public.delete_client_relationship_safely(uuid) from public, anon, service_role;
grant execute on function public.delete_client_relationship_safely(uuid) to authenticated;
revoke delete on public.trackpay_relationships from authenticated, service_role;
$up$);
