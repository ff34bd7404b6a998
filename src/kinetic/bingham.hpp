// The Bingham closure of two dimensions, w of the distribution exp(k cos 2 (theta - theta_0)) that has the given (c,
// z):
//
//     |z|/c = s = I_1(k) / I_0(k),   w = c q (z/|z|)^2,   q = I_2(k) / I_0(k) = 1 - 2 s / k.
//
// g = q / s^2 is smooth in x = s^2 on [0, 1]. It is kept as polynomials of degree 7 on 128 equal intervals, through its
// values at Chebyshev's points, made from the closed form in extended precision when the first closure is made; their
// error is 5e-18, so that g is right to rounding, across intervals too. Beyond x = 1, which no distribution has, g = 1.
#pragma once

#include "kinetic/local_closure.hpp"

namespace residua::kinetic {

class Bingham final : public LocalClosure {
 public:
  ValueAndSlope at(double x) const override;

 private:
  void values(const double* x, long count, double* values) const override;
};

}  // namespace residua::kinetic
