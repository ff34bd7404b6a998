#include "pinn/group_weights.hpp"

#include <gtest/gtest.h>

#include "solve/evaluation.hpp"
#include "window_points.hpp"

namespace residua::pinn {
namespace {

TEST(GroupWeights, SharesAreTurnedUpsideDown) {
  GroupWeights weights(Balance::ntk, 3);
  EXPECT_EQ(weights.lambda(), std::vector<double>(3, 1.0));
  weights.update(std::vector{1.0, 4.0, 5.0});
  EXPECT_EQ(weights.lambda(), (std::vector{10.0, 2.5, 2.0}));
  State state;
  weights.save(state);
  weights.update(std::vector{5.0, 4.0, 1.0});
  EXPECT_DOUBLE_EQ(weights.lambda()[0], 0.9 * 10 + 0.1 * 2);
  EXPECT_DOUBLE_EQ(weights.lambda()[2], 0.9 * 2 + 0.1 * 10);
  GroupWeights resumed(Balance::ntk, 3);
  resumed.load(state);
  resumed.update(std::vector{5.0, 4.0, 1.0});
  EXPECT_EQ(resumed.lambda(), weights.lambda());
}

TEST(GroupWeights, WhatIsMetAlreadyIsNotWeighedWithoutEnd) {
  GroupWeights weights(Balance::gradient_norm, 2);
  weights.update(std::vector{0.0, 0.0});
  EXPECT_EQ(weights.lambda(), std::vector<double>(2, 1.0));
  weights.update(std::vector{0.0, 3.0});
  EXPECT_DOUBLE_EQ(weights.lambda()[0], 1e6);
  EXPECT_DOUBLE_EQ(weights.lambda()[1], 1);
  EXPECT_TRUE(GroupWeights(Balance::none, 2).lambda().empty());
}

/// Two equations and a penalty condition: three groups.
class Groups : public ::testing::Test, protected WindowPoints {
 protected:
  Groups() : WindowPoints("groups", 5, 300) {}

  const std::vector<double> u = network.glorot(2);

  /// The residual without the rows of all groups but one, by weights 0.
  PointResidual& only(std::size_t group) {
    PointResidual& residual = points.residual();
    for (std::size_t b = 0; b < 2; ++b) {
      std::vector<double> weights = residual.blocks()[b].weights;
      const std::size_t first = b == 0 ? 0 : 2, rows = b == 0 ? 2 : 1, n = weights.size() / rows;
      for (std::size_t k = 0; k < weights.size(); ++k)
        if (first + k / n != group) weights[k] = 0;
      residual.set_weights(b, weights);
    }
    return residual;
  }
};

TEST_F(Groups, SizesAreThoseOfEachAlone) {
  ASSERT_EQ(points.groups(), 3u);
  points.residual().set_reductions(Reductions::reproducible);
  for (const std::vector<double>& lambda : {std::vector<double>{}, std::vector{4.0, 0.25, 16.0}}) {
    points.weigh_groups(lambda);
    const std::vector<double> gradients = points.group_gradients(u), traces = points.group_traces(u);
    for (std::size_t g = 0; g < 3; ++g) {
      points.weigh_groups({});
      std::vector<double> gradient(u.size());
      PointResidual& residual = only(g);
      residual.loss_gradient_at(u, gradient);
      EXPECT_NEAR(gradients[g], norm(gradient), 1e-12 * norm(gradient)) << g;
      const VecHandle at = residual.make_unknowns();
      scatter(u, at);
      double trace = 0;
      residual.stream_rows(at, [&](const RowChunk& rows) {
        for (long k = 0; k < residual.unknowns(); ++k)
          for (int i = 0; i < rows.count; ++i) trace += rows.data[k * rows.ld + i] * rows.data[k * rows.ld + i];
      });
      trace = comm.sum(trace);
      EXPECT_NEAR(traces[g], trace, 1e-12 * trace) << g;
      points.weigh_groups(lambda);
    }
  }
}

TEST_F(Groups, TheSameBitsForAnyNumberOfRanks) {
  const Communicator self(MPI_COMM_SELF);
  NetworkPoints alone{solution, ansatz, network, {PointKind::sobol, 300, 5}, self};
  for (NetworkPoints* set : {&points, &alone}) set->residual().set_reductions(Reductions::reproducible);
  EXPECT_EQ(points.group_traces(u), alone.group_traces(u));
  EXPECT_EQ(points.group_gradients(u), alone.group_gradients(u));
}

TEST_F(Groups, RowsHaveTheWeightOfTheirGroup) {
  points.weigh_groups({2.0, 3.0, 5.0});
  for (int draw = 0; draw < 2; ++draw) {
    const PointBlock &inside = points.residual().blocks()[0], &face = points.residual().blocks()[1];
    for (long p = 0; p < inside.count; ++p) {
      EXPECT_DOUBLE_EQ(inside.weights[p], 2.0 / 300);
      EXPECT_DOUBLE_EQ(inside.weights[inside.count + p], 3.0 / 300);
    }
    for (long p = 0; p < face.count; ++p) EXPECT_DOUBLE_EQ(face.weights[p], 5.0 * 9 / static_cast<double>(face.total));
    points.draw(1, 0, u);
  }
}

}  // namespace
}  // namespace residua::pinn
