#include "solve/exponential_rule.hpp"

#include <algorithm>
#include <cmath>

namespace residua {
namespace {

constexpr std::size_t part = 512;  ///< rates whose sums stay in a cache

/// to = weights from, each weight for `width` entries.
void multiply(std::span<const double> weights, int width, const double* from, double* to) {
  for (std::size_t i = 0; i < weights.size(); ++i)
    for (int k = 0; k < width; ++k) to[i * width + k] = weights[i] * from[i * width + k];
}

/// to += weights from, rounded once in every place alike.
void add(std::span<const double> weights, int width, const double* from, double* to) {
  const std::size_t count = weights.size();
  if (width == 2)
    for (std::size_t i = 0; i < count; ++i) {
      to[2 * i] = std::fma(weights[i], from[2 * i], to[2 * i]);
      to[2 * i + 1] = std::fma(weights[i], from[2 * i + 1], to[2 * i + 1]);
    }
  else
    for (std::size_t i = 0; i < count; ++i)
      for (int k = 0; k < width; ++k) {
        double& sum = to[i * width + k];
        sum = std::fma(weights[i], from[i * width + k], sum);
      }
}

}  // namespace

ExponentialRule::ExponentialRule(int order, std::span<const double> rates, int width)
    : order_(order), width_(width), form_(exponential_order(order)), distinct_(rates.begin(), rates.end()) {
  std::ranges::sort(distinct_);
  distinct_.erase(std::unique(distinct_.begin(), distinct_.end()), distinct_.end());
  for (const double rate : rates) place_.push_back(std::ranges::lower_bound(distinct_, rate) - distinct_.begin());
}

void ExponentialRule::set_step(double h) {
  if (h == h_) return;
  h_ = h;
  set_exponential_weights(order_, h, distinct_, of_distinct_);
  for (std::size_t k = 0; k < weights_.size(); ++k)
    for (std::size_t term = 0; term < weights_[k].size(); ++term) {
      const std::vector<double>& from = of_distinct_[k][term];
      if (from.empty()) continue;
      weights_[k][term].resize(place_.size());
      std::ranges::transform(place_, weights_[k][term].begin(), [&](long place) { return from[place]; });
    }
}

void ExponentialRule::combine(int k, std::span<const double> u, const Stages& n, std::span<double> out) const {
  sum(k, u.data(), n, out);
}

void ExponentialRule::error(const Stages& n, std::span<double> out) const { sum(stages() + 1, nullptr, n, out); }

void ExponentialRule::sum(int k, const double* u, const Stages& n, std::span<double> out) const {
  for (std::size_t first = 0; first < place_.size(); first += part) {
    const std::size_t count = std::min(part, place_.size() - first), at = first * width_;
    const auto of_part = [&](int term) { return std::span<const double>(weights_[k][term]).subspan(first, count); };
    if (u)
      multiply(of_part(0), width_, u + at, out.data() + at);
    else
      std::fill_n(out.data() + at, count * width_, 0.0);
    for (int j = 0; j < k; ++j)
      if (!weights_[k][j + 1].empty()) add(of_part(j + 1), width_, n[j].data() + at, out.data() + at);
  }
}

void ExponentialRule::transpose(int k, std::span<const double> out, std::span<double> u, Stages& n) const {
  add(weights_[k][0], width_, out.data(), u.data());
  for (int j = 0; j < k; ++j) add(weights_[k][j + 1], width_, out.data(), n[j].data());
}

}  // namespace residua
