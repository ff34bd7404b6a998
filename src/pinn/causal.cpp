#include "pinn/causal.hpp"

#include <cmath>

namespace residua::pinn {

CausalWeights::CausalWeights(CausalSettings settings) : settings_(std::move(settings)) {
  if (settings_.active()) slabs_.assign(static_cast<std::size_t>(settings_.slabs), 1.0);
}

void CausalWeights::weigh(std::span<const double> losses) {
  double before = 0;
  for (std::size_t i = 0; i < slabs_.size(); ++i) {
    slabs_[i] = std::exp(-epsilon() * before);
    before += losses[i];
  }
}

bool CausalWeights::update(std::span<const double> losses, long iteration, long iterations) {
  weigh(losses);
  const bool learnt = least() > settings_.threshold;
  if (level_ + 1 == settings_.epsilon.size()) return learnt;
  const long share = iterations / static_cast<long>(settings_.epsilon.size());
  if (!learnt && iteration - since_ < share) return false;
  ++level_;
  since_ = iteration;
  weigh(losses);
  return false;
}

void CausalWeights::save(State& state) const {
  if (!settings_.active()) return;
  state.arrays["causal/weights"] = slabs_;
  state.arrays["causal/level"] = {static_cast<double>(level_), static_cast<double>(since_)};
}

void CausalWeights::load(const State& state) {
  if (!settings_.active()) return;
  slabs_ = state.arrays.at("causal/weights");
  level_ = static_cast<std::size_t>(state.arrays.at("causal/level").at(0));
  since_ = static_cast<long>(state.arrays.at("causal/level").at(1));
}

}  // namespace residua::pinn
