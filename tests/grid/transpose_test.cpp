#include "grid/transpose.hpp"

#include <gtest/gtest.h>

#include "base/communicator.hpp"

namespace residua {
namespace {

/// Length of the block from one rank to another in some round: none for some, and longer from round to round.
long length(int from, int to, int round) { return (from + 2 * to + round) % 3 * (1 + 5 * round); }

Complex value(int from, int to, int round, long i) { return {100.0 * from + to, 1000.0 * round + i}; }

TEST(Transpose, BlocksArriveInSharedMemoryAndInMessages) {
  const Communicator world;
  const int rank = world.rank(), ranks = world.size();
  for (const Transpose::Way way : {Transpose::Way::shared_memory_if_possible, Transpose::Way::messages}) {
    Transpose transpose(world.mpi(), way);
    for (int round = 0; round < 12; ++round) {
      std::vector<long> to, from;
      for (int r = 0; r < ranks; ++r) {
        to.push_back(length(rank, r, round));
        from.push_back(length(r, rank, round));
      }
      transpose.begin(to, 2 * ranks * (1 + 5 * round));
      for (int r = 0; r < ranks; ++r)
        for (long i = 0; i < to[r]; ++i) transpose.to(r)[i] = value(rank, r, round, i);
      transpose.exchange(from);
      for (int r = 0; r < ranks; ++r)
        for (long i = 0; i < from[r]; ++i) ASSERT_EQ(transpose.from(r)[i], value(r, rank, round, i));
    }
    EXPECT_FALSE(way == Transpose::Way::messages && transpose.in_shared_memory());
  }
}

}  // namespace
}  // namespace residua
