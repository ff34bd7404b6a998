// f_{N+1} = 0, at any level: the hierarchy cut off. Converges to the kinetic equation with N, and is not realizable for
// small N.
#pragma once

#include <algorithm>

#include "kinetic/closure.hpp"

namespace residua::kinetic {

class Truncation final : public Closure {
 public:
  explicit Truncation(int level) : level_(level) {}
  int level() const override { return level_; }
  void apply(Moments, long cells, Complex* top) const override { std::fill_n(top, cells, 0.0); }
  void jvp(Moments, Moments, long cells, Complex* top) const override { std::fill_n(top, cells, 0.0); }
  void vjp(Moments f, const Complex*, long cells, Complex* df) const override {
    for (int m = 0; m <= level_; ++m) std::fill_n(df + m * f.stride, cells, 0.0);
  }

 private:
  int level_;
};

}  // namespace residua::kinetic
