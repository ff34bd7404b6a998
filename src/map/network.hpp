// Networks: what they are (a plain description), how their parameters lie in one vector, and their initialisation.
//
//     e   = embedding of the coordinates: per coordinate affine to [-1, 1], or cosines and sines of harmonics
//     y_0 = e, or with a frequency matrix F:  (cos(F' e), sin(F' e))
//     y_l = sigma(W_l' y_{l-1} + b_l),  l = 1 .. hidden layers
//     N   = W' y + b                    (linear output layer)
//
// Two architectures mix two gates U = sigma(W_U' y_0 + b_U), V = sigma(W_V' y_0 + b_V) into hidden layers, all of one
// width, gated(a) = V + a (U - V):
//
//     modified_mlp   y_l = gated(sigma(W_l' y_{l-1} + b_l))       S. Wang, Y. Teng, P. Perdikaris, arXiv:2001.04536
//     pirate         x_0 = y_0;  f = gated(sigma(W_1' x + b_1)),  g = gated(sigma(W_2' f + b_2)),
//                    h = sigma(W_3' g + b_3),  x <- x + alpha (h - x) in each block; alpha = 0 to begin with, so that
//                    N is linear in y_0 then                      S. Wang, B. Li, Y. Chen, P. Perdikaris,
//                    arXiv:2402.00326
//
// Several networks may stand side by side as one (`parts`): each has layers, outputs and coordinates of its own, y_0 is
// theirs one after the other, and every W is block-diagonal. They share nothing but alpha.
//
// Parameters, in this order: the gates, then for each layer, first to last, W as (in, out) row by row (of one part
// after the other), then b, then the alpha of a block that ends there. The output layer is the last, so that the
// parameters which enter linearly are a tail of the vector. `factorised`: hidden layers have W_io = exp(s_o) V_io (S.
// Wang et al., arXiv:2210.01274), with V in the place of W and s behind b (map/factorisation.hpp).
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
  double upper = 1;   ///< if it is `lower`, the feature is 0: the coordinate is not seen
  int harmonics = 0;  ///< > 0: periodic: cos and sin of 2 pi k (x - lower) / (upper - lower), k = 1 .. harmonics

  int features() const { return harmonics > 0 ? 2 * harmonics : 1; }
  bool operator==(const CoordinateEmbedding&) const = default;
};

enum class Architecture { mlp, modified_mlp, pirate };

/// One of several networks side by side.
struct NetworkPart {
  std::vector<int> coordinates;  ///< those that it sees, ascending
  std::vector<int> hidden;       ///< as many as the other parts have
  int outputs = 1;
  bool operator==(const NetworkPart&) const = default;
};

struct NetworkSpec {
  std::vector<CoordinateEmbedding> coordinates;
  int fourier_features = 0;         ///< m; 0: none
  std::vector<double> frequencies;  ///< F, [embedding features][m], row by row; a part has the rows of its coordinates
  std::vector<int> hidden;          ///< widths of the hidden layers, or of the blocks; may be empty
  int outputs = 1;                  ///< of all parts
  std::vector<NetworkPart> parts;   ///< empty: one of all coordinates, else `hidden` is empty
  Activation activation = Activation::tanh;
  Architecture architecture = Architecture::mlp;
  bool factorised = false;
  double scale_mean = 1, scale_std = 0.1;  ///< of s to begin with

  bool operator==(const NetworkSpec&) const = default;
};

/// What becomes of a layer's activation a: the output is a itself; V + a (U - V); x + alpha (a - x).
enum class Merge { none, gate, blend };

/// The weights of one part in a layer: `in` x `out` of them at `weights` in the parameter vector.
struct LayerBlock {
  int first_in = 0, in = 0;
  int first_out = 0, out = 0;
  std::size_t weights = 0;
};

/// A layer, block-diagonal where the network has parts: its weights begin at `weights` in the parameter vector, its
/// `out` biases at `biases`.
struct LayerShape {
  int in = 0, out = 0;
  std::size_t weights = 0, biases = 0;
  std::vector<LayerBlock> blocks;  ///< of each part
  int source = -1;                 ///< the layer whose output comes in; -1: y_0
  Merge merge = Merge::none;
  int skip = -1;           ///< the layer whose output is x of a blend; -1: y_0
  std::size_t scales = 0;  ///< where s is; 0: not factorised
  std::size_t blend = 0;   ///< where alpha is
};

class Network {
 public:
  /// Throws Error when the description is inconsistent (no coordinate, an empty layer, upper < lower, a frequency
  /// matrix of the wrong size, gates for layers of several widths or for none, parts of several depths).
  explicit Network(NetworkSpec spec);

  const NetworkSpec& spec() const { return spec_; }
  int coordinates() const { return static_cast<int>(spec_.coordinates.size()); }
  int outputs() const { return spec_.outputs; }

  /// All of it where the description has no parts.
  const std::vector<NetworkPart>& parts() const { return parts_; }

  /// Features of the coordinates that a part sees, before the Fourier features.
  int embedding_features(std::size_t part) const;

  /// Gates U and V, where there are any, hidden layers and the output layer.
  const std::vector<LayerShape>& layers() const { return layers_; }

  /// Inputs of the output layer.
  int last_width() const { return layers_.back().in; }

  std::size_t parameters() const { return size_; }

  /// The parameters of all hidden layers: the head of the vector. What follows enters linearly.
  std::size_t hidden_parameters() const { return layers_.back().weights; }

  /// Glorot's uniform initialisation: weights sqrt(6 / (in + out)) (2 u - 1), all else 0. Weight k, counted
  /// in the order of the parameter vector, uses u = uniform(seed, stream, k). A factorised network has the same
  /// weights, and s = scale_mean + scale_std * a normal number.
  std::vector<double> glorot(std::uint64_t seed, std::uint64_t stream = 0) const;

  /// The same with numbers u given, one for each weight (from other generators). Throws Error when their count is
  /// wrong.
  std::vector<double> glorot_from(const std::vector<double>& uniforms) const;

  /// The number of weights, biases not counted.
  std::size_t weights() const;

 private:
  void check() const;
  /// Of each part: of hidden layer (or block) l, and of y_0.
  std::vector<int> widths(std::size_t l) const;
  std::vector<int> inputs() const;

  // Layers after those that there are; the result is the number of the last. `out`: of each part.
  int add_layer(int source, const std::vector<int>& out);
  int add_hidden(int source, const std::vector<int>& out, Merge merge = Merge::none, int skip = -1);
  void add_gates();
  int add_block(int source, const std::vector<int>& width);

  NetworkSpec spec_;
  std::vector<NetworkPart> parts_;
  std::vector<LayerShape> layers_;
  std::size_t size_ = 0;  ///< parameters
};

}  // namespace residua
