#!/usr/bin/env python3
"""Measurements for burgers_inverse.toml: exact values of viscous Burgers, nu = 0.01/pi, at 200 random points of [0, 1] x
[-1, 1], by the Cole-Hopf quadrature of burgers.py (checked there to 1e-12)."""
import csv
import numpy as np
from burgers import trapezoid

random = np.random.default_rng(1)
t, x = random.uniform(0, 1, 200), random.uniform(-1, 1, 200)
with open("burgers_measurements.csv", "w", newline="") as file:
    file.write("# Exact values of viscous Burgers, nu = 0.01/pi: burgers_inverse.py\n")
    rows = csv.writer(file, lineterminator="\n")
    rows.writerow(["t", "x", "u"])
    for point in zip(t, x):
        rows.writerow([f"{value:.16g}" for value in (*point, trapezoid(np.array([point[1]]), point[0])[0])])
