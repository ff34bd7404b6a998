// Exponential time differencing for semilinear equations, as the TS type "residua_etd".
//
// L is integrated exactly, N by a Runge-Kutta rule of order 2, 4 or 5: one-step methods that need no start-up, and that
// leave u where L u + N(u) = 0, whatever h is.
//
// Orders 2 and 4 (S. M. Cox, P. C. Matthews, J. Comput. Phys. 176 (2002) 430), with E = e^{hL}, E' = e^{hL/2} and phi_k
// of phi.hpp at h L:
//
//     order 2:  a = E u + h phi_1 N(u),  u <- a + h phi_2 (N(a) - N(u))
//     order 4:  a = E' u + Q N(u),  b = E' u + Q N(a),  c = E' a + Q (2 N(b) - N(u)),  Q = h/2 phi_1(hL/2),
//               u <- E u + h [(phi_1 - 3 phi_2 + 4 phi_3) N(u) + (2 phi_2 - 4 phi_3) (N(a) + N(b))
//                             + (4 phi_3 - phi_2) N(c)]
//
// The error of a step is estimated by doing it twice with half the length, which is the result then: 11 evaluations of
// N at order 4.
//
// Order 5 is the pair 5(4) of J. R. Dormand and P. J. Prince (J. Comput. Appl. Math. 6 (1980) 19), a_kj, b_j, b^_j and
// c_k, for the variable of J. D. Lawson (SIAM J. Numer. Anal. 4 (1967) 372) less what N = N(u_0) would lead to (S.
// Krogstad, J. Comput. Phys. 203 (2005) 72): for v = e^{-tL} u - t phi_1(-tL) N_0 with N_0 = N(u_0) the equation is
// v' = e^{-tL} (N(u) - N_0), and the rule for it has the same order and estimate as for any other. In terms of u,
//
//     U_k = e^{c_k hL} u + h c_k phi_1(c_k hL) N_0 + h sum_{1 <= j < k} a_kj e^{(c_k - c_j) hL} (N(U_j) - N_0),
//     error = h sum_{1 <= j <= 6} (b_j - b^_j) e^{(1 - c_j) hL} (N(U_j) - N_0),
//
// with nodes that do not decrease, so that all exponentials decay. U_6 is the result. The estimate, which goes by h^5,
// is that of the rule of order 4: 7 evaluations, the last of which is the first of the next step where the caller hands
// it over (last_slope). Where h L is large, and what N makes of a change of u is not small beside L, orders 2 and 4
// bear longer steps for an evaluation.
//
// Tries of a step share N(u), and another try is as long as the error of the last one allows; not half of that, as TS
// has it, which is too short where stability limits steps. Where N is not defined on the way (OutOfDomain), it is a
// quarter as long, a few times: what stands on the edge of the domain ends with that error. Without step control
// (-ts_adapt_type none) a step is done once, without an estimate. The error's norm is that of
// SemilinearSystem::squares, and counts against -ts_atol + -ts_rtol |u|.
//
// The application context of the TS is a SemilinearSystem. Option: -ts_etd_order (4; 2, 4 or 5).
#pragma once

#include <optional>
#include <vector>

#include "solve/semilinear.hpp"
#include "solve/vec.hpp"

namespace residua {

struct EtdSettings {
  int order = 4;
  double step = 0;       ///< the first step, and without tolerance every step
  double tolerance = 0;  ///< relative, of a step; 0: no step control
};

/// A TS for the system, of this type unless <prefix>ts_type says otherwise: explicit types of PETSc work too. `system`
/// must outlive it. TSSetFromOptions has been called.
TsHandle make_etd(SemilinearSystem& system, const EtdSettings& settings, const char* prefix = "");

/// N(t, u) on this rank, where it is known: on all ranks, or on none.
using Slope = std::optional<std::vector<double>>;

/// After a TSStep: at its end. The pair of order 5 knows it where steps are chosen.
Slope last_slope(TS ts);
/// Before a TSStep: at its start, which saves its evaluation.
void set_first_slope(TS ts, Slope slope);

}  // namespace residua
