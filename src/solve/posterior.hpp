// The posterior of the unknowns of a least-squares problem whose rows have variance 1, linearised at u: with a flat
// prior it is normal, with covariance (J' J)^-1.
//
// Directions of the unknowns that change no row by more than rounding are left out: (J(u)' J(u) + tau^2 D^2)^-1 is
// taken in its place, with D the norms of the columns of J and tau = 1e-12. By TSQR, not by J' J.
#pragma once

#include <span>
#include <vector>

#include "solve/residual.hpp"
#include "solve/tsqr.hpp"

namespace residua {

class Posterior {
 public:
  /// Needs `has_rows`, and on one rank memory for unknowns()^2 numbers. Collective, like what follows.
  Posterior(Residual& residual, Vec u);

  /// The last `count` rows and columns of the covariance, row-major: that of the last unknowns whatever the others do
  /// (their marginal).
  std::vector<double> covariance(int count) const;

  /// Standard deviations of functions of the unknowns with the given gradients, [unknowns][count].
  std::vector<double> deviations(std::span<const double> gradients, long count) const;

 private:
  Damping damping() const;

  Tsqr qr_;
  std::vector<double> scale_;
};

}  // namespace residua
