#include "base/random.hpp"

#include <gtest/gtest.h>

#include <Random123/philox.h>

namespace residua {
namespace {

TEST(Random, PhiloxGivesItsPublishedKnownAnswer) {
  // Known-answer test of the Random123 distribution: philox4x32-10, counter and key all ones.
  using Generator = r123::Philox4x32;
  const Generator::ctr_type c = {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}};
  const Generator::key_type k = {{0xffffffff, 0xffffffff}};
  const Generator::ctr_type expected = {{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}};
  EXPECT_EQ(Generator()(c, k), expected);
}

TEST(Random, MomentsOfUniformAndNormal) {
  constexpr int n = 200000;
  double mean = 0, square = 0, normal_mean = 0, normal_square = 0;
  for (int i = 0; i < n; ++i) {
    const double u = uniform(7, 3, i), z = normal(7, 4, i);
    ASSERT_GE(u, 0);
    ASSERT_LT(u, 1);
    mean += u / n;
    square += u * u / n;
    normal_mean += z / n;
    normal_square += z * z / n;
  }
  EXPECT_NEAR(mean, 0.5, 3e-3);
  EXPECT_NEAR(square, 1.0 / 3, 3e-3);
  EXPECT_NEAR(normal_mean, 0, 1e-2);
  EXPECT_NEAR(normal_square, 1, 2e-2);
}

TEST(Random, SeedsStreamsAndIndicesDiffer) {
  EXPECT_NE(uniform(1, 0, 0), uniform(2, 0, 0));
  EXPECT_NE(uniform(1, 0, 0), uniform(1, 1, 0));
  EXPECT_NE(uniform(1, 0, 0), uniform(1, 0, 1));
  EXPECT_EQ(uniform(1, 2, 3), uniform(1, 2, 3));
}

}  // namespace
}  // namespace residua
