#!/usr/bin/env bash
# docs/run_results.sh OUTDIR [RESIDUA]: the runs that docs/make_results.py reads. OUTDIR/<deck>-s<seed>: five seeds of each
# deck on 2 ranks, one run after the other so that their times can be compared; OUTDIR/ranks/<deck>-<ranks>-<k>: the same
# training on 1 and 2 ranks in turn. Finished runs are skipped, stopped ones go on. RESIDUA is the command, by default
# build/bin/residua. Exit code 1 when a run failed.
set -uo pipefail
[ $# = 1 ] || [ $# = 2 ] || { echo "usage: docs/run_results.sh OUTDIR [RESIDUA]" >&2; exit 2; }
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
out=$1 residua=${2:-$root/build/bin/residua}
decks=(burgers allen_cahn poisson_2d poisson_2d_mlp burgers_mlp)
seeds=(1 2 3 4 5)

if [ ! -x "$residua" ]; then
  echo "run_results.sh: $residua is not there; ./bootstrap.sh build makes build/bin/residua" >&2
  exit 2
fi
mkdir -p "$out" || exit 1
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 # containers run as root

failed=0
run() { # DIRECTORY RANKS DECK key=value...
  local directory=$1 ranks=$2 deck=$3
  shift 3
  [ ! -e "$directory/summary.json" ] || return 0
  echo "== $deck, $ranks ranks, $*"
  local mpi=(mpiexec --quiet -n "$ranks" --bind-to none)
  [ "$ranks" -le "$(nproc)" ] || mpi+=(--oversubscribe --mca mpi_yield_when_idle 1)
  "${mpi[@]}" "$residua" run "$root/inputs/pinn/$deck.toml" --output "$directory" "$@" </dev/null && return
  echo "run_results.sh: $deck on $ranks ranks with $* failed" >&2
  failed=$((failed + 1))
}

for deck in "${decks[@]}"; do
  for seed in "${seeds[@]}"; do run "$out/$deck-s$seed" 2 "$deck" "training.seed=$seed"; done
done
mkdir -p "$out/ranks"
for k in 1 2 3 4 5; do
  for ranks in 1 2; do
    run "$out/ranks/burgers-$ranks-$k" "$ranks" burgers training.seed=1
    run "$out/ranks/burgers_mlp-$ranks-$k" "$ranks" burgers_mlp stages.0.iterations=60
  done
done
[ "$failed" = 0 ] || { echo "run_results.sh: $failed runs failed" >&2; exit 1; }
