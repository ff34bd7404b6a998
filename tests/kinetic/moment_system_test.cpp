// The derivatives of the closed hierarchy's right-hand side, in the state, in the weights of a closure and in numbers
// of the model.
#include "kinetic/moment_system.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "base/error.hpp"
#include "some_network.hpp"
#include "states.hpp"
#include "support/process_grids.hpp"

namespace residua::kinetic {
namespace {

struct Kind {
  const char* name;
  ClosureChoice choice;
  std::unique_ptr<Closure> make(const FourierGrid& grid) const { return make_closure(choice, reference, grid); }
};
ClosureChoice learned(const ClosureNetwork& network) {
  return {"learned", network.level, std::make_shared<ClosureNetwork>(network)};
}
const Kind kinds[] = {{"quadratic", {"quadratic", 1, nullptr}},
                      {"bingham", {"bingham", 1, nullptr}},
                      {"truncation", {"truncation", 4, nullptr}},
                      {"learned 2", learned(test::some_network(2, false, {}, 3))},
                      {"learned 1 with gradients", learned(test::some_network(1, true, {}, 3))},
                      {"learned 2 with gradients", learned(test::some_network(2, true, {}, 3))},
                      {"learned 1 with strain", learned(test::some_network_of_strain(1, false, 3))},
                      {"learned 1 with gradients and strain", learned(test::some_network_of_strain(1, true, 3))},
                      {"learned 2 with strain", learned(test::some_network_of_strain(2, false, 3))},
                      {"learned 3 with strain", learned(test::some_network_of_strain(3, false, 3))},
                      {"plain", learned(test::some_network(NetworkKind::plain, {}))},
                      {"cnn", learned(test::some_network(NetworkKind::cnn, {}))},
                      {"fno", learned(test::some_network(NetworkKind::fno, {}))}};

MomentSystem::Settings settings_of(Reductions reductions = Reductions::fast) {
  return {.model = reference,
          .stress_tolerance = 1e-15,
          .reductions = reductions,
          .margin = Margin{.higher = 0.1},
          .numbers = differentiable_numbers()};
}

/// A system with its present state and parameters.
struct Differentiated {
  Differentiated(const Kind& kind, const Communicator& comm, Reductions reductions = Reductions::fast,
                 std::optional<ProcessGrid> ranks = {})
      : grid({13, 12, reference.length, reference.length}, comm, ranks),
        system(grid, kind.make(grid), settings_of(reductions)) {
    u.resize(system.local_size());
    auto* const modes = reinterpret_cast<Complex*>(u.data());
    for (int m = 0; m < system.fields(); ++m)
      for (long k = 0; k < grid.modes(); ++k)
        modes[m * grid.modes() + k] = (m == 0 ? 1.0 : 2.0) * even_waves(2 * m, grid.p_of(k), grid.q_of(k));
    if (kind.choice.network) p = kind.choice.network->weights;
    // D_T and D_R other than those that L is of
    for (const double value : {reference.alpha, reference.beta, reference.zeta, 0.06, 0.03}) p.push_back(value);
    system.set_parameters(p);
  }

  /// Any modes, in all fields: a direction has no symmetry.
  std::vector<double> direction(std::uint64_t stream) const {
    std::vector<double> v(u.size());
    for (int m = 0; m < system.fields(); ++m)
      for (long i = 0; i < 2 * grid.modes(); ++i) {
        const long all = 2 * (m * grid.all_modes() + grid.first_mode()) + i;
        v[2 * m * grid.modes() + i] = 0.1 * normal(6, stream, static_cast<std::uint64_t>(all));
      }
    return v;
  }
  std::vector<double> parameter_direction() const {
    std::vector<double> v(p.size());
    for (std::size_t i = 0; i < v.size(); ++i) v[i] = 0.2 * normal(6, 9, i);
    return v;
  }

