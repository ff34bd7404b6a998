// Unknown functions of some of the coordinates.
#include <gtest/gtest.h>

#include <cmath>

#include "pinn/feature_fit.hpp"
#include "pinn/features.hpp"
#include "solve/evaluation.hpp"
#include "support/residual_checks.hpp"
#include "window_points.hpp"

namespace residua::pinn {
namespace {

class Inferred : public ::testing::Test, protected WindowPoints {
 protected:
  Inferred() : WindowPoints("inferred", 5, 300) {}

  /// Values [expressions][points] with random weights at points (t, x).
  std::vector<double> values(const std::vector<Expression>& e, std::vector<double> at) const {
    const long n = static_cast<long>(at.size()) / 2;
    const std::vector<double> data = solution.start(ansatz, 0, at, n);
    return Evaluator(ansatz.evaluate(e), network, network.glorot(3))(at, data, n);
  }
};

TEST_F(Inferred, IsRead) {
  EXPECT_EQ(problem.inferred, (std::vector<bool>{false, true, true}));
  EXPECT_EQ(problem.arguments[1], (std::vector<bool>{false, true}));
  EXPECT_EQ(problem.arguments[2], (std::vector<bool>{true, false}));
  EXPECT_EQ(problem.measurements(), 70);
  EXPECT_TRUE(problem.observations.at(1).is_prior);
}

TEST_F(Inferred, DoesNotDependOnOtherCoordinates) {
  const Expression u = Expression::unknown(0), k = Expression::unknown(1), s = Expression::unknown(2);
  const std::vector<double> v = values({u, k, s}, {0.1, 0.9, 0.4, 0.4});
  EXPECT_NE(v[0], v[1]);
  EXPECT_EQ(v[2], v[3]);
  EXPECT_NE(v[4], v[5]);
  const auto slope = [](int j, int i) { return Expression::unknown(j, MultiIndex::unit(i)); };
  const std::vector<double> d = values({slope(1, 0), slope(1, 1), slope(2, 0), slope(2, 1)}, {0.3, 0.7});
  EXPECT_EQ(d[0], 0);
  EXPECT_NE(d[1], 0);
  EXPECT_NE(d[2], 0);
  EXPECT_EQ(d[3], 0);
}

TEST_F(Inferred, MeetsItsConditionAndBeginsAsWhatIsKnown) {
  const std::vector<Expression> k{Expression::unknown(1)};
  EXPECT_NEAR(values(k, {0.3, 0.0})[0], 3, 1e-14);
  const std::vector<double> at{0.3, 0.25}, nothing(network.parameters(), 0.0);
  const std::vector<double> data = solution.start(ansatz, 0, at, 1);
  EXPECT_NEAR(Evaluator(ansatz.evaluate(k), network, nothing)(at, data, 1)[0], 2.25 + 1, 1e-14);
}

TEST_F(Inferred, APriorCountsAsOneMeasurement) {
  // Half the mean of (k_xx / std)^2 over the domain, by quadrature.
  const std::vector<double> u = network.glorot(3);
  const PointBlock& block = points.residual().blocks().at(3);
  const std::vector<double> r = points.residual().block_residual(3, u);
  double sum = 0;
  for (std::size_t p = 0; p < r.size(); ++p) sum += block.weights[p] * r[p] * r[p];
  sum = comm.sum(sum);
  const int n = 1000;
  std::vector<double> at;
  for (int i = 0; i < 2 * n; ++i) at.push_back(i < n ? 0.5 : (i - n + 0.5) / n);
  double mean = 0;
  for (const double d : values({Expression::unknown(1, MultiIndex::unit(1) + MultiIndex::unit(1))}, at))
    mean += d * d / 16 / n;
  EXPECT_NEAR(sum, mean, 1e-2 * mean);
  double squares = 0, count = 0;
  const PointBlock& measured = points.residual().blocks().at(2);
  for (const double m : points.residual().block_residual(2, u)) squares += measured.weights.at(0) * m * m, count += 1;
  EXPECT_NEAR(points.misfit(u), std::sqrt(comm.sum(squares) / comm.sum(count)), 1e-12) << "a prior is no measurement";
}

TEST_F(Inferred, PassesTheHarness) {
  const VecHandle vec = points.residual().make_unknowns();
  scatter(network.glorot(3), vec);
  testing_support::check_residual(points.residual(), vec, {.first_step = 1e-4});
}

/// k = 3 + x (b + c x) through measurements of it, with one feature, which is x as nearly as tanh can be.
TEST_F(Inferred, DeviationsAreThoseOfRegression) {
  NetworkSpec spec = network.spec();
  for (NetworkPart& part : spec.parts) part.hidden = {1};
  const Network features(spec);
  std::vector<double> theta(features.parameters(), 0.0);
  const double slope = 1e-4;
  const LayerShape& layer = features.layers().front();
  for (const LayerBlock& block : layer.blocks) theta[block.weights] = slope;
  const Ansatz::Part k = ansatz.linearise(inferred_unknowns(problem));
  const Expression measured[] = {Expression::unknown(1), Expression::unknown(0), Expression::unknown(2)};
  const Ansatz::Part rows = ansatz.linearise(measured);
  const long n = 400;
  PointSet set = make_points(PointKind::uniform, problem.box, n, 1, comm);
  std::fill(set.weight.begin(), set.weight.end(), 1 / 0.09);
  const Collocation at = with_data(solution, ansatz, set);
  const std::vector<FitBlock> blocks{{&rows, at, {}, true}};
  const std::vector<double> places{0.5, 0.5, 0.2, 1.0};
  PointSet asked{2, 2, {0, 2}, places, {}};
  const std::vector<double> found = standard_deviations(
      blocks, features, theta, {}, 1, {&k, with_data(solution, ansatz, asked)}, comm, Reductions::reproducible);
  ASSERT_EQ(found.size(), 4u) << "k and s at two places";
  // By hand, from the normal matrix of (x, x^2).
  double a = 0, b = 0, c = 0;
  const PointSet all = make_points(PointKind::uniform, problem.box, n, 1, Communicator(MPI_COMM_SELF));
  for (long p = 0; p < n; ++p) {
    const double x = all.at(1, p);
    a += x * x, b += x * x * x, c += x * x * x * x;
  }
  for (int q = 0; q < 2; ++q) {
    const double x = places[2 + q], g[] = {x, x * x};
    const double variance = (c * g[0] * g[0] - 2 * b * g[0] * g[1] + a * g[1] * g[1]) / (a * c - b * b) * 0.09;
    EXPECT_NEAR(found[q], std::sqrt(variance), 1e-5 * found[q]);
  }
}

}  // namespace
}  // namespace residua::pinn
