#!/usr/bin/env python3
"""Reference table of viscous Burgers, u_t + u u_x = nu u_xx, nu = 0.01/pi, u(0,x) = -sin(pi x), u(t,-1) = u(t,1) = 0.

Cole-Hopf: u = -Int sin(pi y) w dy / Int w dy with y = x - sqrt(4 nu t) z and w = exp(-cos(pi y)/(2 pi nu) - z^2). Both
integrals are taken by two independent quadratures: the trapezoid rule in z (spectrally accurate on a decaying integrand)
and Gauss-Hermite. The largest difference between them over the table is stored as `accuracy`.
"""
import argparse
import h5py
import numpy as np

nu = 0.01 / np.pi


def ratio(y, exponent):
    """-sum sin(pi y) w / sum w, with w = exp(exponent - cos(pi y)/(2 pi nu)), guarded against overflow."""
    e = exponent - np.cos(np.pi * y) / (2 * np.pi * nu)
    w = np.exp(e - e.max(1, keepdims=True))
    return -(np.sin(np.pi * y) * w).sum(1) / w.sum(1)


def trapezoid(x, t, n=4001):
    s = np.sqrt(4 * nu * t)
    z = np.linspace(-1, 1, n) * min(2.4 / s, 16.0)
    return ratio(x[:, None] - s * z, -z * z)


def hermite(x, t, n=300):
    from scipy.special import roots_hermite
    if not hasattr(hermite, "rule"):
        hermite.rule = roots_hermite(n)
    z, w = hermite.rule
    return ratio(x[:, None] - np.sqrt(4 * nu * t) * z, np.log(np.maximum(w, 1e-320)))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", default="burgers.h5")
    arguments = parser.parse_args()
    x, t = np.linspace(-1, 1, 256), np.linspace(0, 1, 100)
    u = np.empty((len(t), len(x)))
    u[0] = -np.sin(np.pi * x)
    accuracy = 0.0
    for i in range(1, len(t)):
        u[i] = trapezoid(x, t[i])
        accuracy = max(accuracy, np.abs(u[i] - hermite(x, t[i])).max())
    u[:, [0, -1]] = 0.0
    with h5py.File(arguments.output, "w") as f:
        f["coordinates/t"], f["coordinates/x"] = t, x
        f.create_dataset("values/u", data=u, compression="gzip", shuffle=True)
        f.attrs.create("axes", ["t", "x"], dtype=h5py.string_dtype())
        f.attrs["accuracy"] = accuracy
        f.attrs["source"] = "burgers.py: Cole-Hopf, trapezoid rule checked by Gauss-Hermite"
    print(f"{arguments.output}: {u.shape}, largest difference between the two quadratures {accuracy:.1e}")
