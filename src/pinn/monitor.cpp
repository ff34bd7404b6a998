#include "pinn/monitor.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

namespace residua::pinn {
namespace {

constexpr int lowest_order = 2, orders = 3;  // the derivatives that count
constexpr double close_enough = 0.8;         // a sample in whose place another casts this much of it is left out
constexpr double floor_over_box = 2;         // steeper features only make a smooth solution harder to fit

std::vector<int> space_of(const Problem& problem) {
  std::vector<int> space;
  for (int i = 0; i < problem.dimension(); ++i)
    if (i != problem.time) space.push_back(i);
  return space;
}

}  // namespace

Monitor::Monitor(const Problem& problem, std::vector<double> scale)
    : problem_(problem), space_(space_of(problem)), scale_(std::move(scale)), floor_(problem.dimension(), 0.0) {
  for (int i : space_) floor_[i] = floor_over_box / (problem.box.hi[i] - problem.box.lo[i]);
}

std::vector<Expression> Monitor::expressions(const Problem& problem) {
  std::vector<Expression> list;
  for (int j = 0; j < problem.fields(); ++j) {
    list.push_back(Expression::unknown(j));
    for (int i : space_of(problem)) {
      MultiIndex alpha = MultiIndex::unit(i);
      for (int k = 0; k < orders; ++k) {
        alpha = alpha + MultiIndex::unit(i);
        list.push_back(Expression::unknown(j, alpha));
      }
    }
  }
  return list;
}

void Monitor::add(std::span<const double> points, std::span<const double> values, long n) {
  const int d = problem_.dimension();
  const long per_unknown = 1 + orders * static_cast<long>(space_.size());
  const auto value = [&](int j, long k, long p) { return std::abs(values[(j * per_unknown + k) * n + p]); };
  for (int j = 0; j < problem_.fields(); ++j) {
    const auto [low, high] = std::ranges::minmax(values.subspan(static_cast<std::size_t>(j * per_unknown * n), n));
    scale_[j] = std::max(scale_[j], 0.5 * (high - low));
  }
  std::vector<std::vector<double>> samples;
  for (long p = 0; p < n; ++p) {
    std::vector<double> m = floor_;
    for (int j = 0; j < problem_.fields(); ++j) {
      if (scale_[j] == 0 || problem_.inferred[j]) continue;
      for (std::size_t k = 0; k < space_.size(); ++k)
        for (int q = 0; q < orders; ++q) {
          const double derivative = value(j, 1 + orders * static_cast<long>(k) + q, p) / scale_[j];
          m[space_[k]] = std::max(m[space_[k]], std::pow(derivative, 1.0 / (lowest_order + q)));
        }
    }
    std::vector<double> sample(static_cast<std::size_t>(d));
    for (int i = 0; i < d; ++i) sample[i] = points[i * n + p];
    sample.insert(sample.end(), m.begin(), m.end());
    samples.push_back(std::move(sample));
  }
  // The finest first, so that most of the others lie in the shadow of one that is kept.
  const auto size = [&](const std::vector<double>& s) { return std::accumulate(s.begin() + d, s.end(), 0.0); };
  std::ranges::stable_sort(samples, [&](const auto& a, const auto& b) { return size(a) > size(b); });
  for (const std::vector<double>& s : samples) {
    std::vector<double> shadow = (*this)(std::span(s).first(static_cast<std::size_t>(d)));
    for (double& m : shadow) m /= close_enough;
    if (!std::equal(shadow.begin(), shadow.end(), s.begin() + d, std::greater_equal<>()))
      sample_.insert(sample_.end(), s.begin(), s.end());
  }
}

double Monitor::distance(int i, double a, double b) const {
  const double far = std::abs(a - b), side = problem_.box.hi[i] - problem_.box.lo[i];
  return problem_.periodic[i] ? std::min(far, side - far) : far;
}

std::vector<double> Monitor::operator()(std::span<const double> point) const {
  const int d = problem_.dimension();
  std::vector<double> m = floor_;
  for (auto s = sample_.begin(); s != sample_.end(); s += 2L * d) {
    double square = 0;
    for (int i : space_) {
      const double scaled = s[d + i] * distance(i, point[i], s[i]);
      square += scaled * scaled;
    }
    const double falling = 1 / (1 + std::sqrt(square));
    for (int i : space_) m[i] = std::max(m[i], s[d + i] * falling);
  }
  return m;
}

double Monitor::finest() const {
  double most = *std::ranges::max_element(floor_);
  const long d = problem_.dimension();
  for (std::size_t s = 0; s < sample_.size(); s += 2 * static_cast<std::size_t>(d))
    for (long i = 0; i < d; ++i) most = std::max(most, sample_[s + static_cast<std::size_t>(d + i)]);
  return most;
}

}  // namespace residua::pinn
