#include "pinn/features.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "base/random.hpp"
#include "grid/sobol.hpp"
#include "pinn/collocation.hpp"
#include "pinn/network_parts.hpp"

namespace residua::pinn {
namespace {

constexpr double density_power = 1.5;
constexpr double uniform_share = 0.35;
constexpr double least_slope = 0.1;  // of the largest, in one direction
constexpr int tree_cells = 512;
constexpr double pair_distance = 3;  // of the two zeros of a periodic feature, in local lengths

double signed_magnitude(double u) {
  const double z = 2 * u - 1;
  return std::copysign(least_slope + (1 - least_slope) * std::abs(z), z);
}

}  // namespace

DensityTree density_of(const Problem& problem, const TimeWindow& window, const Monitor& monitor) {
  const Box box = window_box(problem, window);
  const int d = problem.dimension();
  const auto product = [&](std::span<const double> points, long n) {
    std::vector<double> values(static_cast<std::size_t>(n));
    std::vector<double> point(static_cast<std::size_t>(d));
    for (long p = 0; p < n; ++p) {
      for (int i = 0; i < d; ++i) point[i] = points[i * n + p];
      double v = 1;
      for (double m : monitor(point))
        if (m > 0) v *= m;
      values[p] = std::pow(v, density_power);
    }
    return values;
  };
  std::vector<int> space;
  for (int i = 0; i < d; ++i)
    if (i != problem.time) space.push_back(i);
  const double mean = DensityTree(box, space, product, tree_cells).mean();
  return DensityTree(
      box, space,
      [&](std::span<const double> points, long n) {
        std::vector<double> values = product(points, n);
        for (double& v : values) v = uniform_share + (1 - uniform_share) * v / mean;
        return values;
      },
      tree_cells);
}

Network feature_network(const Problem& problem, const TimeWindow& window, int count, Activation activation) {
  NetworkSpec spec;
  for (int i = 0; i < problem.dimension(); ++i) {
    CoordinateEmbedding embedding;  // the coordinate as it is
    if (problem.periodic[i]) embedding = {problem.box.lo[i], problem.box.hi[i], 1};
    if (i == problem.time) embedding = {window.begin, window.end, 0};  // 2 s - 1
    spec.coordinates.push_back(embedding);
  }
  spec.activation = activation;
  const double d = problem.dimension();
  set_parts(spec, problem, false, [&](const NetworkPart& part, bool) {
    const double share = std::pow(count, static_cast<double>(part.coordinates.size()) / d);
    return std::vector{static_cast<int>(std::ceil(share * (1 - 1e-12)))};
  });
  return Network(spec);
}

std::vector<double> draw_features(const Problem& problem, const TimeWindow& window, const Network& network,
                                  const Monitor& monitor, const DensityTree& density,
                                  const FeatureDistribution& distribution, std::uint64_t seed) {
  const int d = problem.dimension();
  const Box box = window_box(problem, window);
  const LayerShape& layer = network.layers().front();
  std::vector<double> theta(network.parameters());
  std::vector<double> unit(static_cast<std::size_t>(2 * d)), centre(static_cast<std::size_t>(d));
  for (std::size_t part = 0; part < network.parts().size(); ++part) {
    const std::vector<int>& coordinates = network.parts()[part].coordinates;
    const LayerBlock& block = layer.blocks[part];
    const auto space = std::ranges::count_if(coordinates, [&](int i) { return i != problem.time; });
    for (int k = 0; k < block.out; ++k) {
      const auto weight = [&](int input) -> double& {
        return theta[block.weights + static_cast<std::size_t>(input) * block.out + k];
      };
      const int number = block.first_out + k;
      sobol_point(seed, static_cast<std::uint64_t>(number), unit);
      std::copy_n(unit.begin(), d, centre.begin());
      density.place(centre);
      const std::vector<double> m = monitor(centre);
      double bias = 0;
      int input = 0;
      for (const int i : coordinates) {
        const double u = unit[d + i];
        if (i == problem.time) {
          const double b = distribution.time_slope * (2 * u - 1);
          const double s = (centre[i] - box.lo[i]) / (box.hi[i] - box.lo[i]);
          weight(input++) = b / 2;
          bias += b * (0.5 - s);
          continue;
        }
        const double a = distribution.slope * m[i] * (space == 1 ? signed_magnitude(u) : 2 * u - 1);
        if (problem.periodic[i]) {
          // Two zeros, at the centre and `apart` away from it: alpha [cos(theta - phase) - cos(half)].
          const double radius = (box.hi[i] - box.lo[i]) / (2 * std::numbers::pi);
          const double apart =
              pair_distance * (0.5 + uniform(seed, 17, static_cast<std::uint64_t>(number) * 16 + i)) / m[i];
          const double half = std::min(apart / radius, std::numbers::pi) / 2;
          const double phase = (centre[i] - box.lo[i]) / radius + half;
          const double alpha = a * radius / std::sin(half);
          weight(input++) = alpha * std::cos(phase);
          weight(input++) = alpha * std::sin(phase);
          bias -= alpha * std::cos(half);
        } else {
          weight(input++) = a;
          bias -= a * centre[i];
        }
      }
      theta[layer.biases + static_cast<std::size_t>(number)] = bias;
    }
  }
  return theta;
}

}  // namespace residua::pinn
