"""Equations that are no input of the repository, against closed forms.

A bound is about five times what was measured, rounded up, and more where the error is near rounding.
"""

import math
import random
import shutil
import unittest

import harness
from harness import DECKS, REPRODUCIBLE, CaseTest, h5py, metrics, run


class Steady(CaseTest):
    def check(self, name, bound, *overrides, ranks=1):
        self.assert_solved(self.solve(DECKS / f"{name}.toml", *overrides, ranks=ranks, name=name), bound)

    def test_three_dimensions(self):
        self.check("poisson_3d", 1e-7, ranks=2)

    def test_nonlinear(self):
        self.check("bratu", 1e-14)

    def test_slope_given_as_penalty(self):
        self.check("neumann", 2e-7, ranks=2)

    def test_slopes_built_in(self):
        self.check("neumann", 5e-7, "conditions.1.enforce=exact", "conditions.2.enforce=exact", ranks=2)

    def test_periodic_pairs_of_a_trained_network(self):
        self.check("periodic_pairs", 2e-5, ranks=2)

    def test_fourth_order(self):
        self.check("beam", 1e-12)

    def test_mixed_derivative(self):
        self.check("mixed", 3e-11)

    @unittest.skipUnless(h5py, "no h5py to make the table with")
    def test_coefficient_from_a_table(self):
        x = [i / 40 for i in range(41)]
        with h5py.File(self.folder / "conductivity.h5", "w") as file:
            file["coordinates/x"] = x
            file["values/k"] = [1 + s**2 / 2 for s in x]
            file.attrs.create("axes", ["x"], dtype=h5py.string_dtype())
        deck = self.folder / "conductivity.toml"
        deck.write_text((DECKS / "conductivity.toml").read_text())
        self.assert_solved(self.solve(deck), 1e-13)


class InTime(CaseTest):
    check = Steady.check

    def test_boundary_values_that_move(self):
        self.check("heat", 1e-11)

    def test_more_features_until_the_tolerance_is_met(self):
        run = self.solve(DECKS / "ripples.toml", ranks=2)
        self.assert_solved(run, 1e-6)
        self.assertRegex((run / "run.log").read_text(), "tried again, with 1200 features")
        self.assertGreater(metrics(run)["unknowns"], 1200)
        self.assertLess(metrics(run)["residual_unseen_integral"], 1e-5)
        few = self.solve(DECKS / "ripples.toml", "features.count=600", name="few")
        self.assertEqual(metrics(few)["unknowns"], 601)
        self.assertGreater(metrics(few)["residual_unseen_integral"], 1e-5)

    def test_initial_value_and_velocity(self):
        self.check("wave", 5e-9)

    def test_time_alone(self):
        self.check("oscillator", 1e-13)

    def test_windows_chosen_by_tolerance(self):
        self.check("logistic", 5e-11, ranks=2)

    def test_periodic(self):
        self.check("advection_diffusion", 1e-5, ranks=2)

    def test_system(self):
        self.check("reaction_diffusion", 3e-10)

    def test_fourth_order(self):
        self.check("kuramoto", 4e-6)


class SeparateNetworks(CaseTest):
    def test_system(self):
        runs = [self.solve(DECKS / "reaction_diffusion.toml", REPRODUCIBLE, "method=network", "points.count=300",
                           "windows.count=1", "network.separate=true", "network.hidden=[7, 7]", ranks=ranks,
                           name=f"ranks_{ranks}") for ranks in (1, 2, 4)]
        self.assert_solved(runs[0], 3e-7)
        self.assert_same(runs[0], runs[1])
        self.assert_same(runs[0], runs[2])
        self.assertEqual(metrics(runs[0])["unknowns"], 2 * (2 * 7 + 7 + 7 * 7 + 7 + 7 + 1))


class Batches(CaseTest):
    DECK = [DECKS / "stages.toml", REPRODUCIBLE, "windows.count=1", "stages.0.iterations=0", "stages.1.resample=0"]

    def test_as_good_as_all_points(self):
        common = ["points.count=16384", "stages.1.iterations=2000"]
        all_points = metrics(self.solve(*self.DECK, *common, name="all"))["rel_l2"]
        batches = self.solve(*self.DECK, *common, "stages.1.batch=64", name="batches")
        self.assert_solved(batches, 3 * all_points)
        self.assert_solved(batches, 1e-2)

    def test_on_several_ranks(self):
        runs = [self.solve(*self.DECK, "points.count=1000", "stages.1.iterations=200", "stages.1.batch=130",
                           ranks=ranks, name=f"ranks_{ranks}") for ranks in (1, 2, 4)]
        self.assert_same(runs[0], runs[1])
        self.assert_same(runs[0], runs[2])


