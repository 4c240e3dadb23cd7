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
