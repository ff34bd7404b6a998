// The numbers of the Radau IIA method with s stages.
#pragma once

#include <complex>
#include <vector>

namespace residua {

struct RadauMethod {
  explicit RadauMethod(int stages);

  int s;
  std::vector<double> nodes;       ///< 0, c_1, ..., c_s = 1
  std::vector<double> derivative;  ///< [s][s + 1]: p'(c_i) = sum_k derivative[i][k] p(nodes[k])
  /// A^-1 = right diag(eigenvalues) left; of each conjugate pair only the one with positive imaginary part is kept.
  std::vector<std::complex<double>> eigenvalues;
  std::vector<std::complex<double>> right;  ///< [eigenvalue][stage]
  std::vector<std::complex<double>> left;   ///< [eigenvalue][stage]
  std::vector<double> last, last_but_one;   ///< [s + 1]: Legendre coefficients s and s - 1 from values at the nodes

  /// Values at x of the Lagrange polynomials of the nodes.
  std::vector<double> lagrange(double x) const;
};

}  // namespace residua