class InitialState(CaseTest):
    """Measurements in the place of an initial condition."""
    KAPPA = 0.05

    def deck(self):
        draw = random.Random(1)
        with open(self.folder / "initial_state.csv", "w") as file:
            file.write("t,x,u\n")
            for _ in range(200):
                t, x = draw.random(), draw.random()
                u = sum(a * math.exp(-self.KAPPA * (n * math.pi)**2 * t) * math.sin(n * math.pi * x)
                        for n, a in ((1, 1), (2, -0.5)))
                file.write(f"{t!r},{x!r},{u!r}\n")
        deck = self.folder / "initial_state.toml"
        deck.write_text((DECKS / "initial_state.toml").read_text())
        return deck

    def test_by_both_families(self):
        deck = self.deck()
        for method, bound in (("random_features", 1e-5), ("network", 1e-4)):
            runs = [self.solve(deck, REPRODUCIBLE, f"method={method}", ranks=ranks, name=f"{method}_{ranks}")
                    for ranks in (1, 2, 4)]
            self.assert_solved(runs[0], bound)
            self.assert_same(runs[0], runs[1])
            self.assert_same(runs[0], runs[2])


class Weights(CaseTest):
    """What the weights of a network start from."""
    STAGES = [f"stages.{i}.iterations=0" for i in range(3)]

    def test_curriculum(self):
        deck = DECKS / "curriculum.toml"
        self.assert_solved(self.solve(deck, name="by_steps"), 1e-2)
        directly = self.solve(deck, *(f"stages.{i}.parameters.C=20" for i in range(3)), name="directly")
        self.assertGreater(metrics(directly)["rel_l2"], 0.5)

    def test_a_stage_has_its_own_equation(self):
        slow = self.solve(DECKS / "curriculum.toml", "stages.1.iterations=0", "stages.2.iterations=0",
                          "stages.3.iterations=0", "reference.expressions.u='sin(x - 6*t)'", name="slow")
        self.assert_solved(slow, 1e-2)

    def test_curriculum_in_windows(self):
        deck = DECKS / "curriculum.toml"
        small = ["windows.count=2", "network.hidden=[6]", "points.count=100",
                 *(f"stages.{i}.iterations=20" for i in range(4))]
        one = self.solve(deck, REPRODUCIBLE, *small, name="one")
        self.assert_same(one, self.solve(deck, REPRODUCIBLE, *small, ranks=2, name="two"))

    def test_balance(self):
        deck = DECKS / "penalties.toml"
        as_stated = self.solve(deck, name="as_stated")
        self.assertGreater(metrics(as_stated)["rel_l2"], 1)
        for method, iterations, bound in (("adam", 2000, 0.2), ("ssbroyden", 500, 3e-3), ("lm", 100, 3e-3)):
            for weights in ("gradient_norm", "ntk"):
                self.assert_solved(self.solve(deck, f"stages.0.method={method}", f"stages.0.iterations={iterations}",
                                              f"stages.0.weights={weights}", name=f"{method}_{weights}"), bound)

    def test_balance_on_several_ranks(self):
        for weights in ("gradient_norm", "ntk"):
            runs = [self.solve(DECKS / "penalties.toml", REPRODUCIBLE, "stages.0.method=lm", "stages.0.iterations=25",
                               f"stages.0.weights={weights}", ranks=ranks, name=f"{weights}_{ranks}")
                    for ranks in (1, 2, 4)]
            self.assert_same(runs[0], runs[1])
            self.assert_same(runs[0], runs[2])

    def test_transfer(self):
        deck = DECKS / "curriculum.toml"
        source = self.solve(deck, "pde.parameters.C=6", *self.STAGES, "checkpoint.every=0.001", name="source")
        checkpoint = sorted((source / "checkpoints").glob("*.h5"))[-1]
        before = self.solve(deck, "pde.parameters.C=6", *self.STAGES, "stages.3.iterations=0",
                            f"network.from={checkpoint}", name="before")
        self.assertLess(metrics(before)["rel_l2"], 1e-2)
        start = f"network.from={source / 'network.h5'}"
        same = self.solve(deck, "pde.parameters.C=6", *self.STAGES, "stages.3.iterations=0", start, name="same")
        self.assertEqual(metrics(same)["rel_l2"], metrics(source)["rel_l2"])
        self.assert_same(self.solve(deck, REPRODUCIBLE, *self.STAGES, "stages.3.iterations=5", start, name="one"),
                         self.solve(deck, REPRODUCIBLE, *self.STAGES, "stages.3.iterations=5", start, name="two", ranks=2))
        shutil.rmtree(source)
        again = self.solve(same / "resolved.toml", name="from_the_copy")
        self.assertEqual(metrics(same)["rel_l2"], metrics(again)["rel_l2"])

    def test_transfer_is_refused(self):
        deck = DECKS / "curriculum.toml"
        source = self.solve(deck, *self.STAGES, "stages.3.iterations=0", name="source")
        for overrides, what in (
                (["network.hidden=[16, 8]"], r"hidden \[16, 16\].*\n.*hidden \[16, 8\]"),
                (["network.activation=sin"], "mlp of tanh.*\n.*mlp of sin"),
                (["network.start=zero"], "not both")):
            done = run(1, "run", deck, "--output", self.folder / "out", f"network.from={source / 'network.h5'}", *overrides)
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertRegex(done.stderr, what)
            self.assertFalse((self.folder / "out").exists())
        for file, what in ((source, "this is a directory"), (source / "fields.h5", "no weights can be read")):
            done = run(1, "run", deck, "--output", self.folder / "out", f"network.from={file}")
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertRegex(done.stderr, f"network.from.*{what}")


if __name__ == "__main__":
    harness.main()
