#include "map/kernels/packed_network.hpp"

#include <algorithm>
#include <numbers>

namespace residua {
namespace {

using V = NativePack;
constexpr int rows = panel_rows<V>;

int padded(int n) { return (n + rows - 1) / rows * rows; }

/// For each panel of the rows of a matrix of blocks the columns in which it has any; `rows_of` and `columns_of` tell
/// those of a block.
template <class Rows, class Columns>
std::vector<NeuronRange> ranges(const std::vector<LayerBlock>& blocks, int count, const Rows& rows_of,
                                const Columns& columns_of) {
  std::vector<NeuronRange> found;
  for (int p = 0; p < padded(count); p += rows) {
    NeuronRange range;
    for (const LayerBlock& block : blocks) {
      const NeuronRange own = rows_of(block), other = columns_of(block);
      if (own.first >= p + rows || own.first + own.count <= p) continue;
      if (range.count == 0) range.first = other.first;
      range.count = other.first + other.count - range.first;
    }
    found.push_back(range);
  }
  return found;
}

/// [panel][depth][row of the panel] from value(row, depth).
template <class Value>
void fill_panels(double* to, int count, int depth, const Value& value) {
  for (int p = 0; p < padded(count); p += rows)
    for (int k = 0; k < depth; ++k)
      for (int r = 0; r < rows; ++r) *to++ = p + r < count ? value(p + r, k) : 0.0;
}

}  // namespace

PackedNetwork::PackedNetwork(const Network& network) {
  const NetworkSpec& spec = network.spec();
  if (spec.fourier_features > 0) pack_frequencies(network);
  for (const LayerShape& shape : network.layers()) {
    add_layer(shape.blocks);
    LayerView& layer = layers_.back();
    layer.activation = spec.activation;
    layer.source = shape.source + first_;
    layer.merge = shape.merge;
    layer.skip = shape.skip + first_;
  }
  layers_.back().linear = true;
  for (LayerView& layer : layers_) {
    if (!layer.linear) with_jets<V>(layer.activation, [&](auto jets) { layer.kept = decltype(jets)::Kernel::kept; });
  }
}

void PackedNetwork::pack_frequencies(const Network& network) {
  first_ = 1;
  const NetworkSpec& spec = network.spec();
  const int m = spec.fourier_features;
  std::vector<double> weights, biases;
  std::vector<LayerBlock> blocks;
  LayerBlock block;
  for (std::size_t part = 0; part < network.parts().size(); ++part) {
    block.in = network.embedding_features(part);
    block.out = 2 * m;
    blocks.push_back(block);
    for (const int coordinate : network.parts()[part].coordinates) {
      int row = 0;  // of the frequencies
      for (int i = 0; i < coordinate; ++i) row += spec.coordinates[i].features();
      for (int i = row; i < row + spec.coordinates[coordinate].features(); ++i)
        for (int twice = 0; twice < 2; ++twice)
          weights.insert(weights.end(), spec.frequencies.begin() + i * m, spec.frequencies.begin() + (i + 1) * m);
    }
    biases.insert(biases.end(), m, std::numbers::pi / 2);
    biases.insert(biases.end(), m, 0.0);
    block.first_in += block.in;
    block.first_out += block.out;
    block.weights = weights.size();
  }
  add_layer(blocks);
  layers_[0].activation = Activation::sin;
  pack_layer(0, blocks, weights.data(), biases.data());
}

void PackedNetwork::add_layer(const std::vector<LayerBlock>& blocks) {
  const int in = blocks.back().first_in + blocks.back().in, out = blocks.back().first_out + blocks.back().out;
  LayerView layer;
  layer.in = in;
  layer.out = out;
  layer.in_padded = padded(in);
  layer.out_padded = padded(out);
  inputs_.emplace_back();
  outputs_.emplace_back();
  if (blocks.size() > 1) {
    const auto of_inputs = [](const LayerBlock& b) { return NeuronRange{b.first_in, b.in}; };
    const auto of_outputs = [](const LayerBlock& b) { return NeuronRange{b.first_out, b.out}; };
    inputs_.back() = ranges(blocks, out, of_outputs, of_inputs);
    outputs_.back() = ranges(blocks, in, of_inputs, of_outputs);
    layer.inputs = inputs_.back().data();
    layer.outputs = outputs_.back().data();
  }
  layers_.push_back(layer);
  storage_.emplace_back(static_cast<std::size_t>(layer.out_padded) * (in + 1) +
                        static_cast<std::size_t>(layer.in_padded) * out);
}

void PackedNetwork::pack_layer(int l, const std::vector<LayerBlock>& blocks, const double* weights,
                               const double* biases) {
  LayerView& layer = layers_[l];
  double* forward = storage_[l].data();
  double* backward = forward + layer.out_padded * layer.in;
  double* bias = backward + layer.in_padded * layer.out;
  const int in = layer.in, out = layer.out;
  std::vector<double> dense(static_cast<std::size_t>(in) * out);
  for (const LayerBlock& block : blocks)
    for (int i = 0; i < block.in; ++i)
      std::copy_n(weights + block.weights + static_cast<std::size_t>(i) * block.out, block.out,
                  dense.begin() + static_cast<std::ptrdiff_t>(block.first_in + i) * out + block.first_out);
  fill_panels(forward, out, in, [&](int o, int i) { return dense[static_cast<std::size_t>(i) * out + o]; });
  fill_panels(backward, in, out, [&](int i, int o) { return dense[static_cast<std::size_t>(i) * out + o]; });
  std::copy_n(biases, out, bias);
  layer.forward = forward;
  layer.backward = backward;
  layer.bias = bias;
}

void PackedNetwork::pack(const Network& network, std::span<const double> theta) {
  for (std::size_t l = 0; l < network.layers().size(); ++l) {
    const LayerShape& shape = network.layers()[l];
    if (shape.weights < theta.size())
      pack_layer(first_ + static_cast<int>(l), shape.blocks, theta.data(), theta.data() + shape.biases);
    if (shape.merge == Merge::blend) layers_[first_ + l].blend = theta[shape.blend];
  }
}

PaddedGradient::PaddedGradient(const PackedNetwork& network)
    : layers_(network.layers().begin() + network.first(), network.layers().end()) {
  for (const LayerView& layer : layers_)
    storage_.emplace_back(static_cast<std::size_t>(layer.in_padded + 1) * layer.out_padded);
  blends_.resize(layers_.size());
}

double* PaddedGradient::biases(int layer) {
  return storage_[layer].data() + layers_[layer].in_padded * layers_[layer].out_padded;
}

void PaddedGradient::clear() {
  std::ranges::fill(blends_, 0.0);
  for (std::size_t l = 0; l < layers_.size(); ++l)
    std::fill_n(storage_[l].data(), static_cast<std::size_t>(layers_[l].in_padded + 1) * layers_[l].out_padded, 0.0);
}

void PaddedGradient::add_to(const Network& network, std::span<double> gradient) {
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    const LayerShape& shape = network.layers()[l];
    const int length = layers_[l].out_padded;
    const double *g = weights(static_cast<int>(l)), *b = biases(static_cast<int>(l));
    for (const LayerBlock& block : shape.blocks)
      for (int i = 0; i < block.in; ++i)
        for (int o = 0; o < block.out; ++o)
          gradient[block.weights + static_cast<std::size_t>(i) * block.out + o] +=
              g[(block.first_in + i) * length + block.first_out + o];
    for (int o = 0; o < shape.out; ++o) gradient[shape.biases + o] += b[o];
    if (shape.merge == Merge::blend) gradient[shape.blend] += blends_[l];
  }
}

