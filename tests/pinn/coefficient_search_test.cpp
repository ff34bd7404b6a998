// The search around whole solves, on models that are solved by a formula.
#include "pinn/coefficient_search.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "base/random.hpp"

namespace residua::pinn {
namespace {

constexpr int measurements = 40;
const std::vector<double> truth = {2.0, 0.7};

/// a exp(-b t) against measured values, with a standard deviation of 0.01.
std::vector<double> misfit(const std::vector<double>& c, std::uint64_t seed) {
  std::vector<double> r;
  for (int i = 0; i < measurements; ++i) {
    const double t = 0.1 * i, noise = seed == 0 ? 0 : normal(seed, 1, static_cast<std::uint64_t>(i));
    r.push_back((c[0] * std::exp(-c[1] * t) - truth[0] * std::exp(-truth[1] * t)) / 0.01 - noise);
  }
  return r;
}

CoefficientSearch found(std::uint64_t seed) {
  CoefficientSearch search({1.0, 2.0});
  while (!search.done()) search.tell(misfit(search.next(), seed));
  return search;
}

TEST(CoefficientSearch, FindsTheTruthWithoutNoise) {
  const CoefficientSearch search = found(0);
  for (int k = 0; k < 2; ++k) EXPECT_NEAR(search.next()[k], truth[k], 1e-7);
  EXPECT_LT(search.solves(), 30);
}

TEST(CoefficientSearch, StandardDeviationsAreThoseOfTheErrors) {
  double square[2] = {0, 0};
  constexpr int seeds = 200;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    const CoefficientSearch search = found(seed);
    for (int k = 0; k < 2; ++k)
      square[k] += std::pow(search.next()[k] - truth[k], 2) / search.covariance()[k * 2 + k] / seeds;
  }
  for (double s : square) EXPECT_NEAR(s, 1, 0.3);  // three times the spread of a mean of 200 squares
}

TEST(CoefficientSearch, GoesOnFromAState) {
  CoefficientSearch whole({1.0, 2.0}), stopped({1.0, 2.0});
  for (int i = 0; i < 5; ++i) {
    whole.tell(misfit(whole.next(), 1));
    stopped.tell(misfit(stopped.next(), 1));
  }
  State state;
  stopped.save(state);
  CoefficientSearch resumed({0.0, 0.0});
  resumed.load(state);
  while (!whole.done()) whole.tell(misfit(whole.next(), 1));
  while (!resumed.done()) resumed.tell(misfit(resumed.next(), 1));
  EXPECT_EQ(whole.next(), resumed.next());
  EXPECT_EQ(whole.covariance(), resumed.covariance());
}

}  // namespace
}  // namespace residua::pinn
