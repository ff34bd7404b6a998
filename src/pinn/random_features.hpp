// Training of one time window by random features: a pilot of part of the size, a monitor of what it found, and the full
// number of features placed by the monitor, each fitted by Gauss-Newton with QR.
#pragma once

#include <memory>

#include "pinn/feature_fit.hpp"
#include "pinn/features.hpp"

namespace residua {
class Deck;
}

namespace residua::pinn {

enum class FeatureKind { placed, waves };

struct FeatureSettings {
  FeatureKind features = FeatureKind::placed;
  int count = 0;        ///< features; at most, for waves
  int frequencies = 0;  ///< of each wave
  long points = 0;      ///< collocation points inside the window
  PointKind kind = PointKind::sobol;
  FeatureDistribution distribution;
  double model_std = 0;  ///< of equations and conditions, beside observations
  std::uint64_t seed = 0;
};

FeatureSettings feature_settings(const Deck& deck, const Problem& problem);

struct TrainedWindow {
  std::shared_ptr<const Ansatz> ansatz;
  Network network;
  std::vector<double> theta;
  std::vector<double> coefficients;
  std::vector<double> covariance;  ///< of the coefficients; empty without observations
  double model_std = 0;            ///< of equations and conditions, beside observations
  double residual = 0;             ///< root mean square at the points of the fit
  double unseen_residual = 0;      ///< the same at other points
  double window_residual = 0;      ///< what a shorter window can make smaller
  int iterations = 0;
  bool converged = false;     ///< the last fit
  double finest = 0;          ///< the largest of the monitor, 1 / length
  double condition = 0;       ///< of the last linear problem
  std::vector<double> scale;  ///< the largest half range of each unknown so far
};

/// The window after those of `solution`, in which the unknowns had half ranges up to `scale`. `attempt` numbers the
/// tries at it: each draws anew. Collective.
TrainedWindow train_features(const Problem& problem, const Solution& solution, const TimeWindow& window,
                             const FeatureSettings& settings, std::vector<double> scale, int attempt,
                             const Communicator& comm, Reductions reductions);

}  // namespace residua::pinn
