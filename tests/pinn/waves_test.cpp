#include "pinn/waves.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "deck_of.hpp"

namespace residua::pinn {
namespace {

TEST(Waves, AreWholeShellsOfOneOfEachPair) {
  const Problem problem = make_problem(deck_of("torus"));
  // Squares of lengths on the half plane: 0, 1 (twice), 2 (twice), 4 (twice), 5 (four times), 8 (twice), 9 (twice).
  for (const auto& [most, whole] : {std::pair{1, 1}, {2, 1}, {3, 3}, {7, 7}, {10, 7}, {11, 11}, {14, 13}, {15, 15}})
    EXPECT_EQ(wave_vectors(problem, 2 * 3 * most, 3).size(), static_cast<std::size_t>(whole)) << most;
  for (const std::vector<int>& n : wave_vectors(problem, 6 * 15, 3)) {
    EXPECT_EQ(n[0], 0);
    EXPECT_TRUE(n[1] > 0 || (n[1] == 0 && n[2] >= 0));
    EXPECT_LE(n[1] * n[1] + n[2] * n[2], 9);
  }
}

TEST(Waves, AreAsLongInEveryDirectionOfALongBox) {
  Problem problem = make_problem(deck_of("torus"));
  problem.box.hi[2] = 20;  // ten times as long as the other side
  for (const std::vector<int>& n : wave_vectors(problem, 6 * 100, 3)) {
    EXPECT_LE(std::abs(n[1]), 2);
    EXPECT_LE(std::hypot(10 * n[1], n[2]), 26);
  }
}

TEST(Waves, ArePeriodic) {
  const Deck deck = deck_of("torus");
  const Problem problem = make_problem(deck);
  auto [network, theta] = wave_network(problem, {0.5, 0.7}, feature_settings(deck, problem));
  EXPECT_EQ(network.last_width(), 6 * 13);
  for (std::size_t i = network.hidden_parameters(); i < theta.size(); ++i) theta[i] = std::sin(static_cast<double>(i));
  PointMap map(network, ChannelSet());
  map.set_parameters(theta);
  const std::vector<double> points{0.6, 0.6, 0.6, -1, 1, -1, 0.3, 0.3, 2.3};  // the last two one period away
  std::vector<double> values(3);
  map.channels({3, {points.data(), 3}, {}}, {values.data(), 3});
  EXPECT_NEAR(values[0], values[1], 1e-12);
  EXPECT_NEAR(values[0], values[2], 1e-12);
  EXPECT_GT(std::abs(values[0]), 1e-3);
}

TEST(Waves, CannotBeUsedWhereADirectionIsNotPeriodic) {
  const Problem problem = make_problem(deck_of("boundary_values"));
  EXPECT_THROW(feature_settings(deck_of("torus"), problem), InputError);
}

TEST(Solution, StartAtPlacesAskedForBeforeIsThatOfAFreshSolution) {
  const Deck deck = deck_of("torus");
  const Problem problem = make_problem(deck);
  const FeatureSettings settings = feature_settings(deck, problem);
  Solution solution(problem), fresh(problem);
  const std::vector<double> points{0, 0, 1, 0.1, 0.1, -0.5, 1.3, 0.4, 1.3};  // [dimension][3]
  for (int k = 0; k < 4; ++k) {
    const TimeWindow window{0.5 * k, 0.5 * (k + 1)};
    const auto ansatz = std::make_shared<const Ansatz>(problem, window);
    auto [network, theta] = wave_network(problem, window, settings);
    for (std::size_t i = network.hidden_parameters(); i < theta.size(); ++i)
      theta[i] = std::cos(static_cast<double>(i) + k);
    solution.add(ansatz, network, theta);
    fresh.add(ansatz, network, theta);
    solution.start(*ansatz, k + 1, points, 3);
  }
  const Ansatz& last = solution.ansatz(3);
  EXPECT_EQ(solution.start(last, 4, points, 3), fresh.start(last, 4, points, 3));
  EXPECT_EQ(solution.start(last, 2, points, 3), fresh.start(last, 2, points, 3));
}

}  // namespace
}  // namespace residua::pinn
