// Anderson's acceleration of a fixed-point iteration x <- g(x) ("Iterative procedures for nonlinear integral
// equations", 1965; Walker, Ni, "Anderson acceleration for fixed-point iterations", 2011): with f = g(x) - x the next
// argument is
//
//     sum_j theta_j g(x_j),   sum_j theta_j = 1,   |sum_j theta_j f(x_j)| -> min
//
// over the last arguments: the guess of first_guess.hpp for the g at which f is 0. It finds fixed points of maps that
// do not contract; of linear ones it is GMRES.
#pragma once

#include "solve/first_guess.hpp"

namespace residua {

class Anderson {
 public:
  explicit Anderson(DotProducts dots) : past_(most, std::move(dots)) {}

  /// x <- the next argument, where f = g(x) - x. Collective.
  void advance(std::span<double> x, std::span<const double> f);

 private:
  static constexpr int most = 8;  ///< differences of arguments

  FirstGuess past_;
};

}  // namespace residua
