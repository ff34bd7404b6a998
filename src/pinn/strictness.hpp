// How strictly equations and conditions are taken beside observations, from step to step of Gauss-Newton.
#pragma once

#include <algorithm>
#include <cmath>
#include <utility>

namespace residua::pinn {

/// The standard deviation of equations and conditions beside observations, on its way to the one asked for. Strict from
/// the start, the narrow valley of their solutions would let the steps shrink far from what the observations want. And
/// the way ends where being stricter no longer makes the residual smaller: the network's own error would then count
/// like a measurement.
class Strictness {
 public:
  Strictness(bool measured, double asked, double residual)
      : least_(measured ? asked : 1), std_(measured ? std::max(asked, residual) : 1) {}

  double std() const { return std_; }
  bool is_final() const { return final_ || std_ <= least_; }

  /// The linear problem was as predicted, with this residual of equations and conditions.
  void settled(double residual) {
    if (final_) return;
    if (residual > own_share * std_ && residual > 0.5 * last_residual_) {
      std_ *= step;
      final_ = true;
    } else if (std_ > least_) {
      residual_before_ = std::exchange(last_residual_, residual);
      std_ = std::max(least_, std_ / step);
    }
  }

  void failed() {
    if (final_ || ++failures_ > 3) return;
    std_ *= step;
    last_residual_ = residual_before_;
    final_ = failures_ == 3;
  }

 private:
  static constexpr double step = 10, own_share = 0.3;
  double least_, std_, last_residual_ = HUGE_VAL, residual_before_ = HUGE_VAL;
  int failures_ = 0;
  bool final_ = false;
};

}  // namespace residua::pinn
