#include "pinn/windows.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/random.hpp"
#include "deck_of.hpp"
#include "pinn/problem.hpp"

namespace residua::pinn {
namespace {

constexpr double tolerance = 1e-7;

struct March {
  std::vector<TimeWindow> taken;
  int tries = 0;
};

/// All windows, of which `residual` says what each try leaves.
template <class F>
March march(const F& residual) {
  const Deck deck = deck_of("windows");
  const Problem problem = make_problem(deck);
  Windows windows(deck, problem);
  March found;
  TimeWindow longer;
  while (!windows.done() && found.tries < 10000) {
    const TimeWindow window = windows.next();
    const Windows::Verdict verdict = windows.judge(residual(window, found.tries++));
    if (verdict != Windows::Verdict::try_shorter)
      found.taken.push_back(verdict == Windows::Verdict::take ? window : longer);
    longer = window;
  }
  return found;
}

double length(const TimeWindow& w) { return w.end - w.begin; }

TEST(Windows, LengthFollowsTheResidual) {
  // below the tolerance up to 0.1
  const March found = march([](const TimeWindow& w, int) { return tolerance * std::pow(length(w) / 0.1, 8); });
  for (std::size_t k = 0; k < found.taken.size(); ++k) {
    EXPECT_LE(length(found.taken[k]), 0.1 + 1e-12);
    EXPECT_EQ(found.taken[k].begin, k == 0 ? 0 : found.taken[k - 1].end);
  }
  EXPECT_EQ(found.taken.back().end, 2);
  EXPECT_LE(found.tries, 60);
}

TEST(Windows, NoiseAtTheToleranceDoesNotMakeThemShort) {
  // what comes from the windows before is about the tolerance, whatever the length
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const March found = march([&](const TimeWindow& w, int k) {
      const double inherited = w.begin < 0.5 ? 0.01 : std::pow(4, uniform(seed, 1, k) - 0.3);
      return tolerance * (inherited + std::pow(length(w) / 0.2, 8));
    });
    EXPECT_EQ(found.taken.back().end, 2);
    EXPECT_LE(found.tries, 100) << seed;
  }
}

TEST(Windows, ResidualThatGrowsFromWindowToWindowIsFollowed) {
  const March found = march([](const TimeWindow& w, int) {
    const double inherited = 0.1 * tolerance * std::exp(3 * w.begin);  // by 400 up to the end
    return inherited + tolerance * std::pow(length(w) / 0.2, 8);
  });
  EXPECT_EQ(found.taken.back().end, 2);
  EXPECT_LE(found.tries, 100);
}

}  // namespace
}  // namespace residua::pinn
