#include "deck/nearest.hpp"

#include <gtest/gtest.h>

namespace residua::test {
namespace {

TEST(EditDistance, CountsSwapsAsOne) {
  EXPECT_EQ(edit_distance("", ""), 0U);
  EXPECT_EQ(edit_distance("abc", "abc"), 0U);
  EXPECT_EQ(edit_distance("abc", "acb"), 1U);
  EXPECT_EQ(edit_distance("abc", "abxc"), 1U);
  EXPECT_EQ(edit_distance("abc", "xbc"), 1U);
  EXPECT_EQ(edit_distance("", "abc"), 3U);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
}

TEST(Nearest, FindsWhatWasMeant) {
  const std::vector<std::string> names = {"features", "iterations", "every_seconds", "seed"};
  EXPECT_EQ(nearest("featurs", names), "features");
  EXPECT_EQ(nearest("Features", names), "features");
  EXPECT_EQ(nearest("every-second", names), "every_seconds");
  EXPECT_EQ(nearest("sede", names), "seed");
  EXPECT_EQ(nearest("iter", names), "iterations");
}

TEST(Nearest, IsSilentWhenNothingIsNear) {
  EXPECT_EQ(nearest("frobnicate", {"features", "seed"}), std::nullopt);
  EXPECT_EQ(nearest("y", {"x", "t"}), std::nullopt);
  EXPECT_EQ(nearest("seed", {}), std::nullopt);
}

}  // namespace
}  // namespace residua::test
