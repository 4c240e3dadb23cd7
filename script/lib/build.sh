# Building and installing. Sourced after common.sh.

# The module by g++, and the probes that tests load.
build_module() { make -C "$root" -j "$(nproc)" --no-print-directory PG_CONFIG="$PG_CONFIG" all test/boundary/boundary_probe.so; }

# build_with_clang TARGET...: core with its unit tests and fuzzers under sanitizers; the target all compiles the module as well.
build_with_clang() {
  cmake -S "$root" -B "$root/build/clang" -DCMAKE_CXX_COMPILER=clang++ -DPROAPP_SANITIZE=ON -DPG_CONFIG="$PG_CONFIG" &&
    cmake --build "$root/build/clang" --parallel "$(nproc)" --target "$@"
}

install_extension() {
  local become=as_root
  if [ -w "$(pg pkglibdir)" ]; then become=env; fi
  "$become" make -C "$root" --no-print-directory PG_CONFIG="$PG_CONFIG" install
}

# A copy that user postgres can read and write, wherever the clone is.
stage_tree() {
  mkdir "$work/tree"
  tar -C "$root" --exclude=./.git --exclude=./build --exclude='*.o' --exclude='*.d' -cf - . | tar -C "$work/tree" -xf -
  as_root chown -R postgres: "$work/tree"
}
