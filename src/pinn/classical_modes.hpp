// Linear problems with constant coefficients on a torus, solved mode by mode.
//
// For every wave vector k the states' Fourier coefficients solve the small system
//
//     sum_s sum_terms (shift if it is a time derivative) factor prod_d (i k_d)^order_d  x_s(k) = b_row(k).
//
// Where it is singular (the mean of a pressure) the part of x that it does not determine is zero.
#pragma once

#include <complex>
#include <span>
#include <vector>

#include "grid/spectral_line.hpp"
#include "solve/dae.hpp"

namespace residua::pinn {

struct ModeTerm {
  int row, state;
  bool slope;              ///< of the time derivative
  std::vector<int> order;  ///< of the derivative, in each direction
  double factor;
};

class ModeSolver final : public ShiftedSolver {
 public:
  /// Fourier lines; state s at node p is entry p * states + s. Keeps a reference to `lines`.
  ModeSolver(const std::vector<SpectralLine>& lines, int states, std::span<const ModeTerm> terms,
             std::complex<double> shift);
  void solve(std::span<std::complex<double>> b) const override;

 private:
  void transform(std::span<std::complex<double>> values, int sign) const;

  const std::vector<SpectralLine>& lines_;
  int states_, modes_ = 1;
  std::vector<std::complex<double>> inverse_;  ///< [mode][state][row]
};

}  // namespace residua::pinn
