# Checks of the companions in apps/: each prints what offends it. Sourced after cluster.sh.

# Every script is one call, of its app and version; every version that is made can be undone, or says that it cannot.
check_companion_scripts() {
  perl -e '
    for my $control (@ARGV) {
      my ($folder, $app) = $control =~ m{^(.*)/proapp_(\w+)\.control$} or next;
      for my $file (glob "$folder/proapp_$app--*.sql") {
        my ($from, $to) = $file =~ /--([\d.]+?)(?:--([\d.]+))?\.sql$/;
        ($from, $to) = (undef, $from) if !defined $to;
        my $key = sub { join "", map { sprintf "%05d", $_ } split /\./, shift };
        my $back = defined $from && $key->($from) gt $key->($to);
        my ($call, $version) = $back ? ("migrate_down", $from) : ("migrate_up", $to);
        my $text = do { local (@ARGV, $/) = $file; <> };
        print "$file is not one call of proapp.$call(\x27$app\x27, \x27$version\x27, ...)\n"
          if $text !~ /\A(?:--.*\n)*\\echo Use "[^"]*" to load this file\. \\quit\s+select proapp\.$call\(\x27$app\x27, \x27\Q$version\E\x27, (?:\$(up|down)\$.*?\$\1\$|null)\);\s*\z/s;
        next if !defined $from || $back;
        print "$file has no way back: $folder/proapp_$app--$to--$from.sql\n" if !-e "$folder/proapp_$app--$to--$from.sql";
      }
    }' "$@"
}

# apps/<app>/released.sha256 lists the scripts that are released: sha256sum proapp_<app>--*.sql > released.sha256. They never change.
check_released_scripts() {
  local list
  for list in "$@"; do
    if [ -e "$list" ]; then (cd "$(dirname "$list")" && sha256sum --quiet --check "$(basename "$list")" 2>&1) || true; fi
  done
}

check_changed_release() {
  local folder=$work/released
  mkdir "$folder"
  cp "$root"/apps/template/*.sql "$folder"
  (cd "$folder" && sha256sum ./*.sql >released.sha256)
  check_released_scripts "$folder/released.sha256"
  echo '-- changed' >>"$folder/proapp_template--1.0.0.sql"
  check_released_scripts "$folder/released.sha256" | grep -q 'proapp_template--1.0.0.sql: FAILED' || echo "a changed script was not noticed"
}

# What an app has made belongs to no extension, carries no initial privileges, and has row-level security.
check_companion_objects() {
  local control app
  for control in "$@"; do
    app=$(basename "$control" .control)
    query -d postgres -c "create database $app"
    query -d "$app" -c 'set client_min_messages = warning' -c 'create extension proapp_dev_env cascade'
    if [ "$app" != proapp_dev_env ]; then query -d "$app" -c 'set client_min_messages = warning' -c "create extension $app"; fi
    query -d "$app" <<SQL
select '$app has a member: ' || pg_describe_object(classid, objid, objsubid) from pg_depend where deptype = 'e' and refclassid = 'pg_extension'::regclass
   and refobjid = (select oid from pg_extension where extname = '$app');
select '$app has left initial privileges: ' || pg_describe_object(classoid, objoid, objsubid) from pg_init_privs p
 where objoid >= 16384 and (classoid, objoid) <> ('pg_namespace'::regclass, 'proapp'::regnamespace) and not exists (select from pg_depend d where d.classid = p.classoid and d.objid = p.objoid and d.deptype = 'e');
select '$app has a table without row-level security: ' || oid::regclass from pg_class c
 where relkind in ('r', 'p') and not relrowsecurity and relnamespace not in (select oid from pg_namespace where nspname ~ '^(pg_|proapp|information_schema)')
   and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e');
SQL
    query -d postgres -c "drop database $app"
  done
}

# A user's way: an app from the template, installed, used, taken back and forward again; and its next version.
check_template() {
  local shop=$work/shop
  "$root/script/new-app" proapp_check "$shop" >/dev/null
  as_root make -s -C "$shop" PG_CONFIG="$PG_CONFIG" install >/dev/null
  query -d postgres -c 'create database proapp_check'
  query -d proapp_check <<'SQL'
set client_min_messages = warning;
create extension proapp_proapp_check cascade;
insert into public.proapp_check_notes (owner, body, written_at) values ('a0000000-0000-4000-8000-000000000001', 'kept', '2026-01-01 00:00+00');
select proapp.manifest_digest() as digest \gset
alter extension proapp_proapp_check update to '1.0.0';
select 'the column is still there' from information_schema.columns where column_name = 'written_at' and table_name = 'proapp_check_notes';
alter extension proapp_proapp_check update;
select 'the value is lost' where not exists (select from public.proapp_check_notes where body = 'kept' and written_at = '2026-01-01 00:00+00');
select 'the schema is another one' where proapp.manifest_digest() <> :'digest';
select format('%s %s: %s', category, item, status) from proapp.health_check() where status <> 'OK';
select severity, check_id, object from proapp.verify('public.*') where severity in ('critical', 'high', 'medium');
SQL
  "$root/script/new-migration" "$shop" 1.2.0 >/dev/null
  check_companion_scripts "$shop/proapp_proapp_check.control"
  as_root make -s -C "$shop" PG_CONFIG="$PG_CONFIG" install >/dev/null
  query -d proapp_check -c "alter extension proapp_proapp_check update" -c "alter extension proapp_proapp_check update to '1.0.0'" -c 'alter extension proapp_proapp_check update'
  query -d proapp_check -c "select 'the newest version is not applied' where not exists (select from proapp.migrations where app = 'proapp_check' and version = '1.2.0')"
  query -d postgres -c 'drop database proapp_check'
  as_root make -s -C "$shop" PG_CONFIG="$PG_CONFIG" uninstall >/dev/null
  # What does not fit is refused, and nothing is made.
  "$root/script/new-migration" "$shop" 1.1.0 2>/dev/null && echo "new-migration takes a version that does not follow"
  "$root/script/new-migration" "$shop" next 2>/dev/null && echo "new-migration takes a version that is none"
  "$root/script/new-app" 'No name' "$work/none" 2>/dev/null && echo "new-app takes a name that is none"
  "$root/script/new-app" shop "$shop" 2>/dev/null && echo "new-app writes over a folder"
  if [ -e "$work/none" ] || [ "$(find "$shop" -name '*1.2.0*' | wc -l)" -ne 2 ]; then echo "something was made"; fi
}

test_companions() {
  local controls=("$root"/apps/*/proapp_*.control) app_controls=() control
  for control in "${controls[@]}"; do
    if [ "$(basename "$(dirname "$control")")" != template ]; then app_controls+=("$control"); fi
  done
  check "every script of a companion is one call, every version can be undone" check_companion_scripts "${controls[@]}"
  check "released scripts have not changed" check_released_scripts "$root"/apps/*/released.sha256
  check "a changed released script is noticed" check_changed_release
  check "what companions make is nobody's member and has row-level security" check_companion_objects "${app_controls[@]}"
  check "a companion from the template installs and migrates" check_template
}
