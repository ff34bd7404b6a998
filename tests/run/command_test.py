"""The command from outside: exit codes, signals, restarts, failures on one rank, damaged checkpoints.

Words of climate models: REP, the same run twice has the same bits; ERS, stopped and restarted = never stopped; ERP,
restarted on another number of ranks; PEM, another number of ranks; NODEFAIL, killed and started again. That the
comparison itself notices a wrong last bit is tested too.
"""

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

RESIDUA = os.environ["RESIDUA"]
MPIEXEC = os.environ["MPIEXEC"].split()
DECK = Path(__file__).with_name("logistic.toml")
REPRODUCIBLE = "run.reductions=reproducible"
SLOW = ["map.pause=0.02"]  # two seconds: time for signals


def command(ranks, *arguments):
    launcher = [] if ranks == 1 else [*MPIEXEC, "-n", str(ranks)]
    return [*launcher, RESIDUA, *map(str, arguments)]


def run(ranks, *arguments, cwd=None):
    return subprocess.run(command(ranks, *arguments), cwd=cwd, text=True, capture_output=True, timeout=100)


def results(directory):
    """What two runs of one deck must have in common, exactly."""
    summary = json.loads((directory / "summary.json").read_text())
    with open(directory / "history.csv", newline="") as file:
        history = [[value for name, value in row.items() if name != "seconds"] for row in csv.DictReader(file)]
    return summary["metrics"], history


def wait_for(condition, what):
    for _ in range(1000):
        if condition():
            return
        time.sleep(0.02)
    raise TimeoutError(what)


class Command(unittest.TestCase):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="command-", dir=os.getcwd()))
        self.addCleanup(shutil.rmtree, self.folder)

    def finish(self, name, *arguments, ranks=1):
        """Runs the deck in a directory to its end."""
        done = run(ranks, "run", DECK, "--output", self.folder / name, REPRODUCIBLE, *arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done

    def interrupt(self, name, number, *arguments, ranks=1):
        """Starts the deck and sends a signal to a process of it, when 10 iterations are done; returns it, still running."""
        directory = self.folder / name
        process = subprocess.Popen(
            command(ranks, "run", DECK, "--output", directory, REPRODUCIBLE, *SLOW, *arguments),
            text=True, stderr=subprocess.PIPE, stdout=subprocess.PIPE)
        self.addCleanup(lambda: process.poll() is None and process.kill())
        history = directory / "history.csv"
        wait_for(lambda: history.exists() and history.read_text().count("\n") > 10, "10 iterations")
        target = process.pid if ranks == 1 else max(self.children(process.pid))
        os.kill(target, number)
        return process

    @staticmethod
    def children(pid):
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    def checkpoints(self, name):
        return sorted((self.folder / name / "checkpoints").glob("checkpoint-*.h5"))

    def assert_same(self, one, other):
        self.assertEqual(results(self.folder / one), results(self.folder / other))


class Restarts(Command):
    def test_rep(self):
        self.finish("a")
        self.finish("b")
        self.assert_same("a", "b")

    def test_pem(self):
        self.finish("a", ranks=1)
        self.finish("b", ranks=3)
        self.assert_same("a", "b")

    def test_ers_and_erp(self):
        self.finish("whole", *SLOW)
        for name, ranks, later in (("ers", 2, 2), ("erp", 2, 3), ("alone", 1, 1)):
            with self.subTest(name):
                process = self.interrupt(name, signal.SIGTERM, ranks=ranks)
                _, log = process.communicate(timeout=60)
                self.assertEqual(process.returncode, 1, log)
                self.assertIn("to continue", log)
                self.assertFalse((self.folder / name / "summary.json").exists())
                self.assertIn("continues from", self.finish(name, *SLOW, ranks=later).stderr)
                self.assert_same("whole", name)

    def test_nodefail(self):
        self.finish("whole", *SLOW)
        process = self.interrupt("a", signal.SIGKILL, "checkpoint.every=0.05", ranks=2)
        process.communicate(timeout=60)
        self.assertNotEqual(process.returncode, 0)
        self.assertIn("continues from", self.finish("a", *SLOW, ranks=2).stderr)
        self.assert_same("whole", "a")

    def test_signal_to_save_goes_on(self):
        process = self.interrupt("a", signal.SIGUSR1, ranks=2)
        _, log = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 0, log)
        self.assertEqual(len(self.checkpoints("a")), 1)

    def test_damaged_checkpoints_are_passed_over(self):
        self.finish("whole", *SLOW)
        process = self.interrupt("a", signal.SIGTERM, "checkpoint.every=0.04")
        process.communicate(timeout=60)
        files = self.checkpoints("a")
        self.assertEqual(len(files), 3)
        damaged = bytearray(files[-1].read_bytes())
        damaged[-100] ^= 1
        files[-1].write_bytes(damaged)
        os.truncate(files[-2], 1000)
        log = self.finish("a", *SLOW).stderr
        for file, why in ((files[-1], "wrong checksum"), (files[-2], "truncated")):
            self.assertRegex(log, f"{file.name} is damaged \\({why}")
        self.assertIn("continues from", log)
        self.assert_same("whole", "a")

    def test_corruption_is_noticed(self):
        """The harness itself: wrong last bits after a restart fail ERS, and one wrong digit fails the comparison."""
        fault = "fault.kind=bit"
        self.finish("whole", *SLOW, fault)
        self.interrupt("a", signal.SIGTERM, fault).communicate(timeout=60)
        self.assertIn("continues from", self.finish("a", *SLOW, fault).stderr)
        with self.assertRaises(AssertionError):
            self.assert_same("whole", "a")

        shutil.copytree(self.folder / "whole", self.folder / "copy")
        self.assert_same("whole", "copy")
        path = self.folder / "copy" / "summary.json"
        summary = json.loads(path.read_text())
        summary["metrics"]["sum"] *= 1 + 2**-52
        path.write_text(json.dumps(summary))
        with self.assertRaises(AssertionError):
            self.assert_same("whole", "copy")


