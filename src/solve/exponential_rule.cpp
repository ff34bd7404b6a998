#include "solve/exponential_rule.hpp"

#include <algorithm>
#include <cmath>
#include <initializer_list>

#include "solve/phi.hpp"

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
    : order_(order), width_(width), distinct_(rates.begin(), rates.end()), weights_((order + 1) * (order + 1)) {
  std::ranges::sort(distinct_);
  distinct_.erase(std::unique(distinct_.begin(), distinct_.end()), distinct_.end());
  for (const double rate : rates) place_.push_back(std::ranges::lower_bound(distinct_, rate) - distinct_.begin());
}

void ExponentialRule::set_step(double h) {
  if (h == h_) return;
  h_ = h;
  std::vector<std::vector<double>> found(weights_.size());  // of the distinct rates
  const auto set = [&](std::initializer_list<int> numbers, double value) {
    for (const int k : numbers) found[k].push_back(value);
  };
  for (const double rate : distinct_) {
    const auto [e, one, two, three] = phi_functions(h * rate);
    if (order_ == 2) {
      set({number(1, 0), number(2, 0)}, e);
      set({number(1, 1)}, h * one);
      set({number(2, 1)}, h * (one - two));
      set({number(2, 2)}, h * two);
      continue;
    }
    const auto half = phi_functions(h / 2 * rate);
    const double q = h / 2 * half[1];
    set({number(1, 0), number(2, 0)}, half[0]);
    set({number(1, 1), number(2, 2)}, q);
    set({number(3, 0), number(4, 0)}, e);
    set({number(3, 1)}, (half[0] - 1) * q);
    set({number(3, 3)}, 2 * q);
    set({number(4, 1)}, h * (one - 3 * two + 4 * three));
    set({number(4, 2), number(4, 3)}, h * (2 * two - 4 * three));
    set({number(4, 4)}, h * (4 * three - two));
  }
  for (std::size_t k = 0; k < found.size(); ++k) {
    if (found[k].empty()) continue;
    weights_[k].resize(place_.size());
    for (std::size_t i = 0; i < place_.size(); ++i) weights_[k][i] = found[k][place_[i]];
  }
}

double ExponentialRule::time(int k) const {
  if (k == 0) return 0;
  return order_ == 4 && k < 3 ? h_ / 2 : h_;
}

void ExponentialRule::combine(int k, std::span<const double> u, const Stages& n, std::span<double> out) const {
  for (std::size_t first = 0; first < place_.size(); first += part) {
    const std::size_t count = std::min(part, place_.size() - first), at = first * width_;
    const auto of_part = [&](int term) { return std::span<const double>(weight(k, term)).subspan(first, count); };
    multiply(of_part(0), width_, u.data() + at, out.data() + at);
    for (int j = 0; j < k; ++j)
      if (!weight(k, j + 1).empty()) add(of_part(j + 1), width_, n[j].data() + at, out.data() + at);
  }
}

void ExponentialRule::transpose(int k, std::span<const double> out, std::span<double> u, Stages& n) const {
  add(weight(k, 0), width_, out.data(), u.data());
  for (int j = 0; j < k; ++j) add(weight(k, j + 1), width_, out.data(), n[j].data());
}

}  // namespace residua
