// Causal weights: a network learns later times once earlier ones are right. The window is cut into M equal slabs of
// time,
//
//     w_i = exp(-epsilon sum_{k < i} L_k),   L_k the mean square of the equations' residual in slab k,
//
// and the weight of every row at a time in slab i is multiplied by w_i (S. Wang, S. Sankaran, P. Perdikaris,
// arXiv:2203.07404). Between two updates the weights are constants: no derivative goes through them. epsilon grows
// through a list; training is done when the last epsilon leaves all weights above the threshold.
#pragma once

#include <span>
#include <vector>

#include "io/state.hpp"

namespace residua::pinn {

struct CausalSettings {
  std::vector<double> epsilon;  ///< ascending; empty: no causal weights
  int slabs = 0;                ///< M
  double threshold = 0;

  bool active() const { return !epsilon.empty(); }
};

class CausalWeights {
 public:
  explicit CausalWeights(CausalSettings settings);

  const CausalSettings& settings() const { return settings_; }
  /// w [slabs], 1 before the first update; empty when not active.
  const std::vector<double>& slabs() const { return slabs_; }
  double least() const { return slabs_.empty() ? 1 : slabs_.back(); }
  double epsilon() const { return settings_.epsilon[level_]; }

  /// Takes the weights from losses L [slabs] at an iteration of `iterations`. The next epsilon comes when the least
  /// weight is above the threshold, or when this one has had its share of the iterations. True when nothing is left to
  /// do.
  bool update(std::span<const double> losses, long iteration, long iterations);

  void save(State& state) const;
  void load(const State& state);

 private:
  void weigh(std::span<const double> losses);

  CausalSettings settings_;
  std::size_t level_ = 0;  ///< which epsilon
  long since_ = 0;         ///< the iteration when it came
  std::vector<double> slabs_;
};

}  // namespace residua::pinn
