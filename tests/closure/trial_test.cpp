// What the trial of a closure measures.
#include "closure/closure_trial.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "closure/turn_defect.hpp"
#include "kinetic/some_network.hpp"
#include "kinetic/states.hpp"

namespace residua::kinetic {
namespace {

using test::some_network;
using test::some_network_of_strain;

/// Only networks of invariants turn with the fields.
TEST(TurnDefect, IsThatOfClosuresThatAreNotEquivariant) {
  const Communicator world;
  const FourierGrid grid({12, 12, reference.length, reference.length}, world);
  const auto defect_of = [&](const auto& make) {
    Bench bench(12, make_hierarchy(make()), world);
    return turn_defect(bench.system, *make(), 0, bench.state(even_waves));
  };
  const auto defect = [&](const ClosureNetwork& network) {
    return defect_of([&] { return make_closure(network, reference, grid); });
  };
  EXPECT_LT(defect_of([] { return make_closure("bingham", 1); }), 1e-13);
  EXPECT_LT(defect(some_network(1, false, {}, 5)), 1e-12);
  EXPECT_LT(defect(some_network(1, true, {}, 5)), 1e-12);
  for (const int level : {1, 2}) EXPECT_LT(defect(some_network_of_strain(level, level == 1, 2)), 1e-11) << level;
  for (const NetworkKind kind : {NetworkKind::plain, NetworkKind::cnn, NetworkKind::fno})
    EXPECT_GT(defect(some_network(kind, {})), 1e-3) << to_string(kind);
}

TEST(RankCorrelation, IsSpearmans) {
  EXPECT_NEAR(rank_correlation({1, 2, 3, 4}, {10, 20, 35, 36}), 1, 1e-15);
  EXPECT_NEAR(rank_correlation({1, 2, 3, 4}, {4, 3, 2, 1}), -1, 1e-15);
  // IQ and hours of television, the example that is everywhere: -29/165
  EXPECT_NEAR(rank_correlation({106, 100, 86, 101, 99, 103, 97, 113, 112, 110}, {7, 27, 2, 50, 28, 29, 20, 12, 6, 17}),
              -29.0 / 165, 1e-14);
  EXPECT_NEAR(rank_correlation({1, 1, 2}, {1, 2, 3}), std::sqrt(0.75), 1e-15);  // ties share a rank
  EXPECT_EQ(rank_correlation({1, 1}, {1, 2}), 0);
}

}  // namespace
}  // namespace residua::kinetic
