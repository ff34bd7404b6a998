// Anderson's acceleration of a fixed-point iteration x <- g(x) ("Iterative procedures for nonlinear integral
// equations", 1965; Walker, Ni, "Anderson acceleration for fixed-point iterations", 2011): with f = g(x) - x the next
// argument is
//
//     x + f - sum_j gamma_j (dx_j + df_j),
//
// gamma making |f - sum_j gamma_j df_j| least over the last changes of x and f. It finds fixed points of maps that do
// not contract; of linear ones it is GMRES. The changes are made orthonormal in f, each with those before it.
#pragma once

#include <vector>

#include "solve/vec_dot.hpp"

namespace residua::kinetic {

class Anderson {
 public:
  explicit Anderson(DotProduct dot) : dot_(std::move(dot)) {}

  /// x <- the next argument, where f = g(x) - x. Collective.
  void advance(std::span<double> x, std::span<const double> f);

 private:
  static constexpr std::size_t most = 8;  ///< changes that are kept; then they begin anew

  struct Change {
    std::vector<double> x, f;
  };
  void learn(std::span<const double> x, std::span<const double> f);

  DotProduct dot_;
  std::vector<Change> changes_;
  bool begun_ = false;
  std::vector<double> last_x_, last_f_;
};

}  // namespace residua::kinetic
