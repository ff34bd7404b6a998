// Batches of the points inside.
#include <gtest/gtest.h>

#include <cmath>

#include "solve/evaluation.hpp"
#include "window_points.hpp"

namespace residua::pinn {
namespace {

/// 1000 points: 15 leaves of 64, and one of 40.
class Batches : public ::testing::Test, protected WindowPoints {
 protected:
  Batches() : WindowPoints("ramp", 3, 1000) {}

  void use(NetworkPoints& of, long size, long number) const {
    of.use_batches(size);
    of.draw(1, 0, theta);
    of.take_batch(number);
  }

  /// Over all ranks, coordinate by coordinate.
  std::vector<double> coordinates() {
    const PointBlock& block = points.residual().blocks()[0];
    std::vector<double> all;
    for (long i = 0; i < 2; ++i) {
      const std::vector<double> part = comm.gather(std::span(block.coordinates).subspan(i * block.count, block.count));
      all.insert(all.end(), part.begin(), part.end());
    }
    return all;
  }

  const std::vector<double> theta = network.glorot(2);
};

TEST_F(Batches, AreTheSameOnAnyRankCount) {
  const Communicator self(MPI_COMM_SELF);
  NetworkPoints alone{solution, ansatz, network, settings, self};
  for (const long number : {0, 1, 77}) {
    use(points, 300, number);
    use(alone, 300, number);
    const PointBlock& block = alone.residual().blocks()[0];
    EXPECT_EQ(coordinates(), block.coordinates);
    EXPECT_TRUE(block.total == 5 * 64 || block.total == 4 * 64 + 40) << block.total;
    EXPECT_EQ(points.model_residual(theta), alone.model_residual(theta));
  }
}

TEST_F(Batches, DifferAndComeAgain) {
  use(points, 300, 4);
  const std::vector<double> fourth = coordinates();
  points.take_batch(5);
  EXPECT_NE(coordinates(), fourth);
  points.take_batch(4);
  EXPECT_EQ(coordinates(), fourth);
  points.draw(2, 0, theta);
  points.take_batch(4);
  EXPECT_NE(coordinates(), fourth) << "another draw";
}

TEST_F(Batches, SumsAreOnAverageThoseOverAllPoints) {
  use(points, 0, 0);
  const double all = std::pow(points.model_residual(theta), 2);
  use(points, 200, 0);
  const int batches = 400;
  double sum = 0, squares = 0;
  for (int number = 0; number < batches; ++number) {
    points.take_batch(number);
    const double one = std::pow(points.model_residual(theta), 2);
    sum += one;
    squares += one * one;
  }
  const double mean = sum / batches, error = std::sqrt((squares / batches - mean * mean) / batches);
  EXPECT_NEAR(mean, all, 4 * error);
  EXPECT_LT(error, 0.02 * all);
}

TEST_F(Batches, EveryRankHasItsShare) {
  use(points, 512, 3);
  const long here = points.residual().blocks()[0].count;
  EXPECT_LE(std::abs(here - 512 / comm.size()), 2 * 64);
}

TEST_F(Batches, EndWithAllPoints) {
  use(points, 0, 0);
  const std::vector<double> all = coordinates();
  use(points, 100, 0);
  EXPECT_LT(coordinates().size(), all.size());
  points.use_batches(0);
  EXPECT_EQ(coordinates(), all);
}

TEST_F(Batches, OfMorePointsThanThereAreAreAll) {
  use(points, 0, 0);
  const std::vector<double> all = coordinates();
  use(points, 5000, 9);
  EXPECT_EQ(coordinates(), all);
}

}  // namespace
}  // namespace residua::pinn
