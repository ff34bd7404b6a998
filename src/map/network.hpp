// Networks: what they are (a plain description), how their parameters lie in one vector, and their initialisation.
//
//     e   = embedding of the coordinates: per coordinate affine to [-1, 1], or cosines and sines of harmonics
//     y_0 = e, or with a frequency matrix F:  (cos(F' e), sin(F' e))
//     y_l = sigma(W_l' y_{l-1} + b_l),  l = 1 .. hidden layers
//     N   = W' y + b                    (linear output layer)
//
// Parameters, in this order: for each layer, first to last, W as (in, out) row by row, then b. The output layer is the
// last, so that the parameters which enter linearly are a tail of the vector.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "map/activation.hpp"

namespace residua {

/// How one coordinate x enters.
struct CoordinateEmbedding {
  double lower = -1;  ///< affine: 2 (x - lower) / (upper - lower) - 1; the default leaves x as it is
  double upper = 1;
  int harmonics = 0;  ///< > 0: periodic: cos and sin of 2 pi k (x - lower) / (upper - lower), k = 1 .. harmonics

  int features() const { return harmonics > 0 ? 2 * harmonics : 1; }
  bool operator==(const CoordinateEmbedding&) const = default;
};

struct NetworkSpec {
  std::vector<CoordinateEmbedding> coordinates;
  int fourier_features = 0;         ///< m; 0: none
  std::vector<double> frequencies;  ///< F, [embedding features][m], row by row
  std::vector<int> hidden;          ///< widths of the hidden layers; may be empty
  int outputs = 1;
  Activation activation = Activation::tanh;

  bool operator==(const NetworkSpec&) const = default;
};

/// A dense layer: `in` x `out` weights at `weights` in the parameter vector, `out` biases at `biases`.
struct LayerShape {
  int in = 0, out = 0;
  std::size_t weights = 0, biases = 0;
};

class Network {
 public:
  /// Throws Error when the description is inconsistent (no coordinate, an empty layer, lower == upper, a frequency
  /// matrix of the wrong size).
  explicit Network(NetworkSpec spec);

  const NetworkSpec& spec() const { return spec_; }
  int coordinates() const { return static_cast<int>(spec_.coordinates.size()); }
  int outputs() const { return spec_.outputs; }

  /// Features of the coordinates, before the Fourier features.
  int embedding_features() const { return embedding_features_; }

  /// Hidden layers and the output layer.
  const std::vector<LayerShape>& layers() const { return layers_; }

  /// Inputs of the output layer.
  int last_width() const { return layers_.back().in; }

  std::size_t parameters() const { return layers_.back().biases + static_cast<std::size_t>(spec_.outputs); }

  /// The parameters of all hidden layers: the head of the vector. What follows enters linearly.
  std::size_t hidden_parameters() const { return layers_.back().weights; }

  /// Glorot's uniform initialisation: weights sqrt(6 / (in + out)) (2 u - 1), biases 0. Weight k, counted
  /// in the order of the parameter vector, uses u = uniform(seed, stream, k).
  std::vector<double> glorot(std::uint64_t seed, std::uint64_t stream = 0) const;

  /// The same with numbers u given, one for each weight (from other generators). Throws Error when their count is
  /// wrong.
  std::vector<double> glorot_from(const std::vector<double>& uniforms) const;

  /// The number of weights, biases not counted.
  std::size_t weights() const;

 private:
  NetworkSpec spec_;
  int embedding_features_ = 0;
  std::vector<LayerShape> layers_;
};

}  // namespace residua
