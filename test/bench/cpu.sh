# Sourced by the benches after the server was started: what a command costs.

postmaster=$(as_root head -n 1 "$work/data/postmaster.pid")

# Clock ticks of backends that have ended, and of this shell's children.
spent_so_far() { echo $(($(awk '{ print $16 + $17 }' "/proc/$postmaster/stat") + $(awk '{ print $16 + $17 }' "/proc/$$/stat"))); }

# cpu COMMAND...: sets `spent` to the milliseconds of CPU that it and its backend took.
cpu() {
  local before
  before=$(spent_so_far)
  "$@" >/dev/null
  sleep 0.2
  spent=$((($(spent_so_far) - before) * 1000 / $(getconf CLK_TCK)))
}

# A session that stays: what a new one pays for touching shared buffers for the first time is not the statement's own, and differs from machine to machine.
open_session() {
  coproc SESSION { psql -XqAt -d "$1" 2>&1; }
  ask 'select pg_backend_pid();'
  backend=$answer
}
close_session() {
  exec {SESSION[1]}>&-
  wait "$SESSION_PID"
}
# ask SQL: sets `answer` to the last line that came.
ask() {
  local line
  printf '%s\n\\echo the end\n' "$1" >&"${SESSION[1]}"
  answer=
  while IFS= read -r line <&"${SESSION[0]}" && [ "$line" != 'the end' ]; do answer=$line; done
}
# cpu_of SQL: sets `spent` to the milliseconds of CPU that the session's backend took.
cpu_of() {
  local before
  before=$(awk '{ print $14 + $15 }' "/proc/$backend/stat")
  ask "$1"
  spent=$((($(awk '{ print $14 + $15 }' "/proc/$backend/stat") - before) * 1000 / $(getconf CLK_TCK)))
}
