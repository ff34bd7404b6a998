// A convolutional network of fields on a periodic grid:
//
//     x_l = sigma(z_l),   z_l[o](i, j) = b_o + sum_{c, s, t} W_o,s,t,c x_{l-1}[c](i + t, j + s),   s, t = -1, 0, 1,
//
// for l = 1 .. hidden layers, and a last layer of the same form without sigma. It commutes with shifts by whole cells.
// What it does depends on the width of the cells, which it does not know.
//
// Each layer asks the neighbours for one row of cells, forwards and backwards. A row's neighbourhoods are the columns
// of a matrix, and its convolution one product of matrices.
#pragma once

#include <cstdint>
#include <vector>

#include "grid/fourier_grid.hpp"
#include "map/activation.hpp"
#include "map/field_map.hpp"

namespace residua {

struct ConvolutionSpec {
  int inputs = 1;
  std::vector<int> hidden;  ///< channels of the hidden layers
  int outputs = 1;
  Activation activation = Activation::tanh;

  /// Channels before and after each layer.
  std::vector<int> channels() const;
  /// For each layer W as [out][s][t][in], then b.
  long parameters() const;
  /// Glorot's uniform initialisation: weights sqrt(6 / (9 in + 9 out)) (2 u - 1), u numbered as they stand; b = 0.
  std::vector<double> glorot(std::uint64_t seed) const;
};

class ConvolutionNetwork final : public FieldMap {
 public:
  /// The grid must outlive it. Throws Error for a layer of no channel, and where a rank has no row of the grid.
  ConvolutionNetwork(const ConvolutionSpec& spec, const FourierGrid& grid);

  int inputs() const override { return channels_.front(); }
  int outputs() const override { return channels_.back(); }
  long parameters() const override { return static_cast<long>(p_.size()); }
  void set_parameters(std::span<const double> p) override;
  void apply(std::span<const double> x, std::span<double> y) override;
  void jvp(std::span<const double> dx, std::span<const double> dp, std::span<double> dy) override;
  void vjp(std::span<const double> y_bar, std::span<double> x_bar, const RowSum& p_bar) override;

 private:
  /// Fields with the rows around this rank's.
  struct Padded {
    int channels = 0;
    std::vector<double> values;        ///< [channel][cells]
    std::vector<double> below, above;  ///< [channel][nx]
  };
  struct Layer {
    int in = 0, out = 0;
    long weights = 0, biases = 0;  ///< where they begin in p
    Padded x;                      ///< what came in last
    std::vector<double> slope;     ///< sigma' of what went out; empty for the last layer
  };

  Padded padded(int channels, std::span<const double> values) const;
  /// columns_ [s][t][channel][nx] <- what surrounds the cells of a row.
  void load_row(const Padded& x, int row);
  /// y [out][cells] += x convolved with W [out][s][t][channel].
  void convolve(const Padded& x, const double* weights, int out, double* y);
  /// W [in][-s][-t][out]: the transposed convolution's.
  std::vector<double> transposed(const Layer& layer) const;
  void add_gradient(const Layer& layer, const std::vector<double>& z_bar, const RowSum& p_bar);

  const FourierGrid& grid_;
  Activation activation_;
  std::vector<int> channels_;
  std::vector<Layer> layers_;
  std::vector<double> p_, columns_;
};

}  // namespace residua
