#!/usr/bin/env python3
"""References of the counterflow flame of flame_counterflow.toml by collocation on adapted grids.

Along the axis, with the mass flux m = rho u, the spread rate v = V / (1000/s) and the curvature of the pressure
l = Lambda / (1e6 Pa/m^2), in mm and the units of methane_air.py,

    m' + 2 rho v = 0,    m v' + rho v^2 + l - (mu v')' = 0,    m Y_k' + j_k' = W_k nu_k omega,
    Q' + 2 rho v sum_k h_k Y_k = 0,    Q = sum_k h_k (m Y_k + j_k) - lam T'

(Kee, Coltrin, Glarborg 2003). Fresh gas of 300 K enters at x = 0 with m = 1, nitrogen of 300 K at x = 20 mm with m = -1,
both with v = 0. Here as thirteen equations of first order, for mu v' and the four j_k as well. scipy's solve_bvp (cubic
collocation, residuals controlled) gives the table: T in 1000 K, Y_k over what the deck scales them with, over (phi, x);
`Lambda` beside it has l. `accuracy` is the largest difference to the solution on the grid with intervals twice as long,
in the units of the table. The energy in terms of heat capacities, m cp T' + sum_k j_k cp_k T' - (lam T')' + sum_k h_k W_k
nu_k omega = 0, solved in the same way, gave solutions that differ by 5e-7: the enthalpies of the data jump by up to 2e-7
MJ/kg at 1000 K (N2), of which the heat capacities know nothing.
"""
import argparse
import h5py
import numpy as np
from scipy.integrate import solve_bvp
import methane_air as gas

T_in, length, tolerance = 0.300, 20.0, 1e-7


def solve(phi, tolerance, start=None):
    """m, v, mu v', T, Q, Y_k, j_k of CH4, O2, CO2, H2O, and l as the parameter; `start`: grid, values, l."""
    fresh = gas.inflow(phi)

    def slopes(_, y, l):
        m, v, stress, T, energy, Y, j = y[0], y[1], y[2], y[3], y[4], np.vstack([y[5:9], 1 - y[5:9].sum(0)]), y[9:13]
        mixture = gas.Mixture(1.0, T, Y)
        made = 1e-6 * (gas.NU * gas.W)[:, None] * mixture.rate()
        dY = mixture.slopes(j)
        h, all_j = gas.enthalpies(T), np.vstack([j, -j.sum(0)])
        dT = (((m * Y + all_j) * h).sum(0) - energy) / mixture.conductivity()
        dv = stress / mixture.viscosity()
        return np.vstack([-2 * mixture.rho * v, dv, m * dv + mixture.rho * v**2 + l[0], dT,
                          -2 * mixture.rho * v * (Y * h).sum(0), dY, made[:4] - m * dY])

    def conditions(left, right, _):
        return np.array([left[0] - 1, right[0] + 1, left[1], right[1], left[3] - T_in, right[3] - T_in,
                         *(left[5:9] - fresh[:4]), *right[5:9]])

    if start is None:
        grid = np.linspace(0, length, 401)
        up, down = 0.5 * (1 + np.tanh((grid - 6.9) / 0.4)), 0.5 * (1 - np.tanh((grid - 11.5) / 1.0))
        Y = fresh[:4, None] * down + (gas.burnt(phi) - fresh)[:4, None] * up * down
        hump = 0.06 * np.minimum(grid / 5, (length - grid) / 5) + 0.13 * np.exp(-((grid - 10) / 2)**2)
        T, v = T_in + (0.4 + 1.6 * phi) * up * down, np.minimum(hump, 0.25)
        mixture = gas.Mixture(1.0, T, np.vstack([Y, 1 - Y.sum(0)]))
        j, m = mixture.fluxes(np.gradient(Y, grid, axis=1)), 1 - grid / 10
        energy = ((m * mixture.Y + np.vstack([j, -j.sum(0)])) * gas.enthalpies(T)).sum(0)
        energy -= mixture.conductivity() * np.gradient(T, grid)
        start = grid, np.vstack([m, v, mixture.viscosity() * np.gradient(v, grid), T, energy, Y, j]), [-0.0136]
    grid, y, l = start
    found = solve_bvp(slopes, conditions, grid, y, p=l, tol=tolerance, max_nodes=30000)
    if not found.success:
        raise RuntimeError(found.message)
    return found


def in_units_of_deck(found, phi, x):
    made = gas.inflow(phi)[0] / gas.W[0]
    scale = np.array([1, 1, 1, 1, *gas.inflow(phi)[:2], gas.W[2] * made, 2 * gas.W[3] * made])
    return found.sol(x)[[0, 1, 3, 4, 5, 6, 7, 8]] / scale[:, None]


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--table", default="flame_counterflow.h5")
    arguments = arguments.parse_args()
    np.seterr(invalid="ignore", over="ignore")  # of steps that solve_bvp then shortens
    ratios, x = [0.6, 0.7, 0.8, 0.9], np.linspace(0, length, 801)
    values, curvature, accuracy, spread = np.zeros((8, 4, x.size)), np.zeros(4), 0.0, 0.0
    start = None
    for j, phi in enumerate(ratios):
        first = solve(phi, 1e-3, start)
        start = first.x, first.y, first.p
        coarse = solve(phi, tolerance, start)
        fine = solve(phi, tolerance, gas.halved(coarse))
        values[:, j], curvature[j] = in_units_of_deck(fine, phi, x), fine.p[0]
        accuracy = max(accuracy, np.abs(in_units_of_deck(coarse, phi, x) - values[:, j]).max())
        spread = max(spread, abs(coarse.p[0] / fine.p[0] - 1))
        print(f"phi = {phi}: Lambda = {curvature[j]:.12f}e6 Pa/m^2, {fine.x.size} nodes")
    print(f"accuracy {accuracy:.1e}, of Lambda {spread:.1e} relative")
    with h5py.File(arguments.table, "w") as file:
        file.attrs["axes"] = ["phi", "x"]
        file.attrs["accuracy"] = accuracy
        file.attrs["source"] = "flame_counterflow.py: collocation on adapted grids"
        for name, axis in {"phi": ratios, "x": x}.items():
            file["coordinates/" + name] = np.array(axis)
        for name, table in zip(("m", "v", "T", "Q", "CH4", "O2", "CO2", "H2O"), values):
            file["values/" + name] = table
        file["Lambda"] = curvature


if __name__ == "__main__":
    main()
