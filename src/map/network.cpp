#include "map/network.hpp"

#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "base/error.hpp"
#include "base/random.hpp"

namespace residua {
namespace {

constexpr std::uint64_t scale_stream = 0x5ca1e;

}  // namespace

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
  if (spec_.architecture != Architecture::mlp) add_gates();
  int last = -1;
  for (const int width : spec_.hidden) {
    if (spec_.architecture == Architecture::mlp) last = add_hidden(last, width);
    if (spec_.architecture == Architecture::modified_mlp) last = add_hidden(last, width, Merge::gate);
    if (spec_.architecture == Architecture::pirate) last = add_block(last, width);
  }
  add_layer(last, spec_.outputs);
}

void Network::add_gates() {
  if (spec_.hidden.empty()) throw Error("a network with gates needs hidden layers");
  for (const int width : spec_.hidden)
    if (width != spec_.hidden[0]) throw Error("gates need hidden layers of one width");
  add_hidden(-1, spec_.hidden[0]);
  add_hidden(-1, spec_.hidden[0]);
}

int Network::add_block(int source, int width) {
  const int first = add_hidden(source, width, Merge::gate);
  const int second = add_hidden(first, width, Merge::gate);
  return add_hidden(second, inputs(), Merge::blend, source);
}

int Network::add_layer(int source, int out) {
  if (out < 1) throw Error("a network's layer has no neuron");
  LayerShape layer;
  layer.in = source < 0 ? inputs() : layers_[source].out;
  layer.out = out;
  layer.source = source;
  layer.weights = size_;
  layer.biases = layer.weights + static_cast<std::size_t>(layer.in) * out;
  size_ = layer.biases + out;
  layers_.push_back(layer);
  return static_cast<int>(layers_.size()) - 1;
}

int Network::add_hidden(int source, int out, Merge merge, int skip) {
  const int number = add_layer(source, out);
  LayerShape& layer = layers_.back();
  layer.merge = merge;
  layer.skip = skip;
  if (spec_.factorised) {
    layer.scales = size_;
    size_ += out;
  }
  if (merge == Merge::blend) layer.blend = size_++;
  return number;
}

std::size_t Network::weights() const {
  std::size_t sum = 0;
  for (const LayerShape& layer : layers_) sum += layer.biases - layer.weights;
  return sum;
}

std::vector<double> Network::glorot(std::uint64_t seed, std::uint64_t stream) const {
  std::vector<double> uniforms(weights());
  for (std::size_t k = 0; k < uniforms.size(); ++k) uniforms[k] = uniform(seed, stream, k);
  std::vector<double> theta = glorot_from(uniforms);
  std::uint64_t next = 0;
  for (const LayerShape& layer : layers_) {
    if (layer.scales == 0) continue;
    for (int o = 0; o < layer.out; ++o) {
      const double s = spec_.scale_mean + spec_.scale_std * normal(seed, scale_stream + stream, next++);
      theta[layer.scales + o] = s;
      for (std::size_t k = layer.weights + o; k < layer.biases; k += layer.out) theta[k] *= std::exp(-s);
    }
  }
  return theta;
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
