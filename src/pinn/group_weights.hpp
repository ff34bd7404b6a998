// Weights that balance groups of rows, each equation and each penalty condition being one: with s_g the size of group
// g,
//
//     lambda_g = (sum_h s_h) / s_g,    the weights of the group's rows are multiplied by lambda_g,
//
//   gradient_norm   s_g = |grad L_g|, L_g = 1/2 sum weight r^2 over the group (S. Wang, S. Sankaran, H. Wang,
//                   P. Perdikaris, arXiv:2308.08468),
//   ntk             s_g = sum weight |dr/du|^2 over the group: its trace of the neural tangent kernel (S. Wang, X. Yu,
//                   P. Perdikaris, arXiv:2007.14527).
//
// lambda is a moving average, but at the first update, and at most 1e6. Between two updates it is constant: no
// derivative goes through it.
#pragma once

#include <span>
#include <vector>

#include "io/state.hpp"

namespace residua::pinn {

enum class Balance { none, gradient_norm, ntk };

class GroupWeights {
 public:
  GroupWeights(Balance balance, std::size_t groups);

  Balance balance() const { return balance_; }
  bool active() const { return balance_ != Balance::none; }
  /// lambda, 1 before the first update; empty when not active.
  const std::vector<double>& lambda() const { return lambda_; }

  /// From the sizes of all groups, none negative, taken without lambda.
  void update(std::span<const double> sizes);

  void save(State& state) const;
  void load(const State& state);

 private:
  Balance balance_;
  std::vector<double> lambda_;
  bool first_ = true;
};

}  // namespace residua::pinn
