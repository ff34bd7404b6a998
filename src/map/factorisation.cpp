#include "map/factorisation.hpp"

#include <algorithm>
#include <cmath>

namespace residua {
namespace {

/// Calls body(s, first weight of the neuron, distance of its weights, end of the weights) for each neuron with a scale.
template <class Body>
void for_neurons(const Network& network, std::size_t parameters, const Body& body) {
  for (const LayerShape& layer : network.layers()) {
    if (layer.scales == 0 || layer.scales >= parameters) continue;
    for (const LayerBlock& block : layer.blocks)
      for (int o = 0; o < block.out; ++o)
        body(layer.scales + block.first_out + o, block.weights + o, static_cast<std::size_t>(block.out),
             block.weights + static_cast<std::size_t>(block.in) * block.out);
  }
}

}  // namespace

std::vector<double> dense_parameters(const Network& network, std::span<const double> theta) {
  std::vector<double> dense(theta.begin(), theta.end());
  for_neurons(network, theta.size(), [&](std::size_t s, std::size_t first, std::size_t step, std::size_t end) {
    const double scale = std::exp(theta[s]);
    for (std::size_t k = first; k < end; k += step) dense[k] *= scale;
  });
  return dense;
}

std::vector<double> dense_direction(const Network& network, std::span<const double> theta, std::span<const double> v) {
  std::vector<double> dense(v.begin(), v.end());
  for_neurons(network, theta.size(), [&](std::size_t s, std::size_t first, std::size_t step, std::size_t end) {
    const double scale = std::exp(theta[s]);
    for (std::size_t k = first; k < end; k += step) dense[k] = scale * (v[k] + theta[k] * v[s]);
  });
  return dense;
}

void add_pulled_back(const Network& network, std::span<const double> theta, std::span<const double> dense,
                     std::span<double> gradient) {
  std::vector<double> pulled(dense.begin(), dense.end());
  for_neurons(network, theta.size(), [&](std::size_t s, std::size_t first, std::size_t step, std::size_t end) {
    const double scale = std::exp(theta[s]);
    pulled[s] = 0;
    for (std::size_t k = first; k < end; k += step) {
      pulled[k] *= scale;
      pulled[s] += pulled[k] * theta[k];
    }
  });
  for (std::size_t k = 0; k < pulled.size(); ++k) gradient[k] += pulled[k];
}

void pull_back_rows(const Network& network, std::span<const double> theta, double* jacobian, std::ptrdiff_t rows,
                    std::ptrdiff_t ld) {
  const auto column = [&](std::size_t k) { return jacobian + static_cast<std::ptrdiff_t>(k) * ld; };
  for_neurons(network, theta.size(), [&](std::size_t s, std::size_t first, std::size_t step, std::size_t end) {
    const double scale = std::exp(theta[s]);
    double* along_s = column(s);
    std::fill_n(along_s, rows, 0.0);
    for (std::size_t k = first; k < end; k += step) {
      double* along_v = column(k);
      for (std::ptrdiff_t i = 0; i < rows; ++i) {
        along_v[i] *= scale;
        along_s[i] += theta[k] * along_v[i];
      }
    }
  });
}

}  // namespace residua
