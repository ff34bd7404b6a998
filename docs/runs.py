"""What the scripts that write pages of results share: runs of decks, their summaries, and Markdown."""
import argparse
import csv
import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RANKS = 2


class Run:
    """A deck, as pinn/burgers, with overrides, in which {runs} is the directory of all runs; `row` is how the tables call
    it, `beside` the run that stands beside it."""

    def __init__(self, name, deck, overrides=(), row=None, beside=None, published=None, source=None):
        self.name, self.deck, self.overrides = name, deck, list(overrides)
        self.row, self.beside, self.published, self.source = row, beside, published, source


class Benchmark:
    """What a benchmark beside the command prints, in RUNS_DIR/<name>.json."""

    def __init__(self, name, program, pattern, ranks):
        self.name, self.program, self.pattern, self.ranks = name, program, pattern, ranks


def environment():
    return dict(os.environ, OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", OMPI_ALLOW_RUN_AS_ROOT="1",
                OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1")


def measure(benchmark, directory, residua):
    place, program = directory / f"{benchmark.name}.json", residua.parent / benchmark.program
    if place.exists():
        return
    if not program.exists():
        print(f"{program} is not there: {benchmark.name} is left out", file=sys.stderr)
        return
    print(f"== {benchmark.name}", flush=True)
    command = ["mpiexec", "--quiet", "-n", str(benchmark.ranks), "--bind-to", "core", program,
               f"--benchmark_filter={benchmark.pattern}", "--benchmark_format=json"]
    done = subprocess.run(command, env=environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        print(f"{benchmark.name} failed", file=sys.stderr)
        return
    place.write_text(done.stdout, encoding="utf-8")


def carry_out(run, directory, residua, ranks=RANKS):
    place = directory / run.name
    if (place / "summary.json").exists():
        return
    print(f"== {run.name}", flush=True)
    command = ["mpiexec", "--quiet", "-n", str(ranks), "--bind-to", "none", residua, "run", ROOT / "inputs" / f"{run.deck}.toml",
               "--output", place,
               *(override.replace("{runs}", str(directory.resolve())) for override in run.overrides)]
    if subprocess.run(command, env=environment(), stdin=subprocess.DEVNULL, check=False).returncode != 0:
        print(f"{run.name} failed", file=sys.stderr)


class Results:
    """What the finished ones of some runs have in their summary.json."""

    def __init__(self, runs, directory):
        self.directory, self.summaries = directory, {}
        for run in runs:
            path = directory / run.name / "summary.json"
            if path.exists():
                self.summaries[run.name] = json.loads(path.read_text(encoding="utf-8"))

    def benchmark(self, name):
        """Its rows, or none."""
        path = self.directory / f"{name}.json"
        return json.loads(path.read_text(encoding="utf-8"))["benchmarks"] if path.exists() else []

    def metric(self, name, key):
        return self.summaries.get(name, {}).get("metrics", {}).get(key)

    def course(self, name, key):
        """A column of the history of a run that finished, or nothing."""
        if name not in self.summaries:
            return []
        with open(self.directory / name / "history.csv", newline="", encoding="utf-8") as file:
            return [float(row[key]) for row in csv.DictReader(file)]

    def seconds(self, name):
        timing = self.summaries.get(name, {}).get("timing", {})
        return next((timing[key] for key in ("training", "solve") if key in timing), None)


def ranks_of(results):
    """As "2 ranks", of all runs."""
    ranks = sorted({summary["ranks"] for summary in results.summaries.values()})
    return " or ".join(map(str, ranks)) + (" rank" if ranks == [1] else " ranks")


def number(value, form):
    return "-" if value is None else format(value, form)


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def paragraph(text, **indents):
    return textwrap.fill(text, 120, break_long_words=False, break_on_hyphens=False, **indents)


def software(results):
    some = next(iter(results.summaries.values()))
    gits = ", ".join(sorted({s["versions"]["git"] for s in results.summaries.values()}))
    return table(["what", "version"], [["git", gits]] + [[key, some["versions"][key]] for key in
                                                         ("residua", "compiler", "blas", "petsc", "mpi")])


def main(description, runs, pages, benchmarks=()):
    """Carries the runs and benchmarks out, and writes docs/<name> with page(results) for each of `pages`, where that is not empty."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs_dir", metavar="RUNS_DIR", type=Path)
    parser.add_argument("--residua", type=Path, default=ROOT / "build/bin/residua", help="default build/bin/residua")
    parser.add_argument("--ranks", type=int, default=RANKS, help=f"of each run; default {RANKS}")
    parser.add_argument("--only", default="", help="run those alone whose names begin like this")
    arguments = parser.parse_args()
    if not arguments.residua.exists():
        sys.exit(f"{arguments.residua} is not there; ./bootstrap.sh build makes build/bin/residua")
    arguments.runs_dir.mkdir(parents=True, exist_ok=True)
    for run in runs:
        if run.name.startswith(arguments.only):
            carry_out(run, arguments.runs_dir, arguments.residua.resolve(), arguments.ranks)
    for benchmark in benchmarks:
        if benchmark.name.startswith(arguments.only):
            measure(benchmark, arguments.runs_dir, arguments.residua.resolve())
    results = Results(runs, arguments.runs_dir)
    if not results.summaries:
        sys.exit("no run has finished")
    for name, page in pages.items():
        if text := page(results):
            (ROOT / "docs" / name).write_text(text, encoding="utf-8")
