// What all ranks see when some of them fail. (Ends by MPI_Abort are tested from outside, in command_test.py.)
#include "run/outcome.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

#include "base/error.hpp"

namespace residua {
namespace {

TEST(EndTogether, ReturnsTheWorkOfAll) {
  const Communicator world;
  EXPECT_EQ(end_together(world, [] { return 0; }), 0);
  EXPECT_EQ(end_together(world, [] { return 1; }), 1);
}

TEST(EndTogether, OneKindOfExceptionOnAllRanks) {
  const Communicator world;
  EXPECT_EQ(end_together(world, []() -> int { throw InputError("expected by the test: input"); }), 2);
  EXPECT_EQ(end_together(world, []() -> int { throw Error("expected by the test: error"); }), 1);
  EXPECT_EQ(end_together(world, []() -> int { throw std::bad_alloc(); }), 1);
}

TEST(EndTogether, OneRankFailsAndTheOthersComeToTheEnd) {
  const Communicator world;
  const auto work = [&]() -> int {
    if (world.rank() == world.size() - 1) throw Error("expected by the test: on one rank");
    return 0;
  };
  EXPECT_EQ(end_together(world, work), 1);
}

TEST(EndTogether, AFailedRunIsWorseThanABadDeck) {
  const Communicator world;
  const auto work = [&]() -> int {
    if (world.root()) throw Error("expected by the test: error on rank 0");
    throw InputError("expected by the test: input elsewhere");
  };
  EXPECT_EQ(end_together(world, work), 1);
}

}  // namespace
}  // namespace residua
