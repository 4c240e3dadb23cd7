// What suggest() asks the catalogs.
#pragma once

namespace proapp::status {

// Common table expressions that every proposal may use.
//   own: the application's plain tables that the caller may register
//   key: indexes that lookups can use: one of the table, its first column, and whether that is all and unique
//   fk: foreign keys of one column
//   account: the id of auth.users
//   users: one row a table in which a user is found by another id than the auth id
//   mapping: what is registered and what is proposed
//   auth: columns that hold the auth id itself, by foreign keys from the accounts on
//   mapped: columns that reference a mapped id
#define PROAPP_USER_WORDS "(users?|profiles?|people|persons?|accounts?|members?|customers?|clients?|employees?|staff|providers?|patients?|students?)"
#define PROAPP_CLAIM_COLUMNS                                                                                                                                             \
  "('auth_id', 'auth_uid', 'auth_sub', 'auth_user_id', 'auth_user_uid', 'supabase_id', 'supabase_uid', 'supabase_user_id', 'clerk_id', 'clerk_user_id', 'firebase_id', " \
  "'firebase_uid', 'auth0_id', 'auth0_user_id', 'cognito_id', 'cognito_sub', 'keycloak_id', 'okta_id', 'oidc_sub', 'external_auth_id')"

inline constexpr char suggest_common[] =
    "own as ("
    "  select c.oid, n.nspname, c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace"
    "  where c.relkind = 'r' and c.relpersistence = 'p' and not c.relispartition and n.nspname !~ '^(pg_|_|supabase_)'"
    "    and n.nspname not in ('information_schema', 'proapp', 'proapp_data', 'proapp_archive', 'auth', 'storage', 'realtime', 'vault', 'pgsodium', 'net', 'graphql', "
    "'graphql_public',"
    "     'extensions', 'cron', 'pgbouncer')"
    "    and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')"
    "    and not exists (select from pg_inherits i where i.inhparent = c.oid or i.inhrelid = c.oid)"
    "    and has_schema_privilege(n.oid, 'usage') and has_table_privilege(c.oid, 'select') and not row_security_active(c.oid)),"
    " key as ("
    "  select i.indrelid as relation, i.indkey[0] as attnum, i.indisunique and i.indnkeyatts = 1 as alone, i.indisunique and i.indnkeyatts = 2 as pair, i.indkey[1] as second"
    "  from pg_index i join own on own.oid = i.indrelid join pg_class x on x.oid = i.indexrelid join pg_am m on m.oid = x.relam"
    "  join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0] join pg_opclass o on o.oid = i.indclass[0] left join pg_collation l on l.oid = a.attcollation"
    "  where m.amname = 'btree' and i.indimmediate and i.indisvalid and i.indislive and i.indisready and i.indpred is null and i.indexprs is null and o.opcdefault"
    "    and i.indcollation[0] = a.attcollation and coalesce(l.collisdeterministic, true) and a.atttypid in ('uuid'::regtype, 'text'::regtype, 'varchar'::regtype, "
    "'int4'::regtype, "
    "'int8'::regtype)),"
    " fk as (select conrelid as relation, conkey[1] as attnum, confrelid as target, confkey[1] as target_attnum from pg_constraint"
    "  where contype = 'f' and conparentid = 0 and cardinality(conkey) = 1),"
    " account as (select a.attrelid as relation, a.attnum from pg_attribute a where a.attrelid = to_regclass('auth.users') and a.attname = 'id'),"
    " users as ("
    "  select distinct on (own.oid) own.oid, own.nspname, own.relname, a.attnum as auth_attnum, a.attname as auth_column, i.attnum as id_attnum, i.attname as id_column, "
    "of_account,"
    "   named, others, case when named and others > 0 then 'high' when named or of_account then 'medium' else 'low' end as confidence"
    "  from own join key k on k.relation = own.oid and k.alone join pg_attribute a on a.attrelid = own.oid and a.attnum = k.attnum"
    "  join pg_index p on p.indrelid = own.oid and p.indisprimary and p.indnkeyatts = 1 join pg_attribute i on i.attrelid = own.oid and i.attnum = p.indkey[0] and i.attnum <> "
    "a.attnum"
    "  cross join lateral (select exists (select from fk join account on (target, target_attnum) = (account.relation, account.attnum) where (fk.relation, fk.attnum) = (own.oid, "
    "a.attnum))"
    "    as of_account, a.attname in " PROAPP_CLAIM_COLUMNS
    " as named,"
    "    (select count(distinct fk.relation) from fk where fk.target = own.oid and fk.target_attnum = i.attnum and fk.relation <> own.oid) as others) e"
    "  where i.atttypid in ('uuid'::regtype, 'text'::regtype, 'varchar'::regtype, 'int4'::regtype, 'int8'::regtype) and a.atttypid in ('uuid'::regtype, 'text'::regtype, "
    "'varchar'::regtype)"
    // Who references another table than the accounts is somebody's detail, not the user.
    "    and (of_account or not exists (select from fk where (fk.relation, fk.attnum) = (own.oid, a.attnum)))"
    "    and not exists (select from fk join account on (target, target_attnum) = (account.relation, account.attnum) where (fk.relation, fk.attnum) = (own.oid, i.attnum))"
    "    and (named and (others > 0 or own.relname ~ '(^|_)" PROAPP_USER_WORDS
    "$')"
    "     or a.attname in ('user_id', 'uid', 'sub') and others > 0 and own.relname ~ '(^|_)" PROAPP_USER_WORDS
    "$')"
    "  order by own.oid, of_account desc, named desc, a.attnum),"
    " mapping as ("
    "  select mapping as name, to_regclass(users_table)::oid as relation, id_column, auth_column, true as registered from proapp.user_mappings"
    "  union all"
    "  select case when row_number() over (partition by pick order by oid) = 1 then pick else nspname || '.' || relname end, oid, id_column, auth_column, false"
    "  from (select u.*, coalesce((select n from unnest(array[substring(relname from '^(.+)_" PROAPP_USER_WORDS
    "$'), nullif(nspname, 'public'), relname, nspname || '_' || relname]) with ordinality p(n, place)"
    "    where n is not null and n not in (select mapping from proapp.user_mappings) order by place limit 1), nspname || '.' || relname) as pick from users u"
    "    where u.oid not in (select coalesce(to_regclass(users_table)::oid, 0) from proapp.user_mappings)) u),"
    " auth as (select relation, attnum from account union select fk.relation, fk.attnum from auth join fk on (fk.target, fk.target_attnum) = (auth.relation, auth.attnum)),"
    " mapped as ("
    "  select m.name, fk.relation, fk.attnum from mapping m join pg_attribute a on a.attrelid = m.relation and a.attname = m.id_column"
    "   join fk on fk.target = m.relation and fk.target_attnum = a.attnum"
    "  where not exists (select from auth where (auth.relation, auth.attnum) = (m.relation, a.attnum)))";

// place, call, reason, confidence.
inline constexpr char suggest_users[] =
    "select 1, format('select * from proapp.map_users(%L, %L, %L%s)', m.name, format('%I.%I', u.nspname, u.relname), u.auth_column, case when u.id_column <> 'id' then format(', "
    "%L', "
    "u.id_column) end),"
    " concat_ws('; ', format('%I.%I.%I is unique', u.nspname, u.relname, u.auth_column), case when u.of_account then 'it references auth.users' when u.named then 'its name is "
    "that of an auth "
    "id' end,"
    "  case when u.others > 0 then format('other tables reference %I (%s)', u.id_column, u.others) end), u.confidence"
    " from users u join mapping m on m.relation = u.oid and not m.registered"
    " union all"
    " select 1, format('select * from proapp.map_users(%L, %L, %L%s)', coalesce(substring(own.relname from '^(.+)_" PROAPP_USER_WORDS
    "$'), own.relname), format('%I.%I', own.nspname, own.relname), a.attname, case when a.attname <> 'id' then format(', %L', a.attname) end),"
    "  format('%I.%I.%I is the auth id itself: policies may compare with (select auth.uid()), and need no mapping; with one, accounts without a row here have no id', own.nspname, "
    "own.relname, a.attname), 'low'"
    " from own join fk on fk.relation = own.oid join account on (target, target_attnum) = (account.relation, account.attnum)"
    " join key k on k.relation = own.oid and k.attnum = fk.attnum and k.alone join pg_attribute a on a.attrelid = own.oid and a.attnum = fk.attnum"
    " join pg_index p on p.indrelid = own.oid and p.indisprimary and p.indnkeyatts = 1 and p.indkey[0] = fk.attnum"
    " where own.relname ~ '(^|_)" PROAPP_USER_WORDS
    "$' and own.oid not in (select coalesce(relation, 0) from mapping)"
    "  and coalesce(substring(own.relname from '^(.+)_" PROAPP_USER_WORDS "$'), own.relname) not in (select name from mapping)";

// The organization is what the second column references, where its name is one of an organization.
#define PROAPP_ORGANIZATION_WORDS "(organi[sz]ations?|orgs?|tenants?|workspaces?|teams?|compan(y|ies)|agenc(y|ies)|groups?)"

inline constexpr char suggest_members[] =
    "select 2, format('select * from proapp.map_members(%L, %L, %L, %L%s%s%s)', name, format('%I.%I', nspname, relname), user_column, organization_column,"
    " case when role_column is not null then format(', role_column => %L', role_column) end, case when mapping is not null then format(', mapping => %L', mapping) end,"
    " case when active_condition is not null then format(', active_condition => %L', active_condition) end),"
    "  reason, confidence"
    " from (select distinct on (m.oid, m.organization_column) m.*, case when row_number() over (partition by m.pick order by m.confidence, m.nspname, m.relname) = 1 then m.pick"
    "   else m.nspname || '.' || m.relname end as name"
    "  from (select own.oid, own.nspname, own.relname, u.attname as user_column, o.attname as organization_column, e.mapping, target.relname as pick,"
    "    (select a.attname from pg_attribute a join pg_type t on t.oid = a.atttypid where a.attrelid = own.oid and not a.attisdropped and (t.typtype = 'e' or t.oid in "
    "('text'::regtype, "
    "'varchar'::regtype))"
    "     and a.attname in ('role', 'member_role', 'membership_role', 'user_role', 'org_role', 'role_name') order by a.attnum limit 1) as role_column,"
    "    (select string_agg(case when a.atttypid = 'bool'::regtype then format('%I is true', a.attname) else format('%I is null', a.attname) end, ' and ' order by a.attnum)"
    "     from pg_attribute a where a.attrelid = own.oid and not a.attisdropped and (a.atttypid = 'bool'::regtype and a.attname in ('active', 'is_active', 'enabled')"
    "      or a.atttypid in ('timestamptz'::regtype, 'timestamp'::regtype) and a.attname in ('deactivated_at', 'deleted_at', 'removed_at', 'left_at', 'revoked_at', "
    "'disabled_at'))) as "
    "active_condition,"
    "    concat_ws('; ', format('%I.%I has one row for each %I and %I', own.nspname, own.relname, u.attname, o.attname),"
    "     case when e.mapping is not null then format('%I holds ids of mapping %s', u.attname, e.mapping) else format('%I holds the auth id', u.attname) end) as reason,"
    "    case when own.relname ~ '(members?|memberships?)$' and (e.mapping is null or m.registered or w.confidence = 'high') then 'high' else 'medium' end as confidence"
    "   from own join key k on k.relation = own.oid and k.pair"
    "   join pg_attribute u on u.attrelid = own.oid and u.attnum in (k.attnum, k.second) join pg_attribute o on o.attrelid = own.oid and o.attnum in (k.attnum, k.second) and "
    "o.attnum <> u.attnum"
    "   join fk f on f.relation = own.oid and f.attnum = o.attnum join pg_class target on target.oid = f.target"
    "   left join mapped on (mapped.relation, mapped.attnum) = (own.oid, u.attnum)"
    "   left join mapping m on m.name = mapped.name left join users w on w.oid = m.relation"
    "   cross join lateral (select mapped.name as mapping) e"
    "   where o.atttypid = 'uuid'::regtype and target.relname ~ '(^|_)" PROAPP_ORGANIZATION_WORDS
    "$'"
    "    and (own.relname ~ '(^|_)(members?|memberships?|staff|employees?)$' or exists (select from pg_attribute a where a.attrelid = own.oid and a.attname = 'role'))"
    "    and own.relname !~ '(review|rating|favorite|follow|like|invit|request|vote|setting|preference|notification|log|audit|history|token)'"
    "    and (e.mapping is not null or exists (select from auth where (auth.relation, auth.attnum) = (own.oid, u.attnum)) or u.attname in " PROAPP_CLAIM_COLUMNS
    "     or u.attname = 'user_id' and u.atttypid in ('text'::regtype, 'varchar'::regtype) and not exists (select from fk where (fk.relation, fk.attnum) = (own.oid, u.attnum)))"
    // Looked up by an index that begins with the user.
    "    and exists (select from key i where i.relation = own.oid and i.attnum = u.attnum)"
    "    and not exists (select from proapp.memberships r where to_regclass(r.members_table) = own.oid)) m"
    "  where m.pick not in (select membership from proapp.memberships)) m";

// Whose rows take others along, above all those that tell of money, and what holds ids without a foreign key.
inline constexpr char suggest_deletion[] =
    "select 3, format('select * from proapp.protect(%L)', format('%I.%I', nspname, relname)),"
    "  format('a deleted row takes rows of %s along (ON DELETE CASCADE): delete_safely() shows them first and keeps them', list), case when money then 'high' else 'medium' end"
    " from (select own.oid, own.nspname, own.relname, count(*) as n, string_agg(c.oid::regclass::text, ', ' order by c.oid::regclass::text collate \"C\") as list,"
    "   bool_or(c.relname ~ '(payment|invoice|bill|order|charge|refund|payout|transaction|ledger|receipt|contract|audit)') as money"
    "  from own join (select distinct conrelid, confrelid from pg_constraint where contype = 'f' and confdeltype = 'c' and conparentid = 0 and conrelid <> confrelid) k on k.confrelid = own.oid"
    "  join pg_class c on c.oid = k.conrelid group by own.oid, own.nspname, own.relname) t"
    " where (money or n > 1) and not exists (select from proapp.protected_relations r where to_regclass(r.relation) = t.oid)"
    " union all"
    " select 3, format('select proapp.add_reference(%L, %L, %L, ''array'')', min(format('%I.%I', o.nspname, o.relname)), format('%I.%I', own.nspname, own.relname), a.attname),"
    "  format('%I.%I.%I holds ids of %s without a foreign key: they dangle once such a row is deleted', own.nspname, own.relname, a.attname, min(format('%I.%I', o.nspname, o.relname))), 'high'"
    " from own join pg_attribute a on a.attrelid = own.oid and a.attnum > 0 and not a.attisdropped and a.attname like '%\\_ids' join pg_type t on t.oid = a.atttypid and t.typcategory = 'A'"
    " cross join lateral (select left(a.attname, -4) as one) w"
    " join own o on ('_' || o.relname) like any (array['%\\_' || one, '%\\_' || one || 's', '%\\_' || one || 'es', '%\\_' || left(one, -1) || 'ies'])"
    " join pg_index p on p.indrelid = o.oid and p.indisprimary and p.indnkeyatts = 1 join pg_attribute k on k.attrelid = o.oid and k.attnum = p.indkey[0] and k.atttypid = t.typelem"
    " where not exists (select from proapp.registered_references r where to_regclass(r.referencing) = own.oid and r.referencing_column = a.attname)"
    " group by own.nspname, own.relname, a.attname having count(*) = 1";

inline constexpr char suggest_baseline[] =
    "select 4, format('select * from proapp.save_baseline(%L%s)', 'production', case when to_regnamespace('auth') is not null or to_regnamespace('storage') is not null then"
    "   (select string_agg(format(', %L', quote_ident(nspname) || '.*'), '' order by nspname) from (select distinct nspname from own) s) end),"
    "  format('there is no baseline, and %s tables%s: drift() then says what changed', (select count(*) from own),"
    "   case when to_regnamespace('auth') is not null or to_regnamespace('storage') is not null then ' in schemas of your own' end), 'high'"
    " where exists (select from own) and not exists (select from proapp.baselines)";

}  // namespace proapp::status
