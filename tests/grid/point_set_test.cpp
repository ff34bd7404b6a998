#include "grid/point_set.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <set>

#include "grid/quadrature.hpp"
#include "grid/sobol.hpp"

namespace residua {
namespace {

const Box box{{0, -1, 2}, {1, 1, 5}};

TEST(Sobol, EveryCoordinateIsBalancedInEveryDyadicBlock) {
  for (std::uint64_t seed : {0, 5}) {
    for (int dimension = 0; dimension < max_sobol_dimension; ++dimension) {
      std::set<int> cells;
      std::vector<double> point(max_sobol_dimension);
      for (int i = 0; i < 256; ++i) {
        sobol_point(seed, seed == 0 ? i - 1 : i, point);  // seed 0 leaves the origin out
        cells.insert(static_cast<int>(point[dimension] * 256));
      }
      EXPECT_EQ(cells.size(), 256u) << "seed " << seed << ", coordinate " << dimension;
    }
  }
}

TEST(Sobol, IntegratesFasterThanRandomPoints) {
  constexpr int n = 4096, d = 6;
  double mean = 0;
  std::vector<double> x(d);
  for (int i = 0; i < n; ++i) {
    sobol_point(3, i, x);
    double product = 1;
    for (double xi : x) product *= std::numbers::pi / 2 * std::sin(std::numbers::pi * xi);
    mean += product / n;
  }
  EXPECT_NEAR(mean, 1, 1e-2);
}

TEST(Quadrature, IsExactForPolynomials) {
  for (int n : {1, 2, 5, 20, 64}) {
    const Quadrature rule = gauss_legendre(n);
    for (int degree = 0; degree < 2 * n; ++degree) {
      double sum = 0;
      for (int i = 0; i < n; ++i) sum += rule.weights[i] * std::pow(rule.nodes[i], degree);
      EXPECT_NEAR(sum, 1.0 / (degree + 1), 4e-15) << n << " nodes, degree " << degree;
    }
  }
}

TEST(PointSet, DoesNotDependOnTheRankCount) {
  const Communicator world, self(MPI_COMM_SELF);
  for (PointKind kind : {PointKind::sobol, PointKind::gauss, PointKind::uniform}) {
    const PointSet part = make_points(kind, box, 500, 11, world);
    const PointSet whole = make_points(kind, box, 500, 11, self);
    EXPECT_EQ(world.sum(part.range.count), whole.total);
    for (long p = 0; p < part.range.count; ++p)
      for (int i = 0; i < 3; ++i) EXPECT_EQ(part.at(i, p), whole.at(i, part.range.first + p));
  }
}

TEST(PointSet, StaysInTheBoxAndItsWeightsSumToOne) {
  const Communicator world;
  const Box face{{0, -1, 3}, {1, 1, 3}};
  for (PointKind kind : {PointKind::sobol, PointKind::gauss, PointKind::uniform}) {
    const PointSet set = make_points(kind, face, 300, 2, world);
    double sum = 0;
    for (long p = 0; p < set.range.count; ++p) {
      sum += set.weight[p];
      EXPECT_EQ(set.at(2, p), 3);
      EXPECT_GT(set.at(0, p), 0);
      EXPECT_LT(set.at(1, p), 1);
    }
    EXPECT_NEAR(world.sum(sum), 1, 1e-13);
  }
}

TEST(PointSet, TensorGridHoldsItsEnds) {
  const Communicator self(MPI_COMM_SELF);
  const int counts[] = {3, 1, 4};
  const PointSet set = tensor_points(box, counts, self);
  ASSERT_EQ(set.total, 12);
  EXPECT_EQ(set.at(0, 0), 0);
  EXPECT_EQ(set.at(0, 11), 1);
  EXPECT_EQ(set.at(1, 5), -1);
  EXPECT_EQ(set.at(2, 3), 5);
  EXPECT_EQ(set.at(2, 4), 2);
}

TEST(PointSet, SharesCoverEveryPointOnce) {
  for (long total : {1, 63, 64, 65, 1000, 12345})
    for (int ranks : {1, 2, 3, 4, 7, 64}) {
      long next = 0;
      for (int rank = 0; rank < ranks; ++rank) {
        const PointRange range = share(total, rank, ranks);
        if (range.count > 0) {
          EXPECT_EQ(range.first, next);
        }
        next += range.count;
      }
      EXPECT_EQ(next, total);
    }
}

TEST(Grid, IntegratesWavesAndPolynomialsExactly) {
  const Communicator world(MPI_COMM_WORLD);
  const PointSet set = grid_points(box, std::vector{5, 9, 4}, {true, false, true}, world);
  EXPECT_EQ(set.total, 5 * 9 * 4);
  double waves = 0, mixed = 0;
  for (long p = 0; p < set.range.count; ++p) {
    EXPECT_LT(set.at(0, p), 1);  // the upper end is the lower one
    const double x = 2 * std::numbers::pi * set.at(0, p), z = 2 * std::numbers::pi * (set.at(2, p) - 2) / 3;
    waves += set.weight[p] * std::pow(std::cos(2 * x), 2);
    mixed += set.weight[p] * std::pow(set.at(1, p), 16) * (1 + std::sin(3 * z + x));
  }
  EXPECT_NEAR(world.sum(waves), 0.5, 1e-14);
  EXPECT_NEAR(world.sum(mixed), 1.0 / 17, 1e-14);
}

}  // namespace
}  // namespace residua
