// Measurements and coefficients among the unknowns of a trained network.
#include <gtest/gtest.h>

#include <cmath>

#include "solve/evaluation.hpp"
#include "support/residual_checks.hpp"
#include "window_points.hpp"

namespace residua::pinn {
namespace {

/// The network is 0 at the start, so that u = x whatever the time, and c = -4 has the unit 4.
class Measured : public ::testing::Test, protected WindowPoints {
 protected:
  Measured() : WindowPoints("measured", 3, 4096) {}

  const std::vector<double> u = [&] {
    std::vector<double> start(network.parameters(), 0.0);
    start.push_back(problem.coefficients_start.at(0));
    return start;
  }();
};

TEST_F(Measured, CoefficientsCountInUnitsOfTheirStart) {
  EXPECT_EQ(coefficient_units(stated), std::vector<double>{4.0});
  EXPECT_EQ(problem.coefficients_start, std::vector<double>{-1.0});
  Problem from_zero = stated;
  from_zero.coefficients_start = {0.0};
  EXPECT_EQ(coefficient_units(from_zero), std::vector<double>{1.0});
}

TEST_F(Measured, MisfitsAreInUnitsOfTheirStandardDeviation) {
  ASSERT_EQ(points.residual().blocks().size(), 3u);
  for (const double model_std : {1.0, 1e-3}) {
    points.set_model_std(model_std);
    const PointBlock& block = points.residual().blocks()[2];
    const std::vector<double> r = points.residual().block_residual(2, u);
    ASSERT_EQ(block.total, 70);
    for (long p = 0; p < block.count; ++p) {
      const double x = block.coordinates[block.count + p], value = static_cast<double>(block.first + p) / 10;
      EXPECT_NEAR(r[p], 2 * x - 4 - value, 1e-12);
      EXPECT_DOUBLE_EQ(block.weights[p], 1 / 0.01);
    }
  }
}

TEST_F(Measured, EquationsAndConditionsAreInUnitsOfTheirs) {
  // r = c - t in the square, and u - c = 4 on its lower face, with the weight 3.
  const double model = std::sqrt(16 + 4 + 1.0 / 3 + 9 * 16);
  EXPECT_NEAR(points.model_residual(u), model, 1e-3);
  Evaluation evaluation(points.residual());
  points.set_model_std(1e6);
  const double misfits = evaluation.loss(u);
  points.set_model_std(0.25);
  EXPECT_NEAR(evaluation.loss(u), misfits + 0.5 * model * model / 0.0625, 1e-2 * model);
  EXPECT_NEAR(points.model_residual(u), model, 1e-3);
  const Communicator self(MPI_COMM_SELF);
  NetworkPoints alone{solution, ansatz, network, {PointKind::sobol, 4096, 5}, self};
  EXPECT_EQ(points.model_residual(u), alone.model_residual(u)) << "the same bits for any number of ranks";
}

TEST_F(Measured, TheMisfitIsInStandardDeviations) {
  const Observations& o = problem.observations[0];
  double squares = 0;
  for (long p = 0; p < o.count(); ++p) {
    const double r = (2 * o.points[o.count() + p] - 4 - o.value[p]) / 0.1;
    squares += r * r / static_cast<double>(o.count());
  }
  points.set_model_std(1e-3);
  EXPECT_NEAR(points.misfit(u), std::sqrt(squares), 1e-10 * std::sqrt(squares));
}

TEST_F(Measured, PassesTheHarness) {
  std::vector<double> start = network.glorot(3);
  start.push_back(0.7);
  const VecHandle vec = points.residual().make_unknowns();
  scatter(start, vec);
  testing_support::check_residual(points.residual(), vec, {.first_step = 1e-4});
}

}  // namespace
}  // namespace residua::pinn
