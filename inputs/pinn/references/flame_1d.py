#!/usr/bin/env python3
"""References of the premixed flame of flame_1d.toml by shooting, and the measurements of flame_1d_inverse.toml.

    lam T'' = rho0 s_L cp T' - omega qF,   T(0) = T_in,  T'(0) = 1e5 K/m,

and T'(1.5 mm) = 0. s_L is bracketed by marching from x = 0 (DOP853; Hairer, Norsett, Wanner 1993): it is too small when T'
falls to zero before the end, too large when T passes the burnt temperature. Errors grow by e^18 on the way to the end, so
the solution itself is marched from both ends to a point in the flame, where s_L and T(1.5 mm) are found such that T and
T' meet. The table has T over (p, phi, x); `s_L` beside it has the eigenvalues over (p, phi). `accuracy` is the largest
difference in T between two tolerances of the march and two places of the meeting.
"""
import argparse
import csv
import h5py
import numpy as np
from scipy.integrate import solve_ivp
from scipy.optimize import brentq, newton

W, lam, cp, qF, R, A, Ea, order = 28.97e-3, 2.6e-2, 1000.0, 5e7, 8.3145, 1.4e8, 1.214172e5, 1.6
Rg, T_in, slope, length = R / W, 298.0, 1e5, 1.5e-3


def velocity(T, s_L):
    c = s_L + Rg * T_in / s_L
    return 2 * Rg * T / (c + np.sqrt(c * c - 4 * Rg * T))


def burnt(phi):
    return T_in + qF * phi / (phi + 4) / cp


def march(s_L, phi, p, start, begin, end, tolerance, events=()):
    rho0 = 101325 * p / (Rg * T_in)

    def slopes(x, y):
        T, G = y
        rho = rho0 * s_L / velocity(T, s_L)
        Y = max(phi / (phi + 4) + cp * (T_in - T) / qF, 0.0)
        omega = A * np.exp(-Ea / (R * T)) * (rho * Y) ** order
        return [G, (rho0 * s_L * cp * G - omega * qF) / lam]

    return solve_ivp(slopes, [begin, end], start, method="DOP853", rtol=tolerance, atol=1e-9, events=events,
                     dense_output=True)


def bracket(phi, p):
    def falls(x, y):
        return y[1]

    def passes(x, y):
        return burnt(phi) - y[0]

    falls.terminal = passes.terminal = True
    low, high = 0.05, 1.0
    while high - low > 1e-9:
        middle = 0.5 * (low + high)
        if len(march(middle, phi, p, [T_in, slope], 0, length, 1e-11, (falls, passes)).t_events[0]):
            low = middle
        else:
            high = middle
    return low


def solve(phi, p, x, tolerance, meeting):
    """s_L, and T at x; `meeting` is the share of the rise at which the two marches meet."""
    guess = bracket(phi, p)
    wave = march(guess, phi, p, [T_in, slope], 0, 0.6 * length, tolerance)
    middle = wave.t[np.argmax(wave.y[0] > T_in + meeting * (burnt(phi) - T_in))]

    def right_of(s_L, lack):
        return march(s_L, phi, p, [burnt(phi) - lack, 0.0], length, middle, tolerance)

    def both(s_L):
        left = march(s_L, phi, p, [T_in, slope], 0, middle, tolerance)
        lack = brentq(lambda lack: right_of(s_L, lack).y[0, -1] - left.y[0, -1], 0.05, 200, xtol=1e-12, rtol=1e-14)
        return left, right_of(s_L, lack)

    def mismatch(s_L):
        left, right = both(s_L)
        return (left.y[1, -1] - right.y[1, -1]) / slope

    s_L = newton(mismatch, guess, x1=guess * (1 + 1e-7), tol=1e-14)
    left, right = both(s_L)
    return s_L, np.where(x < middle, left.sol(np.minimum(x, middle))[0], right.sol(np.maximum(x, middle))[0])


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--table", default="flame_1d.h5")
    arguments.add_argument("--measurements", default="flame_1d_measurements.csv")
    arguments = arguments.parse_args()
    pressures, ratios, x = [1.0, 1.2], [0.40, 0.42, 0.44, 0.46, 0.48, 0.50], np.linspace(0, 1.5, 301)
    T, s_L, accuracy, spread = np.zeros((2, 6, 301)), np.zeros((2, 6)), 0.0, 0.0
    for i, p in enumerate(pressures):
        for j, phi in enumerate(ratios):
            s_L[i, j], T[i, j] = solve(phi, p, 1e-3 * x, 1e-13, 0.7)
            for tolerance, meeting in ((1e-12, 0.7), (1e-13, 0.85)):
                again, other = solve(phi, p, 1e-3 * x, tolerance, meeting)
                accuracy = max(accuracy, np.abs(other - T[i, j]).max())
                spread = max(spread, abs(again / s_L[i, j] - 1))
            print(f"p = {p} atm, phi = {phi}: s_L = {s_L[i, j]:.13g} m/s")
    print(f"accuracy {accuracy:.1e} K, of s_L {spread:.1e} relative")
    with h5py.File(arguments.table, "w") as file:
        file.attrs["axes"] = ["p", "phi", "x"]
        file.attrs["accuracy"] = accuracy
        file.attrs["source"] = "flame_1d.py: shooting with DOP853"
        for name, values in {"p": pressures, "phi": ratios, "x": x}.items():
            file["coordinates/" + name] = np.array(values)
        file["values/T"] = T
        file["s_L"] = s_L
    points = np.linspace(0, 1.5, 10)
    with open(arguments.measurements, "w", newline="") as file:
        file.write("# Exact temperature (K) and velocity (m/s) at x (mm), phi = 0.46, p = 1 atm: flame_1d.py\n")
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["x", "T", "u"])
        exact = solve(0.46, 1.0, 1e-3 * points, 1e-13, 0.7)[1]
        for row in zip(points, exact, velocity(exact, s_L[0, 3])):
            rows.writerow([f"{value:.15g}" for value in row])


if __name__ == "__main__":
    main()
