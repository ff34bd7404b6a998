#include "kinetic/closure.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "kinetic/bingham.hpp"
#include "kinetic/model.hpp"
#include "kinetic/realizable.hpp"
#include "random_moments.hpp"

namespace residua::kinetic {
namespace {

using test::random_complex;
using test::random_moments;

constexpr Margin lenient{.higher = std::numeric_limits<double>::infinity()};

struct Case {
  const char* kind;
  int level;
};
const Case cases[] = {{"quadratic", 1}, {"bingham", 1},    {"middle", 1},    {"middle", 2},
                      {"middle", 4},    {"truncation", 1}, {"truncation", 3}};

TEST(Closure, DerivativesPassTheTaylorTest) {
  constexpr long cells = 50;
  for (const auto& [kind, level] : cases) {
    const auto closure = make_closure(kind, level);
    const std::vector<Complex> f = random_moments(level, cells, 1), df = random_complex(f.size(), 1);
    std::vector<Complex> top(cells), slope(cells), moved(cells), at(f.size());
    closure->apply({f.data(), cells}, cells, top.data());
    closure->jvp({f.data(), cells}, {df.data(), cells}, cells, slope.data());
    const auto error = [&](double h) {
      double sum = 0;
      for (std::size_t i = 0; i < f.size(); ++i) at[i] = f[i] + h * df[i];
      closure->apply({at.data(), cells}, cells, moved.data());
      for (long i = 0; i < cells; ++i)  // beyond what is realizable g is cut off
        if (realizability({at.data(), cells}, level, i).failed < 0) sum += std::norm(moved[i] - top[i] - h * slope[i]);
      return std::sqrt(sum);
    };
    const double coarse = error(2e-5), fine = error(1e-5);
    if (std::string(kind) == "truncation")
      EXPECT_EQ(coarse, 0);
    else
      EXPECT_NEAR(std::log2(coarse / fine), 2, 0.1) << kind;
  }
}

TEST(Closure, VjpIsTheTransposeOfJvp) {
  constexpr long cells = 50;
  for (const auto& [kind, level] : cases) {
    const auto closure = make_closure(kind, level);
    const std::vector<Complex> f = random_moments(level, cells, 2), df = random_complex(f.size(), 2),
                               top = random_complex(cells, 3);
    std::vector<Complex> slope(cells), back(f.size());
    closure->jvp({f.data(), cells}, {df.data(), cells}, cells, slope.data());
    closure->vjp({f.data(), cells}, top.data(), cells, back.data());
    double one = 0, other = 0, size = 0;
    for (long i = 0; i < cells; ++i) one += times(std::conj(top[i]), slope[i]).real();
    for (std::size_t i = 0; i < f.size(); ++i) {
      other += times(std::conj(back[i]), df[i]).real();
      size += std::abs(times(std::conj(back[i]), df[i]));
    }
    EXPECT_NEAR(one, other, 1e-13 * size) << kind;
  }
}

TEST(Closure, TurnsWithTheAxesAndIsRealizable) {
  constexpr long cells = 20000;
  const Complex turn = std::polar(1.0, 2 * 0.7);
  for (const char* kind : {"quadratic", "bingham", "middle"}) {
    const auto closure = make_closure(kind, 1);
    const std::vector<Complex> f = random_moments(1, cells, 3);
    std::vector<Complex> turned = f, top(cells), turned_top(cells);
    for (long i = 0; i < cells; ++i) turned[cells + i] = times(turn, f[cells + i]);
    closure->apply({f.data(), cells}, cells, top.data());
    closure->apply({turned.data(), cells}, cells, turned_top.data());
    for (long i = 0; i < cells; ++i) {
      const double c = f[i].real();
      const Complex z = f[cells + i];
      ASSERT_NEAR(std::abs(turned_top[i] - times(times(turn, turn), top[i])), 0, 1e-14 * c);
      ASSERT_LE(std::abs(top[i] - times(z, z) / c), (c - std::norm(z) / c) + 1e-14 * c);
    }
  }
}

/// q and dq/ds of the closed form, computed with 40 digits (mpmath: I_2/I_0 at the root k of I_1/I_0 = s).
struct Known {
  double s, q, slope;
};
const Known known[] = {
    {1e-3, 5.0000016666677083341e-7, 0.00100000066666729167}, {0.1, 0.0050167716174252347865, 0.100672979521361152},
    {0.25, 0.031927722769423755226, 0.261067543052737285},    {0.3, 0.046431440195420418671, 0.319668369192159721},
    {0.5, 0.13742532833132924285, 0.609351753919248571},      {0.6, 0.20830711014194402468, 0.819799533588158157},
    {0.75, 0.36690193109850748238, 1.3651015146516128},       {0.9, 0.66067756684001001624, 2.76802589957715031},
    {0.95, 0.81502554871098659129, 3.3977483759249464},       {0.99, 0.96060003159167728469, 3.87998719432356882},
    {0.999, 0.99600600000301508607, 3.98799998792448297}};

TEST(Bingham, IsRightToRounding) {
  const auto closure = make_closure("bingham", 1);
  const Bingham bingham;
  for (const auto& [s, q, slope] : known) {
    const Complex f[] = {1.0, std::polar(s, 0.4)}, df[] = {0.0, std::polar(1.0, 0.4)};
    Complex top;
    closure->apply({f, 1}, 1, &top);
    EXPECT_NEAR(std::abs(top), q, 6e-16 * std::max(q, s * s)) << s;
    EXPECT_NEAR(std::arg(top), 0.8, 1e-15) << s;
    closure->jvp({f, 1}, {df, 1}, 1, &top);
    EXPECT_NEAR(std::abs(top), slope, 1e-13 * std::max(slope, s)) << s;
    EXPECT_NEAR(bingham.at(s * s).value, q / (s * s), 1e-15) << s;
  }
}

TEST(Bingham, HasItsLimitsAndNoSeams) {
  const Bingham bingham;
  EXPECT_NEAR(bingham.at(0).value, 0.5, 1e-16);
  for (const double d : {1e-4, 1e-6, 1e-9}) {  // 1 - q = 4 (1 - s), and 6 (1 - s)^2 next
    const double s = 1 - d, q = bingham.at(s * s).value * s * s;
    EXPECT_NEAR(1 - q, 4 * d - 6 * d * d, 1e-15 + 10 * d * d * d) << d;
  }
  for (int i = 1; i < 128; ++i) {
    const double left = bingham.at(std::nextafter(i / 128.0, 0)).value, right = bingham.at(i / 128.0).value;
    EXPECT_NEAR(left, right, 5e-16) << i;
  }
}

TEST(Realizability, FindsTheFirstMomentOutside) {
  constexpr long cells = 100;
  const std::vector<Complex> f = random_moments(6, cells, 4);
  for (long i = 0; i < cells; ++i) EXPECT_EQ(realizability({f.data(), cells}, 6, i).failed, -1);
  // the disc of w: centre z^2/c, radius c - |z|^2/c
  const Complex c = 1.2, z(0.3, -0.8);
  const Complex centre = times(z, z) / c;
  const double radius = 1.2 - std::norm(z) / 1.2;
  for (const auto& [factor, failed] : {std::pair{0.999, -1}, std::pair{1.001, 2}}) {
    const Complex cell[] = {c, z, centre + factor * radius * std::polar(1.0, 2.0)};
    EXPECT_EQ(realizability({cell, 1}, 2, 0).failed, failed);
  }
  const Complex beyond[] = {1.0, 1.01}, negative[] = {-0.1, 0.0}, none[] = {1.0, NAN};
  EXPECT_EQ(realizability({beyond, 1}, 1, 0).failed, 1);
  EXPECT_EQ(realizability({negative, 1}, 1, 0).failed, 0);
  EXPECT_EQ(realizability({none, 1}, 1, 0).failed, 1);
}

TEST(Realizability, DoubtfulCellsAreAllThatAreOutside) {
  constexpr long cells = 1000;
  for (const int level : {1, 2, 5}) {
    std::vector<Complex> f = random_moments(level, cells, 4);
    for (std::size_t i = cells; i < f.size(); ++i) f[i] *= 1.1;
    f[7] = NAN;
    const std::vector<Complex> before = f;
    const std::vector<long> doubtful = doubtful_cells({f.data(), cells}, level, cells);
    long outside = 0;
    for (long i = 0; i < cells; ++i) {
      if (std::ranges::binary_search(doubtful, i)) {
        if (realizability({f.data(), cells}, level, i).failed >= 0) ++outside;
        continue;
      }
      ASSERT_EQ(realizability({f.data(), cells}, level, i).failed, -1);
      ASSERT_EQ(draw_back(f.data(), cells, level, {&i, 1}, lenient).moved, 0);
    }
    EXPECT_EQ(f[8], before[8]);
    EXPECT_GT(outside, 10);
    EXPECT_LT(static_cast<long>(doubtful.size()), outside + 10);
  }
}

TEST(Realizability, DrawsBackToTheNearestPoint) {
  constexpr long cells = 100, one = 0;
  std::vector<Complex> f = random_moments(5, cells, 4);
  const std::vector<Complex> before = f;
  std::vector<long> all(cells);
  std::iota(all.begin(), all.end(), 0);
  const DrawnBack none = draw_back(f.data(), cells, 5, all, {});
  EXPECT_EQ(none.moved, 0);
  EXPECT_TRUE(none.beyond.empty());
  EXPECT_EQ(f, before);
  // the disc of w: centre z^2/c, radius c - |z|^2/c; on its edge there is one f_3 alone
  const Complex c = 1.2, z(0.3, -0.8), centre = times(z, z) / c, direction = std::polar(1.0, 2.0);
  const double radius = 1.2 - std::norm(z) / 1.2;
  Complex cell[] = {c, z, centre + 1.1 * radius * direction, 0.7};
  const DrawnBack beyond = draw_back(cell, 1, 3, {&one, 1}, {.higher = 0.08 * radius});
  EXPECT_EQ(beyond.moved, 0);
  EXPECT_EQ(cell[3], 0.7);
  ASSERT_EQ(beyond.beyond.size(), 1);
  EXPECT_EQ(beyond.beyond[0].second.failed, 2);
  EXPECT_NEAR(beyond.beyond[0].second.measure, 0.1 * radius / 1.2, 1e-15);
  EXPECT_EQ(realizability({cell, 1}, 3, 0, {.higher = 0.08 * radius}).failed, 2);
  EXPECT_EQ(draw_back(cell, 1, 3, {&one, 1}, lenient).moved, 1);
  EXPECT_EQ(cell[1], z);
  EXPECT_NEAR(std::abs(cell[2] - (centre + radius * direction)), 0, 1e-15);
  Complex middle;
  middles_of_next({cell, 1}, 2, 1, &middle);
  EXPECT_NEAR(std::abs(cell[3] - middle), 0, 1e-14);
  EXPECT_EQ(realizability({cell, 1}, 3, 0, {.higher = 1e-14}).failed, -1);
}

TEST(Realizability, OfACellDoesNotDependOnTheOthers) {
  constexpr long cells = 150, level = 4;
  std::vector<Complex> f = random_moments(level, cells, 4);
  for (std::size_t i = 2 * cells; i < f.size(); ++i) f[i] *= 1.1;
  std::vector<Complex> alone = f, middles(cells), others(cells);
  std::vector<long> all(cells);
  std::iota(all.begin(), all.end(), 0);
  middles_of_next({f.data(), cells}, level, cells, middles.data());
  const DrawnBack together = draw_back(f.data(), cells, level, all, lenient);
  EXPECT_GT(together.moved, 10);
  EXPECT_LT(together.moved, cells);
  long moved = 0;
  for (long i = 0; i < cells; ++i) {
    middles_of_next({alone.data() + i, cells}, level, 1, &others[i]);
    moved += draw_back(alone.data(), cells, level, {&i, 1}, lenient).moved;
  }
  EXPECT_EQ(moved, together.moved);
  EXPECT_EQ(alone, f);
  EXPECT_EQ(others, middles);
}

}  // namespace
}  // namespace residua::kinetic
