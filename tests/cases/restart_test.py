"""Whole problems stopped in the middle: REP, ERS and ERP (tests/run/command_test.py says what these are)."""

import os
import signal
import subprocess
from pathlib import Path

import harness
from harness import DECKS, INPUTS, REPRODUCIBLE, CaseTest, command, wait_for


class Restart(CaseTest):
    def interrupt(self, name, deck, *overrides, ranks, begun):
        """Starts a deck, and stops it by SIGTERM as soon as its history has `begun` rows: the rest of the work must take
        long against the time in which a row is seen."""
        directory = self.folder / name
        process = self.start(ranks, "run", deck, "--output", directory, REPRODUCIBLE, *overrides)
        history = directory / "history.csv"
        wait_for(lambda: process.poll() is not None or history.exists() and history.read_text().count("\n") > begun,
                 f"{begun} rows of history")
        self.stop(process, ranks)
        self.assertFalse((directory / "summary.json").exists())
        return sorted((directory / "checkpoints").glob("checkpoint-*.h5"))

    def start(self, ranks, *arguments):
        process = subprocess.Popen(command(ranks, *arguments), text=True, stderr=subprocess.PIPE, stdout=subprocess.PIPE)
        self.addCleanup(lambda: process.poll() is None and process.kill())
        return process

    def stop(self, process, ranks):
        if process.poll() is not None:
            self.fail("ended before it could be stopped: " + process.communicate()[1])
        target = process.pid
        if ranks > 1:
            target = max(map(int, Path(f"/proc/{target}/task/{target}/children").read_text().split()))
        os.kill(target, signal.SIGTERM)
        _, messages = process.communicate(timeout=100)
        self.assertEqual(process.returncode, 1, messages)
        self.assertIn("to continue", messages)

    def go_on(self, name, deck, *overrides, ranks):
        directory = self.folder / name
        self.solve(deck, REPRODUCIBLE, *overrides, ranks=ranks, name=name)
        log = (directory / "run.log").read_text()
        self.assertIn("continues from", log)
        return log

    def check(self, deck, *overrides, begun):
        whole = self.solve(deck, REPRODUCIBLE, *overrides, name="whole")
        self.assert_same(whole, self.solve(deck, REPRODUCIBLE, *overrides, name="again"))
        for name, ranks, later in (("ers", 2, 2), ("erp", 2, 1)):
            with self.subTest(name):
                self.interrupt(name, deck, *overrides, ranks=ranks, begun=begun)
                self.go_on(name, deck, *overrides, ranks=later)
                self.assert_same(whole, self.folder / name)


class Features(Restart):
    def test_windows(self):
        self.check(DECKS / "heat.toml", "windows.count=8", "features.count=300", begun=1)

    def test_windows_chosen_by_tolerance(self):
        self.check(DECKS / "steepening.toml", begun=1)

    def test_more_features_until_the_tolerance_is_met(self):
        self.check(DECKS / "ripples.toml", begun=1)

    def test_waves(self):
        self.check(INPUTS / "ks_regular.toml", "features.count=256", begun=8)

    def test_damaged_checkpoint_is_passed_over(self):
        deck, overrides = DECKS / "heat.toml", ["windows.count=8", "features.count=300", "checkpoint.every=0.001"]
        whole = self.solve(deck, REPRODUCIBLE, *overrides, name="whole")
        files = self.interrupt("a", deck, *overrides, ranks=1, begun=2)
        self.assertGreaterEqual(len(files), 2)
        damaged = bytearray(files[-1].read_bytes())
        damaged[-100] ^= 1
        files[-1].write_bytes(damaged)
        self.assertRegex(self.go_on("a", deck, *overrides, ranks=1), f"{files[-1].name} is damaged")
        self.assert_same(whole, self.folder / "a")


class Networks(Restart):
    def test_levenberg_marquardt(self):
        self.check(DECKS / "stages.toml", "network.hidden=[20,20]", "points.count=520", "stages.0.iterations=80",
                   "stages.1.iterations=0", begun=2)

    def test_causal_weights(self):
        self.check(DECKS / "stages.toml", "network.hidden=[14,14]", "network.architecture=modified_mlp",
                   "network.factorised=true", "points.count=500", "stages.0.iterations=80", "stages.1.iterations=0",
                   "stages.0.epsilon=[0.1, 10, 1000]", "stages.0.slabs=8", "stages.0.reweigh=7", begun=2)

    def test_adam(self):
        self.check(DECKS / "stages.toml", "stages.0.iterations=3", "stages.1.iterations=10000", begun=3)


class Weights(Restart):
    """Networks whose rows or equations change while they are trained."""

    def test_coefficients(self):
        self.check(INPUTS / "burgers_inverse_mlp.toml", "network.hidden=[10, 10]", "points.count=600",
                   "stages.0.iterations=60", "observations.0.noise_seed=0", "observations.0.std=0.1", begun=2)

    def test_batches(self):
        self.check(DECKS / "stages.toml", "points.count=1000", "stages.0.iterations=3", "stages.1.iterations=1000",
                   "stages.1.batch=130", "stages.1.adaptive=0.5", begun=3)

    def test_unknown_function(self):
        self.check(INPUTS / "diffusion_inverse_mlp.toml", "stages.0.iterations=100", begun=2)

    def test_balance(self):
        self.check(DECKS / "penalties.toml", "stages.0.weights=gradient_norm", "stages.0.iterations=4000",
                   "stages.0.reweigh=7", begun=3)

    def test_curriculum(self):
        self.check(DECKS / "curriculum.toml", "network.hidden=[20, 20]", *(f"stages.{i}.iterations=200" for i in range(4)),
                   "stages.0.method=lm", "stages.0.iterations=40", begun=3)


if __name__ == "__main__":
    harness.main()
