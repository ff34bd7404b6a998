// Cells of kinetic runs as a fit of a closure sees them.
#include "closure/moment_samples.hpp"

#include <gtest/gtest.h>

#include "kinetic/states.hpp"

namespace residua::kinetic {
namespace {

constexpr int cells = 12;

/// A kinetic run in a uniform state with these moments after c = 1.
std::vector<double> row_of(const std::vector<double>& moments) {
  const Communicator world;
  SimulationSettings settings;
  settings.model = reference;
  settings.nx = settings.ny = cells;
  settings.resolution = 4;
  Simulation simulation(settings, world);
  const long all = FourierLayout(cells, cells, {}).all_modes();
  State state;
  std::vector<double>& modes = state.arrays["modes"];
  for (std::size_t m = 0; m < 5; ++m) {
    const std::size_t first = modes.size();
    modes.resize(first + 2 * all);
    modes[first] = m == 0 ? 1 : (m <= moments.size() ? moments[m - 1] : 0);
  }
  state.arrays["stress_solutions"] = state.arrays["stress_products"] = {};
  state.arrays["march"] = {0, 0, 0.1, 0, 4};
  simulation.load(state);
  MomentSamples samples(ClosureForm(2, ClosureSight{}));
  samples.draw(simulation, 3, 1);
  EXPECT_EQ(samples.count(), 3);
  std::vector<double> row;
  for (int k = 0; k <= 6; ++k) row.push_back(samples.moment(1, k));
  return row;
}

void expect_near(const std::vector<double>& found, const std::vector<double>& expected) {
  for (std::size_t k = 0; k < expected.size(); ++k) EXPECT_NEAR(found[k], expected[k], 1e-14) << k;
}

TEST(MomentSamples, HaveMomentsOfADistributionWhereTheRunHasNone) {
  expect_near(row_of({0.9, 0.8, 0.7}), {1, 0.9, 0, 0.8, 0, 0.7, 0});   // w within 0.19 of 0.81
  expect_near(row_of({0.9, 0.1, 0.7}), {1, 0.9, 0, 0.62, 0, 0.7, 0});  // drawn back to the edge
  expect_near(row_of({1.01, 0.9, 0.7}), {1, 0, 0, 0, 0, 0, 0});        // no closed run goes on there
}

}  // namespace
}  // namespace residua::kinetic
