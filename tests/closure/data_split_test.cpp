// What of the kinetic runs is held back from a fit.
#include "closure/data_split.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <set>

namespace residua::kinetic {
namespace {

constexpr long frames = 5;

/// So many runs at each of so many pairs.
std::vector<ClosureRun> runs(int pairs, int seeds) {
  std::vector<ClosureRun> all;
  for (int p = 0; p < pairs; ++p)
    for (int s = 0; s < seeds; ++s) all.push_back({{-1.0 - p, 1.0}, s});
  return all;
}

void expect_whole_units(const DataSplit& split, long size, std::size_t held) {
  std::set<long> units;
  for (const long frame : split.held_back) units.insert(frame / size);
  EXPECT_EQ(units.size(), held);
  EXPECT_EQ(std::ssize(split.held_back), size * static_cast<long>(held));
}

TEST(DataSplit, HoldsBackWhateverThereIsEnoughOf) {
  expect_whole_units(split_data(runs(9, 2), frames, 0.2, 1), 2 * frames, 2);  // pairs
  expect_whole_units(split_data(runs(2, 2), frames, 0.3, 1), frames, 1);      // runs
  expect_whole_units(split_data(runs(2, 1), frames, 0.3, 1), frames, 1);
  expect_whole_units(split_data(runs(1, 1), frames, 0.3, 1), 1, 2);  // frames
  EXPECT_EQ(split_data(runs(9, 2), frames, 0.2, 1).told, "2 of 9 pairs of alpha and zeta");
}

TEST(DataSplit, HasEachFrameOnceAndIsOfTheSeed) {
  std::set<std::vector<long>> seen;
  for (const std::uint64_t seed : {1, 2, 3, 4, 5}) {
    const DataSplit split = split_data(runs(9, 2), frames, 0.2, seed);
    std::vector<long> all(18 * frames), both;
    std::iota(all.begin(), all.end(), 0L);
    std::ranges::merge(split.fitted, split.held_back, std::back_inserter(both));
    EXPECT_EQ(both, all);
    EXPECT_EQ(split.held_back, split_data(runs(9, 2), frames, 0.2, seed).held_back);
    seen.insert(split.held_back);
  }
  EXPECT_GT(seen.size(), 1U);
}

TEST(DataSplit, LeavesSomethingOnBothSides) {
  EXPECT_TRUE(split_data(runs(9, 2), frames, 0, 1).held_back.empty());
  for (const double share : {1e-6, 0.9}) {
    const DataSplit split = split_data(runs(3, 1), frames, share, 1);
    EXPECT_EQ(std::ssize(split.held_back), share < 0.5 ? frames : 2 * frames);
  }
}

}  // namespace
}  // namespace residua::kinetic
