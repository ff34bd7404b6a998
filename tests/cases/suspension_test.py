"""Figures of a suspension in the report, on fields whose defects and spectrum are known."""

import os
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(os.environ["RESIDUA"]).resolve().parent.parent / "share" / "residua"))
try:
    import numpy as np
    import suspension
except ImportError as error:
    print(f"skipped: no {error.name}")
    sys.exit()

LENGTH, ROWS, COLUMNS = 10.0, 36, 48
AXES = [("y", np.arange(ROWS) * LENGTH / ROWS), ("x", np.arange(COLUMNS) * LENGTH / COLUMNS)]
Y, X = np.meshgrid(AXES[0][1], AXES[1][1], indexing="ij")


def directors(angle):
    return {"director_x": np.cos(angle), "director_y": np.sin(angle)}


class Defects(unittest.TestCase):
    def test_of_a_complex_field_with_four_zeros(self):
        # z = a + i b has zeros at x in {L/4, 3 L/4}, y in {0.3 L, 0.8 L}: those of equal signs of the slopes turn forth
        a, b = np.cos(2 * np.pi * X / LENGTH), np.sin(2 * np.pi * (Y / LENGTH - 0.3))
        found = suspension.defects(AXES, directors(np.angle(a + 1j * b) / 2))
        self.assertEqual(len(found), 4)
        cell = max(LENGTH / ROWS, LENGTH / COLUMNS)
        for x, y, charge in found:
            slope_a = -np.sin(2 * np.pi * x / LENGTH)
            slope_b = np.cos(2 * np.pi * (y / LENGTH - 0.3))
            self.assertLess(min(abs(x - LENGTH / 4), abs(x - 3 * LENGTH / 4)), cell)
            self.assertLess(min(abs(y - 0.3 * LENGTH), abs(y - 0.8 * LENGTH)), cell)
            self.assertEqual(charge, 0.5 * np.sign(slope_a * slope_b))

    def test_of_a_director_that_turns_with_a_wave(self):
        self.assertEqual(suspension.defects(AXES, directors(np.pi * np.round(X) + np.sin(2 * np.pi * Y / LENGTH))), [])


class Resolution(unittest.TestCase):
    def test_tails_beyond_what_the_deck_tolerates(self):
        summary = {"metrics": {"space_tail": 2e-4, "angle_tail": 1e-7}, "deck": {"grid": {"tolerance": 1e-4}, "angle": {"tolerance": 1e-6}}}
        self.assertEqual(suspension.unresolved(summary),
                         ["Space is not resolved: space_tail is 2.0e-04, above grid.tolerance = 1.0e-04."])
        self.assertEqual(suspension.unresolved({"metrics": {"error": 1}, "deck": {}}), [])


class Spectrum(unittest.TestCase):
    def test_of_two_waves(self):
        wave = 2 * np.pi / LENGTH
        u, v = 3 * np.sin(4 * wave * Y), 2 * np.cos(3 * wave * X + 4 * wave * Y) + 7
        k, energy = suspension.spectrum(AXES, (u, v))
        np.testing.assert_allclose(k, wave * np.arange(1, 12))
        expected = np.zeros(11)
        expected[3], expected[4] = 9 / 4, 4 / 4
        np.testing.assert_allclose(energy, expected, atol=1e-14)


if __name__ == "__main__":
    unittest.main()
