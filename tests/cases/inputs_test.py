"""The decks of inputs/pinn made small: a bound on the error, and the same answer on 1, 2 and 4 ranks (PEM).

With reproducible reductions that is to the last bit. With fast ones sums are taken in another order: the solutions then
differ by rounding carried through the training, measured at 1e-15 to 1e-12 of the largest value.
"""

import csv
import math
import sys
import unittest

import harness
from harness import INPUTS, REPRODUCIBLE, CaseTest, distance, h5py, metrics, values

FAST = 1e-10
NU = 0.01 / math.pi


class Inputs(CaseTest):
    def reference(self, name, end):
        """The part of a reference table up to some time: the override that names it."""
        if not h5py:
            self.skipTest("no h5py to cut the reference with")
        path = self.folder / f"{name}.h5"
        with h5py.File(INPUTS / "references" / f"{name}.h5") as whole, h5py.File(path, "w") as part:
            count = int((whole["coordinates/t"][()] <= end).sum())
            for axis, values in whole["coordinates"].items():
                part[f"coordinates/{axis}"] = values[:count] if axis == "t" else values[()]
            for unknown, values in whole["values"].items():
                part[f"values/{unknown}"] = values[:count]
            part.attrs.create("axes", list(whole.attrs["axes"]), dtype=h5py.string_dtype())
        return [f"pde.coordinates.t=[0, {end}]", f"reference.file={path}"]

    def check(self, deck, bound, *overrides, fast_bound=FAST):
        deck = INPUTS / f"{deck}.toml"
        one = self.solve(deck, REPRODUCIBLE, *overrides, ranks=1, name="one")
        self.assert_solved(one, bound)
        for ranks in (2, 4):
            self.assert_same(one, self.solve(deck, REPRODUCIBLE, *overrides, ranks=ranks, name=f"ranks_{ranks}"))
            fast = self.solve(deck, *overrides, ranks=ranks, name=f"fast_{ranks}")
            self.assert_solved(fast, bound)
            print(f"    {fast.name} against one: {distance(one, fast):.1e}", file=sys.stderr)
            self.assertLess(distance(one, fast), fast_bound)


    def assert_estimated(self, directory, factor):
        """The run's own estimate of its error is right to a factor."""
        ratio = metrics(directory)["error_estimate"] / metrics(directory)["rel_l2"]
        print(f"    {directory.name}: estimate over error {ratio:.2f}", file=sys.stderr)
        self.assertGreater(ratio, 1 / factor)
        self.assertLess(ratio, factor)


class Features(Inputs):
    def test_burgers(self):
        self.check("burgers", 1e-4, "features.count=150", "windows.count=2", *self.reference("burgers", 0.2))

    def test_allen_cahn(self):
        self.check("allen_cahn", 3e-5, "features.count=200", "windows.edges=[0.003, 0.02]",
                   *self.reference("allen_cahn", 0.1))

    def test_poisson(self):
        self.check("poisson_2d", 1e-7, "features.count=150")
        for count in (40, 80):
            self.assert_estimated(self.solve(INPUTS / "poisson_2d.toml", f"features.count={count}", name=f"{count}"), 3)

    def test_estimate_in_time(self):
        self.assert_estimated(self.solve(INPUTS / "convection_diffusion.toml", "pde.parameters.C=1.0", "windows.count=1",
                                         "features.count=100"), 3)

    def test_convection_diffusion_in_labels(self):
        self.check("convection_diffusion", 1e-8, "formulation=lagrangian", "windows.count=1", "features.count=120",
                   "pde.parameters.C=70", "reference.points=[11, 65]")

    def test_burgers_in_labels(self):
        self.check("burgers_shifted", 2e-4, "features.count=150", "windows.count=3")


