#!/usr/bin/env python3
"""Measurements for diffusion_inverse*.toml: exact values of u = x + exp(-t) sin(2 pi x) at 300 random points of the unit
square. The decks add noise."""
import csv
import math
import random

draw = random.Random(1)
with open("diffusion_measurements.csv", "w", newline="") as file:
    file.write("# Exact values of u = x + exp(-t) sin(2 pi x): diffusion_inverse.py\n")
    rows = csv.writer(file, lineterminator="\n")
    rows.writerow(["t", "x", "u"])
    for _ in range(300):
        t, x = draw.random(), draw.random()
        rows.writerow([f"{value:.16g}" for value in (t, x, x + math.exp(-t) * math.sin(2 * math.pi * x))])
