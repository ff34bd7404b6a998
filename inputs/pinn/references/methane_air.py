"""Methane and air with one-step chemistry, for the references of flame_free.toml and flame_counterflow.toml.

Species in the order CH4, O2, CO2, H2O, N2; arrays [species, points]. CH4 + 2 O2 -> CO2 + 2 H2O at the rate
A exp(-Ea/(R T)) [CH4] [O2]^(1/2): mechanism CH4_MP1 of the repository CAME-THU/FlamePINN-1D. Ideal gas; enthalpies
are NASA polynomials (two ranges, T < 1000 K and above). Transport is mixture-averaged (Kee, Coltrin, Glarborg 2003):

    mu  = sum_k X_k mu_k / sum_j X_j phi_kj                       Wilke (1950)
    lam = (sum_k X_k lam_k + 1 / sum_k X_k / lam_k) / 2           Mathur, Tondon, Saxena (1967)
    D_k = (1 - Y_k) / sum_{j != k} X_j / D_kj
    j_k = j*_k - Y_k sum_j j*_j,    j*_k = -rho W_k/W D_k dX_k/dx.

mu_k, lam_k and D_kj are quartics in t = log(T / 1000 K): Cantera 3.2's fits of kinetic theory, from the transport data
of that mechanism, with 8 digits. Lengths are in mm, temperatures in 1000 K, mass flux in kg/m^2/s, and so conductivity
in W/m/K, rho D and viscosity in g/m/s, enthalpy in MJ/kg.
"""
import numpy as np

R = 8.31446261815324  # J/mol/K
W = np.array([16.043, 31.998, 44.009, 18.015, 28.014])  # g/mol
NU = np.array([-1, -2, 1, 2, 0])
A, EA = 1.1e7, 83680.0  # (mol/m^3)^(-1/2)/s and J/mol
ATM = 101325.0

# cp/R = sum_k a_k (T / 1000 K)^k; the last number is the constant of h/R in 1000 K. Below 1000 K, above 1000 K.
NASA = np.array([
    [[5.14987613, -13.6709788, 49.1800599, -48.4743026, 16.6693956, -10.2466476],
     [0.074851495, 13.3909467, -5.73285809, 1.22292535, -0.10181523, -9.46834459]],
    [[3.78245636, -2.99673416, 9.84730201, -9.68129509, 3.24372837, -1.06394356],
     [3.28253784, 1.48308754, -0.757966669, 0.209470555, -0.0216717794, -1.08845772]],
    [[2.35677352, 8.98459677, -7.12356269, 2.45919022, -0.143699548, -48.3719697],
     [3.85746029, 4.41437026, -2.21481404, 0.523490188, -0.0472084164, -48.759166]],
    [[4.19864056, -2.0364341, 6.52040211, -5.48797062, 1.77197817, -30.2937267],
     [3.03399249, 2.17691804, -0.164072518, -0.097041987, 0.0168200992, -30.0042971]],
    [[3.298677, 1.4082404, -3.963222, 5.641515, -2.444854, -1.0208999],
     [2.92664, 1.4879768, -0.568476, 0.10097038, -0.006753351, -0.9227977]]])
# sqrt(mu / 1e-6 Pa s) / (T / 1000 K)^(1/4)
MU = np.array([[5.2590853, 0.43941122, -0.051578467, 0.037283755, -0.0082590531],
               [6.9218649, 0.53890084, -0.031530616, 0.03668525, -0.010712474],
               [6.401955, 0.69195169, -0.16776172, 0.052890485, 0.0037767845],
               [6.0217195, 1.4597317, -0.091921329, -0.10705187, 0.011663635],
               [6.4419499, 0.49315445, -0.020369413, 0.030070598, -0.0094760077]])
# lam / (W/m/K) / (T / 1000 K)^(1/2)
LAM = np.array([[0.17382991, 0.12707932, 0.014147184, -0.013828516, 4.9323034e-05],
                [0.073571034, 0.021851629, -0.00086087948, 0.00050785591, 0.001610151],
                [0.069210097, 0.030201534, -0.0042765675, -0.0016843676, 0.0011168185],
                [0.11676995, 0.09322648, 0.032062301, -0.0067201462, -0.0070309304],
                [0.068621048, 0.0216731, 0.0019290458, -0.0020299215, -0.00026238415]])