class Flames(Inputs):
    def test_burning_velocity(self):
        self.check("flame_1d", 1e-6, fast_bound=1e-7)  # s_L is at rest to 1e-7 where Gauss-Newton ends
        for phi, p, s_L in ((0.42, 1.0, 0.292786112068), (0.46, 1.0, 0.34333949993), (0.5, 1.2, 0.380325983889)):
            run = self.solve(INPUTS / "flame_1d.toml", f"pde.parameters.phi={phi}", f"pde.parameters.p={p}",
                             name=f"phi_{phi}_p_{p}")
            self.assertLess(abs(metrics(run)["s_L"] / s_L - 1), 1e-8)
            self.assert_solved(run, 1e-6)

    def test_free_flame(self):
        self.check("flame_free", 3e-6, "features.count=80", fast_bound=1e-6)
        for phi, p, s_L in ((0.6, 1.0, 0.1664651310), (1.0, 1.0, 0.3809148393), (0.8, 5.0, 0.1870260998)):
            run = self.solve(INPUTS / "flame_free.toml", f"pde.parameters.phi={phi}", f"pde.parameters.p={p}", ranks=2,
                             name=f"phi_{phi}_p_{p}")
            self.assertLess(abs(metrics(run)["s_L"] / s_L - 1), 1e-7)
            self.assert_solved(run, 1e-6)
            if p == 1.0:
                self.assert_estimated(run, 5)
        # At the higher pressure the deck's features leave rounding alone, which each BLAS does differently.
        self.assert_estimated(self.solve(INPUTS / "flame_free.toml", "pde.parameters.phi=0.8", "pde.parameters.p=5.0",
                                         "features.count=80", ranks=2, name="fewer"), 5)

    def test_counterflow(self):
        run = self.solve(INPUTS / "flame_counterflow.toml", "features.count=200", ranks=2)
        self.assertLess(abs(metrics(run)["Lambda"] / -0.013565929522 - 1), 1e-6)
        self.assert_solved(run, 1e-6)
        self.assert_estimated(run, 5)

    def test_measured_flame(self):
        truth = {"s_L": 0.34333949993, "lam": 0.026, "Ea": 121417.2}
        for seed in (1, 2):
            run = self.solve(INPUTS / "flame_1d_inverse.toml", f"observations.0.noise_seed={seed}",
                             f"observations.1.noise_seed={seed}", ranks=seed, name=f"seed_{seed}")
            found = metrics(run)
            for name, value in truth.items():
                self.assertLess(abs(found[name] - value), 3 * found[f"{name}_std"], name)


class Windows(Inputs):
    def test_lorenz(self):
        self.check("lorenz", 1e-13, *self.reference("lorenz", 1))

    def test_the_error_over_time(self):
        """errors.csv against the fields, and the time at which it passes a threshold."""
        run = self.solve(INPUTS / "lorenz.toml", "reference.threshold=1e-15", *self.reference("lorenz", 1))
        with open(run / "errors.csv", newline="", encoding="utf-8") as file:
            rows = [{name: float(value) for name, value in row.items()} for row in csv.DictReader(file)]
        found = values(run)
        rms = math.sqrt((found["x_reference"] ** 2).mean())
        for row, error in zip(rows, found["x_error"], strict=True):
            self.assertAlmostEqual(row["x"], abs(error) / rms, delta=1e-18)
        later = [row["t"] for row in rows if max(row[name] for name in "xyz") > 1e-15]
        within = metrics(run)["time_within"]
        self.assertEqual(within, max(row["t"] for row in rows if row["t"] < later[0]))
        self.assertLess(within, 1)

    def test_kuramoto_sivashinsky_regular(self):
        self.check("ks_regular", 5e-6, "features.count=256", *self.reference("ks_regular", 0.1))

    def test_kuramoto_sivashinsky_chaotic(self):
        self.check("ks_chaotic", 4e-11, "features.count=400", "windows.count=4", *self.reference("ks_chaotic", 0.02))

    def test_navier_stokes(self):
        self.check("ns_2d", 2e-2, "features.count=500", "windows.count=2", *self.reference("ns_2d", 0.2))


class Networks(Inputs):
    def test_burgers(self):
        self.check("burgers_mlp", 7e-4, "network.hidden=[10, 10]", "points.count=600", "stages.0.iterations=40",
                   *self.reference("burgers", 0.2))

    def test_poisson(self):
        self.check("poisson_2d_mlp", 1e-5, "network.hidden=[10, 10]", "points.count=225",
                   "stages.0.iterations=40")

    def test_convection_diffusion_in_labels(self):
        self.check("convection_diffusion_mlp", 1e-5, "network.hidden=[8]", "points.count=150",
                   "stages.0.iterations=12", "reference.points=[11, 65]")

    def test_allen_cahn(self):
        self.check("allen_cahn_mlp", 1e-3, "network.hidden=[10, 10]", "windows.edges=[0.03]", "points.count=300",
                   "stages.0.iterations=15", "stages.0.resample=10", *self.reference("allen_cahn", 0.1))

    def test_burgers_in_labels(self):
        # Far from their end the iterations tell rounding apart: fast sums agree to the error alone.
        self.check("burgers_shifted_mlp", 3e-4, "network.hidden=[8]", "points.count=200", "windows.count=5",
                   "stages.0.iterations=15", "stages.0.resample=0", fast_bound=1e-3)

    def test_kuramoto_sivashinsky_regular(self):
        self.check("ks_regular_mlp", 5e-3, "network.hidden=[10, 10]", "points.count=220", "windows.count=2",
                   "stages.0.iterations=15", "stages.0.resample=10", *self.reference("ks_regular", 0.1))

    def test_lorenz(self):
        self.check("lorenz_mlp", 1e-5, "windows.count=4", "points.count=30", "stages.0.iterations=40",
                   *self.reference("lorenz", 0.1))


