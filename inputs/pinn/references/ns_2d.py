#!/usr/bin/env python3
"""Reference tables of decaying flow in [0, 2 pi]^2, periodic, Re = 100: vorticity w = -lap psi, w_t + u.grad w = lap w / Re.

The start is a random stream function: waves up to length 4 whose vorticity has normal coefficients, velocity rms 1, rounded
to three digits; --deck prints it as the deck states it. Fourier series, products without aliasing (two thirds of the grid),
classical Runge-Kutta with the viscous term integrated exactly. `accuracy` is the largest difference, over all quantities,
between two runs, the coarser with three quarters of the modes and half the steps.
"""
import argparse
import h5py
import numpy as np


def modes():
    """kx, ky, and coefficients of cos and sin."""
    vectors = [(a, b) for a in range(5) for b in range(-4, 5) if a * a + b * b <= 16 and (a > 0 or b > 0)]
    k = np.array(vectors, float)
    square = (k ** 2).sum(1)
    c = np.random.default_rng(2).normal(size=(len(k), 2)) / square[:, None]
    rms = np.sqrt((square * (c ** 2).sum(1)).sum() / 2)
    return [(a, b, *np.round(c / rms, 3)) for (a, b), c in zip(vectors, c)]


def quantities(w, kx, ky, points):
    """psi, u, v, w on a grid of `points`, from the coefficients of w."""
    n = w.shape[0]
    square = kx ** 2 + ky ** 2
    psi = np.where(square > 0, w / np.where(square > 0, square, 1), 0)
    grid = lambda f: np.fft.irfft2(f, s=(n, n))[::n // points, ::n // points]
    return [grid(f) for f in (psi, 1j * ky * psi, -1j * kx * psi, w)]


def march(n, steps, rms, outputs, points, nu=0.01):
    kx, ky = np.meshgrid(np.fft.fftfreq(n, 1 / n), np.arange(n // 2 + 1.0), indexing="ij")
    square = kx ** 2 + ky ** 2
    inverse = np.where(square > 0, 1 / np.where(square > 0, square, 1), 0)
    kept = (np.abs(kx) < n / 3) & (ky < n / 3)
    x = 2 * np.pi * np.arange(n) / n
    x, y = np.meshgrid(x, x, indexing="ij")
    psi = sum(c * np.cos(a * x + b * y) + s * np.sin(a * x + b * y) for a, b, c, s in modes())
    w = rms * np.fft.rfft2(psi) * square
    h = 1 / steps
    e, e2 = np.exp(-nu * square * h), np.exp(-nu * square * h / 2)

    def slope(w):
        parts = 1j * ky * inverse * w, -1j * kx * inverse * w, 1j * kx * w, 1j * ky * w
        u, v, wx, wy = (np.fft.irfft2(f, s=(n, n)) for f in parts)
        return -h * kept * np.fft.rfft2(u * wx + v * wy)

    table = [quantities(w, kx, ky, points)]
    for i in range(steps):
        a = slope(w)
        b = slope(e2 * (w + a / 2))
        c = slope(e2 * w + b / 2)
        d = slope(e * w + e2 * c)
        w = e * w + (e * a + 2 * e2 * (b + c) + d) / 6
        if (i + 1) % (steps // outputs) == 0:
            table.append(quantities(w, kx, ky, points))
    return np.array(table)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rms", type=float, default=1)
    parser.add_argument("--output", default="ns_2d.h5")
    parser.add_argument("--deck", action="store_true")
    arguments = parser.parse_args()
    if arguments.deck:
        waves = [f"wave({a}, {b}, {c}, {s})" for a, b, c, s in modes()]
        for i in range(0, len(waves), 3):
            print(f'"start{i // 3 + 1}(r)" = "r*({" + ".join(waves[i:i + 3])})"')
        raise SystemExit
    outputs, points = 5, 32
    table = march(256, 1000, arguments.rms, outputs, points)
    accuracy = np.abs(table - march(192, 500, arguments.rms, outputs, points)).max()
    with h5py.File(arguments.output, "w") as f:
        f["coordinates/t"] = np.linspace(0, 1, outputs + 1)
        f["coordinates/x"] = f["coordinates/y"] = 2 * np.pi * np.arange(points) / points
        for j, name in enumerate(("psi", "u", "v", "w")):
            f.create_dataset(f"values/{name}", data=table[:, j], compression="gzip", shuffle=True)
        f.attrs.create("axes", ["t", "x", "y"], dtype=h5py.string_dtype())
        f.attrs["accuracy"] = accuracy
        f.attrs["source"] = "ns_2d.py: Fourier, Runge-Kutta with exact viscosity, checked at lower resolution"
    print(f"{arguments.output}: {table[:, 0].shape}, largest difference to the coarser run {accuracy:.1e}, "
          f"|w| <= {np.abs(table[:, 3]).max():.2f}")
