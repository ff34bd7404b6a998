#include "deck/arithmetic.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

namespace residua::test {
namespace {

TEST(Arithmetic, GivesWhatTheCompilerGives) {
  EXPECT_EQ(arithmetic("0.01/pi"), 0.01 / std::numbers::pi);
  EXPECT_EQ(arithmetic(" 1 + 2*3 - 4/8 "), 6.5);
  EXPECT_EQ(arithmetic("(1 + 2)*-3"), -9);
  EXPECT_EQ(arithmetic("10 - 4 - 3"), 3);
  EXPECT_EQ(arithmetic("16/4/2"), 2);
  EXPECT_EQ(arithmetic("sqrt(2)*exp(1) + log(e)"), std::sqrt(2.0) * std::exp(1.0) + 1);
  EXPECT_EQ(arithmetic("sin(pi/2) + cos(0) + tan(0) + tanh(0) + abs(-3)"), 5);
  EXPECT_EQ(arithmetic("1.5e-3"), 1.5e-3);
  EXPECT_EQ(arithmetic(".5"), 0.5);
}

TEST(Arithmetic, PowersBindTighterThanSignsAndFromTheRight) {
  EXPECT_EQ(arithmetic("-2^2"), -4);
  EXPECT_EQ(arithmetic("2^3^2"), 512);
  EXPECT_EQ(arithmetic("2**-1"), 0.5);
  EXPECT_EQ(arithmetic("2*3**2"), 18);
}

TEST(Arithmetic, SaysWhereItIsWrong) {
  const auto offset = [](std::string_view text) -> std::size_t {
    try {
      arithmetic(text);
    } catch (const ArithmeticError& error) {
      return error.offset;
    }
    return 999;
  };
  EXPECT_EQ(offset(""), 0U);
  EXPECT_EQ(offset("1 +"), 3U);
  EXPECT_EQ(offset("2pi"), 1U);
  EXPECT_EQ(offset("1 + nu"), 4U);
  EXPECT_EQ(offset("(1"), 2U);
  EXPECT_EQ(offset("sin 1"), 4U);
  EXPECT_EQ(offset("1e999"), 0U);
  EXPECT_EQ(offset(std::string(100000, '(')), 201U - 1U);
  EXPECT_EQ(offset(std::string(100000, '-')), 201U - 1U);
}

}  // namespace
}  // namespace residua::test