# D / (1e-6 m^2/s) / (T / 1000 K)^(3/2) at 1 atm
PAIRS = {(0, 1): [180.17417, 31.564532, -1.1454948, 1.5405137, -0.21592574],
         (0, 2): [146.47156, 29.399229, -3.0252623, 1.3757631, 0.088612596],
         (0, 3): [217.10284, 57.459905, -9.1290047, 0.38659808, 1.5057875],
         (0, 4): [177.81893, 30.792254, -0.9003195, 1.4724476, -0.21984038],
         (1, 2): [129.59726, 24.669219, -1.9967708, 1.2307932, -0.029867962],
         (1, 3): [211.82107, 51.500978, -7.7778917, 1.1354698, 0.99599989],
         (1, 4): [162.9257, 27.405225, -0.2565205, 1.215047, -0.22246391],
         (2, 3): [163.37158, 50.096071, -7.6253515, -1.1267682, 1.6943046],
         (2, 4): [130.11524, 24.357912, -1.776477, 1.2217852, -0.059653301],
         (3, 4): [208.32652, 49.36257, -7.2575759, 1.2922782, 0.84686083]}


def halved(found):
    """A start for scipy's solve_bvp: its solution on the grid of it with every interval halved."""
    grid = np.sort(np.concatenate([found.x, 0.5 * (found.x[1:] + found.x[:-1])]))
    return grid, found.sol(grid), found.p


def powers(t):
    return np.array([np.ones_like(t), t, t**2, t**3, t**4])


def inflow(phi):
    """Mass fractions of the mixture with this equivalence ratio, air being O2 + 3.76 N2."""
    mass = np.array([phi, 2.0, 0.0, 0.0, 2 * 3.76]) * W
    return mass / mass.sum()


def burnt(phi):
    """Mass fractions after complete combustion."""
    fresh = inflow(phi)
    return fresh + NU * W * min(fresh[0] / W[0], fresh[1] / (2 * W[1]))


def coefficients(T):
    return np.where(T < 1, NASA[:, 0, :, None], NASA[:, 1, :, None])


def enthalpies(T):
    a = coefficients(T)
    return R / W[:, None] * ((a[:, :5] / np.arange(1, 6)[:, None] * powers(T)).sum(1) * T + a[:, 5])


class Mixture:
    """State and transport at p (atm), T and Y [species, points]."""

    def __init__(self, p, T, Y):
        self.p, self.T, self.Y = p, T, Y
        self.weight = 1 / (Y / W[:, None]).sum(0)
        self.X = Y / W[:, None] * self.weight
        self.rho = p * ATM * self.weight * 1e-6 / (R * T)
        self.t = powers(np.log(T))

    def rate(self):
        """Of the reaction, mol/m^3/s."""
        moles = 1e3 * self.rho * self.Y[:2] / W[:2, None]
        return A * np.exp(-EA / (1e3 * R * self.T)) * moles[0] * np.sqrt(np.maximum(moles[1], 0))

    def conductivity(self):
        lam = np.sqrt(self.T) * (LAM @ self.t)
        return 0.5 * ((self.X * lam).sum(0) + 1 / (self.X / lam).sum(0))

    def viscosity(self):
        root = self.T**0.25 * (MU @ self.t)
        ratio = W[:, None] / W
        phi = (1 + root[:, None] / root * ratio.T[:, :, None]**0.25)**2 / np.sqrt(8 * (1 + ratio))[:, :, None]
        return 1e-3 * (self.X * root**2 / (phi * self.X).sum(1)).sum(0)

    def diffusion(self):
        """rho D_k."""
        resistance = np.zeros_like(self.Y)
        moles = np.maximum(self.X, 1e-20)
        for (i, j), fit in PAIRS.items():
            D = 1e-3 * self.T**1.5 * (np.array(fit) @ self.t) / self.p
            resistance[i] += moles[j] / D
            resistance[j] += moles[i] / D
        rest = [np.delete(np.maximum(self.Y, 1e-20), k, 0).sum(0) for k in range(5)]
        return self.rho * np.array(rest) / resistance

    def mobility(self):
        """M [points, 4, 4] in j = M dY/dx of the first four species, N2 making up the rest."""
        # X = Y w / W with 1/w = sum Y/W:  dX_k = w/W_k dY_k - X_k w sum_m dY_m/W_m.
        dX = self.weight[:, None, None] * (np.eye(5) / W - np.einsum("kp,m->pkm", self.X, 1 / W))
        star = -(W[:, None] / self.weight * self.diffusion()).T[:, :, None] * dX
        flux = star - np.einsum("kp,pm->pkm", self.Y, star.sum(1))
        return flux[:, :4, :4] - flux[:, :4, 4:]

    def slopes(self, j):
        """dY/dx of the first four species from their fluxes j."""
        return np.linalg.solve(self.mobility(), j.T[:, :, None])[:, :, 0].T

    def fluxes(self, dY):
        return np.einsum("pkm,mp->kp", self.mobility(), dY)
