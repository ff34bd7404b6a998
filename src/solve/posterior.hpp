// The posterior of some unknowns of a least-squares problem whose rows have variance 1, linearised at u: with a flat
// prior it is normal, with covariance (J' J)^-1, of which the last block belongs to the last unknowns whatever the
// others do (their marginal).
#pragma once

#include <vector>

#include "solve/residual.hpp"

namespace residua {

/// The last `count` rows and columns of (J(u)' J(u) + tau^2 D^2)^-1, row-major, with D the norms of the columns of J
/// and tau = 1e-12: directions of the other unknowns that change no row by more than rounding are left out, whatever
/// their number. By TSQR, not by J' J: it needs `has_rows`, and on one rank memory for unknowns()^2 numbers.
/// Collective.
std::vector<double> marginal_covariance(Residual& residual, Vec u, int count);

}  // namespace residua
