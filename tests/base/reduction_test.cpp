#include "base/reduction.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "base/error.hpp"
#include "base/random.hpp"

namespace residua {
namespace {

// The value of a leaf, with magnitudes so different that the order of additions matters.
std::vector<double> leaf_value(long leaf) {
  const auto k = static_cast<std::uint64_t>(leaf);
  const double scale = std::pow(10.0, 16 * uniform(1, 0, k) - 8);
  return {scale * (uniform(1, 1, k) - 0.5), scale * (uniform(1, 2, k) - 0.5)};
}

std::vector<double> on_one_rank(long leaves) {
  const Communicator self(MPI_COMM_SELF);
  TreeReduction tree(leaves);
  for (long k = 0; k < leaves; ++k) tree.put(k, leaf_value(k));
  return tree.finish(self);
}

TEST(TreeReduction, GivesTheSameBitsForAnyDistribution) {
  const Communicator world;
  for (long leaves : {1, 2, 3, 5, 8, 13, 64, 100, 1001}) {
    TreeReduction tree(leaves);
    const long first = leaves * world.rank() / world.size();
    const long last = leaves * (world.rank() + 1) / world.size();
    for (long k = last - 1; k >= first; --k) tree.put(k, leaf_value(k));
    EXPECT_EQ(tree.finish(world), on_one_rank(leaves)) << leaves << " leaves";
  }
}

TEST(TreeReduction, SumsAllLeaves) {
  const Communicator self(MPI_COMM_SELF);
  TreeReduction tree(37);
  for (long k = 0; k < 37; ++k) tree.put(k, {static_cast<double>(k)});
  EXPECT_EQ(tree.finish(self), std::vector<double>{37 * 36 / 2.0});
}

TEST(TreeReduction, NoticesAMissingLeaf) {
  const Communicator self(MPI_COMM_SELF);
  TreeReduction tree(4);
  tree.put(0, {1.0});
  tree.put(3, {1.0});
  EXPECT_THROW(tree.finish(self), Error);
}

TEST(Communicator, AgreesOnFlagsAndSums) {
  const Communicator world;
  EXPECT_EQ(world.any(world.rank() == world.size() - 1), true);
  EXPECT_EQ(world.all(world.rank() == 0), world.size() == 1);
  EXPECT_EQ(world.sum(1.0), world.size());
  EXPECT_EQ(world.max(world.rank()), world.size() - 1);
  EXPECT_EQ(world.broadcast(world.root() ? "text" : ""), "text");
  const double mine[] = {static_cast<double>(world.rank())};
  EXPECT_EQ(static_cast<int>(world.gather(mine).size()), world.size());
}

}  // namespace
}  // namespace residua
