// What is uncertain about a solution by random features in one window.
//
// Its error is estimated.
// The solution u is taken as the point about which the equations are linearised, and the linear least-squares problem
// is solved once more with features and points that are drawn anew (as many, by the same density). Its solution u' has
// an error like that of u, but independent of it as far as it comes from what the features and points can resolve; so
// |u' - u| is about the error, at the cost of one iteration of Gauss-Newton. What both cannot see - a layer that the
// monitor misses, another solution of a nonlinear equation - is not in it. Of several windows in time it would say
// nothing about what their starts carry along, and at labels that move an error of the place would be missed: they have
// no estimate.
#pragma once

#include <optional>
#include <vector>

#include "pinn/random_features.hpp"

namespace residua::pinn {

struct ErrorEstimate {
  double fields = 0;                 ///< largest over the unknowns of |u' - u|_2 / |u|_2
  std::vector<double> coefficients;  ///< |c' - c|
};

/// Nothing where there are several windows, waves, observations or labels that move. Collective.
std::optional<ErrorEstimate> estimate_error(const Problem& problem, const Solution& solution,
                                            const std::vector<double>& coefficients, const FeatureSettings& settings,
                                            const Communicator& comm, Reductions reductions);

/// Standard deviations [inferred unknowns][n] at points [dimension][n], each rank its own, in the posterior of the
/// linearised problem (pinn/feature_fit.hpp) at points of the equations drawn anew. `model_std`: of the equations and
/// conditions. Collective.
std::vector<double> deviations_of_inferred(const Problem& problem, const Solution& solution,
                                           const std::vector<double>& coefficients, double model_std,
                                           const FeatureSettings& settings, const std::vector<double>& points,
                                           const Communicator& comm, Reductions reductions);

}  // namespace residua::pinn
