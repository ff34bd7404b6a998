#include "pinn/group_weights.hpp"

#include <algorithm>
#include <numeric>

namespace residua::pinn {
namespace {

constexpr double memory = 0.9;
constexpr double largest = 1e6;

}  // namespace

GroupWeights::GroupWeights(Balance balance, std::size_t groups) : balance_(balance) {
  if (active()) lambda_.assign(groups, 1.0);
}

void GroupWeights::update(std::span<const double> sizes) {
  const double sum = std::accumulate(sizes.begin(), sizes.end(), 0.0);
  if (sum == 0) return;
  const double kept = first_ ? 0 : memory;
  for (std::size_t g = 0; g < sizes.size(); ++g)
    lambda_[g] = kept * lambda_[g] + (1 - kept) * sum / std::max(sizes[g], sum / largest);
  first_ = false;
}

void GroupWeights::save(State& state) const {
  if (!active()) return;
  state.arrays["groups/lambda"] = lambda_;
  state.arrays["groups/first"] = {first_ ? 1.0 : 0.0};
}

void GroupWeights::load(const State& state) {
  if (!active()) return;
  lambda_ = state.arrays.at("groups/lambda");
  first_ = state.arrays.at("groups/first").at(0) != 0;
}

}  // namespace residua::pinn
