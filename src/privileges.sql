-- Nobody but the owner may use what was created above, whatever default privileges said: PUBLIC gets the schema and what policies call.
do $$
declare
  statement text;
begin
  for statement in
    select format('revoke all on %s %s from %s', o.kind, o.name, case a.grantee when 0 then 'public' else quote_ident(pg_get_userbyid(a.grantee)) end)
    from (
      select 'schema' as kind, quote_ident(nspname) as name, coalesce(nspacl, acldefault('n', nspowner)) as acl, nspowner as owner
        from pg_namespace where nspname = 'proapp'
      union all
      select case prokind when 'p' then 'procedure' else 'function' end, oid::regprocedure::text, coalesce(proacl, acldefault('f', proowner)), proowner
        from pg_proc where pronamespace = 'proapp'::regnamespace
      union all
      select 'table', oid::regclass::text, coalesce(relacl, acldefault('r', relowner)), relowner
        from pg_class where relnamespace = 'proapp'::regnamespace and relkind in ('r', 'v', 'm', 'p')
    ) o, aclexplode(o.acl) a
    where a.grantee <> o.owner
  loop
    execute statement;
  end loop;
end
$$;

grant usage on schema proapp to public;
grant execute on function proapp.current_user_id(text), proapp.current_user_key(text), proapp.auth_id(), proapp.whoami(), proapp.current_organizations(text, text[]),
  proapp.is_member(text, uuid, text[]), proapp.is_being_deleted(regclass, "any") to public;
