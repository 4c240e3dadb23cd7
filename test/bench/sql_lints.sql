-- What people paste into an SQL editor to look for what proapp.verify() finds, as far as SQL and text can tell: a query a check.
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
-- policy_for_public
select schemaname, tablename, policyname from pg_policies where 'public' = any (roles);
-- policy_without_condition
select schemaname, tablename, policyname from pg_policies where permissive = 'PERMISSIVE' and qual is null and with_check is null;
-- insert_unscoped, check_wider_than_using
select schemaname, tablename, policyname from pg_policies where cmd = 'INSERT' and coalesce(with_check, 'true') !~ '(auth\.uid|auth\.jwt|current_setting|current_user)';
select schemaname, tablename, policyname from pg_policies where cmd in ('ALL', 'UPDATE') and with_check is not null and with_check <> coalesce(qual, '');
-- update_without_select, delete_without_select, insert_without_select
select distinct schemaname, tablename from pg_policies p where cmd = 'UPDATE' and not exists (select from pg_policies s where s.schemaname = p.schemaname and s.tablename = p.tablename and s.cmd in ('ALL', 'SELECT'));
select distinct schemaname, tablename from pg_policies p where cmd = 'DELETE' and not exists (select from pg_policies s where s.schemaname = p.schemaname and s.tablename = p.tablename and s.cmd in ('ALL', 'SELECT'));
select distinct schemaname, tablename from pg_policies p where cmd = 'INSERT' and not exists (select from pg_policies s where s.schemaname = p.schemaname and s.tablename = p.tablename and s.cmd in ('ALL', 'SELECT'));
-- restrictive_only
select schemaname, tablename from pg_policies group by 1, 2 having bool_and(permissive = 'RESTRICTIVE');
-- rls_not_forced, request_role_owns_table, request_role_bypasses_rls
select c.oid::regclass from pg_class c join pg_roles r on r.oid = c.relowner where c.relrowsecurity and not c.relforcerowsecurity and r.rolname in ('anon', 'authenticated', 'authenticator');
select c.oid::regclass from pg_class c where pg_get_userbyid(c.relowner) in ('anon', 'authenticated', 'authenticator');
select rolname from pg_roles where rolbypassrls and (pg_has_role('anon', oid, 'member') or pg_has_role('authenticated', oid, 'member'));
-- session_user_as_key, email_as_key, literal_in_policy, setting_raises, tenant_setting
select schemaname, tablename, policyname from pg_policies where qual ~ '\m(CURRENT_USER|SESSION_USER)\M' or with_check ~ '\m(CURRENT_USER|SESSION_USER)\M';
select schemaname, tablename, policyname from pg_policies where qual ~ '\memail\M' or with_check ~ '\memail\M';
select schemaname, tablename, policyname from pg_policies where qual ~ '''[0-9a-f]{8}-[0-9a-f]{4}-' or with_check ~ '''[0-9a-f]{8}-[0-9a-f]{4}-';
select schemaname, tablename, policyname from pg_policies where qual ~ 'current_setting\(''[^'']*''(::text)?\)' or with_check ~ 'current_setting\(''[^'']*''(::text)?\)';
select schemaname, tablename, policyname from pg_policies where qual ~ 'current_setting\(''(?!request\.)' or with_check ~ 'current_setting\(''(?!request\.)';
-- policy_in_sub_select, negated_membership, column_compared_with_itself, true_for_anon
select schemaname, tablename, policyname from pg_policies where qual ~* '\mIN \( SELECT' or with_check ~* '\mIN \( SELECT';
select schemaname, tablename, policyname from pg_policies where qual ~* 'NOT \(?[^ ]+ (IN|= ANY) \(' or qual ~ '<> ALL';
select schemaname, tablename, policyname from pg_policies where qual ~ '\m(\w+) = \1\M' or with_check ~ '\m(\w+) = \1\M';
select schemaname, tablename, policyname from pg_policies where qual ~ 'uid\(\)\)? IS NULL\)? OR' or with_check ~ 'uid\(\)\)? IS NULL\)? OR';
-- policy_recursion, by the table's name in its own policy; policy_reads_open_table, policy_volatile
select schemaname, tablename, policyname from pg_policies where qual ~ ('FROM (\w+\.)?' || tablename || '\M') or with_check ~ ('FROM (\w+\.)?' || tablename || '\M');
select p.polrelid::regclass, p.polname, c.oid::regclass from pg_policy p join pg_depend d on d.classid = 'pg_policy'::regclass and d.objid = p.oid and d.refclassid = 'pg_class'::regclass
  join pg_class c on c.oid = d.refobjid and c.relkind in ('r', 'p') and not c.relrowsecurity where c.oid <> p.polrelid;
