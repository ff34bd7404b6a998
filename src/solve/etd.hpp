// Exponential time differencing for semilinear equations, as the TS type "residua_etd".
//
// L is integrated exactly, N by a Runge-Kutta rule of order 2 or 4 (S. M. Cox, P. C. Matthews, J. Comput. Phys. 176
// (2002) 430): one-step methods that need no start-up. With E = e^{hL}, E' = e^{hL/2} and phi_k of phi.hpp at h L,
//
//     order 2:  a = E u + h phi_1 N(u),  u <- a + h phi_2 (N(a) - N(u))
//     order 4:  a = E' u + Q N(u),  b = E' u + Q N(a),  c = E' a + Q (2 N(b) - N(u)),  Q = h/2 phi_1(hL/2),
//               u <- E u + h [(phi_1 - 3 phi_2 + 4 phi_3) N(u) + (2 phi_2 - 4 phi_3) (N(a) + N(b))
//                             + (4 phi_3 - phi_2) N(c)]
//
// The error of a step is estimated by doing it twice with half the length, which is the result then; without step
// control
// (-ts_adapt_type none) a step is done once. The error's norm is that of SemilinearSystem::squares, and counts against
// -ts_atol + -ts_rtol |u|.
//
// The application context of the TS is a SemilinearSystem. Option: -ts_etd_order (4; 2 or 4).
#pragma once

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

}  // namespace residua
