// Kinetic systems in time: orders, identities, and that a run can be stopped and go on. What does not depend on how a
// grid is split is done by every rank for itself.
#include <gtest/gtest.h>

#include <cmath>

#include "kinetic/simulation.hpp"
#include "solve/options.hpp"
#include "states.hpp"

namespace residua::kinetic {
namespace {

/// u at time `end`.
std::vector<double> march(Bench& setup, std::vector<double> u, double end, const EtdSettings& settings) {
  const TsHandle ts = make_etd(setup.system, settings);
  const VecHandle vec = make_vec(setup.system.communicator(), setup.system.local_size());
  {
    const VecWriter writer(vec);
    std::ranges::copy(u, writer.span().begin());
  }
  RESIDUA_PETSC(TSSetMaxTime(ts, end - settings.step / 2));
  RESIDUA_PETSC(TSSolve(ts, vec));
  const VecReader reader(vec);
  std::ranges::copy(reader.span(), u.begin());
  return u;
}

TEST(March, HasTheOrderOfItsMethod) {
  const Communicator self(MPI_COMM_SELF);
  Model model = reference;
  model.alpha = -5;
  Bench setup(9, hierarchy(3), self, model);
  const std::vector<double> u = setup.state(even_waves), exact = march(setup, u, 0.4, {4, 0.4 / 24});
  for (const auto& [order, count] : {std::pair{2, 4}, std::pair{4, 4}}) {
    const double coarse = distance(self, march(setup, u, 0.4, {order, 0.4 / count}), exact),
                 fine = distance(self, march(setup, u, 0.4, {order, 0.2 / count}), exact);
    EXPECT_NEAR(std::log2(coarse / fine), order, 0.25) << coarse << " " << fine;
  }
}

TEST(March, AgreesWithARungeKuttaMethodOfPetsc) {
  const Communicator self(MPI_COMM_SELF);
  Bench setup(9, hierarchy(3), self);
  const std::vector<double> u = setup.state(even_waves), found = march(setup, u, 0.2, {4, 0.05});
  const LentOptions options("", {{"ts_type", "rk"}, {"ts_rk_type", "5dp"}});
  const std::vector<double> other = march(setup, u, 0.2, {4, 0.05});
  EXPECT_LT(distance(self, found, other), 1e-8);
  EXPECT_GT(distance(self, found, other), 1e-14);  // it is another method
}

/// Without diffusion the family f_m = c (z/c)^m, and with it w = z^2/c, is kept by every flow.
TEST(March, KeepsThePoissonKernelWithoutDiffusion) {
  const Communicator self(MPI_COMM_SELF);
  Model model = reference;
  model.translation = model.rotation = 0;
  constexpr int cells = 30;
  Bench setup(cells, hierarchy(10), self, model);
  const FourierGrid& grid = setup.grid;
  std::vector<Complex> f(11 * grid.cells());
  for (long i = 0; i < grid.cells(); ++i) {
    const double x = 0.2 * M_PI * grid.x(i), y = 0.2 * M_PI * grid.y(i);
    const Complex ratio(0.05 * std::cos(x) + 0.02 * std::sin(y), 0.04 * std::sin(x - y));
    f[i] = 1 + 0.1 * std::cos(y);
    for (int m = 1; m <= 10; ++m) f[m * grid.cells() + i] = f[(m - 1) * grid.cells() + i] * ratio;
  }
  std::vector<double> u(setup.system.local_size());
  grid.to_modes(f, 11, {reinterpret_cast<Complex*>(u.data()), u.size() / 2});
  u = march(setup, u, 0.5, {4, 0.05});
  const auto in = setup.system.evaluate(0, u);
  double worst = 0, largest = 0;
  for (long i = 0; i < grid.cells(); ++i) {
    worst = std::max(worst, std::abs(in.g[2][i] - in.g[1][i] * in.g[1][i] / in.g[0][i].real()));
    largest = std::max(largest, std::abs(in.g[2][i]));
  }
  EXPECT_LT(self.max(worst), 1e-8);
  EXPECT_GT(self.max(largest), 5e-3);
}

TEST(March, ConvergesWithTheMomentsKept) {
  const Communicator self(MPI_COMM_SELF);
  Bench fine(9, hierarchy(12), self);
  const std::vector<double> exact = march(fine, fine.state(even_waves), 0.3, {4, 0.1});
  double before = 1;
  for (const int moments : {3, 5, 7}) {
    Bench setup(9, hierarchy(moments), self);
    std::vector<double> found = march(setup, setup.state(even_waves), 0.3, {4, 0.1});
    found.resize(4 * setup.grid.modes());  // c and z
    const double error =
        distance(self, found, std::vector<double>(exact.begin(), exact.begin() + static_cast<long>(found.size())));
    EXPECT_LT(error, 0.05 * before) << moments;
    before = error;
  }
}

SimulationSettings settings(const EtdSettings& time) {
  return {.model = reference,
          .nx = 10,
          .ny = 12,
          .ranks = {},
          .reductions = Reductions::reproducible,
          .closure = {},
          .most_moments = 100,
          .angle_tolerance = 1e-6,
          .stress_tolerance = 1e-12,
          .time = time};
}

/// A state that needs more moments as time goes on.
State first_state(const SimulationSettings& with) {
  const Communicator self(MPI_COMM_SELF);
  const FourierGrid grid({with.nx, with.ny, with.model.length, with.model.length}, self);
  State state;
  std::vector<double>& g = state.arrays["modes"];
  for (int m = 0; m <= 3; ++m)
    for (long k = 0; k < grid.modes(); ++k) {
      const Complex value = even_waves(2 * m, grid.p_of(k), grid.q_of(k)) * (m == 0 ? 1.0 : 3.0);
      g.push_back(value.real());
      g.push_back(value.imag());
    }
  state.arrays["stress_solutions"] = state.arrays["stress_products"] = {};
  state.arrays["march"] = {0, 0, with.time.step, 0, 3};
  return state;
}

TEST(March, StoppedAndContinuedHasTheSameBits) {
  const Communicator world, self(MPI_COMM_SELF);
  for (const EtdSettings& time : {EtdSettings{4, 0.1}, EtdSettings{2, 0.1, 1e-3}, EtdSettings{5, 0.1, 1e-4}}) {
    const SimulationSettings with = settings(time);
    Simulation whole(with, self);
    whole.load(first_state(with));
    EXPECT_TRUE(whole.advance(0.35, [] { return true; }));
    EXPECT_TRUE(whole.advance(0.5, [] { return true; }));
    EXPECT_EQ(whole.time(), 0.5);
    EXPECT_GT(whole.fields(), 4);  // moments were added
    Simulation stopped(with, world), again(with, world);
    stopped.load(first_state(with));
    EXPECT_FALSE(stopped.advance(0.35, [&] { return stopped.steps() < 2; }));
    again.load(stopped.save());
    EXPECT_TRUE(again.advance(0.35, [] { return true; }));
    EXPECT_TRUE(again.advance(0.5, [] { return true; }));
    EXPECT_EQ(again.steps(), whole.steps());
    EXPECT_TRUE(again.save() == whole.save());
  }
}

}  // namespace
}  // namespace residua::kinetic
