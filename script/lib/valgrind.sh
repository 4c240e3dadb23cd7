# One single-user session under valgrind. Sourced after common.sh and cluster.sh.

# PostgreSQL keeps much until it exits and reads padding; only what has our library on its stack counts. valgrind's XML names the library of each frame.
our_errors() {
  awk '
    /<error>/ { text = ""; inside = 1; ours = 0 }
    inside { text = text $0 "\n" }
    inside && /<obj>.*\/(proapp_schema|boundary_probe)\.so<\/obj>/ { ours = 1 }
    /<\/error>/ { inside = 0; if (ours && text !~ /<kind>Leak_(PossiblyLost|StillReachable|IndirectlyLost)<\/kind>/) printf "%s", text }
  ' "$1" | grep -E '<(kind|what|text|fn|file|line)>' || true
}

valgrind_session() {
  sed "s,@probe@,$work/tree/test/boundary/boundary_probe," "$root"/test/valgrind/*.sql >"$work/valgrind/session.sql"
  as_postgres env -C "$work/tree" timeout --foreground 900 valgrind --quiet --leak-check=full --num-callers=60 --suppressions="$work/tree/test/valgrind/postgres.supp" --xml=yes --xml-file="$work/valgrind/report.xml" \
    "$(pg bindir)/postgres" --single -j -D "$work/valgrind/data" postgres <"$work/valgrind/session.sql" >"$work/log/valgrind.log" 2>&1
}

test_valgrind() {
  heading valgrind
  as_root install -d -m 777 "$work/valgrind"
  make_cluster valgrind/data
  local status=0 sessions log=$work/log/valgrind.log
  run valgrind_session || status=$?
  as_root chmod -R a+rX "$work/valgrind/report.xml"

  # The session must have run to its end, and without an error of its own: else it would prove nothing.
  sessions=$(ls "$root"/test/valgrind/*.sql | wc -l)
  if [ "$status" -ne 0 ] || grep -qE '^(ERROR|FATAL|PANIC)|(ERROR|FATAL|PANIC):  ' "$log" || [ "$(matches "$log" 'session_end = "yes"')" -ne "$sessions" ]; then
    cat "$log"
    echo "not ok the session runs to its end (status $status)"
    count 0 1
    return
  fi
  echo "ok the session runs to its end"
  our_errors "$work/valgrind/report.xml" >"$work/log/valgrind_errors"
  if [ -s "$work/log/valgrind_errors" ]; then
    cat "$work/log/valgrind_errors"
    echo "not ok no error and no leak in our library"
    count 1 1
    return
  fi
  echo "ok no error and no leak in our library"
  count 2 0
}
