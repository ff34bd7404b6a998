// Closures of level 1 that depend on (c, z) in the cell alone. Rotation by phi takes z to e^{2i phi} z and w to
// e^{4i phi} w, and scaling of Psi scales both: so every such closure is
//
//     w = g(x) z^2 / c,   x = |z|^2 / c^2 in [0, 1],
//
// with a real function g. It is realizable where |g(x) - 1| x <= 1 - x.
#pragma once

#include "kinetic/closure.hpp"

namespace residua::kinetic {

struct ValueAndSlope {
  double value, slope;
};

class LocalClosure : public Closure {
 public:
  int level() const override { return 1; }
  void apply(Moments f, long cells, Complex* top) const override;
  void jvp(Moments f, Moments df, long cells, Complex* top) const override;
  void vjp(Moments f, const Complex* top, long cells, Complex* df) const override;

 private:
  /// values [count] <- g(x).
  virtual void values(const double* x, long count, double* values) const = 0;
  virtual ValueAndSlope at(double x) const = 0;
};

}  // namespace residua::kinetic
