#include "map/network.hpp"

#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "base/error.hpp"
#include "base/random.hpp"

namespace residua {

Network::Network(NetworkSpec spec) : spec_(std::move(spec)) {
  if (spec_.coordinates.empty()) throw Error("a network needs at least one coordinate");
  for (const CoordinateEmbedding& e : spec_.coordinates) {
    if (e.harmonics < 0) throw Error("a network's number of harmonics is negative");
    if (!(e.upper > e.lower))
      throw Error(fmt::format("a network's coordinate runs from {} to {}: an empty interval", e.lower, e.upper));
    embedding_features_ += e.features();
  }
  if (spec_.fourier_features < 0) throw Error("a network's number of Fourier features is negative");
  const std::size_t frequencies = static_cast<std::size_t>(embedding_features_) * spec_.fourier_features;
  if (spec_.frequencies.size() != frequencies)
    throw Error(
        fmt::format("a network's frequency matrix has {} entries; {} features of the coordinates and {} "
                    "Fourier features need {}",
                    spec_.frequencies.size(), embedding_features_, spec_.fourier_features, frequencies));
  if (spec_.outputs < 1) throw Error("a network needs at least one output");
  int in = spec_.fourier_features > 0 ? 2 * spec_.fourier_features : embedding_features_;
  std::size_t offset = 0;
  const auto add_layer = [&](int out) {
    if (out < 1) throw Error("a network's layer has no neuron");
    const std::size_t biases = offset + static_cast<std::size_t>(in) * out;
    layers_.push_back({in, out, offset, biases});
    offset = biases + out;
    in = out;
  };
  for (const int width : spec_.hidden) add_layer(width);
  add_layer(spec_.outputs);
}

std::size_t Network::weights() const {
  std::size_t sum = 0;
  for (const LayerShape& layer : layers_) sum += layer.biases - layer.weights;
  return sum;
}

std::vector<double> Network::glorot(std::uint64_t seed, std::uint64_t stream) const {
  std::vector<double> uniforms(weights());
  for (std::size_t k = 0; k < uniforms.size(); ++k) uniforms[k] = uniform(seed, stream, k);
  return glorot_from(uniforms);
}

std::vector<double> Network::glorot_from(const std::vector<double>& uniforms) const {
  if (uniforms.size() != weights())
    throw Error(fmt::format("{} uniform numbers for {} weights", uniforms.size(), weights()));
  std::vector<double> theta(parameters(), 0.0);
  std::size_t next = 0;
  for (const LayerShape& layer : layers_) {
    const double limit = std::sqrt(6.0 / (layer.in + layer.out));
    for (std::size_t k = layer.weights; k < layer.biases; ++k) theta[k] = limit * (2 * uniforms[next++] - 1);
  }
  return theta;
}

}  // namespace residua
