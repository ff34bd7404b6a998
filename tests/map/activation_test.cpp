// Vector functions against the scalar library in extended precision; derivatives of the activations.
#include <gtest/gtest.h>

#include <cfloat>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "map/kernels/activation_kernel.hpp"

namespace residua {
namespace {

using V = NativePack;

/// Distance to the exact value in units of the last place of a double.
double ulps(double value, long double exact) {
  const double rounded = static_cast<double>(exact);
  if (value == rounded || (std::isnan(value) && std::isnan(rounded))) return 0;
  int exponent = 0;
  std::frexp(rounded, &exponent);
  const long double ulp = std::ldexp(1.0L, std::max(exponent, DBL_MIN_EXP) - DBL_MANT_DIG);
  return static_cast<double>(std::abs(static_cast<long double>(value) - exact) / ulp);
}

/// Uniform on [-limit, limit] and, for the small arguments, log-uniform below it.
std::vector<double> arguments(double limit) {
  std::mt19937_64 engine(7);
  std::uniform_real_distribution<double> uniform(-1, 1);
  std::vector<double> x;
  for (int k = 0; k < 100000; ++k) x.push_back(limit * uniform(engine));
  for (int k = 0; k < 20000; ++k) x.push_back(limit * uniform(engine) * std::pow(10.0, 150 * (uniform(engine) - 1)));
  return x;
}

template <class F, class Exact>
double worst_ulps(const std::vector<double>& x, const F& f, const Exact& exact) {
  double worst = 0;
  for (std::size_t k = 0; k + lanes<V> <= x.size(); k += lanes<V>) {
    double y[lanes<V>];
    store(y, f(load<V>(&x[k])));
    for (int i = 0; i < lanes<V>; ++i) worst = std::max(worst, ulps(y[i], exact(static_cast<long double>(x[k + i]))));
  }
  return worst;
}

TEST(VectorMath, WithinTwoUlps) {
  for (const double limit : {0.5, 3.0, 25.0, 700.0}) {
    const auto x = arguments(limit);
    EXPECT_LE(worst_ulps(x, vector_exp<V>, expl), 2) << "exp " << limit;
    EXPECT_LE(worst_ulps(x, vector_tanh<V>, tanhl), 2) << "tanh " << limit;
  }
  for (const double limit : {0.7, 6.0, 1e3, 1e6, 1e15}) {
    const auto x = arguments(limit);
    EXPECT_LE(worst_ulps(
                  x, [](V v) { return vector_sincos(v).sine; }, sinl),
              2)
        << "sin " << limit;
    EXPECT_LE(worst_ulps(
                  x, [](V v) { return vector_sincos(v).cosine; }, cosl),
              2)
        << "cos " << limit;
  }
}

TEST(VectorMath, NormalDistributionAlsoInTheTails) {
  for (const double limit : {1.0, 6.0, 37.0}) {
    const auto x = arguments(limit);
    EXPECT_LE(worst_ulps(
                  x, [](V v) { return vector_normal(v).distribution; },
                  [](long double a) { return 0.5L * erfcl(-a / sqrtl(2.0L)); }),
              5)
        << limit;
    EXPECT_LE(worst_ulps(
                  x, [](V v) { return vector_normal(v).density; },
                  [](long double a) { return expl(-a * a / 2) / sqrtl(2 * acosl(-1.0L)); }),
              5)
        << limit;
  }
}

TEST(VectorMath, EndsOfTheRange) {
  const double infinity = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();
  const auto first = [](V v) {
    double y[lanes<V>];
    store(y, v);
    return y[0];
  };
  const auto exp1 = [&](double a) { return first(vector_exp(spread<V>(a))); };
  const auto tanh1 = [&](double a) { return first(vector_tanh(spread<V>(a))); };
  const auto normal1 = [&](double a) { return first(vector_normal(spread<V>(a)).distribution); };
  EXPECT_EQ(exp1(infinity), infinity);
  EXPECT_EQ(exp1(-infinity), 0);
  EXPECT_EQ(exp1(0), 1);
  EXPECT_LE(ulps(exp1(-740), expl(-740.0L)), 2) << "subnormal";
  EXPECT_TRUE(std::isnan(exp1(nan)));
  EXPECT_EQ(tanh1(infinity), 1);
  EXPECT_EQ(tanh1(-infinity), -1);
  EXPECT_TRUE(std::signbit(tanh1(-0.0)));
  EXPECT_EQ(tanh1(DBL_MIN), DBL_MIN);
  EXPECT_TRUE(std::isnan(tanh1(nan)));
  EXPECT_TRUE(std::isnan(first(vector_sincos(spread<V>(infinity)).sine)));
  EXPECT_TRUE(std::isnan(first(vector_sincos(spread<V>(nan)).cosine)));
  EXPECT_EQ(normal1(infinity), 1);
  EXPECT_EQ(normal1(-infinity), 0);
  EXPECT_NEAR(normal1(0), 0.5, 1e-16);
}

/// sigma^(0 .. 9) at z.
template <Activation kind>
std::vector<double> derivatives(double z) {
  using Kernel = ActivationKernel<kind>;
  double keep[Kernel::kept + 1] = {};
  const double y = Kernel::evaluate(z, keep);
  std::vector<double> s(max_activation_order + 1);
  Kernel::template derivatives<max_activation_order>(z, y, keep, s.data());
  return s;
}

/// Every derivative is the slope of the one before it, by a central difference of order 8.
template <class F>
void expect_slopes(const F& f) {
  const double h = 0.02;
  const double weight[] = {4.0 / 5, -1.0 / 5, 4.0 / 105, -1.0 / 280};
  for (const double z : {-3.1, -1.2, -0.3, 0.0, 0.45, 1.7, 2.9}) {
    const auto s = f(z);
    for (int k = 1; k <= max_activation_order; ++k) {
      double slope = 0;
      for (int j = 1; j <= 4; ++j) slope += weight[j - 1] * (f(z + j * h)[k - 1] - f(z - j * h)[k - 1]) / h;
      EXPECT_NEAR(s[k], slope, 1e-9 * std::pow(3.0, k)) << "order " << k << " at " << z;
    }
  }
}

TEST(Activation, DerivativesOfEveryOrder) {
  expect_slopes(derivatives<Activation::tanh>);
  expect_slopes(derivatives<Activation::sin>);
  expect_slopes(derivatives<Activation::gelu>);
}

TEST(Activation, ClosedForms) {
  const double z = 0.6, y = std::tanh(z);
  const auto t = derivatives<Activation::tanh>(z);
  EXPECT_NEAR(t[2], -2 * y * (1 - y * y), 1e-15);
  EXPECT_NEAR(t[3], (1 - y * y) * (6 * y * y - 2), 1e-15);
  const auto s = derivatives<Activation::sin>(z);
  EXPECT_NEAR(s[7], -std::cos(z), 1e-15);
  const auto g = derivatives<Activation::gelu>(z);
  EXPECT_NEAR(g[0], 0.5 * z * (1 + std::erf(z / std::sqrt(2.0))), 1e-15);
  EXPECT_NEAR(g[2], (2 - z * z) * std::exp(-z * z / 2) / std::sqrt(2 * std::acos(-1.0)), 1e-15);
}

}  // namespace
}  // namespace residua
