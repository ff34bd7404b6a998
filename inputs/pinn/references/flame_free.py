#!/usr/bin/env python3
"""References of the freely propagating flame of flame_free.toml by collocation on adapted grids.

With m = rho_u s_L the fluxes e_k = m Y_k + j_k of the species and sum_k h_k e_k - lam T' of energy are those of the
fresh gas, but for what has been converted, so that with the share E of the fuel that is left in its flux

    lam T' = sum_k h_k e_k - m h_u,    e_k = m Y_k,u + nu_k W_k/W_F (1 - E) m Y_F,u,    m Y_F,u E' = -W_F omega,

and Y_k' follows from j_k = e_k - m Y_k by a linear system. E(0) = 1, T(0) = 310 K, and T' = Y_k' = 0 at the end. For the
gas see methane_air.py. scipy's solve_bvp (cubic collocation, residuals controlled) gives the table: T in 1000 K, Y_k over
what the deck scales them with, over (p, phi, x); `s_L` beside it has the eigenvalues. `accuracy` is the largest
difference to the solution on the grid with intervals twice as long. Without limit to the left, but for the reaction there:
a domain twice as long changes s_L by 2e-7 (phi = 0.6) or less.
"""
import argparse
import h5py
import numpy as np
from scipy.integrate import solve_bvp
import methane_air as gas

T_u, T_0, length, tolerance = 0.300, 0.310, 2.5, 1e-7


def solve(phi, p, tolerance, start=None):
    """T, Y_CH4, Y_O2, Y_CO2, Y_H2O, E, and s_L in m/s as the parameter; `start`: grid, values there, s_L."""
    fresh, burnt = gas.inflow(phi), gas.burnt(phi)
    rho_u = gas.Mixture(p, np.array([T_u]), fresh[:, None]).rho[0]
    h_u = float(gas.enthalpies(np.array([T_u]))[:, 0] @ fresh)
    stoichiometry = gas.NU * gas.W / gas.W[0] * fresh[0]

    def complete(Y):
        return np.vstack([Y, 1 - Y.sum(0)])

    def slopes(_, y, s_L):
        T, Y, E = y[0], complete(y[1:5]), y[5]
        mixture, m = gas.Mixture(p, T, Y), rho_u * s_L[0]
        e = fresh[:, None] + stoichiometry[:, None] * (1 - E)
        dT = m * ((gas.enthalpies(T) * e).sum(0) - h_u) / mixture.conductivity()
        dY = mixture.slopes(m * (e - Y)[:4])
        return np.vstack([dT, dY, -1e-6 * gas.W[0] * mixture.rate() / (m * fresh[0])])

    def conditions(left, right, s_L):
        ends = slopes(None, right[:, None], s_L)[:5, 0]
        return np.array([left[5] - 1, left[0] - T_0, *ends])

    if start is None:
        grid = np.linspace(0, length, 401)
        width = 0.2 / p**0.75
        rise = 0.5 * (1 + np.tanh((grid - 3 * width) / width))
        y = np.vstack([T_0 + 1.7 * rise, *(fresh[:4, None] + (burnt - fresh)[:4, None] * rise), 1 - rise])
        start = grid, y, [0.3]
    grid, y, s_L = start
    found = solve_bvp(slopes, conditions, grid, y, p=s_L, tol=tolerance, max_nodes=100000)
    if not found.success:
        raise RuntimeError(found.message)
    return found


def in_units_of_deck(found, phi, x):
    made = gas.inflow(phi)[0] / gas.W[0]
    scale = np.array([1, *gas.inflow(phi)[:2], gas.W[2] * made, 2 * gas.W[3] * made, 1])
    return found.sol(x) / scale[:, None]


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--table", default="flame_free.h5")
    arguments = arguments.parse_args()
    np.seterr(invalid="ignore", over="ignore")  # of steps that solve_bvp then shortens
    pressures, ratios, x = [1.0, 5.0], [0.6, 0.7, 0.8, 0.9, 1.0], np.linspace(0, length, 501)
    values, s_L, accuracy, spread = np.zeros((6, 2, 5, x.size)), np.zeros((2, 5)), 0.0, 0.0
    for i, p in enumerate(pressures):
        start = None
        for j, phi in enumerate(ratios):
            first = solve(phi, p, 1e-4, start)
            start = first.x, first.y, first.p
            coarse = solve(phi, p, tolerance, start)
            fine = solve(phi, p, tolerance, gas.halved(coarse))
            values[:, i, j], s_L[i, j] = in_units_of_deck(fine, phi, x), fine.p[0]
            accuracy = max(accuracy, np.abs(in_units_of_deck(coarse, phi, x) - values[:, i, j]).max())
            spread = max(spread, abs(coarse.p[0] / fine.p[0] - 1))
            print(f"p = {p} atm, phi = {phi}: s_L = {s_L[i, j]:.10f} m/s, {fine.x.size} nodes")
    print(f"accuracy {accuracy:.1e}, of s_L {spread:.1e} relative")
    with h5py.File(arguments.table, "w") as file:
        file.attrs["axes"] = ["p", "phi", "x"]
        file.attrs["accuracy"] = accuracy
        file.attrs["source"] = "flame_free.py: collocation on adapted grids"
        for name, axis in {"p": pressures, "phi": ratios, "x": x}.items():
            file["coordinates/" + name] = np.array(axis)
        for name, table in zip(("T", "CH4", "O2", "CO2", "H2O", "E"), values):
            file["values/" + name] = table
        file["s_L"] = s_L


if __name__ == "__main__":
    main()
