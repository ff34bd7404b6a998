// Waves: the hidden layer of a network that covers the wave numbers of a periodic domain, for solutions whose spectrum
// is broad.
//
//     phi(t, x) = sin(k . x + beta (2 s - 1) + b),     s in [0, 1] the time in the window,
//
// for every wave vector k = 2 pi n_i / L_i (n integer) up to a length, with the same few frequencies beta for each, and
// b = 0 and pi / 2. The expansion in space is a Fourier series; in time, each mode has the span of a few slow
// oscillations. Nothing is drawn at random. Points are a grid, equidistant in space and Gauss-Legendre in time, the
// same in every window, so that the state at the start of a window follows from that of the window before at the same
// places (Solution::start).
#pragma once

#include <vector>

#include "pinn/random_features.hpp"

namespace residua::pinn {

/// Wave vectors n, one of each pair (n, -n), the shortest first: as many whole shells of equal length as give at most
/// `count` features with `frequencies` each, the first being 0.
std::vector<std::vector<int>> wave_vectors(const Problem& problem, int count, int frequencies);

/// A network of these features, its output weights zero.
struct WaveNetwork {
  Network network;
  std::vector<double> theta;
};
WaveNetwork wave_network(const Problem& problem, const TimeWindow& window, const FeatureSettings& settings);

/// The window after those of `solution`. Collective.
TrainedWindow train_waves(const Problem& problem, const Solution& solution, const TimeWindow& window,
                          const FeatureSettings& settings, const Communicator& comm, Reductions reductions);

}  // namespace residua::pinn