EmbeddingTables::EmbeddingTables(const Network& network, const ChannelSet& set) {
  for (const NetworkPart& part : network.parts())
    coordinate_.insert(coordinate_.end(), part.coordinates.begin(), part.coordinates.end());
  for (const int i : coordinate_) {
    const CoordinateEmbedding& e = network.spec().coordinates[i];
    features_ += e.features();
    harmonics_.push_back(e.harmonics);
    if (e.harmonics > 0) {
      offset_.push_back(e.lower);
      scale_.push_back(2 * std::numbers::pi / (e.upper - e.lower));
    } else {
      const bool seen = e.upper > e.lower;
      offset_.push_back(seen ? -(e.upper + e.lower) / (e.upper - e.lower) : 0);
      scale_.push_back(seen ? 2 / (e.upper - e.lower) : 0);
    }
  }
  for (const Channel& channel : set.channels()) {
    order_.push_back(channel.order());
    for (const int i : coordinate_) {
      double sum = 0;
      for (const auto& [alpha, coefficient] : channel.terms)
        if (alpha[i] == alpha.total()) sum += coefficient;
      coefficient_.push_back(sum);
    }
  }
}

EmbeddingView EmbeddingTables::view() const {
  EmbeddingView view;
  view.inputs = static_cast<int>(coordinate_.size());
  view.coordinate = coordinate_.data();
  view.features = features_;
  view.features_padded = padded(features_);
  view.channels = static_cast<int>(order_.size());
  view.harmonics = harmonics_.data();
  view.offset = offset_.data();
  view.scale = scale_.data();
  view.order = order_.data();
  view.coefficient = coefficient_.data();
  return view;
}

}  // namespace residua