select p.polrelid::regclass, p.polname, f.oid::regprocedure from pg_policy p join pg_depend d on d.classid = 'pg_policy'::regclass and d.objid = p.oid and d.refclassid = 'pg_proc'::regclass
  join pg_proc f on f.oid = d.refobjid and f.provolatile = 'v';
-- wrong_identity, where auth.uid() stands beside a column that no foreign key leads to auth.users
select p.schemaname, p.tablename, p.policyname, a.attname from pg_policies p join pg_class c on c.relname = p.tablename join pg_namespace n on n.oid = c.relnamespace and n.nspname = p.schemaname
  join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and (p.qual ~ ('\m' || a.attname || ' = [^=]*auth\.uid\(\)') or p.with_check ~ ('\m' || a.attname || ' = [^=]*auth\.uid\(\)'))
 where not exists (select from pg_constraint k where k.conrelid = c.oid and k.contype = 'f' and k.conkey = array[a.attnum] and k.confrelid = to_regclass('auth.users'));
-- policy_without_own_column
select p.schemaname, p.tablename, p.policyname from pg_policies p join pg_class c on c.relname = p.tablename join pg_namespace n on n.oid = c.relnamespace and n.nspname = p.schemaname
 where not exists (select from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and p.qual ~ ('\m' || a.attname || '\M'));
-- set_null_on_not_null, cascade_into_records
select k.conrelid::regclass, k.conname from pg_constraint k where k.confdeltype = 'n' and exists (select from pg_attribute a where a.attrelid = k.conrelid and a.attnum = any (k.conkey) and a.attnotnull);
select k.conrelid::regclass, k.conname from pg_constraint k join pg_class c on c.oid = k.conrelid where k.confdeltype = 'c' and c.relname ~ '(payment|invoice|audit|ledger|transaction|order)';
-- unused_index, unlogged_references, sequence_nearly_exhausted, type_blocks_upgrade
select s.schemaname, s.relname, s.indexrelname from pg_stat_user_indexes s join pg_index i using (indexrelid) where s.idx_scan = 0 and not i.indisunique;
select k.conrelid::regclass from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_class r on r.oid = k.confrelid where k.contype = 'f' and (c.relpersistence = 'u') <> (r.relpersistence = 'u');
select schemaname, sequencename from pg_sequences where last_value > 0.8 * max_value;
select a.attrelid::regclass, a.attname from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace where c.relkind = 'r' and a.attnum > 0 and n.nspname not in ('pg_catalog', 'information_schema') and a.atttypid in ('regproc'::regtype, 'regoper'::regtype);
-- extension_in_public, extension_outdated, part_lost_by_dump
select extname from pg_extension where extnamespace = 'public'::regnamespace;
select name from pg_available_extensions where installed_version <> default_version;
select t.tgrelid::regclass, t.tgname from pg_trigger t join pg_depend d on d.classid = 'pg_class'::regclass and d.objid = t.tgrelid and d.deptype = 'e' where not t.tgisinternal;
-- materialized_view_exposed, foreign_table_exposed, sensitive_columns_exposed
select c.oid::regclass from pg_class c where c.relkind = 'm' and (has_table_privilege('anon', c.oid, 'select') or has_table_privilege('authenticated', c.oid, 'select'));
select c.oid::regclass from pg_class c where c.relkind = 'f' and (has_table_privilege('anon', c.oid, 'select') or has_table_privilege('authenticated', c.oid, 'select'));
select a.attrelid::regclass, a.attname from pg_attribute a join pg_class c on c.oid = a.attrelid where c.relkind in ('r', 'p') and not c.relrowsecurity and a.attname ~ '(password|token|secret|api_?key|ssn|credit_card)'
   and (has_table_privilege('anon', c.oid, 'select') or has_table_privilege('authenticated', c.oid, 'select'));
