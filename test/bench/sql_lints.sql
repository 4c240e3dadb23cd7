-- What people paste into an SQL editor to look for the commonest of what proapp.verify() finds: a query a check.
\o /dev/null
-- rls_disabled
select n.nspname, c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
 where c.relkind in ('r', 'p') and not c.relrowsecurity and n.nspname not in ('pg_catalog', 'information_schema')
   and (has_table_privilege('anon', c.oid, 'select, insert, update, delete') or has_table_privilege('authenticated', c.oid, 'select, insert, update, delete'));
-- policies_without_rls
select n.nspname, c.relname, array_agg(p.polname) from pg_policy p join pg_class c on c.oid = p.polrelid join pg_namespace n on n.oid = c.relnamespace
 where not c.relrowsecurity group by 1, 2;
-- rls_without_policy
select n.nspname, c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relrowsecurity and not exists (select from pg_policy p where p.polrelid = c.oid);
-- policy_always_true
select schemaname, tablename, policyname from pg_policies where qual in ('true', '(1 = 1)') or with_check in ('true', '(1 = 1)');
-- policy_call_per_row
select schemaname, tablename, policyname from pg_policies
 where (qual ~ '(auth\.uid|auth\.jwt|current_setting)\(' and lower(qual) !~ 'select\s+(auth\.uid|auth\.jwt|current_setting)\(')
    or (with_check ~ '(auth\.uid|auth\.jwt|current_setting)\(' and lower(with_check) !~ 'select\s+(auth\.uid|auth\.jwt|current_setting)\(');
-- user_writable_claims
select schemaname, tablename, policyname from pg_policies where qual like '%user_metadata%' or with_check like '%user_metadata%';
-- policies_widen
select schemaname, tablename, cmd, r, count(*) from pg_policies cross join unnest(roles) r where permissive = 'PERMISSIVE' group by 1, 2, 3, 4 having count(*) > 1;
-- policy_column_unindexed, by the column's name in the policy's text
select p.schemaname, p.tablename, p.policyname, a.attname
  from pg_policies p join pg_class c on c.relname = p.tablename join pg_namespace n on n.oid = c.relnamespace and n.nspname = p.schemaname
  join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and p.qual ~ ('\m' || a.attname || '\M')
 where not exists (select from pg_index i where i.indrelid = c.oid and i.indkey[0] = a.attnum);
-- view_bypasses_rls
select n.nspname, c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
 where c.relkind = 'v' and n.nspname not in ('pg_catalog', 'information_schema') and not coalesce(array_to_string(c.reloptions, ',') ~ 'security_invoker=(true|on)', false)
   and (has_table_privilege('anon', c.oid, 'select') or has_table_privilege('authenticated', c.oid, 'select'));
-- definer_without_caller_check and function_search_path_mutable
select n.nspname, p.proname from pg_proc p join pg_namespace n on n.oid = p.pronamespace
 where n.nspname not in ('pg_catalog', 'information_schema') and p.prosecdef and (has_function_privilege('anon', p.oid, 'execute') or has_function_privilege('authenticated', p.oid, 'execute'));
select n.nspname, p.proname from pg_proc p join pg_namespace n on n.oid = p.pronamespace
 where n.nspname not in ('pg_catalog', 'information_schema') and not exists (select from unnest(p.proconfig) s where s like 'search_path=%');
-- truncate_granted
select table_schema, table_name, grantee, privilege_type from information_schema.role_table_grants where grantee in ('anon', 'authenticated') and privilege_type in ('TRUNCATE', 'REFERENCES', 'TRIGGER');
-- key_without_index
select k.conrelid::regclass, k.conname from pg_constraint k
 where k.contype = 'f' and not exists (select from pg_index i where i.indrelid = k.conrelid and (i.indkey::smallint[])[0 : cardinality(k.conkey) - 1] @> k.conkey);
-- no_primary_key
select n.nspname, c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
 where c.relkind = 'r' and n.nspname not in ('pg_catalog', 'information_schema') and not exists (select from pg_constraint k where k.conrelid = c.oid and k.contype = 'p');
-- duplicate_index
select schemaname, tablename, array_agg(indexname) from (select schemaname, tablename, indexname, regexp_replace(indexdef, '^.* ON ', '') as definition from pg_indexes) i
 group by schemaname, tablename, definition having count(*) > 1;
-- invalid_index, constraint_not_validated
select i.indexrelid::regclass from pg_index i where not i.indisvalid;
select k.conrelid::regclass, k.conname from pg_constraint k where not k.convalidated;
