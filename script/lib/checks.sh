# Checks of the house: each prints what offends it, and passes when it prints nothing. Sourced after cluster.sh and reference.sh.

# Only what PostgreSQL looks up by name may leave the library: another name could clash with another extension's.
check_exported_symbols() {
  nm -D --defined-only "$root/proapp_schema.so" | awk '{ print $NF }' | sort >"$work/symbols"
  awk '{ seen[$1] = 1 } END {
    for (name in seen)
      if (name != "_PG_init" && name != "Pg_magic_func" && name != "proapp_deferred_worker" && !(("pg_finfo_" name) in seen) && !(name ~ /^pg_finfo_/ && substr(name, 10) in seen)) print name
    if (!("_PG_init" in seen) || !("Pg_magic_func" in seen)) print "the entry points are missing"
  }' "$work/symbols"
}

# Core may know itself, the standard library, Boost.Container and OpenSSL's digests; never PostgreSQL, nor the layers above.
check_core_includes() {
  grep -rnE '^[[:space:]]*#[[:space:]]*include' "$root/src/core" --include='*.?pp' |
    grep -vE 'include ("core/[a-z_]+\.hpp"|<(boost/[a-z_/]+\.hpp|openssl/[a-z_]+\.h|[a-z_]+)>)' || true
}

# Includes point downward: a room never includes another room's header, and nothing below a room knows it.
check_include_direction() {
  local from to
  while IFS=: read -r from to; do
    from=${from#"$root/src/"} from=${from%%/*}
    to=${to#*\"} to=${to%%/*}
    case $from in "$to" | module.cpp) continue ;; esac
    case $from:$to in
      *:core | catalog:pg | state:pg) ;;
      core:* | pg:* | state:* | catalog:*) echo "$from includes $to" ;;
      *:pg | *:catalog | *:state) ;;
      *) echo "$from includes $to" ;;
    esac
  done < <(grep -rE '^#include "' "$root/src" --include='*.?pp')
}

check_source_list() {
  diff <(cd "$root" && find src -name '*.cpp' -o -name '*.sql' | sort) <(sort "$root/src/sources.txt") | sed -n 's/^[<>] /only on one side of src\/sources.txt: /p' || true
}

# pairs INPUTS SUFFIX EXPECTED: every test has its expected output (name.out or name_1.out, ...) and every output its test.
pairs() {
  local file name
  for file in "$1"/*"$2"; do
    name=$(basename "$file" "$2")
    if [ -e "$file" ] && [ ! -e "$3/$name.out" ]; then echo "$file has no expected output"; fi
  done
  for file in "$3"/*.out; do
    name=$(basename "$file" .out)
    if [ -e "$file" ] && [ ! -e "$1/$name$2" ] && [ ! -e "$1/${name%_[0-9]}$2" ]; then echo "$file has no test"; fi
  done
}
check_expected_outputs() {
  pairs "$root/sql" .sql "$root/expected"
  pairs "$root/test/isolation/specs" .spec "$root/test/isolation/expected"
}

check_comments() { query -d proapp_reference -f "$work/tree/script/lib/uncommented.sql"; }

check_reference() { reference_text | diff -u "$root/docs/reference.md" - || true; }

# Every kind of object has its row in the table of docs/manifest.md, and every row its kind.
check_kinds() {
  diff <(sed -n '/^static constexpr Kind all/,/^};/s/^ *{"\([a-z ]*\)", "[a-z ]*", .*/\1/p' "$root/src/core/kinds.cpp" | sort) \
    <(sed -n '/^| kind | attributes |/,/^$/s/^| \([a-z ]*\) | .*/\1/p' "$root/docs/manifest.md" | grep -vx kind | sort) |
    sed -n 's/^< /not in docs\/manifest.md: /p; s/^> /not in src\/core\/kinds.cpp: /p' || true
}

# Every message that the code raises stands in docs/errors.md: its longest piece without a name in it.
check_errors() {
  perl -0777 -e '
    my $page = do { local @ARGV = shift; <> };
    for my $file (@ARGV) {
      my $code = do { local @ARGV = $file; <> };
      while ($code =~ /\b(?:fail\("\w{5}",\s*|errmsg\()(?:(?:core::)?message\(((?:[^()"]|"(?:[^"\\]|\\.)*")*)\)|("(?:[^"\\]|\\.)*"))/g) {
        my @pieces = map { split /\\"|%\w/ } ($1 // $2) =~ /"((?:[^"\\]|\\.)*)"/g;
        my ($piece) = sort { length $b <=> length $a } @pieces;
        print "$file: $piece\n" if index($page, $piece) < 0;
      }
    }' "$root/docs/errors.md" $(find "$root/src" -name '*.?pp' | sort)
}

check_versions() {
  local control
  control=$(sed -n "s/^default_version = '\(.*\)'/\1/p" "$root/proapp_schema.control")
  perl -MJSON::PP -e '
    local $/; my $meta = decode_json(<STDIN>); my $control = shift;
    print "META.json says version $_ and proapp_schema.control says $control\n" for grep { $_ ne $control } $meta->{version}, $meta->{provides}{proapp_schema}{version};
    ' "$control" <"$root/META.json" 2>&1 || true
}

# check WHAT FUNCTION ARGUMENT...
check() {
  local offences
  offences=$("${@:2}" 2>"$work/log/check.log") || offences="$offences (ended with status $?) $(cat "$work/log/check.log")"
  if [ -z "$offences" ]; then
    echo "ok $1"
    count 1 0
  else
    printf 'not ok %s\n%s\n' "$1" "$offences"
    count 0 1
  fi
}

test_checks() {
  heading checks
  check "only entry points are exported" check_exported_symbols
  check "core includes nothing of PostgreSQL" check_core_includes
  check "includes point downward" check_include_direction
  check "src/sources.txt lists every source" check_source_list
  check "every test has an expected output, every output a test" check_expected_outputs
  check "docs/manifest.md lists every kind of object" check_kinds
  check "docs/errors.md lists every error" check_errors
  check "META.json and the control file agree" check_versions
  make_reference_database
  check "everything in schema proapp has a COMMENT" check_comments
  check "docs/reference.md is what script/reference writes" check_reference
  test_companions
}
