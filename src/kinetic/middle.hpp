// f_{N+1} in the middle of the disc that f_0 .. f_N leave it (realizable.hpp), at any level: z^2/c for N = 1. It is
// exact for the density of the form of Szego and Bernstein with these moments, whose reflection coefficients beyond are
// 0; Poisson kernels are those of N = 1.
#pragma once

#include "kinetic/closure.hpp"

namespace residua::kinetic {

class Middle final : public Closure {
 public:
  explicit Middle(int level) : level_(level) {}
  int level() const override { return level_; }
  void apply(Moments f, long cells, Complex* top) const override;
  /// Of moments within their discs.
  void jvp(Moments f, Moments df, long cells, Complex* top) const override;
  void vjp(Moments f, const Complex* top, long cells, Complex* df) const override;

 private:
  int level_;
};

}  // namespace residua::kinetic
