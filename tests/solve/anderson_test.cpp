// Fixed points by Anderson's method.
#include "solve/anderson.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

namespace residua {
namespace {

using Vector = std::vector<double>;

double dot(std::span<const double> a, std::span<const double> b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

/// |g(x) - x| after so many evaluations from 0.
template <class Map>
double defect_after(int evaluations, std::size_t size, const Map& g) {
  Anderson iteration(each_by(dot));
  Vector x(size), f(size);
  for (int k = 0;; ++k) {
    for (std::size_t i = 0; i < size; ++i) f[i] = g(x, i) - x[i];
    if (k == evaluations - 1) return std::sqrt(dot(f, f));
    iteration.advance(x, f);
  }
}

/// As GMRES: a linear map with four eigenvalues, which does not contract, is solved with four changes.
TEST(Anderson, FindsTheFixedPointOfALinearMap) {
  const double eigenvalue[] = {-3, 0.5, 2, 7};
  const auto g = [&](const Vector& x, std::size_t i) { return eigenvalue[i % 4] * x[i] + 1 + static_cast<double>(i); };
  EXPECT_GT(defect_after(4, 12, g), 1e-3);
  EXPECT_LT(defect_after(6, 12, g), 1e-10);
}

/// One that oscillates ever more without acceleration.
TEST(Anderson, FindsThatOfANonlinearMap) {
  const auto g = [](const Vector& x, std::size_t i) {
    return 0.1 * static_cast<double>(i) - 1.5 * std::tanh(x[i]) + 0.2 * x[(i + 1) % x.size()];
  };
  EXPECT_LT(defect_after(30, 5, g), 1e-9);
}

}  // namespace
}  // namespace residua
