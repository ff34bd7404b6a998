// A network and a point program as one map from parameters to residuals: what training evaluates.
//
//     c_k(p) = channel k of the network at point p        k = output * channels + channel
//     r_i(p) = program_i(x(p), data(p), c(p); q)          i < residuals()
//
// and its derivatives in all `parameters()`: the network's, theta, and then the coefficients q, which are the
// program's. There is no tape: points are taken in blocks that fit in the cache, derivatives in space and time are jets
// pushed through the layers (JetTable), derivatives in theta a hand-written reverse pass over the same block. Memory is
// O(block), whatever the number of points.
//
// What is computed for a point has the same bits wherever the point stands and with whatever others. Sums over points
// (loss, gradient) are taken in the order of the points and depend on where a call begins and ends: a caller that wants
// them reproducible cuts the points into fixed leaves, one call each. Calls are cheapest on whole blocks: a leaf should
// be a multiple of `PointMap::block()`.
//
// The scratch memory belongs to the object: it is for one thread at a time; copies are independent.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "map/channel.hpp"
#include "map/network.hpp"

namespace residua {

class Program;

/// Row k of a two-dimensional array over points begins at data + k * stride; the point is the fastest index.
template <class T>
struct PointArray {
  T* data = nullptr;
  std::ptrdiff_t stride = 0;

  T* row(std::ptrdiff_t k) const { return data + k * stride; }
  /// The same rows from point `first` on.
  PointArray from(std::ptrdiff_t first) const { return {data ? data + first : nullptr, stride}; }
  operator PointArray<const T>() const { return {data, stride}; }
};

/// Points, and what is known at them.
struct Points {
  std::ptrdiff_t count = 0;
  PointArray<const double> coordinates;  ///< [coordinates][count]
  PointArray<const double> data;         ///< [data channels][count]; may be empty
  /// `n` points from point `first` on.
  Points slice(std::ptrdiff_t first, std::ptrdiff_t n) const { return {n, coordinates.from(first), data.from(first)}; }
};

class PointMap {
 public:
  /// Points are processed in blocks of this many; a shorter tail costs as much as a block.
  static int block();

  /// The program's inputs are coordinates | data channels | network channels (output-major), its outputs
  /// r_i | d r_i / d network channel k (i-major) | d r_i / d q_k (i-major). Throws Error when its numbers of inputs and
  /// outputs do not fit.
  PointMap(const Network& network, const ChannelSet& channels, const Program& program);

  /// Channels alone, with no residual: `channels` and `features` may be called.
  PointMap(const Network& network, const ChannelSet& channels);

  PointMap(const PointMap& other);
  PointMap(PointMap&&) noexcept;
  PointMap& operator=(const PointMap& other);
  PointMap& operator=(PointMap&&) noexcept;
  ~PointMap();

  const Network& network() const;
  const ChannelSet& channel_set() const;
  int residuals() const;
  int data_channels() const;
  /// Of the program: 0 without one.
  int coefficients() const;
  /// Those of the network and the coefficients.
  std::size_t parameters() const;

  /// [theta | q], or the hidden parameters alone (then only `features` may be called). All results below are those of
  /// the parameters set last. Costs about as much as a few points.
  void set_parameters(std::span<const double> parameters);

  /// out [outputs * channels][count]: the network's channels.
  void channels(const Points& points, PointArray<double> out);

  /// out [channels * last_width][count]: channels of the last hidden layer, channel-major. The network's channel (j, c)
  /// is sum_i W_ij out(c, i), plus b_j for the value: linear in the output layer.
  void features(const Points& points, PointArray<double> out);

  /// r [residuals][count].
  void apply(const Points& points, PointArray<double> r);

  /// r, and dr [residuals * outputs * channels][count]: the derivatives in the network's channels.
  void linearise(const Points& points, PointArray<double> r, PointArray<double> dr);

  /// jv [residuals][count]: the derivative of r along the parameter direction v.
  void jvp(const Points& points, std::span<const double> v, PointArray<double> jv);

  /// gradient += J' w with w [residuals][count].
  void vjp(const Points& points, PointArray<const double> w, std::span<double> gradient);

  /// gradient += J' (w r) and the return value is 1/2 sum w r^2, in one pass. w [residuals][count] are the rows'
  /// weights; without data they are all 1. An empty gradient asks for the loss alone.
  double loss_gradient(const Points& points, PointArray<const double> w, std::span<double> gradient);

  /// The Jacobian, column by column: d r_i(p) / d theta_k at jacobian[k * ld + i * count + p], ld >= residuals * count.
  /// Avoid an ld that is a multiple of 512: all columns would compete for the same few places of the caches. Large
  /// arrays are written past the caches, about 1.3 times as fast in huge pages.
  void rows(const Points& points, double* jacobian, std::ptrdiff_t ld);

  /// The columns of the output layer alone: those of the network from its hidden_parameters() on.
  void output_rows(const Points& points, double* jacobian, std::ptrdiff_t ld);

 private:
  struct Implementation;
  std::unique_ptr<Implementation> self_;
};

}  // namespace residua