class Functions(Inputs):
    """A conductivity k(x), found by both families from noisy measurements."""
    PART = {"random_features": ["features.count=100"],
            "network": ["network.hidden=[8, 8]", "points.count=300", "stages.0.iterations=40"]}

    def decks(self):
        return (("diffusion_inverse", "random_features"), ("diffusion_inverse_mlp", "network"))

    def test_on_several_ranks(self):
        for name, method in self.decks():
            deck, part = INPUTS / f"{name}.toml", self.PART[method]
            one = self.solve(deck, REPRODUCIBLE, *part, name=method)
            self.assert_solved(one, 0.04)
            for ranks in (2, 4):
                run = self.solve(deck, REPRODUCIBLE, *part, ranks=ranks, name=f"{method}_{ranks}")
                self.assert_same(one, run)
                fast = self.solve(deck, *part, ranks=ranks, name=f"{method}_fast_{ranks}")
                self.assert_solved(fast, 0.04)
                self.assertLess(abs(metrics(fast)["k_std"] / metrics(one)["k_std"] - 1), 0.1)

    def test_errors_are_what_is_reported(self):
        size = 1.03  # root mean square of k
        for name, method in self.decks():
            for seed in (1, 2, 3):
                found = metrics(self.solve(INPUTS / f"{name}.toml", f"observations.0.noise_seed={seed}",
                                           name=f"{method}_{seed}"))
                error = found["rel_l2_k"] * size
                print(f"    {method}: error {error:.4f}, deviation {found['k_std']:.4f}", file=sys.stderr)
                self.assertLess(found["rel_l2_k"], 0.03)
                self.assertLess(error, 2 * found["k_std"])
                self.assertGreater(error, found["k_std"] / 5)

    def test_without_noise(self):
        exact = ["observations.0.noise_seed=0", "observations.0.std=1e-4", "features.count=400"]
        self.assert_solved(self.solve(INPUTS / "diffusion_inverse.toml", *exact), 1e-3)

    @unittest.skipUnless(h5py, "no h5py to read the fields with")
    def test_deviations_are_a_field_of_the_arguments(self):
        run = self.solve(INPUTS / "diffusion_inverse.toml", "features.count=100")
        for name in ("k", "k_std"):
            field = values(run)[name]
            self.assertEqual(field.shape, (21, 101))
            self.assertEqual(abs(field - field[0]).max(), 0)
        squares = (values(run)["k_std"] ** 2).mean()
        self.assertAlmostEqual(math.sqrt(squares) / metrics(run)["k_std"], 1, 12)


class Inverse(Inputs):
    """Coefficients among the unknowns of trained networks."""

    def test_burgers_viscosity(self):
        small = ["network.hidden=[12, 12, 12]", "points.count=1600", "stages.0.iterations=120"]
        exact = "observations.0.noise_seed=0"
        # Short: a hundred iterations would tell rounding apart.
        self.check("burgers_inverse_mlp", 0.2, exact, "network.hidden=[10, 10]", "points.count=600",
                   "stages.0.iterations=30", fast_bound=1e-8)
        run = self.solve(INPUTS / "burgers_inverse_mlp.toml", REPRODUCIBLE, exact, *small, name="exact")
        self.assert_solved(run, 5e-3)
        self.assertLess(abs(metrics(run)["nu"] / NU - 1), 0.05)
        for seed in (1, 2, 3):
            found = metrics(self.solve(INPUTS / "burgers_inverse_mlp.toml", f"observations.0.noise_seed={seed}", *small,
                                       name=f"seed_{seed}"))
            self.assertLess(abs(found["nu"] - NU), 3 * found["nu_std"])
            self.assertLess(found["nu_std"], 0.1 * NU)
            self.assertLess(abs(found["misfit"] - 1), 0.2)

    def test_measured_flame(self):
        truth = {"s_L": 0.34333949993, "lam": 0.026, "Ea": 121417.2}
        for seed in (1, 2, 3):
            found = metrics(self.solve(INPUTS / "flame_1d_inverse.toml", "method=network", "network.hidden=[16]",
                                       "network.start=zero", "points.count=400", f"observations.0.noise_seed={seed}",
                                       f"observations.1.noise_seed={seed}", name=f"seed_{seed}"))
            for name, value in truth.items():
                self.assertLess(abs(found[name] - value), 3 * found[f"{name}_std"], name)
                self.assertLess(found[f"{name}_std"], 0.2 * value, name)


if __name__ == "__main__":
    harness.main()
