#include "solve/radau.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "solve/radau_method.hpp"

namespace residua {
namespace {

TEST(RadauMethod, NodesOfThreeStagesAreTheKnownOnes) {
  const RadauMethod method(3);
  EXPECT_NEAR(method.nodes[1], (4 - std::sqrt(6.0)) / 10, 1e-15);
  EXPECT_NEAR(method.nodes[2], (4 + std::sqrt(6.0)) / 10, 1e-15);
  EXPECT_EQ(method.nodes[3], 1);
}

TEST(RadauMethod, EigenvectorsRebuildTheInverseOfA) {
  for (const int s : {3, 5, 7, 13}) {
    const RadauMethod method(s);
    // The eigenvectors' condition grows by about 4 with each stage, to 3e6 for 13, and the error of a product with it
    // by as much or more: they only precondition, for which seven digits are plenty.
    double size = 0;
    for (const double entry : method.derivative) size = std::max(size, std::abs(entry));
    for (int i = 0; i < s; ++i)
      for (int k = 0; k < s; ++k) {
        std::complex<double> sum = 0;
        for (std::size_t e = 0; e < method.eigenvalues.size(); ++e) {
          const std::complex<double> term = method.right[e * s + i] * method.eigenvalues[e] * method.left[e * s + k];
          sum += method.eigenvalues[e].imag() == 0 ? term : 2 * term.real();
        }
        EXPECT_NEAR(sum.real(), method.derivative[i * (s + 1) + k + 1], 1e-7 * size) << s;
      }
  }
}

TEST(RadauMethod, LegendreCoefficientsOfThePolynomial) {
  const RadauMethod method(5);
  double last = 0, before = 0;
  for (int i = 0; i <= 5; ++i) {
    const double x = 2 * method.nodes[i] - 1;
    const double p4 = (35 * std::pow(x, 4) - 30 * x * x + 3) / 8,
                 p5 = (63 * std::pow(x, 5) - 70 * std::pow(x, 3) + 15 * x) / 8;
    last += method.last[i] * (2 * p5 + 3 * p4 + 1);
    before += method.last_but_one[i] * (2 * p5 + 3 * p4 + 1);
  }
  EXPECT_NEAR(last, 2, 1e-13);
  EXPECT_NEAR(before, 3, 1e-13);
}

/// u' = -stiffness (u - cos t) - sin t and 0 = v - u^2: stiff, with an algebraic equation; u = cos t, v = cos^2 t.
class StiffWithConstraint final : public DaeSystem {
 public:
  static constexpr double stiffness = 1e6;
  int size() const override { return 2; }
  int fields() const override { return 2; }
  BandMatrix make_matrix() const override { return {2, 1, 1}; }
  void residual(double t, std::span<const double> u, std::span<const double> du, std::span<double> r) override {
    r[0] = du[0] + stiffness * (u[0] - std::cos(t)) + std::sin(t);
    r[1] = u[1] - u[0] * u[0];
  }
  void linearise(double, std::span<const double> u, std::span<const double>, BandMatrix& j, BandMatrix& m) override {
    j(0, 0) = stiffness;
    m(0, 0) = 1;
    j(1, 0) = -2 * u[0];
    j(1, 1) = 1;
  }
};

double error_at_two(double tolerance, double inconsistent = 0) {
  StiffWithConstraint system;
  const TsHandle ts = make_ts(system, tolerance);
  VecHandle u;
  RESIDUA_PETSC(VecCreateSeq(PETSC_COMM_SELF, 2, u.address()));
  RESIDUA_PETSC(VecSetValue(u, 0, 1.0, INSERT_VALUES));
  RESIDUA_PETSC(VecSetValue(u, 1, 1.0 + inconsistent, INSERT_VALUES));
  RESIDUA_PETSC(VecAssemblyBegin(u));
  RESIDUA_PETSC(VecAssemblyEnd(u));
  RESIDUA_PETSC(TSSetTimeStep(ts, 0.01));
  RESIDUA_PETSC(TSSetMaxTime(ts, 2));
  RESIDUA_PETSC(TSSolve(ts, u));
  const VecReader values(u);
  return std::max(std::abs(values.span()[0] - std::cos(2)), std::abs(values.span()[1] - std::pow(std::cos(2), 2)));
}

TEST(Radau, StiffWithAnAlgebraicEquation) {
  EXPECT_LT(error_at_two(1e-6), 1e-6);
  EXPECT_LT(error_at_two(1e-12), 1e-12);
}

TEST(Radau, AnAlgebraicUnknownNeedsNoConsistentStart) { EXPECT_LT(error_at_two(1e-10, 5), 1e-10); }

TEST(BandLu, BandAndFullGiveTheSame) {
  const int n = 40;
  BandMatrix band(n, 2, 3), full(n, n, n), none_band(n, 2, 3), none_full(n, n, n);
  ASSERT_FALSE(band.full());
  ASSERT_TRUE(full.full());
  for (int c = 0; c < n; ++c)
    for (int r = band.first_row(c); r < band.end_row(c); ++r) {
      band(r, c) = full(r, c) = std::sin(3.0 * r + 7.0 * c);
      none_band(r, c) = none_full(r, c) = r == c ? 1 : 0;
    }
  const std::complex<double> shift(0.3, 2);
  std::vector<std::complex<double>> x(n, 1.0), y(n, 1.0);
  BandLu<std::complex<double>>(band, none_band, shift).solve(x);
  BandLu<std::complex<double>>(full, none_full, shift).solve(y);
  for (int i = 0; i < n; ++i) EXPECT_NEAR(std::abs(x[i] - y[i]), 0, 1e-13);
  EXPECT_TRUE(BandLu<double>(none_band, none_band, -1).singular());
}

}  // namespace
}  // namespace residua
