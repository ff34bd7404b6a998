#include "kinetic/flow.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

namespace residua::kinetic {
namespace {

constexpr int n = 24;
constexpr double length = 7;
const Model model{.alpha = -1, .beta = 0.8, .zeta = 1, .translation = 0.05, .rotation = 0.05, .length = length};

/// Smooth moments with |z| < c and w near z^2 / c.
struct Fields {
  explicit Fields(const FourierGrid& grid) : c(grid.cells()), z(grid.cells()), w(grid.cells()) {
    const double k = 2 * std::numbers::pi / length;
    for (long i = 0; i < grid.cells(); ++i) {
      const double x = k * grid.x(i), y = k * grid.y(i);
      c[i] = 1 + 0.2 * std::cos(x - 2 * y);
      z[i] = Complex(0.4 * std::cos(x) + 0.1 * std::sin(y), 0.3 * std::cos(x) + 0.2 * std::sin(x + 2 * y));
      w[i] = times(z[i], z[i]) / c[i];
    }
  }
  std::vector<Complex> c, z, w;
};

struct Solution {
  Solution(Flow& flow, const FourierGrid& grid) {
    const long cells = grid.cells();
    std::vector<Complex> all(3 * cells);
    flow.to_cells(all);
    const auto part = [&](int k) { return std::vector(all.begin() + k * cells, all.begin() + (k + 1) * cells); };
    u = part(0);
    e = part(1);
    om = part(2);
  }
  std::vector<Complex> u, e, om;
};

TEST(Flow, SolvesStokesEquationsWithItsOwnStress) {
  const Communicator world;
  const FourierGrid grid({n, n, length, length}, world);
  const Fields fields(grid);
  Flow flow(grid, model, 1e-13, Reductions::fast);
  flow.solve(fields.c.data(), fields.z.data(), fields.w.data());
  const Solution found(flow, grid);
  std::vector<Complex> cells(2 * grid.cells()), modes(2 * grid.modes());
  for (long i = 0; i < grid.cells(); ++i) {
    const double c = fields.c[i].real();
    cells[i] = found.u[i];
    cells[grid.cells() + i] =
        active_stress(model, c, fields.z[i], fields.w[i]) + strain_stress(model, c, fields.w[i], found.e[i]);
  }
  grid.to_modes(cells, 2, modes);
  std::vector<Complex> derived(3 * grid.modes());
  double residual = 0, divergence = 0;
  for (long k = 0; k < grid.modes(); ++k) {
    const auto part = [&](const Complex* field, bool second) {  // real fields' modes, of a complex field
      const Complex one = field[k], other = std::conj(field[grid.partner(k)]);
      return second ? Complex(0, -0.5) * (one - other) : 0.5 * (one + other);
    };
    const Complex i(0, 1), u = part(modes.data(), false), v = part(modes.data(), true);
    const Complex s1 = part(modes.data() + grid.modes(), false), s2 = part(modes.data() + grid.modes(), true);
    const double kx = grid.kx(k), ky = grid.ky(k), square = kx * kx + ky * ky;
    divergence = std::max(divergence, std::abs(kx * u + ky * v));
    const Complex curl_of_force = i * kx * (i * kx * s2 - i * ky * s1) - i * ky * (i * kx * s1 + i * ky * s2);
    residual = std::max(residual, std::abs(square * (i * kx * v - i * ky * u) - curl_of_force));
    derived[k] = i * kx * u - i * ky * v + Complex(0, 1) * (i * kx * v + i * ky * u);  // 2 e
    derived[grid.modes() + k] = i * kx * v - i * ky * u;
  }
  EXPECT_LT(world.max(divergence), 1e-14);
  EXPECT_LT(world.max(residual), 1e-12);
  std::vector<Complex> again(2 * grid.cells());
  grid.to_cells(std::span(derived).first(2 * grid.modes()), 2, again);
  for (long i = 0; i < grid.cells(); ++i) {
    EXPECT_NEAR(std::abs(again[i] / 2.0 - found.e[i]), 0, 1e-13);
    EXPECT_NEAR(std::abs(again[grid.cells() + i] - found.om[i]), 0, 1e-13);
  }
}

TEST(Flow, PowerBalances) {
  const Communicator world;
  const FourierGrid grid({n, n, length, length}, world);
  const Fields fields(grid);
  Flow flow(grid, model, 1e-13, Reductions::fast);
  flow.solve(fields.c.data(), fields.z.data(), fields.w.data());
  const Flow::Power power = flow.power();
  EXPECT_GT(power.dissipated, 1e-3);
  EXPECT_NEAR(power.dissipated, power.injected, 1e-12 * power.dissipated);
}

TEST(Flow, HasTheSameBitsOnAnyNumberOfRanks) {
  const Communicator world, self(MPI_COMM_SELF);
  const FourierGrid grid({n, n, length, length}, world), whole({n, n, length, length}, self);
  const Fields fields(grid), all(whole);
  Flow flow(grid, model, 1e-13, Reductions::reproducible), alone(whole, model, 1e-13, Reductions::reproducible),
      fast(grid, model, 1e-13, Reductions::fast);
  flow.solve(fields.c.data(), fields.z.data(), fields.w.data());
  fast.solve(fields.c.data(), fields.z.data(), fields.w.data());
  alone.solve(all.c.data(), all.z.data(), all.w.data());
  for (long k = 0; k < grid.modes(); ++k) {
    const Complex expected = alone.vorticity()[whole.find(grid.p_of(k), grid.q_of(k))];
    ASSERT_EQ(flow.vorticity()[k], expected);
    ASSERT_NEAR(std::abs(fast.vorticity()[k] - expected), 0, 1e-13);
  }
  EXPECT_EQ(flow.power().injected, alone.power().injected);
}

TEST(Flow, StartsFromTheLastSolution) {
  const Communicator world;
  const FourierGrid grid({n, n, length, length}, world);
  const Fields fields(grid);
  Flow flow(grid, model, 1e-12, Reductions::fast);
  flow.solve(fields.c.data(), fields.z.data(), fields.w.data());
  const long first = flow.iterations();
  EXPECT_GT(first, 3);
  EXPECT_LE(first, 14);
  flow.solve(fields.c.data(), fields.z.data(), fields.w.data());
  EXPECT_LE(flow.iterations() - first, 1);
}

}  // namespace
}  // namespace residua::kinetic
