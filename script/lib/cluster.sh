# A throwaway cluster in $work, reached by a socket only. Sourced after common.sh.

# make_cluster FOLDER: an empty cluster whose superuser is postgres, in $work/FOLDER.
make_cluster() {
  as_root install -d -o postgres -m 700 "$work/$1"
  as_postgres "$(pg bindir)/initdb" -D "$work/$1" -U postgres -A trust -N --no-locale -E UTF8 >"$work/initdb.log" 2>&1 || {
    cat "$work/initdb.log"
    return 1
  }
  printf '%s\n' "fsync = off" "listen_addresses = ''" "unix_socket_directories = '$work/server'" "max_connections = 50" |
    as_postgres tee -a "$work/$1/postgresql.conf" >/dev/null
}

# start_cluster [SETTING...]: a cluster that listens in $work/server; settings are lines of postgresql.conf.
start_cluster() {
  as_root install -d -o postgres -m 755 "$work/server"
  make_cluster data
  if [ $# -gt 0 ]; then printf '%s\n' "$@" | as_postgres tee -a "$work/data/postgresql.conf" >/dev/null; fi
  as_postgres "$(pg bindir)/pg_ctl" -D "$work/data" -l "$work/server/log" -s -w start || {
    as_root cat "$work/server/log"
    return 1
  }
}

# psql as the superuser of that cluster: unaligned, without the user's settings, ending at the first error.
query() { as_postgres "$(pg bindir)/psql" -XqAt -v ON_ERROR_STOP=1 -h "$work/server" -U postgres "$@"; }
