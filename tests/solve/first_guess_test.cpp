// First guesses of a sequence of linear equations whose matrices change, too.
#include "solve/first_guess.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace residua {
namespace {

constexpr std::size_t size = 40;
using Vector = std::vector<double>;

const DotProducts dots = each_by([](std::span<const double> a, std::span<const double> b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
});

/// A diagonal equation with A and b smooth in s.
struct Equation {
  explicit Equation(double s) : b(size), x(size) {
    for (std::size_t i = 0; i < size; ++i) {
      const auto place = static_cast<double>(i);
      b[i] = std::sin(0.3 * place + s) + 0.2 * std::cos(place * (1 + s));
      x[i] = b[i] / (1.5 + 0.4 * std::cos(0.7 * place + 2 * s));
    }
  }
  Vector b, x;
};

double error(const Vector& guess, const Vector& x) {
  double most = 0;
  for (std::size_t i = 0; i < size; ++i) most = std::max(most, std::abs(guess[i] - x[i]));
  return most;
}

/// The error of the guess at s = 0 after solutions at -h, -2 h, .., -n h, the last of which is the newest.
double error_after(int n, double h, int most) {
  FirstGuess guess(most, dots);
  Vector x(size);
  for (int k = n; k >= 1; --k) {
    const Equation before(-k * h);
    guess.guess(before.b, x);
    guess.keep(before.b, before.x);
  }
  const Equation now(0);
  guess.guess(now.b, x);
  return error(x, now.x);
}

TEST(FirstGuess, OneOrderMoreForEachDifference) {
  for (int n = 1; n <= 4; ++n) {
    const double order = std::log2(error_after(n, 0.02, 8) / error_after(n, 0.01, 8));
    EXPECT_NEAR(order, n, 0.35) << n << " solutions";
  }
  EXPECT_NEAR(std::log2(error_after(6, 0.02, 1) / error_after(6, 0.01, 1)), 2, 0.35) << "one difference is kept";
}

/// A rank that has no part of the vectors takes part in the sums over ranks.
TEST(FirstGuess, AnEmptyPartIsPartOfAllProducts) {
  int products = 0;
  const auto counted = [&](std::span<const DotPair> pairs) {
    products += static_cast<int>(pairs.size());
    return std::vector<double>(pairs.size(), 1.0);
  };
  FirstGuess guess(4, counted), other(4, counted);
  Vector none;
  guess.guess(none, none);
  EXPECT_EQ(products, 0);
  guess.keep(none, none);
  guess.guess(none, none);
  EXPECT_EQ(products, 2);
  other.load(guess.save());
  other.guess(none, none);
  EXPECT_EQ(products, 4);
}

TEST(FirstGuess, WithoutAnythingKeptTheVectorStays) {
  FirstGuess guess(3, dots);
  const Equation now(0);
  Vector x(size, 7.0);
  guess.guess(now.b, x);
  EXPECT_EQ(x, Vector(size, 7.0));
  guess.keep(now.b, now.x);
  guess.guess(now.b, x);
  EXPECT_EQ(x, now.x);
  guess.clear();
  x.assign(size, 7.0);
  guess.guess(now.b, x);
  EXPECT_EQ(x, Vector(size, 7.0));
}

TEST(FirstGuess, TheSameRightHandSideAgainDoesNoHarm) {
  FirstGuess once(4, dots), often(4, dots);
  Vector a(size), b(size);
  for (const double s : {-0.3, -0.2, -0.1}) {
    const Equation before(s);
    once.guess(before.b, a);
    once.keep(before.b, before.x);
    for (int k = 0; k < 3; ++k) {
      often.guess(before.b, b);
      often.keep(before.b, before.x);
    }
  }
  const Equation now(0);
  once.guess(now.b, a);
  often.guess(now.b, b);
  EXPECT_EQ(a, b);
}

TEST(FirstGuess, GoesOnAsBeforeWhereItWasSaved) {
  FirstGuess whole(3, dots), later(3, dots);
  Vector a(size), b(size);
  for (const double s : {-0.5, -0.4, -0.35, -0.2, -0.15}) {
    const Equation before(s);
    whole.guess(before.b, a);
    whole.keep(before.b, before.x);
    if (s == -0.35) later.load(whole.save());
    if (s > -0.35) {
      later.guess(before.b, b);
      ASSERT_EQ(a, b);
      later.keep(before.b, before.x);
    }
  }
}

}  // namespace
}  // namespace residua
