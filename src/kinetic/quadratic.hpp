// The quadratic closure w = z^2 / c, in the middle of what is realizable; exact where D_T = D_R = 0 and the start is
// isotropic.
#pragma once

#include "kinetic/local_closure.hpp"

namespace residua::kinetic {

class Quadratic final : public LocalClosure {
  void values(const double*, long count, double* values) const override {
    for (long i = 0; i < count; ++i) values[i] = 1;
  }
  ValueAndSlope at(double) const override { return {1, 0}; }
};

}  // namespace residua::kinetic