class Failures(Command):
    def fail(self, kind, rank, ranks=3):
        start = time.monotonic()
        done = run(ranks, "run", DECK, "--output", self.folder / "a", "--fresh", "fault.iteration=3", f"fault.kind={kind}",
                   f"fault.rank={rank}")
        self.assertLess(time.monotonic() - start, 30)
        self.assertFalse((self.folder / "a" / "summary.json").exists())
        return done

    def test_one_rank_ends_all(self):
        for rank in (0, 1, 2):
            with self.subTest(rank=rank):
                done = self.fail("error", rank)
                self.assertEqual(done.returncode, 1, done.stderr)
                self.assertEqual(done.stderr.count("the map broke"), 1, done.stderr)
                self.assertIn("the map broke", (self.folder / "a" / "run.log").read_text())

    def test_all_ranks_say_it_once(self):
        for kind, code, text in (("error", 1, "the map broke"), ("input", 2, "the map is a mistake"),
                                 ("exception", 1, "internal error: the map left its range")):
            with self.subTest(kind):
                done = self.fail(kind, -1)
                self.assertEqual(done.returncode, code, done.stderr)
                self.assertEqual(done.stderr.count(text), 1, done.stderr)

    def test_metric_that_is_no_number(self):
        done = self.fail("metric", -1, ranks=1)
        self.assertEqual(done.returncode, 1)
        self.assertIn("metric rel_l2 is nan", done.stderr)


class Usage(Command):
    def test_exit_codes(self):
        deck = str(DECK)
        cases = [
            (0, ["--help"]), (0, ["--version"]), (0, ["run", "--help"]), (0, ["info"]), (0, ["schema"]),
            (0, ["schema", "logistic", "--format", "json"]), (0, ["check", deck]), (0, ["check", deck, "map.count=3"]),
            (2, []), (2, ["fly"]), (2, ["run"]), (2, ["run", deck, "--loud"]), (2, ["run", deck, "map.count"]),
            (2, ["run", "missing.toml"]), (2, ["run", deck, "map.count=0"]), (2, ["run", deck, "map.cuont=1"]),
            (2, ["check", deck, "map.rate=1"]), (2, ["schema", "astrology"]), (2, ["schema", "--format", "xml"]),
            (2, ["report", str(self.folder)]), (2, ["check", deck, "--", "-tao_monitor"]), (2, ["run", deck, "--", "tao"]),
        ]
        for code, arguments in cases:
            with self.subTest(arguments):
                done = run(1, *arguments, cwd=self.folder)
                self.assertEqual(done.returncode, code, done.stdout + done.stderr)
                self.assertTrue(done.stdout if code == 0 else done.stderr)
        self.assertEqual(list(self.folder.iterdir()), [], "a bad command line or deck left something behind")

    def test_bad_deck_under_mpirun(self):
        done = run(3, "run", DECK, "map.count=0", cwd=self.folder)
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertEqual(done.stderr.count("out of range"), 1, done.stderr)
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_usage_under_mpirun_is_printed_once(self):
        done = run(3, "fly")
        self.assertEqual(done.returncode, 2)
        self.assertEqual(done.stderr.count("--help"), 1, done.stderr)

    def test_check_prints_a_deck_that_checks_to_itself(self):
        resolved = run(1, "check", DECK).stdout
        (self.folder / "resolved.toml").write_text(resolved)
        self.assertEqual(run(1, "check", self.folder / "resolved.toml").stdout, resolved)

    def test_schema_is_json(self):
        schema = json.loads(run(1, "schema", "--format", "json").stdout)
        self.assertIn("map", schema["properties"])

    def test_default_directory(self):
        done = run(2, "run", DECK, cwd=self.folder)
        self.assertEqual(done.returncode, 0, done.stderr)
        (directory,) = (self.folder / "runs").iterdir()
        self.assertRegex(directory.name, r"^logistic-\d{8}-\d{6}$")
        self.assertEqual((directory / "deck.toml").read_text(), DECK.read_text())

    def test_unused_petsc_option_is_reported(self):
        done = run(1, "run", DECK, "--output", self.folder / "a", "--", "-tao_mointor")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("-tao_mointor was not used", done.stderr)
        quiet = run(1, "run", DECK, "--output", self.folder / "b")
        self.assertNotIn("not used", quiet.stderr)


class Report(Command):
    def test_page(self):
        self.finish("a")
        done = run(1, "report", self.folder / "a")
        if "needs Python 3 with h5py" in done.stderr:
            self.skipTest("no h5py or matplotlib")
        self.assertEqual(done.returncode, 0, done.stderr)
        page = (self.folder / "a" / "report.html").read_text()
        for part in ("Results", "Fields", "Convergence", "Time", "Deck", "Versions", "data:image/png;base64"):
            self.assertIn(part, page)
        self.assertNotIn("http", page.replace("http-equiv", ""))


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[1:]])
