#include "solve/exponential_rule.hpp"

#include <algorithm>
#include <cmath>

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
    : order_(order), width_(width), rates_(rates.begin(), rates.end()), weights_((order + 1) * (order + 1)) {
  const auto use = [&](int k, int term) { weight(k, term).resize(rates_.size()); };
  for (int k = 1; k <= order; ++k) {
    use(k, 0);
    use(k, k);
  }
  use(order, 1);
  if (order == 2) return;
  use(3, 1);
  use(4, 2);
  use(4, 3);
}

void ExponentialRule::set_step(double h) {
  if (h == h_) return;
  h_ = h;
  for (std::size_t i = 0; i < rates_.size(); ++i) {
    const auto [e, one, two, three] = phi_functions(h * rates_[i]);
    if (order_ == 2) {
      weight(1, 0)[i] = weight(2, 0)[i] = e;
      weight(1, 1)[i] = h * one;
      weight(2, 1)[i] = h * (one - two);
      weight(2, 2)[i] = h * two;
      continue;
    }
    const auto half = phi_functions(h / 2 * rates_[i]);
    const double q = h / 2 * half[1];
    weight(1, 0)[i] = weight(2, 0)[i] = half[0];
    weight(1, 1)[i] = weight(2, 2)[i] = q;
    weight(3, 0)[i] = weight(4, 0)[i] = e;
    weight(3, 1)[i] = (half[0] - 1) * q;
    weight(3, 3)[i] = 2 * q;
    weight(4, 1)[i] = h * (one - 3 * two + 4 * three);
    weight(4, 2)[i] = weight(4, 3)[i] = h * (2 * two - 4 * three);
    weight(4, 4)[i] = h * (4 * three - two);
  }
}

double ExponentialRule::time(int k) const {
  if (k == 0) return 0;
  return order_ == 4 && k < 3 ? h_ / 2 : h_;
}

void ExponentialRule::combine(int k, std::span<const double> u, const Stages& n, std::span<double> out) const {
  for (std::size_t first = 0; first < rates_.size(); first += part) {
    const std::size_t count = std::min(part, rates_.size() - first), at = first * width_;
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
