#include "map/network.hpp"

#include <cmath>
#include <numeric>
#include <utility>

#include <fmt/format.h>

#include "base/error.hpp"
#include "base/random.hpp"

namespace residua {
namespace {

constexpr std::uint64_t scale_stream = 0x5ca1e;

}  // namespace

Network::Network(NetworkSpec spec) : spec_(std::move(spec)), parts_(spec_.parts) {
  if (parts_.empty()) {
    parts_ = {{{}, spec_.hidden, spec_.outputs}};
    parts_[0].coordinates.resize(spec_.coordinates.size());
    std::iota(parts_[0].coordinates.begin(), parts_[0].coordinates.end(), 0);
  }
  check();
  if (spec_.architecture != Architecture::mlp) add_gates();
  int last = -1;
  for (std::size_t l = 0; l < parts_[0].hidden.size(); ++l) {
    if (spec_.architecture == Architecture::mlp) last = add_hidden(last, widths(l));
    if (spec_.architecture == Architecture::modified_mlp) last = add_hidden(last, widths(l), Merge::gate);
    if (spec_.architecture == Architecture::pirate) last = add_block(last, widths(l));
  }
  std::vector<int> outputs;
  for (const NetworkPart& part : parts_) outputs.push_back(part.outputs);
  add_layer(last, outputs);
}

void Network::check() const {
  if (spec_.coordinates.empty()) throw Error("a network needs at least one coordinate");
  int features = 0;
  for (const CoordinateEmbedding& e : spec_.coordinates) {
    if (e.harmonics < 0) throw Error("a network's number of harmonics is negative");
    if (!(e.upper > e.lower || (e.upper == e.lower && e.harmonics == 0)))
      throw Error(fmt::format("a network's coordinate runs from {} to {}: an empty interval", e.lower, e.upper));
    features += e.features();
  }
  if (spec_.fourier_features < 0) throw Error("a network's number of Fourier features is negative");
  const std::size_t frequencies = static_cast<std::size_t>(features) * spec_.fourier_features;
  if (spec_.frequencies.size() != frequencies)
    throw Error(
        fmt::format("a network's frequency matrix has {} entries; {} features of the coordinates and {} "
                    "Fourier features need {}",
                    spec_.frequencies.size(), features, spec_.fourier_features, frequencies));
  if (!spec_.parts.empty() && !spec_.hidden.empty()) throw Error("a network of parts has no layers of its own");
  int outputs = 0;
  for (const NetworkPart& part : parts_) {
    if (part.outputs < 1) throw Error("a network needs at least one output");
    outputs += part.outputs;
    if (part.coordinates.empty()) throw Error("a part of a network needs at least one coordinate");
    for (const int i : part.coordinates)
      if (i < 0 || i >= coordinates()) throw Error("a part of a network sees a coordinate that there is not");
    if (part.hidden.size() != parts_[0].hidden.size()) throw Error("the parts of a network are not equally deep");
  }
  if (outputs != spec_.outputs) throw Error("the outputs of a network are not those of its parts");
}

int Network::embedding_features(std::size_t part) const {
  int features = 0;
  for (const int i : parts_[part].coordinates) features += spec_.coordinates[i].features();
  return features;
}

std::vector<int> Network::widths(std::size_t l) const {
  std::vector<int> widths;
  for (const NetworkPart& part : parts_) widths.push_back(part.hidden[l]);
  return widths;
}

std::vector<int> Network::inputs() const {
  std::vector<int> inputs;
  for (std::size_t p = 0; p < parts_.size(); ++p)
    inputs.push_back(spec_.fourier_features > 0 ? 2 * spec_.fourier_features : embedding_features(p));
  return inputs;
}

void Network::add_gates() {
  for (const NetworkPart& part : parts_) {
    if (part.hidden.empty()) throw Error("a network with gates needs hidden layers");
    for (const int width : part.hidden)
      if (width != part.hidden[0]) throw Error("gates need hidden layers of one width");
  }
  add_hidden(-1, widths(0));
  add_hidden(-1, widths(0));
}

int Network::add_block(int source, const std::vector<int>& width) {
  const int first = add_hidden(source, width, Merge::gate);
  const int second = add_hidden(first, width, Merge::gate);
  return add_hidden(second, inputs(), Merge::blend, source);
}

int Network::add_layer(int source, const std::vector<int>& out) {
  const std::vector<int> of_embedding = inputs();
  LayerShape layer;
  layer.source = source;
  layer.weights = size_;
  for (std::size_t p = 0; p < out.size(); ++p) {
    if (out[p] < 1) throw Error("a network's layer has no neuron");
    const int in = source < 0 ? of_embedding[p] : layers_[source].blocks[p].out;
    layer.blocks.push_back({layer.in, in, layer.out, out[p], size_});
    layer.in += in;
    layer.out += out[p];
    size_ += static_cast<std::size_t>(in) * out[p];
  }
  layer.biases = size_;
  size_ += layer.out;
  layers_.push_back(std::move(layer));
  return static_cast<int>(layers_.size()) - 1;
}

int Network::add_hidden(int source, const std::vector<int>& out, Merge merge, int skip) {
  const int number = add_layer(source, out);
  LayerShape& layer = layers_.back();
  layer.merge = merge;
  layer.skip = skip;
  if (spec_.factorised) {
    layer.scales = size_;
    size_ += layer.out;
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
    for (const LayerBlock& block : layer.blocks)
      for (int o = 0; o < block.out; ++o) {
        const double s = spec_.scale_mean + spec_.scale_std * normal(seed, scale_stream + stream, next++);
        theta[layer.scales + block.first_out + o] = s;
        const std::size_t end = block.weights + static_cast<std::size_t>(block.in) * block.out;
        for (std::size_t k = block.weights + o; k < end; k += block.out) theta[k] *= std::exp(-s);
      }
  }
  return theta;
}

std::vector<double> Network::glorot_from(const std::vector<double>& uniforms) const {
  if (uniforms.size() != weights())
    throw Error(fmt::format("{} uniform numbers for {} weights", uniforms.size(), weights()));
  std::vector<double> theta(parameters(), 0.0);
  std::size_t next = 0;
  for (const LayerShape& layer : layers_)
    for (const LayerBlock& block : layer.blocks) {
      const double limit = std::sqrt(6.0 / (block.in + block.out));
      const std::size_t end = block.weights + static_cast<std::size_t>(block.in) * block.out;
      for (std::size_t k = block.weights; k < end; ++k) theta[k] = limit * (2 * uniforms[next++] - 1);
    }
  return theta;
}

}  // namespace residua
