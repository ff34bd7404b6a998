"""What the tests of whole problems share: runs of the command, and what they leave behind."""

import csv
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

try:
    import h5py
except ImportError:
    h5py = None

RESIDUA = os.environ["RESIDUA"]
MPIEXEC = os.environ["MPIEXEC"].split()
ROOT = Path(__file__).resolve().parents[2]
DECKS = Path(__file__).with_name("decks")
INPUTS = ROOT / "inputs" / "pinn"
REPRODUCIBLE = "run.reductions=reproducible"

os.environ.setdefault("OMPI_MCA_ess_singleton_isolated", "1")  # one rank alone starts no daemon


def command(ranks, *arguments):
    launcher = [] if ranks == 1 else [*MPIEXEC, "-n", str(ranks)]
    return [*launcher, RESIDUA, *map(str, arguments)]


def run(ranks, *arguments, cwd=None):
    return subprocess.run(command(ranks, *arguments), cwd=cwd, text=True, errors="replace", capture_output=True,
                          timeout=300)


def metrics(directory):
    return json.loads((directory / "summary.json").read_text())["metrics"]


def history(directory):
    with open(directory / "history.csv", newline="") as file:
        return [[value for name, value in row.items() if name != "seconds"] for row in csv.DictReader(file)]


def values(directory):
    """The solution, as bytes, by the name of the unknown; needs h5py."""
    with h5py.File(directory / "fields.h5") as file:
        return {name: data[()] for name, data in file["values"].items()}


def results(directory):
    """What two reproducible runs of one deck must have in common, bit for bit."""
    has_fields = h5py and (directory / "fields.h5").exists()
    fields = {name: data.tobytes() for name, data in values(directory).items()} if has_fields else {}
    return metrics(directory), history(directory), fields


def distance(one, other):
    """The largest difference of two runs' solutions, relative to the largest value; of rel_l2 when h5py is missing."""
    if not h5py:
        return abs(metrics(one)["rel_l2"] - metrics(other)["rel_l2"])
    a, b = values(one), values(other)
    return max(abs(a[name] - b[name]).max() / abs(a[name]).max() for name in a if not name.endswith("_error"))


def wait_for(condition, what):
    for _ in range(5000):
        if condition():
            return
        time.sleep(0.005)
    raise TimeoutError(what)


class CaseTest(unittest.TestCase):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="case-", dir=os.getcwd()))
        self.addCleanup(shutil.rmtree, self.folder)

    def solve(self, deck, *overrides, ranks=1, name="run"):
        """Runs a deck to its end; the run directory."""
        directory = self.folder / name
        done = run(ranks, "run", deck, "--output", directory, *overrides)
        self.assertEqual(done.returncode, 0, done.stderr)
        return directory

    def assert_solved(self, directory, bound):
        error = metrics(directory)["rel_l2"]
        print(f"    {directory.name}: rel_l2 {error:.2e}, at most {bound:.0e}", file=sys.stderr)
        self.assertLess(error, bound)

    def assert_same(self, one, other):
        """Bit for bit."""
        for a, b, what in zip(results(one), results(other), ("metrics", "history", "fields")):
            if a != b:
                self.fail(f"{what} of {one.name} and {other.name} differ: {a}, {b}"[:4000])


def main():
    unittest.main(argv=[sys.argv[0], *sys.argv[1:]])
