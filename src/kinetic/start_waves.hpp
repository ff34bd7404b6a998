// The start of a closed run from density and order alone: the modes of c are given, those of z given or, up to some
// wave number, unknowns
//
//     x = Re z_k, Im z_k  for k = 2 pi / L (p, q), |p|, |q| <= K,   p slowest,
//
// with the others 0. The moments beyond are those of Poisson kernels, f_m = c (z/c)^m (the middle of what is
// realizable, as of start.higher_moments = "quadratic").
#pragma once

#include <span>
#include <vector>

#include "grid/fourier_grid.hpp"

namespace residua::kinetic {

/// Fills the moments from the second on of u [field][mode] from the modes of c and z in it. Collective.
void add_higher_moments(const FourierGrid& grid, int fields, std::span<double> u);

class StartWaves {
 public:
  /// `measured`: the modes of c, and of z with errors of variance 1/scale^2 in each real and imaginary part.
  /// Collective. Throws Error when the grid keeps fewer wave numbers than K.
  StartWaves(const FourierGrid& grid, int fields, int most, std::span<const double> measured, double scale);

  long count() const { return 2L * (2 * most_ + 1) * (2 * most_ + 1); }
  const std::vector<double>& measured() const { return measured_; }  ///< x, on all ranks
  double scale() const { return scale_; }
  /// The numbers of the x of which this rank has the modes, in increasing order.
  const std::vector<long>& owned() const { return owned_; }

  /// u [field][mode] <- the start. Collective, like what follows.
  void fill(std::span<const double> x, std::span<double> u) const;
  /// du <- its derivative along dx.
  void jvp(std::span<const double> x, std::span<const double> dx, std::span<double> du) const;
  /// x_bar += this rank's share of the transpose of u_bar.
  void vjp(std::span<const double> x, std::span<const double> u_bar, std::span<double> x_bar) const;

 private:
  /// z of the modes x, [mode].
  void spread(std::span<const double> x, std::span<Complex> z) const;
  /// d f_m / dz, m = 2 .. N, in the cells at x.
  std::vector<Complex> slopes(std::span<const double> x) const;

  const FourierGrid& grid_;
  int fields_, most_;
  double scale_;
  std::vector<Complex> density_;  ///< modes of c
  std::vector<double> measured_;
  std::vector<long> owned_, mode_;  ///< mode_: where x[owned_[i]] is in the modes as real numbers
};

}  // namespace residua::kinetic
