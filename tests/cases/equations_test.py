"""Equations that are no input of the repository, against closed forms.

A bound is about five times what was measured, rounded up, and more where the error is near rounding.
"""

import unittest

import harness
from harness import DECKS, CaseTest, h5py


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


if __name__ == "__main__":
    harness.main()
