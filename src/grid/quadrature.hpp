// Quadrature on [0, 1].
#pragma once

#include <vector>

namespace residua {

struct Quadrature {
  std::vector<double> nodes;    ///< ascending, in [0, 1)
  std::vector<double> weights;  ///< positive, sum 1
};

/// The rule with n >= 1 nodes, exact for polynomials of degree 2n-1; nodes by Newton's method on P_n, to roundoff.
Quadrature gauss_legendre(int n);

/// The trapezoid rule for functions of period 1: nodes i / n.
Quadrature periodic_trapezoid(int n);

}  // namespace residua
