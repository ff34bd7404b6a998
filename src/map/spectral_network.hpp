// A Fourier neural operator on a periodic grid (Z. Li et al., arXiv 2010.08895): v_0 = P x + b_0, layers
//
//     v_l = sigma(W_l v_{l-1} + b_l + K_l v_{l-1}),   (K v)_k = R(k) v_k for the modes |p|, |q| <= m, 0 for others,
//
// and y = Q v + b with the v of the last layer. R(-k) is the conjugate of R(k), so that fields stay real. P, W and Q
// are matrices of channels, the same in every cell. It commutes with shifts, and does the same to the same field on a
// finer grid, up to what sigma makes of waves that a grid does not hold.
//
// Transforms are those of the grid (grid/fourier_grid.hpp), two channels in one complex field.
#pragma once

#include <cstdint>
#include <vector>

#include "grid/fourier_grid.hpp"
#include "map/activation.hpp"
#include "map/field_map.hpp"

namespace residua {

struct SpectralSpec {
  int inputs = 1;
  int channels = 1;
  int layers = 1;
  int modes = 0;  ///< m
  int outputs = 1;
  Activation activation = Activation::gelu;

  /// Modes that have a matrix of their own: k = 0, and of each pair k, -k the one with p > 0, or p = 0 and q > 0.
  long half() const { return 1 + modes + static_cast<long>(modes) * (2 * modes + 1); }
  /// Of R in a layer: real for k = 0, else real and imaginary part.
  long spectral() const { return channels * channels * (2 * half() - 1); }
  /// P [channel][in], b_0; for each layer W [out][in], b, then R as [k][real, imaginary][out][in]; Q, b.
  long parameters() const;
  /// Glorot's uniform initialisation of P, W and Q, and R uniform in (-1, 1)/channels; biases 0.
  std::vector<double> first(std::uint64_t seed) const;
};

class SpectralNetwork final : public FieldMap {
 public:
  /// The grid must outlive it. Throws Error for a network without layers or channels, for modes that the grid does not
  /// keep, and where a rank has no row of the grid.
  SpectralNetwork(const SpectralSpec& spec, const FourierGrid& grid);

  int inputs() const override { return spec_.inputs; }
  int outputs() const override { return spec_.outputs; }
  long parameters() const override { return static_cast<long>(p_.size()); }
  void set_parameters(std::span<const double> p) override;
  void apply(std::span<const double> x, std::span<double> y) override;
  void jvp(std::span<const double> dx, std::span<const double> dp, std::span<double> dy) override;
  void vjp(std::span<const double> y_bar, std::span<double> x_bar, const RowSum& p_bar) override;

 private:
  /// A matrix of channels and a bias, W [out][in] and then b in p.
  struct Dense {
    int in = 0, out = 0;
    long weights = 0;
    long biases() const { return weights + static_cast<long>(in) * out; }
    long end() const { return biases() + out; }
  };
  struct Layer {
    Dense dense;
    long spectral = 0;           ///< where R begins in p
    std::vector<double> slope;   ///< sigma' of what went out last
    std::vector<Complex> waves;  ///< the modes of what came in last, [channel][kept_]
  };
  /// A mode of this rank that has a matrix, and its place in R.
  struct Kept {
    long mode = 0, partner = 0;
    long number = 0;
  };

  /// z += W v, and b where `bias`, row by row.
  void multiply(const Dense& dense, const double* p, const std::vector<double>& v, bool bias,
                std::vector<double>& z) const;
  /// v += W' z.
  void multiply_transposed(const Dense& dense, const std::vector<double>& z, std::vector<double>& v) const;
  void add_gradient(const Dense& dense, const std::vector<double>& v, const std::vector<double>& z_bar,
                    const RowSum& p_bar) const;

  /// [channel][kept_] of fields [channel][cells].
  std::vector<Complex> to_waves(const std::vector<double>& fields) const;
  /// fields += those of the waves and their conjugate partners.
  void add_fields(const std::vector<Complex>& waves, std::vector<double>& fields) const;
  /// R v, or its conjugate transpose.
  std::vector<Complex> turned(const double* r, const std::vector<Complex>& waves, bool transposed) const;
  void add_spectral_gradient(const Layer& layer, const std::vector<Complex>& bar, std::span<double> p_bar) const;

  SpectralSpec spec_;
  const FourierGrid& grid_;
  Dense lift_, project_;
  std::vector<Layer> layers_;
  std::vector<Kept> kept_;
  std::vector<double> p_;
  std::vector<std::vector<double>> v_;  ///< x, v_0, v_1, .. of the last `apply`
};

}  // namespace residua
