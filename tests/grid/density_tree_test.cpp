#include "grid/density_tree.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "grid/sobol.hpp"

namespace residua {
namespace {

const Box box{{-1, 0}, {1, 3}};

// A ridge along x = 0.2, 20 times as dense as elsewhere.
std::vector<double> ridge(std::span<const double> points, long n) {
  std::vector<double> v(n);
  for (long p = 0; p < n; ++p) v[p] = 1 + 19 * std::exp(-std::pow((points[p] - 0.2) / 0.05, 2));
  return v;
}

TEST(DensityTree, ImportanceWeightsIntegrate) {
  const DensityTree tree(box, {0, 1}, ridge, 256);
  constexpr int n = 4096;
  double volume = 0, integral = 0;
  for (int p = 0; p < n; ++p) {
    std::vector<double> x(2);
    sobol_point(4, p, x);
    const double density = tree.place(x);
    ASSERT_TRUE(x[0] > -1 && x[0] < 1 && x[1] > 0 && x[1] < 3);
    volume += 1 / density / n;
    integral += std::cos(x[0]) * x[1] / density / n;
  }
  EXPECT_NEAR(volume, 1, 2e-3);
  EXPECT_NEAR(integral, std::sin(1.0) * 1.5, 3e-3);
}

TEST(DensityTree, PutsPointsWhereTheDensityIs) {
  const DensityTree tree(box, {0, 1}, ridge, 256);
  int near = 0;
  constexpr int n = 2048;
  for (int p = 0; p < n; ++p) {
    std::vector<double> x(2);
    sobol_point(4, p, x);
    tree.place(x);
    near += std::abs(x[0] - 0.2) < 0.1;
  }
  // Exact: (0.2 + 19 * 0.05 * sqrt(pi) erf(2)) / (2 + 19 * 0.05 * sqrt(pi)).
  const double bump = 19 * 0.05 * std::sqrt(std::acos(-1.0));
  EXPECT_NEAR(near / static_cast<double>(n), (0.2 + bump * std::erf(2.0)) / (2 + bump), 0.02);
}

TEST(DensityTree, FindsPeaksThatAreSymmetricInTheBox) {
  const auto twin_peaks = [](std::span<const double> points, long n) {
    std::vector<double> v(n);
    for (long p = 0; p < n; ++p) v[p] = 1 + 50 * std::exp(-std::pow((std::abs(points[p]) - 1) / 0.02, 2));
    return v;
  };
  const DensityTree tree(box, {0, 1}, twin_peaks, 256);
  for (double side : {0.0, 1.0}) {
    std::vector<double> end = {side, 0.4};
    EXPECT_GT(tree.place(end), 20);
  }
}

TEST(DensityTree, AFlatDensityLeavesPointsUniform) {
  const DensityTree tree(
      box, {0, 1}, [](std::span<const double>, long n) { return std::vector<double>(n, 7.0); }, 100);
  std::vector<double> x = {0.25, 0.5};
  EXPECT_NEAR(tree.place(x), 1, 1e-12);
  EXPECT_NEAR(x[0], -0.5, 1e-12);
  EXPECT_NEAR(x[1], 1.5, 1e-12);
}

}  // namespace
}  // namespace residua