-- realtime_without_rls, schema_creatable, default_privileges, partition_open
select p.pubname, p.schemaname, p.tablename from pg_publication_tables p join pg_class c on c.relname = p.tablename join pg_namespace n on n.oid = c.relnamespace and n.nspname = p.schemaname where not c.relrowsecurity;
select nspname from pg_namespace where has_schema_privilege('anon', oid, 'create') or has_schema_privilege('authenticated', oid, 'create');
select d.defaclrole::regrole, d.defaclnamespace::regnamespace from pg_default_acl d, aclexplode(d.defaclacl) a where a.grantee in (select oid from pg_roles where rolname in ('anon', 'authenticated'));
select c.oid::regclass from pg_class c join pg_inherits i on i.inhrelid = c.oid join pg_class p on p.oid = i.inhparent where p.relrowsecurity and not c.relrowsecurity
   and (has_table_privilege('anon', c.oid, 'select') or has_table_privilege('authenticated', c.oid, 'select'));
-- leakproof_function, definer_dynamic_sql, definer_path_temp, definer_search_path, immutable_reads_session
select oid::regprocedure from pg_proc where proleakproof and pronamespace not in ('pg_catalog'::regnamespace, 'information_schema'::regnamespace);
select oid::regprocedure from pg_proc where prosecdef and prosrc ~* '\mexecute\M';
select oid::regprocedure from pg_proc where prosecdef and exists (select from unnest(proconfig) s where s like 'search_path=%' and s !~ 'pg_temp');
select oid::regprocedure from pg_proc where prosecdef and not exists (select from unnest(proconfig) s where s like 'search_path=%');
select oid::regprocedure from pg_proc where provolatile = 'i' and prosrc ~ '(current_setting|auth\.)';
-- auth_users_exposed, view_without_barrier
select distinct r.ev_class::regclass from pg_rewrite r join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = r.oid and d.refclassid = 'pg_class'::regclass and d.refobjid = to_regclass('auth.users');
select c.oid::regclass from pg_class c where c.relkind = 'v' and pg_get_viewdef(c.oid) ~ '(auth\.uid|current_setting)' and not coalesce(array_to_string(c.reloptions, ',') ~ 'security_barrier', false);
-- nullable_tenant_column, unique_key_oracle, unguarded_reference_array
select a.attrelid::regclass, a.attname from pg_attribute a join pg_class c on c.oid = a.attrelid where c.relkind = 'r' and c.relrowsecurity and a.attname ~ '(tenant|organization|org|owner|user)_?id$' and not a.attnotnull;
select i.indexrelid::regclass from pg_index i join pg_class c on c.oid = i.indrelid where c.relrowsecurity and i.indisunique and not i.indisprimary
   and not exists (select from pg_attribute a where a.attrelid = c.oid and a.attnum = any (i.indkey) and a.attname ~ '(tenant|organization|org|owner|user)_?id$');
select a.attrelid::regclass, a.attname from pg_attribute a join pg_type t on t.oid = a.atttypid join pg_class c on c.oid = a.attrelid where c.relkind = 'r' and t.typcategory = 'A' and a.attname ~ '_ids$';