  FourierGrid grid;
  MomentSystem system;
  std::vector<double> u, p;
};

double dot(const Communicator& comm, const std::vector<double>& a, const std::vector<double>& b) {
  return comm.sum(std::inner_product(a.begin(), a.end(), b.begin(), 0.0));
}

TEST(MomentSystem, HasTheRightHandSideOfTheKineticSystem) {
  const Communicator world;
  for (const Kind& kind : kinds) {
    Differentiated at(kind, world);
    at.p[at.p.size() - 2] = at.p.back() = reference.translation;
    at.system.set_parameters(at.p);
    Flow flow(at.grid, reference, 1e-15, Reductions::fast);
    KineticSystem other(at.grid, make_hierarchy(kind.make(at.grid)), flow,
                        {reference, Reductions::fast, Margin{.higher = 0.1}});
    std::vector<double> one(at.u.size()), two(at.u.size());
    at.system.nonlinear(0, at.u, one);
    other.nonlinear(0, at.u, two);
    EXPECT_LT(distance(world, one, two), 1e-15) << kind.name;
  }
}

TEST(MomentSystem, DerivativePassesTheTaylorTest) {
  const Communicator world;
  for (const Kind& kind : kinds) {
    Differentiated at(kind, world);
    const std::vector<double> du = at.direction(1), dp = at.parameter_direction();
    std::vector<double> n(du.size()), slope(du.size()), moved(du.size());
    at.system.nonlinear(0, at.u, n);
    at.system.jvp(0, at.u, du, dp, slope);
    const auto error = [&](double h) {
      std::vector<double> u = at.u, p = at.p;
      for (std::size_t i = 0; i < u.size(); ++i) u[i] += h * du[i];
      for (std::size_t i = 0; i < p.size(); ++i) p[i] += h * dp[i];
      at.system.set_parameters(p);
      at.system.nonlinear(0, u, moved);
      for (std::size_t i = 0; i < u.size(); ++i) moved[i] -= n[i] + h * slope[i];
      return std::sqrt(dot(world, moved, moved));
    };
    const double coarse = error(2e-4), fine = error(1e-4);
    EXPECT_NEAR(std::log2(coarse / fine), 2, 0.05) << kind.name << " " << coarse << " " << fine;
  }
}

TEST(MomentSystem, VjpIsTheTransposeOfJvp) {
  const Communicator world;
  for (const Kind& kind : kinds)
    for (const Reductions reductions : {Reductions::fast, Reductions::reproducible}) {
      Differentiated at(kind, world, reductions,
                        reductions == Reductions::fast ? ProcessGrid{1, world.size()} : ProcessGrid{world.size(), 1});
      const std::vector<double> du = at.direction(1), n_bar = at.direction(2);
      const std::vector<double> dp = at.parameter_direction();
      std::vector<double> dn(du.size()), u_bar(du.size());
      ParameterSum sum = at.system.make_sum();
      at.system.jvp(0, at.u, du, dp, dn);
      at.system.vjp(0, at.u, n_bar, u_bar, sum);
      const std::vector<double> p_bar = sum.total(world);
      const double one = dot(world, n_bar, dn);
      const double other = dot(world, u_bar, du) + std::inner_product(dp.begin(), dp.end(), p_bar.begin(), 0.0);
      const double size = std::sqrt(dot(world, n_bar, n_bar) * dot(world, dn, dn));
      EXPECT_NEAR(one, other, 1e-13 * size) << kind.name;
    }
}

TEST(MomentSystem, ReproducibleGradientsHaveTheSameBitsOnAnyNumberOfRanks) {
  const Communicator world, self(MPI_COMM_SELF);
  const auto gradient = [](const Kind& kind, const Communicator& comm, const std::optional<ProcessGrid>& ranks) {
    Differentiated at(kind, comm, Reductions::reproducible, ranks);
    std::vector<double> u_bar(at.u.size());
    ParameterSum sum = at.system.make_sum();
    at.system.vjp(0, at.u, at.direction(2), u_bar, sum);
    return sum.total(comm);
  };
  for (const Kind& kind : kinds) {
    const std::vector<double> alone = gradient(kind, self, {});
    for (const ProcessGrid& ranks : process_grids(world.size()))
      EXPECT_EQ(gradient(kind, world, ranks), alone) << kind.name << ", " << ranks.along_x << " ranks along x";
  }
}

TEST(MomentSystem, RefusesANumberThatTheModelDoesNotHave) {
  const Communicator world;
  MomentSystem::Settings settings = settings_of();
  settings.numbers = {"alpha", "gamma"};
  const FourierGrid grid({8, 8, 1, 1}, world);
  EXPECT_THROW(MomentSystem(grid, make_closure("quadratic", 1), settings), Error);
}

}  // namespace
}  // namespace residua::kinetic
