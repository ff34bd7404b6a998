#!/usr/bin/env python3
"""Runs kernels_bench beside the programs of other libraries, on the same core, and prints the ratios.

    compare_peers.py --bench build/bin/kernels_bench --peers DIRECTORY --python VENV/bin/python

DIRECTORY holds pinn_throughput_jax.py and jacobian_throughput_jax.py, each of which prints one JSON line; `--python` is
an interpreter that has what they import. A peer that cannot run is reported and left out. The peers run twice: with
the memory allocator as it is, and tuned to keep freed memory in huge pages. Theirs and our rates are the best of
several repeats, per second of CPU time: the peers report theirs per second of wall time, which is divided by `share`,
their CPU time over wall time. Well below 1, the core was not theirs alone: run again when it is.
"""
import argparse
import json
import os
import subprocess
import sys

TUNED = ":".join("glibc.malloc." + t for t in (
    "mmap_max=0", "trim_threshold=17179869184", "top_pad=268435456", "hugetlb=1"))
PINN = [(pde, method) for pde in ("burgers", "ks", "ns") for method in ("nested", "taylor")]


def environment(tuned):
    env = dict(os.environ, OMP_NUM_THREADS="1", MKL_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")
    env.pop("GLIBC_TUNABLES", None)
    if tuned:
        env["GLIBC_TUNABLES"] = TUNED
    return env


def run(command, core, tuned=False):
    """What the program printed, or None when it failed."""
    result = subprocess.run(["taskset", "-c", str(core), *command], env=environment(tuned), text=True,
                            capture_output=True, check=False)
    if result.returncode:
        print(f"  failed: {' '.join(command)}\n    {result.stderr.strip().splitlines()[-1:]}", file=sys.stderr)
        return None
    return result.stdout


def ours(bench, core):
    """name -> counters of kernels_bench."""
    text = run([bench, "--benchmark_format=json"], core)
    if text is None:
        sys.exit("kernels_bench did not run")
    return {b["name"].split("/iterations")[0]: b for b in json.loads(text)["benchmarks"]}


def line(what, peer, unit, tuned, mine):
    share = peer["cpu_share"]
    rate = peer[f"{unit}_per_s"] / share
    allocator = "tuned" if tuned else "stock"
    print(f"{what:28s} {allocator:6s} {rate / 1e3:9.1f} {mine / 1e3:9.1f} {mine / rate:8.1f}x   thousand {unit}/s"
          f"   share {share:.2f}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bench", required=True, help="the kernels_bench of the build")
    parser.add_argument("--peers", required=True, help="directory of the peers' programs")
    parser.add_argument("--python", default="python3", help="interpreter with the peers' libraries")
    parser.add_argument("--core", type=int, default=0)
    parser.add_argument("--repeats", type=int, default=5)
    args = parser.parse_args()

    counters = ours(args.bench, args.core)
    for name, values in counters.items():
        if "fraction" in values:
            print(f"{name:28s} {values['gflops']:6.1f} of {values['dgemm_gflops']:.1f} Gflop/s (dgemm): "
                  f"{100 * values['fraction']:.0f} %, median {100 * values['fraction_median']:.0f} %")
    print(f"\n{'problem, method of the peer':28s} {'malloc':6s} {'peer':>9s} {'residua':>9s} {'ratio':>9s}")
    repeats = ["--repeats", str(args.repeats)]
    for tuned in (False, True):
        for pde, method in PINN:
            script = os.path.join(args.peers, "pinn_throughput_jax.py")
            text = run([args.python, script, "--pde", pde, "--method", method, *repeats], args.core, tuned)
            if text:
                line(f"{pde}, jax {method}", json.loads(text), "points", tuned,
                     counters[f"loss_gradient/{pde}"]["points_per_s"])
        for method in ("nested", "jvp"):
            script = os.path.join(args.peers, "jacobian_throughput_jax.py")
            text = run([args.python, script, "--method", method, *repeats], args.core, tuned)
            if text:
                line(f"Jacobian rows, jax {method}", json.loads(text), "rows", tuned,
                     counters["rows/4096"]["rows_per_s"])


if __name__ == "__main__":
    main()
