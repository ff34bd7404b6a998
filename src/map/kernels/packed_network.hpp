// A network's parameters packed for the kernels, and padded gradient sums unpacked. Host side.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "base/aligned_vector.hpp"
#include "map/kernels/embedding_kernel.hpp"
#include "map/network.hpp"

namespace residua {

/// The layers as the kernels see them: the frozen layer of the Fourier features first, where there are any, then the
/// network's. Fourier features (cos, sin) are a layer sin(F' e + (pi / 2 | 0)).
class PackedNetwork {
 public:
  explicit PackedNetwork(const Network& network);

  /// Packs a vector of dense parameters (map/factorisation.hpp), or the head of it without the output layer.
  void pack(const Network& network, std::span<const double> theta);

  const std::vector<LayerView>& layers() const { return layers_; }

  /// 1 with Fourier features, else 0: the first layer with trained parameters.
  int first() const { return first_; }

 private:
  void add_layer(const std::vector<LayerBlock>& blocks);
  /// The blocks' weights begin at `weights` + LayerBlock::weights.
  void pack_layer(int l, const std::vector<LayerBlock>& blocks, const double* weights, const double* biases);
  void pack_frequencies(const Network& network);

  std::vector<LayerView> layers_;
  std::vector<AlignedVector> storage_;                      ///< of each layer: forward | backward | bias
  std::vector<std::vector<NeuronRange>> inputs_, outputs_;  ///< of each layer's panels; empty where it is dense
  int first_ = 0;
};

/// Sums of a gradient while blocks are worked through: per trained layer [in, padded][out, padded] and [out, padded].
class PaddedGradient {
 public:
  explicit PaddedGradient(const PackedNetwork& network);

  void clear();
  double* weights(int layer) { return storage_[layer].data(); }
  double* biases(int layer);
  double* blends() { return blends_.data(); }

  /// gradient += the sums.
  void add_to(const Network& network, std::span<double> gradient);

 private:
  std::vector<LayerView> layers_;
  std::vector<AlignedVector> storage_;
  std::vector<double> blends_;
};

/// What the embedding's kernel needs.
class EmbeddingTables {
 public:
  EmbeddingTables(const Network& network, const ChannelSet& set);
  EmbeddingView view() const;

 private:
  int features_ = 0;
  std::vector<int> coordinate_, harmonics_, order_;
  std::vector<double> offset_, scale_, coefficient_;
};

}  // namespace residua
