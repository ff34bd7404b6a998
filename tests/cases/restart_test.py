"""Whole problems stopped in the middle: REP, ERS and ERP (tests/run/command_test.py says what these are)."""

import os
import re
import signal
import subprocess
from pathlib import Path

import harness
from harness import DECKS, REPRODUCIBLE, CaseTest, command, wait_for


class Restart(CaseTest):
    def interrupt(self, name, deck, *overrides, ranks, line):
        """Starts a deck, and stops it by SIGTERM once its log says `line`."""
        directory = self.folder / name
        process = subprocess.Popen(command(ranks, "run", deck, "--output", directory, REPRODUCIBLE, *overrides),
                                   text=True, stderr=subprocess.PIPE, stdout=subprocess.PIPE)
        self.addCleanup(lambda: process.poll() is None and process.kill())
        log = directory / "run.log"
        wait_for(lambda: process.poll() is not None or log.exists() and re.search(line, log.read_text()), line)
        if process.poll() is not None:
            self.fail("ended before it could be stopped: " + process.communicate()[1])
        target = process.pid
        if ranks > 1:
            target = max(map(int, Path(f"/proc/{target}/task/{target}/children").read_text().split()))
        os.kill(target, signal.SIGTERM)
        _, messages = process.communicate(timeout=100)
        self.assertEqual(process.returncode, 1, messages)
        self.assertIn("to continue", messages)
        self.assertFalse((directory / "summary.json").exists())
        return sorted((directory / "checkpoints").glob("checkpoint-*.h5"))

    def go_on(self, name, deck, *overrides, ranks):
        directory = self.folder / name
        self.solve(deck, REPRODUCIBLE, *overrides, ranks=ranks, name=name)
        log = (directory / "run.log").read_text()
        self.assertIn("continues from", log)
        return log

    def check(self, deck, *overrides, line):
        whole = self.solve(deck, REPRODUCIBLE, *overrides, name="whole")
        self.assert_same(whole, self.solve(deck, REPRODUCIBLE, *overrides, name="again"))
        for name, ranks, later in (("ers", 2, 2), ("erp", 2, 1)):
            with self.subTest(name):
                self.interrupt(name, deck, *overrides, ranks=ranks, line=line)
                self.go_on(name, deck, *overrides, ranks=later)
                self.assert_same(whole, self.folder / name)


class Features(Restart):
    def test_windows(self):
        self.check(DECKS / "heat.toml", "windows.count=4", "features.count=60", line=r"window \[0, ")

    def test_windows_chosen_by_tolerance(self):
        self.check(DECKS / "heat.toml", "features.count=40", "training.tolerance=1e-6", line=r"window \[0, ")

    def test_damaged_checkpoint_is_passed_over(self):
        deck, overrides = DECKS / "heat.toml", ["windows.count=4", "features.count=60", "checkpoint.every=0.001"]
        whole = self.solve(deck, REPRODUCIBLE, *overrides, name="whole")
        files = self.interrupt("a", deck, *overrides, ranks=1, line=r"window \[0\.25, ")
        self.assertGreaterEqual(len(files), 2)
        damaged = bytearray(files[-1].read_bytes())
        damaged[-100] ^= 1
        files[-1].write_bytes(damaged)
        self.assertRegex(self.go_on("a", deck, *overrides, ranks=1), f"{files[-1].name} is damaged")
        self.assert_same(whole, self.folder / "a")


class Networks(Restart):
    NETWORK = ["output.progress_every=0.001"]

    def test_levenberg_marquardt(self):
        self.check(DECKS / "stages.toml", *self.NETWORK, "stages.0.iterations=80", "stages.1.iterations=0",
                   line=r"iteration 30/80  stage 1")

    def test_adam(self):
        self.check(DECKS / "stages.toml", *self.NETWORK, "stages.0.iterations=3", "stages.1.iterations=300",
                   line=r"iteration 100/300  stage 2")


if __name__ == "__main__":
    harness.main()
