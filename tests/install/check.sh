#!/usr/bin/env bash
# check.sh BUILD WORK: installs the build tree below WORK, then builds and runs the foreign program with CMake and make.
set -euo pipefail
build=$1 work=$2 here=$(cd "$(dirname "$0")" && pwd)
run="mpiexec -n 2 --oversubscribe --bind-to none"
rm -rf "$work" && mkdir -p "$work"
cmake --install "$build" --prefix "$work/first" >/dev/null
mv "$work/first" "$work/prefix" # an installed tree can be moved
prefix=$work/prefix

cmake -S "$here/cmake_project" -B "$work/cmake" -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_BUILD_TYPE=Release >"$work/cmake.log"
cmake --build "$work/cmake" >>"$work/cmake.log"
$run "$work/cmake/foreign"

cp -r "$here/pkgconfig_project" "$here/foreign.cpp" "$work"
PKG_CONFIG_PATH=$(dirname "$(find "$prefix" -name residua.pc)") make -s -C "$work/pkgconfig_project"
$run "$work/pkgconfig_project/foreign"

# the installed command stands on its own
if [ -x "$prefix/bin/residua" ]; then "$prefix/bin/residua" info >"$work/info.log"; fi
