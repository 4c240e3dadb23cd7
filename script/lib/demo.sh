# The demo as it is typed and as it is answered: script/demo shows it, test/t/demo_transcript.pl compares it with the README. Sourced in the root of the clone.
demo_settings=("wal_level = logical" "client_min_messages = warning")

say() { printf '\n%s$ %s%s\n' "${bold-}" "$*" "${plain-}"; }

# play_demo PSQL...: makes database trackpay with its companion and data by that psql, a superuser's, and runs demo.sql there.
# Files come on standard input: the user that runs psql need not be able to read this folder.
play_demo() {
  local psql=("$@" -X -q -v ON_ERROR_STOP=1)
  say "psql -c 'create database trackpay'"
  "${psql[@]}" -d postgres -c 'create database trackpay'
  say "psql trackpay -c 'create extension proapp_dev_env cascade'"
  "${psql[@]}" -d trackpay -c 'create extension proapp_dev_env cascade'
  say "psql trackpay -c 'create extension proapp_trackpay'"
  "${psql[@]}" -d trackpay -c 'create extension proapp_trackpay'
  say "psql trackpay -f test/fixtures/trackpay_data.sql"
  "${psql[@]}" -d trackpay -f - <test/fixtures/trackpay_data.sql
  say "psql trackpay -a -f script/demo.sql"
  "${psql[@]}" -d trackpay -a -f - <script/demo.sql 2>&1
}
