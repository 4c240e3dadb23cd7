# Shared by the scripts of this folder: where things are, and who runs what. Sourced, never run.
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
PG_CONFIG=${PG_CONFIG:-pg_config}
umask 022

as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

# PostgreSQL refuses to run as root. The command starts in a folder that user postgres can read.
as_postgres() {
  case $(id -un) in
    postgres) (cd / && exec "$@") ;;
    root) (cd / && exec runuser -u postgres -- "$@") ;;
    *) (cd / && exec sudo -u postgres -- "$@") ;;
  esac
}

# A path of the PostgreSQL that PG_CONFIG names: pg bindir, pg pkglibdir.
pg() { "$PG_CONFIG" "--$1"; }

# pg_regress, isolationtester and the Perl modules of TAP tests come with PGXS.
pgxs_test() { (cd "$(dirname "$(pg pgxs)")/../test" && pwd -P); }

# A trap runs only between two commands. So what takes long runs in the background, in a process group of its own, and is waited for.
child=
run() {
  local status=0
  set -m
  "$@" </dev/null &
  child=$!
  set +m
  wait "$child" || status=$?
  child=
  return "$status"
}

# quietly COMMAND...: what it says is shown only if it fails.
quietly() {
  run "$@" >"$work/said" 2>&1 || {
    cat "$work/said" >&2
    return 1
  }
}

# Makes $work, a temporary folder that user postgres can enter; a socket in it keeps within the 107 bytes of a socket's path.
make_work_folder() {
  work=$(mktemp -d "${TMPDIR:-/tmp}/proapp.XXXXXX")
  chmod 755 "$work"
  if [ "${#work}" -gt 60 ] || ! as_postgres test -x "$work" 2>/dev/null; then
    rmdir "$work"
    work=$(mktemp -d /tmp/proapp.XXXXXX)
    chmod 755 "$work"
  fi
}

# Ends every process that runs in or on $work, then removes it. For a trap: goes on whatever fails, and is not interrupted itself.
remove_work_folder() {
  trap '' INT TERM HUP
  set +e
  if [ -n "$child" ]; then as_root kill -TERM -- "-$child" 2>/dev/null; fi
  if [ -z "${work:-}" ]; then return; fi
  local pid signal
  for signal in QUIT TERM KILL; do
    for pid in $(as_root find "$work" -name postmaster.pid -exec head -n 1 {} \; 2>/dev/null) $(pgrep -f -- "$work"); do
      if [ "$pid" != $$ ] && as_root grep -qsaF "$work" "/proc/$pid/cmdline"; then as_root kill "-$signal" "$pid" 2>/dev/null; fi
    done
    for _ in 1 2 3 4 5 6 7 8 9 10; do
      if ! pgrep -f -- "$work" >/dev/null; then break 2; fi
      sleep 0.2
    done
  done
  as_root rm -rf -- "$work"
}

# For the start of a script: however it ends, the folder goes, and its status stays.
clean_up_at_exit() {
  trap 'status=$?; remove_work_folder; exit "$status"' EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM HUP
}
