# The suites: each runs its tests, shows what failed and adds to the count. Sourced after common.sh and cluster.sh.
passed=0
failed=0
count() {
  passed=$((passed + $1))
  failed=$((failed + $2))
}
summary() { echo "$passed passed, $failed failed"; }

heading() { printf '\n== %s\n' "$*"; }

# matches FILE PATTERN: number of lines.
matches() { grep -cE -- "$2" "$1" || true; }

# settle STATUS PASSED FAILED: a suite that ended badly without naming a test, or ran none, has failed.
settle() {
  local failures=$3
  if [ "$failures" -eq 0 ] && { [ "$1" -ne 0 ] || [ "$2" -eq 0 ]; }; then
    echo "the suite ended with status $1 after $2 tests"
    failures=1
  fi
  count "$2" "$failures"
}

# choose GLOB-FOLDER SUFFIX NAME...: the given names, or those of all files.
choose() {
  local folder=$1 suffix=$2 file
  shift 2
  if [ $# -gt 0 ]; then
    printf '%s\n' "$@"
    return
  fi
  for file in "$folder"/*"$suffix"; do
    if [ -e "$file" ]; then basename "$file" "$suffix"; fi
  done
}

test_unit() {
  heading unit tests
  local log=$work/log/unit.log status=0 filter=()
  if [ $# -gt 0 ]; then filter=(-R "$(IFS='|' && echo "$*")"); fi
  run ctest --test-dir "$root/build/clang" --output-on-failure --no-tests=error --parallel "$(nproc)" "${filter[@]}" >"$log" 2>&1 || status=$?
  if [ "$status" -eq 0 ]; then grep 'tests passed' "$log"; else cat "$log"; fi
  settle "$status" "$(matches "$log" ' Passed +[0-9.]+ sec')" "$(matches "$log" '^ *[0-9]+/[0-9]+ .*(\*\*\*|Subprocess aborted)')"
}

# pg_tests LOG PROGRAM INPUT OUTPUT DATABASE NAME...: pg_regress and pg_isolation_regress speak alike ("test x ... ok"; from 16 on "ok 1 - x").
pg_tests() {
  local log=$1 program=$2 input=$3 output=$4 database=$5 status=0
  shift 5
  if [ $# -eq 0 ]; then
    echo "no tests"
    return
  fi
  as_root install -d -o postgres -m 755 "$output"
  run as_postgres env -C "$work/tree" "PATH=$(pg bindir):$PATH" "$program" --inputdir="$input" --outputdir="$output" --bindir="$(pg bindir)" \
    --host="$work/server" --user=postgres --dbname="$database" "$@" >"$log" 2>&1 || status=$?
  grep -E '^(test |(not )?ok )' "$log" || cat "$log"
  if [ "$status" -ne 0 ]; then show_differences "$log" "$input" "$output"; fi
  settle "$status" "$(matches "$log" '^(test .*\.\.\. ok|ok )')" "$(matches "$log" '^(test .*\.\.\. FAILED|not ok )')"
}

# show_differences LOG INPUT OUTPUT: as a patch for the clone (patch -p0); and what the server said if it crashed.
show_differences() {
  if as_root test -s "$3/regression.diffs"; then
    as_root sed "s,$3/results/,$2/expected/,g; s,$work/tree/,,g" "$3/regression.diffs"
  else
    cat "$1"
  fi
  as_root grep -E -A 5 'PANIC: |was terminated by signal' "$work/server/log" || true
}

test_regress() {
  heading pg_regress
  local tests
  mapfile -t tests < <(choose "$root/sql" .sql "$@")
  pg_tests "$work/log/regress.log" "$(pgxs_test)/regress/pg_regress" "$work/tree" "$work/regress" contrib_regression "${tests[@]}"
}

test_isolation() {
  heading isolation
  local tests
  mapfile -t tests < <(choose "$root/test/isolation/specs" .spec "$@")
  pg_tests "$work/log/isolation.log" "$(pgxs_test)/isolation/pg_isolation_regress" "$work/tree/test/isolation" "$work/isolation" isolation_regression "${tests[@]}"
}

# Every TAP test starts its own clusters; they and their logs are below $work too. One test a core at a time: most of them wait for servers.
test_tap() {
  heading TAP
  local log=$work/log/tap.log status=0 tests
  mapfile -t tests < <(choose "$root/test/t" .pl "$@")
  if [ ${#tests[@]} -eq 0 ]; then
    echo "no tests"
    return
  fi
  tests=("${tests[@]/#/test/t/}")
  as_root install -d -o postgres -m 755 "$work/tap"
  run as_postgres env -C "$work/tree" "PATH=$(pg bindir):$PATH" PG_REGRESS="$(pgxs_test)/regress/pg_regress" PG_CONFIG="$(command -v "$PG_CONFIG")" \
    PG_ABS_SRCDIR="$work/tree" TESTDIR="$work/tap" TESTLOGDIR="$work/tap/log" TESTDATADIR="$work/tap" \
    prove --verbose --jobs "$(nproc)" -I "$(pgxs_test)/perl" -I "$work/tree/test/t" "${tests[@]/%/.pl}" >"$log" 2>&1 || status=$?
  if [ "$status" -eq 0 ]; then grep -E '^(test/t/|Files=)' "$log"; else show_tap_failure "$log"; fi
  settle "$status" "$(matches "$log" '^ok ')" "$(grep -E '^not ok ' "$log" | grep -cvE '# TODO' || true)"
}

# The summary of prove names the tests that failed: their own logs, and it once more, where a reader looks first.
show_tap_failure() {
  grep -vE '^ok ' "$1"
  local name
  for name in $(sed -nE 's,^test/t/(.*)\.pl +\(Wstat: .*,\1,p' "$1"); do
    echo "-- the end of what $name logged"
    as_root find "$work/tap" -name "regress_log_$name" -exec tail -n 200 {} +
  done
  sed -n '/^Test Summary Report/,$p' "$1"
}

# fuzz_one NAME: its own process, its own log; what it found is printed in base64, because the folder goes.
fuzz_one() {
  local name=$1 folder=$work/fuzz/$1 seeds=$root/test/fuzz/corpus/$1
  mkdir -p "$folder/corpus"
  local corpora=("$folder/corpus")
  if [ -d "$seeds" ]; then corpora+=("$seeds"); fi
  if "$root/build/clang/${name}_fuzz" -max_total_time="${FUZZ_SECONDS:-40}" -timeout=60 -rss_limit_mb=2048 -print_final_stats=1 \
    -artifact_prefix="$folder/" "${corpora[@]}" >"$folder/log" 2>&1; then
    echo "ok $name $(sed -n 's/^stat::number_of_executed_units: */runs: /p' "$folder/log")"
    return
  fi
  tail -n 60 "$folder/log"
  local found
  for found in "$folder"/{crash,leak,oom,timeout}-*; do
    if [ -e "$found" ]; then echo "$(basename "$found"), in base64: $(base64 -w 0 "$found")"; fi
  done
  echo "not ok $name"
}

# Two at a time, one for each core that can be counted on.
fuzz_all() {
  export root work
  export -f fuzz_one
  printf '%s\0' "$@" | xargs -0 -n 1 -P 2 bash -c 'fuzz_one "$0"'
}

test_fuzz() {
  heading "fuzzers, ${FUZZ_SECONDS:-40} s each"
  local log=$work/log/fuzz.log status=0 tests
  mapfile -t tests < <(choose "$root/test/fuzz" _fuzz.cpp "$@")
  run fuzz_all "${tests[@]}" >"$log" 2>&1 || status=$?
  cat "$log"
  settle "$status" "$(matches "$log" '^ok ')" "$(matches "$log" '^not ok ')"
}
