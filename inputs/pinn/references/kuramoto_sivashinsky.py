#!/usr/bin/env python3
"""Reference tables of the Kuramoto-Sivashinsky equation u_t + a u u_x + b u_xx + c u_xxxx = 0, periodic.

    regular: a, b, c = 5, 0.5, 0.005,                 u(0,x) = -sin(pi x),          x in [-1, 1],   t in [0, 1]
    chaotic: a, b, c = 100/16, 100/16^2, 100/16^4,    u(0,x) = cos(x) (1 + sin(x)), x in [0, 2 pi], t in [0, 1]

Fourier series, products without aliasing, marched by etdrk4.py in extended precision, since disturbances grow by many orders of magnitude. `accuracy` is the
largest difference between two runs, the coarser with two thirds of the modes and half the steps.
"""
import argparse
import h5py
import numpy as np
from scipy import fft

import etdrk4

real = np.longdouble
pi = real("3.14159265358979323846264338327950288")


def march(start, length, a, b, c, modes, steps, outputs):
    """Fourier coefficients c_k, k = 0 .. modes, at t = 0, 1/outputs, ..., 1."""
    points = fft.next_fast_len(3 * modes + 2, real=True)  # products are free of aliasing
    k = 2 * pi / length * np.arange(modes + 1, dtype=real)
    u = fft.rfft(start(length * np.arange(points, dtype=real) / points))[:modes + 1] / points

    def product(v):
        return -0.5j * a * k * fft.rfft(fft.irfft(v * points, points) ** 2)[:modes + 1] / points

    return etdrk4.march(u, b * k ** 2 - c * k ** 4, product, steps, outputs)


cases = {
    "regular": dict(start=lambda s: -np.sin(pi * (s - 1)), length=real(2), a=real(5), b=real(1) / 2, c=real(1) / 200),
    "chaotic": dict(start=lambda s: np.cos(s) * (1 + np.sin(s)), length=2 * pi, a=real(100) / 16,
                    b=real(100) / 16 ** 2, c=real(100) / 16 ** 4),
}

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("case", choices=cases)
    parser.add_argument("--output")
    parser.add_argument("--modes", type=int)
    parser.add_argument("--steps", type=int, default=80000)
    arguments = parser.parse_args()
    regular = arguments.case == "regular"
    output = arguments.output or f"ks_{arguments.case}.h5"
    modes = arguments.modes or (60 if regular else 240)
    outputs, points = (100, 64) if regular else (100, 256)
    case = cases[arguments.case]

    def table(modes, steps):
        c = march(**case, modes=modes, steps=steps, outputs=outputs)
        phase = 2 * pi * np.arange(points, dtype=real)[:, None] * np.arange(modes + 1) / points
        weight = np.where(np.arange(modes + 1) == 0, 1, 2)
        return (c.real * weight) @ np.cos(phase).T - (c.imag * weight) @ np.sin(phase).T

    u = table(modes, arguments.steps)
    accuracy = float(np.abs(u - table(2 * modes // 3, arguments.steps // 2)).max())
    with h5py.File(output, "w") as f:
        f["coordinates/t"] = np.linspace(0, 1, outputs + 1)
        f["coordinates/x"] = (-1 if regular else 0) + float(case["length"]) * np.arange(points) / points
        f.create_dataset("values/u", data=u.astype(float), compression="gzip", shuffle=True)
        f.attrs.create("axes", ["t", "x"], dtype=h5py.string_dtype())
        f.attrs["accuracy"] = accuracy
        f.attrs["source"] = "kuramoto_sivashinsky.py: Fourier, ETDRK4 in extended precision, checked at lower resolution"
    print(f"{output}: {u.shape}, largest difference to the coarser run {accuracy:.1e}, |u| <= {np.abs(u).max():.3f}")
