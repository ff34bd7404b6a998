#include "pinn/causal.hpp"
#include "window_points.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace residua::pinn {
namespace {

TEST(Causal, WeightsFallWithTheLossesBefore) {
  CausalWeights causal({{2.0}, 3, 0.99});
  EXPECT_EQ(causal.slabs(), std::vector<double>(3, 1.0));
  EXPECT_FALSE(causal.update(std::vector{0.1, 0.3, 7.0}, 0, 100));
  EXPECT_EQ(causal.slabs()[0], 1);
  EXPECT_DOUBLE_EQ(causal.slabs()[1], std::exp(-0.2));
  EXPECT_DOUBLE_EQ(causal.least(), std::exp(-0.8));
  EXPECT_TRUE(causal.update(std::vector{1e-3, 1e-3, 7.0}, 1, 100)) << "what is lost in the last slab does not count";
}

TEST(Causal, StrengthsComeWhenLearntOrInTurn) {
  CausalWeights causal({{1.0, 10.0, 100.0}, 2, 0.99});
  const std::vector<double> bad{1.0, 1.0}, good{1e-3, 1.0}, best{1e-5, 1.0};
  EXPECT_FALSE(causal.update(good, 5, 300));
  EXPECT_EQ(causal.epsilon(), 10);
  EXPECT_DOUBLE_EQ(causal.least(), std::exp(-1e-2)) << "with the new strength";
  EXPECT_FALSE(causal.update(bad, 104, 300));
  EXPECT_EQ(causal.epsilon(), 10);
  State state;
  causal.save(state);
  EXPECT_FALSE(causal.update(bad, 105, 300)) << "its third of the iterations is over";
  EXPECT_EQ(causal.epsilon(), 100);
  EXPECT_FALSE(causal.update(bad, 299, 300)) << "the last one has no end";
  EXPECT_TRUE(causal.update(best, 300, 300));

  CausalWeights resumed(causal.settings());
  resumed.load(state);
  EXPECT_EQ(resumed.epsilon(), 10);
  resumed.update(bad, 105, 300);
  EXPECT_EQ(resumed.epsilon(), 100);
  EXPECT_DOUBLE_EQ(resumed.least(), std::exp(-100));
}

/// u_t + u_x = t in the unit square, and a penalty on a face; the network is 0, so that u = 0.
class CausalPoints : public ::testing::Test, protected WindowPoints {
 protected:
  CausalPoints() : WindowPoints("ramp", 3, 4096) {}

  const std::vector<double> theta = std::vector<double>(network.parameters(), 0.0);
};

TEST_F(CausalPoints, LossesAreMeansOfTheEquationsOverTheirTime) {
  const std::vector<double> losses = points.slab_losses(theta, 4);
  ASSERT_EQ(losses.size(), 4u);
  for (int k = 0; k < 4; ++k) {
    const double begin = 0.25 * k, end = begin + 0.25;
    EXPECT_NEAR(losses[k], (std::pow(end, 3) - std::pow(begin, 3)) / 3 / 0.25, 1e-3) << k;
  }
  const Communicator self(MPI_COMM_SELF);
  NetworkPoints alone{solution, ansatz, network, settings, self};
  EXPECT_EQ(losses, alone.slab_losses(theta, 4)) << "the same bits for any number of ranks";
  EXPECT_EQ(points.slab_losses(theta, 100000)[3], 0) << "no point there";
}

TEST_F(CausalPoints, RowsHaveTheWeightOfTheirTime) {
  const std::vector<double> slabs{1.0, 0.5, 0.125};
  points.weigh_slabs(slabs);
  for (int draw = 0; draw < 2; ++draw) {
    ASSERT_EQ(points.residual().blocks().size(), 2u);
    for (const PointBlock& block : points.residual().blocks()) {
      const double unit = block.name == "equations" ? 1.0 / 4096 : 9.0 / static_cast<double>(block.total);
      for (long p = 0; p < block.count; ++p)
        EXPECT_DOUBLE_EQ(block.weights[p], unit * slabs[static_cast<std::size_t>(3 * block.coordinates[p])]);
    }
    points.draw(1, 0, theta);
  }
  points.weigh_slabs({});
  const PointBlock& block = points.residual().blocks()[0];
  for (long p = 0; p < block.count; ++p) EXPECT_DOUBLE_EQ(block.weights[p], 1.0 / 4096);
}

}  // namespace
}  // namespace residua::pinn
