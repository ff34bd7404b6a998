#!/usr/bin/env python3
"""Reference table of viscous Burgers on a moving frame: u_t + u u_x = nu u_xx, nu = 0.01, x in [0, 2 pi] periodic, u(0,x) =
C + sin x, over (C, t, x).

u = C + w(t, x - C t), and Cole-Hopf: w = Int sin(y) e dy / Int e dy with y = x - sqrt(4 nu t) z and e = exp(cos(y)/(2 nu) -
z^2). Both integrals are taken by two independent quadratures: the trapezoid rule in z and Gauss-Hermite. The largest
difference between them over the table is stored as `accuracy`.
"""
import h5py
import numpy as np
from scipy.special import roots_hermite

nu = 0.01


def ratio(y, exponent):
    e = exponent + np.cos(y) / (2 * nu)
    weight = np.exp(e - e.max(1, keepdims=True))
    return (np.sin(y) * weight).sum(1) / weight.sum(1)


def trapezoid(x, t, n=4001):
    s = np.sqrt(4 * nu * t)
    z = np.linspace(-16, 16, n)
    return ratio(x[:, None] - s * z, -z * z)


z, weight = roots_hermite(300)


def hermite(x, t):
    return ratio(x[:, None] - np.sqrt(4 * nu * t) * z, np.log(np.maximum(weight, 1e-320)))


speeds, t, x = np.arange(0.0, 71.0, 10.0), np.linspace(0, 1, 21), np.linspace(0, 2 * np.pi, 129)
u, accuracy = np.empty((len(speeds), len(t), len(x))), 0.0
for i, C in enumerate(speeds):
    u[i, 0] = C + np.sin(x)
    for k in range(1, len(t)):
        u[i, k] = C + trapezoid(x - C * t[k], t[k])
        accuracy = max(accuracy, np.abs(u[i, k] - C - hermite(x - C * t[k], t[k])).max())
with h5py.File("burgers_shifted.h5", "w") as file:
    for name, values in {"C": speeds, "t": t, "x": x}.items():
        file["coordinates/" + name] = values
    file.create_dataset("values/u", data=u, compression="gzip", shuffle=True)
    file.attrs["axes"] = ["C", "t", "x"]
    file.attrs["accuracy"] = accuracy
    file.attrs["source"] = "burgers_shifted.py: Cole-Hopf, trapezoid rule checked by Gauss-Hermite"
print(f"burgers_shifted.h5: {u.shape}, largest difference between the two quadratures {accuracy:.1e}")
