// What is built into the form of an unknown so that it meets its conditions on the faces of the domain, whatever its
// network is (pinn/ansatz.hpp). Along each coordinate with s = (x - low) / length in [0, 1] and r = 1 - s:
//
//   values   the factor C vanishes on the face, and the lift takes the value there,
//
//   slopes   N - phi dN/dx stands in for the network N, phi a polynomial with phi = 0 and phi' = 1 on the face: its
//            derivative vanishes there (N. Sukumar, A. Srivastava, Comput. Methods Appl. Mech. Eng. 389, 2022). C is
//            flat there, and the lift has the slope prescribed. The network's jet is of one more order.
//
//   low, high       C          lift: times what is missing on low, high    phi
//   value, value    4 s r      r, s
//   value, -        s          1
//   slope, slope    1          length s (1 - s/2), -length r (1 - r/2)     length s r (1 - 2 s)
//   slope, -        1          length s                                    length s r
//   slope, value    1 - s^2    -length r, 1                                length s r
//
// and mirrored. The lift goes through the coordinates one after another, each adding what the ones before leave missing
// (transfinite interpolation, W. J. Gordon, 1973): right where conditions agree on edges (pinn/compatibility.hpp).
#pragma once

#include "pinn/problem.hpp"

namespace residua::pinn {

struct Boundary {
  Expression factor;   ///< C
  Expression lift;     ///< of u - K
  Expression network;  ///< N, its normal derivative 0 on faces with a slope; N is Expression::unknown(fields + j)
};

Boundary boundary_of(const Problem& problem, int j);

}  // namespace residua::pinn
