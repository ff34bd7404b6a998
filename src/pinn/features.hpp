// Random features: the hidden layer of a network, drawn once by a monitor and then frozen.
//
//     phi(t, x) = sigma( sum_i a_i (x_i - c_i) + b (s - d) ),     s in [0, 1] the time in the window,
//
// where a periodic coordinate enters as a_i R sin((x_i - c_i) / R) with 2 pi R its period. Centres c follow the density
// of the monitor m, slopes its size: |a_i| up to slope * m_i(c). A network of this kind is linear in its unknowns: the
// weights of its output layer.
#pragma once

#include <cstdint>
#include <vector>

#include "grid/density_tree.hpp"
#include "map/network.hpp"
#include "pinn/ansatz.hpp"
#include "pinn/monitor.hpp"

namespace residua::pinn {

struct FeatureDistribution {
  Activation activation = Activation::tanh;
  double slope = 1.5;     ///< largest slope over the monitor
  double time_slope = 1;  ///< largest b
};

/// The density of centres and points in space that a monitor asks for: a share of it uniform, the rest as the product
/// of its components to a power.
DensityTree density_of(const Problem& problem, const TimeWindow& window, const Monitor& monitor);

/// A network with one hidden layer of `count` such features, fewer in the parts of functions of some coordinates.
Network feature_network(const Problem& problem, const TimeWindow& window, int count, Activation activation);

/// Its hidden parameters, drawn; the output weights are zero.
std::vector<double> draw_features(const Problem& problem, const TimeWindow& window, const Network& network,
                                  const Monitor& monitor, const DensityTree& density,
                                  const FeatureDistribution& distribution, std::uint64_t seed);

}  // namespace residua::pinn
