// The kinetic theory of an active suspension (Saintillan, Shelley; Maddu, Weady, Shelley, "Learning fast, accurate, and
// stable closures of a kinetic theory of an active fluid"), on a periodic square of side L:
//
//     Psi_t + div(u Psi) + d_theta(thetadot Psi) = D_T Lap Psi + D_R Psi_theta_theta
//     pdot = (I - p p) . (grad u + 2 zeta D) . p,   p = (cos theta, sin theta)
//     -Lap u + grad q = div Sigma,   div u = 0,   mean u = 0
//     Sigma = alpha (D - c I/2) + beta S:E - 2 zeta beta (D.D - S:D),   E = (grad u + grad u^T)/2
//
// with c, D, S the integrals of 1, p p and p p p p over Psi. In complex numbers, with g_n = int e^{i n theta} Psi,
//
//     c = g_0,  z = g_2 = D11 - D22 + 2i D12,  w = g_4,  e = E11 + i E12,  vorticity om = v_x - u_y,
//     thetadot = om/2 + Im(A e^{-2 i theta}),  A = e + zeta z,
//     g_n,t + u . grad g_n = i n/2 om g_n + n/2 (A g_{n-2} - conj(A) g_{n+2}) + D_T Lap g_n - n^2 D_R g_n,
//
// and the traceless part of Sigma, sigma = Sigma11 + i Sigma12, is `active_stress` + `strain_stress`. Lengths are in
// units of the size of what drives the flow, times in its rate: all is dimensionless, and the mean of c is 1.
#pragma once

#include "grid/fourier_grid.hpp"

namespace residua::kinetic {

struct Model {
  double alpha = 0;        ///< active stress; negative: extensile
  double beta = 0;         ///< of the particles' stress
  double zeta = 0;         ///< of the alignment
  double translation = 0;  ///< D_T
  double rotation = 0;     ///< D_R
  double length = 0;       ///< L
};

/// What of sigma does not depend on the flow.
inline Complex active_stress(const Model& m, double c, Complex z, Complex w) {
  return 0.5 * m.alpha * z - 0.25 * m.zeta * m.beta * (c * z - times(std::conj(z), w));
}

/// What is linear in the strain rate: a symmetric positive operator where |w| <= c.
inline Complex strain_stress(const Model& m, double c, Complex w, Complex e) {
  return 0.25 * m.beta * (c * e + times(std::conj(e), w));
}

}  // namespace residua::kinetic
