#!/usr/bin/env bash
# Sets Residua up on Debian 12 and builds it. Where a cluster's modules give the dependencies, use plain CMake instead.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

usage() {
  cat <<'HELP'
usage: ./bootstrap.sh COMMAND

  build             installs what is missing, builds; the command is then build/bin/residua
  run DECK [ARG..]  builds, runs the deck on RESIDUA_RANKS ranks (default 2), writes the report of the run;
                    ARG as in `residua run` (--output DIR, key=value, -- PETSc options)
  test              builds with warnings as errors, runs every test, the style checks, and the unit tests under sanitizers
  deps              only installs what is missing

Environment: RESIDUA_RANKS; OMP_NUM_THREADS (default: cores / ranks); RESIDUA_JOBS (parallel compilations);
RESIDUA_DEPS (where Kokkos is kept, default ~/.cache/residua). Needs root or sudo, when Debian packages are missing.
HELP
}

say() { printf '== %s\n' "$*"; }
cores=$(nproc)
jobs=${RESIDUA_JOBS:-$cores}

build_packages=(g++ cmake ninja-build ccache pkg-config git ca-certificates
  libopenmpi-dev openmpi-bin petsc-dev libopenblas-serial-dev libhdf5-openmpi-dev libfftw3-dev
  libtomlplusplus-dev libcli11-dev libfmt-dev libspdlog-dev nlohmann-json3-dev librandom123-dev)
kokkos_packages=(curl python3-venv)
report_packages=(python3-h5py python3-matplotlib)
test_packages=(libgtest-dev libbenchmark-dev clang-format clang-tidy clang-tools libomp-dev make python3-jsonschema)

# Installs the Debian packages among its arguments that are not there.
install_packages() {
  local missing=() package
  for package; do
    dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  say "installing ${missing[*]}"
  local sudo=()
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || { echo "bootstrap.sh: run as root, or install: ${missing[*]}" >&2; exit 1; }
    sudo=(sudo)
  fi
  local apt=("${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 -qq)
  "${apt[@]}" update
  "${apt[@]}" install -y --no-install-recommends "${missing[@]}" >/dev/null
}

install_dependencies() {
  install_packages "${build_packages[@]}" "$@"
  if ! cmake/get_kokkos.sh --present; then
    install_packages "${kokkos_packages[@]}"
    cmake/get_kokkos.sh
  fi
}

# configure DIR PRESET OPTION...: what the cache of an earlier call holds stays, unless an option here says otherwise.
configure_and_build() {
  local dir=$1 preset=$2; shift 2
  cmake --preset "$preset" -G Ninja "$@" >"$dir.log" 2>&1 || { cat "$dir.log"; return 1; }
  cmake --build "$dir" -j "$jobs"
}

build() {
  install_dependencies "${report_packages[@]}"
  say "building"
  # the tests come with the first ./bootstrap.sh test, and stay
  local options=()
  [ -e build/CMakeCache.txt ] || options=(-DRESIDUA_TESTS=OFF -DRESIDUA_BENCHMARKS=OFF)
  configure_and_build build release "${options[@]}"
}

run() {
  [ $# -gt 0 ] || { usage >&2; exit 2; }
  local deck=$1 output='' argument previous=''
  shift
  for argument; do
    [ "$argument" != -- ] || break
    [ "$previous" != --output ] || output=$argument
    case $argument in --output=*) output=${argument#--output=} ;; esac
    previous=$argument
  done
  local arguments=(run "$deck")
  if [ -z "$output" ]; then
    output=runs/$(basename "$deck" .toml)-$(date +%Y%m%d-%H%M%S)
    arguments+=(--output "$output")
  fi
  build
  local ranks=${RESIDUA_RANKS:-2}
  local threads=$((cores / ranks > 1 ? cores / ranks : 1))
  export OMP_NUM_THREADS=${OMP_NUM_THREADS:-$threads} OMP_PROC_BIND=${OMP_PROC_BIND:-false} OPENBLAS_NUM_THREADS=1
  export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 # containers run as root
  local mpi=(mpiexec --quiet -n "$ranks" --bind-to none)
  [ "$ranks" -le "$cores" ] || mpi+=(--oversubscribe --mca mpi_yield_when_idle 1)
  say "running $deck on $ranks ranks into $output"
  "${mpi[@]}" build/bin/residua "${arguments[@]}" "$@"
  build/bin/residua report "$output"
}

# test_tree DIR CTEST_OPTION...: runs the tests of a build tree and adds to the totals, where a failed build counts as one.
passed=0 failed=0
test_tree() {
  local dir=$1 log
  shift
  log=$dir/ctest.log
  say "testing $dir"
  ctest --test-dir "$dir" -j "$cores" --output-on-failure "$@" 2>&1 | tee "$log" || true
  local summary total bad
  summary=$(grep -E 'tests passed, [0-9]+ tests failed out of [0-9]+' "$log" || true)
  [ -n "$summary" ] || { echo "bootstrap.sh: ctest ran no test in $dir" >&2; failed=$((failed + 1)); return; }
  bad=$(sed -E 's/.*, ([0-9]+) tests failed.*/\1/' <<<"$summary")
  total=$(sed -E 's/.*out of ([0-9]+).*/\1/' <<<"$summary")
  passed=$((passed + total - bad)) failed=$((failed + bad))
}

test_all() {
  install_dependencies "${report_packages[@]}" "${test_packages[@]}"
  say "building, warnings are errors"
  if configure_and_build build release -DRESIDUA_TESTS=ON -DRESIDUA_BENCHMARKS=ON -DRESIDUA_WERROR=ON; then
    test_tree build
  else
    failed=$((failed + 1))
  fi
  say "building with sanitizers" # GCC warns falsely of its own headers there; warnings were errors above
  if configure_and_build build-asan asan; then
    test_tree build-asan -L unit
  else
    failed=$((failed + 1))
  fi
  echo "$passed passed, $failed failed"
  [ "$failed" = 0 ]
}

command=${1:-}
[ $# = 0 ] || shift
case $command in
  build) build ;;
  run) run "$@" ;;
  test) test_all ;;
  deps) install_dependencies "${report_packages[@]}" "${test_packages[@]}" ;;
  -h | --help | help) usage ;;
  *) usage >&2; exit 2 ;;
esac
