#!/usr/bin/env bash
# Builds Kokkos into a prefix outside the build tree, where Residua's CMake finds it. Does nothing when it is there, or
# when find_package sees a Kokkos already (a module, Spack, CMAKE_PREFIX_PATH).
#   cmake/get_kokkos.sh                  Serial and OpenMP
#   cmake/get_kokkos.sh --cuda [ARCH]    and CUDA; ARCH is a compute capability such as 90 (default)
#   cmake/get_kokkos.sh --present        only says by its exit code whether the first would do nothing
# Prefix: below $RESIDUA_DEPS, else ${XDG_CACHE_HOME:-~/.cache}/residua.
# Sources, in this order: $KOKKOS_SOURCE (an unpacked tree); the official release archive; the Python package index,
# whose source distribution `pycompadre` carries the same Kokkos unmodified. Both downloads are pinned by SHA-256.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)

version=4.5.1
release_url=https://github.com/kokkos/kokkos/releases/download/4.5.01/kokkos-4.5.01.tar.gz
release_sha256=52d003ffbbe05f30c89966e4009c017efb1662b02b2b73190670d3418719564c
sdist=pycompadre
sdist_version=1.7.6
sdist_sha256=c766ec4d445ce076069be4b8c51a23ffac4ee79ea949ca86446bfd8c299b154c

backend=openmp arch=90
if [ "${1:-}" = --cuda ]; then backend=cuda arch=${2:-90}; fi
root=${RESIDUA_DEPS:-${XDG_CACHE_HOME:-$HOME/.cache}/residua}
name=kokkos-$version-$(uname -m)-$backend
[ "$backend" = openmp ] || name+=-sm$arch
prefix=$root/$name
say() { echo "kokkos: $*" >&2; }
if [ -d "$prefix" ]; then exit 0; fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cmake_finds_kokkos() {
  mkdir "$work/probe"
  printf '%s\n' 'cmake_minimum_required(VERSION 3.22)' 'project(probe CXX)' 'find_package(Kokkos 4.5 REQUIRED)' \
    >"$work/probe/CMakeLists.txt"
  cmake -S "$work/probe" -B "$work/probe/build" >/dev/null 2>&1
}
if [ "$backend" = openmp ] && cmake_finds_kokkos; then exit 0; fi
if [ "${1:-}" = --present ]; then exit 1; fi

from_release() {
  say "trying the release archive"
  curl -fsSL --connect-timeout 10 --max-time 300 -o "$work/release.tar.gz" "$release_url" || return 1
  echo "$release_sha256  $work/release.tar.gz" | sha256sum -c --quiet - >&2 || return 1
  mkdir "$work/source" && tar xzf "$work/release.tar.gz" -C "$work/source" --strip-components=1
}

from_python_index() {
  say "trying the source distribution $sdist $sdist_version of the Python package index"
  python3 -m venv "$work/venv" >&2
  "$work/venv/bin/pip" install -q --disable-pip-version-check 'setuptools<70' wheel >&2 || return 1
  # pip runs the package's setup.py for its metadata, hence the venv and no isolation
  "$work/venv/bin/pip" download -q --disable-pip-version-check --no-deps --no-binary :all: --no-build-isolation \
    -d "$work" "$sdist==$sdist_version" >&2 || return 1
  echo "$sdist_sha256  $work/$sdist-$sdist_version.tar.gz" | sha256sum -c --quiet - >&2 || return 1
  mkdir "$work/sdist" && tar xzf "$work/$sdist-$sdist_version.tar.gz" -C "$work/sdist" --strip-components=1
  local found
  found=$(find "$work/sdist" -path '*/kokkos/CMakeLists.txt' ! -path '*/kokkos-kernels/*' -printf '%h\n' | head -n 1)
  [ -n "$found" ] && mv "$found" "$work/source"
}

if [ -n "${KOKKOS_SOURCE:-}" ]; then mkdir "$work/source" && cp -r "$KOKKOS_SOURCE"/. "$work/source"
elif ! from_release && ! from_python_index; then
  say "no source could be reached; unpack Kokkos >= 4.5 yourself and set KOKKOS_SOURCE, or install it and set Kokkos_ROOT"
  exit 1
fi

# PETSc of Debian loads the Kokkos 3.5 of Trilinos into the same process, and the dynamic linker would merge the two by
# their names. So our namespace gets another name, by a header that comes before every other one of Kokkos; a few of its own
# sources do without that header, hence the flag.
echo '#define Kokkos ResiduaKokkos' >>"$work/source/cmake/KokkosCore_config.h.in"

options=(-DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_FLAGS=-DKokkos=ResiduaKokkos
  -DCMAKE_CXX_STANDARD=20 -DCMAKE_CXX_EXTENSIONS=OFF
  -DKokkos_ENABLE_SERIAL=ON -DKokkos_ENABLE_OPENMP=ON -DKokkos_ENABLE_TESTS=OFF -DKokkos_ENABLE_EXAMPLES=OFF
  -DBUILD_SHARED_LIBS=ON -DCMAKE_INSTALL_LIBDIR=lib)
if [ "$backend" = cuda ]; then
  cat "$here/kokkos_cuda13.hpp" >>"$work/source/cmake/KokkosCore_config.h.in"
  sed -i "s/^default_arch=.*/default_arch=sm_$arch/" "$work/source/bin/nvcc_wrapper"
  case $arch in
    70 | 72) name=VOLTA$arch ;; 75) name=TURING75 ;; 80 | 86) name=AMPERE$arch ;; 89) name=ADA89 ;; 90) name=HOPPER90 ;;
    *) say "no architecture $arch in Kokkos $version"; exit 1 ;;
  esac
  options+=(-DKokkos_ENABLE_CUDA=ON -DKokkos_ARCH_$name=ON -DCMAKE_CXX_COMPILER="$work/source/bin/nvcc_wrapper")
fi
command -v ninja >/dev/null && options+=(-G Ninja)
say "building into $prefix"
cmake -S "$work/source" -B "$work/build" -DCMAKE_INSTALL_PREFIX="$prefix" "${options[@]}" >"$work/log" 2>&1 &&
  cmake --build "$work/build" -j "${RESIDUA_JOBS:-$(nproc)}" >>"$work/log" 2>&1 &&
  DESTDIR=$work/stage cmake --install "$work/build" >>"$work/log" 2>&1 || { tail -n 30 "$work/log" >&2; say "the build failed"; exit 1; }
mkdir -p "$root"
mv -T "$work/stage$prefix" "$prefix" # in one step: a prefix that is there is whole
