// Covariances of unknowns and standard deviations of functions of them, against closed forms of linear regression.
#include "solve/posterior.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "example_residuals.hpp"

namespace residua {
namespace {

using testing_support::RowwiseResidual;

constexpr long rows = 201;
constexpr double std_of_rows = 0.5;

double time_of(long i) { return static_cast<double>(i) / static_cast<double>(rows - 1); }

/// (a + a' + b t - y) / std, with the constant there twice where `twice`: then only a + a' is determined.
RowwiseResidual line(const Communicator& comm, bool twice) {
  return {comm, twice ? 3 : 2, rows, [=](long i, std::span<const double> u, std::span<double> d) {
            const std::size_t last = u.size() - 1;
            double r = -1 + u[last] * time_of(i) / std_of_rows;
            for (std::size_t k = 0; k < last; ++k) {
              r += u[k] / std_of_rows;
              d[k] = 1 / std_of_rows;
            }
            d[last] = time_of(i) / std_of_rows;
            return r;
          }};
}

/// std^2 / sum (t - mean t)^2: the variance of a slope.
double variance_of_slope() {
  double squares = 0;
  for (long i = 0; i < rows; ++i) squares += (time_of(i) - 0.5) * (time_of(i) - 0.5);
  return std_of_rows * std_of_rows / squares;
}

TEST(Posterior, SlopeOfALine) {
  const Communicator comm;
  for (const bool twice : {false, true}) {
    for (const Reductions reductions : {Reductions::fast, Reductions::reproducible}) {
      RowwiseResidual residual = line(comm, twice);
      residual.set_reductions(reductions);
      const VecHandle u = residual.make_unknowns();
      RESIDUA_PETSC(VecSet(u, 0.3));
      const std::vector<double> covariance = Posterior(residual, u).covariance(1);
      ASSERT_EQ(covariance.size(), 1u);
      EXPECT_NEAR(covariance[0], variance_of_slope(), (twice ? 1e-6 : 1e-10) * variance_of_slope())
          << (twice ? "a direction that changes no row took part" : "");
    }
  }
}

TEST(Posterior, WholeCovarianceOfALine) {
  const Communicator comm;
  RowwiseResidual residual = line(comm, false);
  const VecHandle u = residual.make_unknowns();
  RESIDUA_PETSC(VecSet(u, 0.0));
  const std::vector<double> covariance = Posterior(residual, u).covariance(2);
  const double slope = variance_of_slope(), mean = std_of_rows * std_of_rows / rows;
  EXPECT_NEAR(covariance[0], mean + 0.25 * slope, 1e-10);
  EXPECT_NEAR(covariance[1], -0.5 * slope, 1e-10);
  EXPECT_DOUBLE_EQ(covariance[1], covariance[2]);
}

TEST(Posterior, DeviationsAlongALine) {
  const Communicator comm;
  RowwiseResidual residual = line(comm, true);
  const VecHandle u = residual.make_unknowns();
  RESIDUA_PETSC(VecSet(u, 0.0));
  const double slope = variance_of_slope(), mean = std_of_rows * std_of_rows / rows;
  const Posterior posterior(residual, u);
  const auto along = [&](long first, long count) {  // a + a' + b t at some of 150 places
    std::vector<double> gradients(static_cast<std::size_t>(2 * count), 1.0);
    for (long p = 0; p < count; ++p) gradients.push_back(static_cast<double>(first + p) / 100);
    return posterior.deviations(gradients, count);
  };
  const std::vector<double> all = along(0, 150);
  for (std::size_t p = 0; p < all.size(); ++p) {
    const double t = static_cast<double>(p) / 100 - 0.5;
    EXPECT_NEAR(all[p], std::sqrt(mean + t * t * slope), 1e-6) << p;
  }
  // Ranks may ask for other places, and find the same bits.
  const long first = 7L * comm.rank(), count = comm.rank() == 1 ? 0 : 20 + comm.rank();
  const std::vector<double> some = along(first, count);
  for (std::size_t p = 0; p < some.size(); ++p) EXPECT_EQ(some[p], all[static_cast<std::size_t>(first) + p]);
}

TEST(Posterior, WhatIsNotMeasuredIsWide) {
  const Communicator comm;
  RowwiseResidual residual(comm, 2, rows, [](long, std::span<const double> u, std::span<double> d) {
    d[0] = d[1] = 1;
    return u[0] + u[1];
  });
  const VecHandle u = residual.make_unknowns();
  RESIDUA_PETSC(VecSet(u, 0.0));
  EXPECT_GT(Posterior(residual, u).covariance(1)[0], 1e20);
}

}  // namespace
}  // namespace residua
