// Residuals of closed runs: the harness of all residuals, the true parameters found again, and runs that end early.
#include "kinetic/trajectory_residual.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "kinetic/learned_closure.hpp"
#include "solve/line_search.hpp"
#include "solve/posterior.hpp"
#include "solve/trainer.hpp"
#include "some_network.hpp"
#include "states.hpp"
#include "support/residual_checks.hpp"

namespace residua::kinetic {
namespace {

using namespace testing_support;

constexpr double interval = 0.3;
constexpr int frames = 2, cells = 12;

struct Compared {
  int moments = 1;
  bool velocity = false;
  int waves = -1;  ///< the starts' waves up to this are unknowns
  /// Standard deviation of errors in each cell of the frames, and of a start with waves, of which rows then are in
  /// units; 0 for none.
  double noise = 0;
  std::uint64_t seed = 1;
};

ClosureNetwork some_network(int level, bool gradients) { return test::some_network(level, gradients, {}, 2); }

/// Two runs on one grid, with frames of runs by the same closure and model: r vanishes at `truth`.
class Runs {
 public:
  /// Weights of the closure and numbers of the model are the parameters.
  Runs(const Communicator& comm, ClosureNetwork network, bool weights, std::vector<std::string> numbers,
       Reductions reductions = Reductions::fast)
      : grid_({cells, cells, reference.length, reference.length}, comm), network_(std::move(network)) {
    settings_ = {.model = reference,
                 .stress_tolerance = 1e-15,
                 .reductions = reductions,
                 .margin = Margin{.higher = 0.1},
                 .closure_parameters = weights,
                 .numbers = std::move(numbers)};
    if (weights) truth = network_.weights;
    for (const std::string& name : settings_.numbers)
      truth.push_back(name == "D_T" ? reference.translation : model_value(reference, name));
  }

  TrajectoryResidual residual(const Compared& compared) const {
    std::vector<TrajectoryData> runs;
    const double scale = cells / (compared.noise > 0 ? compared.noise : 1);
    for (int run = 0; run < 2; ++run) {
      TrajectoryData& data = runs.emplace_back();
      data.system = system();
      data.start = start(run, data.system->fields());
      if (compared.waves >= 0) {
        StartWaves waves(grid_, data.system->fields(), compared.waves, data.start, scale);
        waves.fill(waves.measured(), data.start);
        std::vector<double> measured = data.start;
        add_noise(std::span(measured).subspan(2 * grid_.modes()), compared.noise, subseed(compared.seed, run, 99));
        data.waves.emplace(grid_, data.system->fields(), compared.waves, measured, scale);
      }
      EtdTrajectory(*data.system, {.order = 4, .step = interval / 2, .steps = 2 * frames})
          .run(data.start, [&](long k, std::span<const double> u) {
            if (k > 0 && k % 2 == 0)
              data.frames.push_back(frame(*data.system, u, compared, subseed(compared.seed, run, k)));
          });
    }
    TrajectorySettings settings{
        .interval = interval, .step = interval / 2, .moments = compared.moments, .velocity = compared.velocity};
    if (compared.noise > 0 || compared.waves >= 0) settings.scales.assign(compared.moments + compared.velocity, scale);
    return {grid_.communicator(), std::move(runs), settings};
  }

  /// Parameters near the truth.
  std::vector<double> near(double size) const {
    std::vector<double> p = truth;
    for (std::size_t i = 0; i < p.size(); ++i) p[i] += size * normal(8, 0, i);
    return p;
  }

  std::vector<double> truth;

 private:
  std::vector<double> start(int run, int fields) const {
    std::vector<double> start(2 * fields * grid_.modes());
    auto* const modes = reinterpret_cast<Complex*>(start.data());
    for (int m = 0; m < fields; ++m)
      for (long k = 0; k < grid_.modes(); ++k)
        modes[m * grid_.modes() + k] = even_waves(2 * m, grid_.p_of(k), (run == 0 ? 1 : -1) * grid_.q_of(k));
    return start;
  }

  std::vector<double> frame(MomentSystem& system, std::span<const double> u, const Compared& compared,
                            std::uint64_t seed) const {
    const long size = 2 * grid_.modes();
    std::vector<double> frame(u.begin() + size, u.begin() + (1 + compared.moments) * size);
    if (compared.velocity) {
      std::vector<Complex> velocity(grid_.modes());
      system.velocity(0, u, velocity);
      const auto* const values = reinterpret_cast<const double*>(velocity.data());
      frame.insert(frame.end(), values, values + size);
    }
    add_noise(frame, compared.noise, seed);
    return frame;
  }

  /// To each field of `frame`.
  void add_noise(std::span<double> frame, double noise, std::uint64_t seed) const {
    std::vector<Complex> errors(grid_.cells()), modes(grid_.modes());
    for (std::uint64_t field = 0; !frame.empty(); frame = frame.subspan(2 * grid_.modes()), ++field) {
      for (long i = 0; i < grid_.cells(); ++i) {
        const auto cell = static_cast<std::uint64_t>(grid_.place(i));
        errors[i] = noise * Complex(normal(seed, 2 * field, cell), normal(seed, 2 * field + 1, cell));
      }
      grid_.to_modes(errors, 1, modes);
      const auto* const values = reinterpret_cast<const double*>(modes.data());
      for (long i = 0; i < 2 * grid_.modes(); ++i) frame[i] += values[i];
    }
  }

  std::unique_ptr<MomentSystem> system() const {
    return std::make_unique<MomentSystem>(grid_, std::make_unique<LearnedClosure>(network_, reference), settings_);
  }

  FourierGrid grid_;
  ClosureNetwork network_;
  MomentSystem::Settings settings_;
};

TEST(TrajectoryResidual, PassesTheHarness) {
  const Communicator world;
  for (const ClosureNetwork& network :
       {some_network(2, false), some_network(1, true), test::some_network_of_strain(2, false, 2),
        test::some_network_of_strain(1, true, 2)}) {
    const Reductions reductions = network.gradients ? Reductions::reproducible : Reductions::fast;
    const Runs runs(world, network, true, {"beta", "D_T"}, reductions);
    TrajectoryResidual residual = runs.residual({.moments = network.level});
    const VecHandle u = residual.make_unknowns();
    scatter(runs.near(0.1), u);
    residual.set_reductions(reductions);
    check_taylor(residual, u, {});
    check_transpose(residual, u, {});
    check_loss(residual, u, {});
  }
}

TEST(TrajectoryResidual, OfVelocitiesAndUnknownStartsPassesTheHarness) {
  const Communicator world;
  for (const Compared compared :
       {Compared{.moments = 0, .velocity = true}, Compared{.moments = 2, .velocity = true, .waves = 0}}) {
    const Runs runs(world, compared.moments > 0 ? some_network(2, false) : some_network(1, true), false,
                    {"alpha", "D_R"}, Reductions::reproducible);
    TrajectoryResidual residual = runs.residual(compared);
    residual.set_reductions(Reductions::reproducible);
    const VecHandle u = residual.make_unknowns();
    scatter(residual.with_waves(runs.near(0.003)), u);
    check_taylor(residual, u, {.first_step = 2e-3});
    check_transpose(residual, u, {});
    check_loss(residual, u, {});
    check_rows(residual, u, {});
  }
}

TEST(TrajectoryResidual, HasRows) {
  const Communicator world;
  const Runs runs(world, some_network(1, false), false, differentiable_numbers());
  TrajectoryResidual residual = runs.residual({});
  const VecHandle u = residual.make_unknowns();
  scatter(runs.near(0.003), u);
  check_rows(residual, u, {});
}

TEST(TrajectoryResidual, IsZeroWhereTheFramesAreFrom) {
  const Communicator world;
  const Runs runs(world, some_network(2, false), true, {});
  TrajectoryResidual residual = runs.residual({.moments = 2});
  EXPECT_EQ(residual.loss_at(runs.truth), 0);
  EXPECT_GT(residual.loss_at(runs.near(0.1)), 1e-10);
}

TEST(TrajectoryResidual, LeadsToTheNumbersOfTheModel) {
  const Communicator world;
  const Runs runs(world, some_network(1, false), false, {"alpha", "zeta", "D_R"});
  TrajectoryResidual residual = runs.residual({});
  const VecHandle u = residual.make_unknowns();
  scatter(std::vector<double>{-1.3, 0.8, 0.06}, u);
  Trainer(residual, {"residua_lm", "", 20, {}}).solve(u);
  const std::vector<double> found = gather(world, u);
  for (std::size_t k = 0; k < found.size(); ++k) EXPECT_NEAR(found[k], runs.truth[k], 1e-8) << k;
}

/// Over repeated noise the numbers' errors have the standard deviations that the posterior says, and the squares of all
/// residuals their expectation. `least` and `most`: of a chi-squared over its so many degrees of freedom, 99 of 100.
void expect_true_posterior(int repetitions, double least, double most, Compared compared) {
  const Communicator world, self(MPI_COMM_SELF);  // each rank has some of the repetitions
  const Runs runs(self, some_network(1, false), false, {"alpha", "zeta", "D_T"});
  std::vector<double> squares(3);
  double chi_squared = 0;
  for (int seed = 1 + world.rank(); seed <= repetitions; seed += world.size()) {
    compared.seed = static_cast<std::uint64_t>(seed);
    TrajectoryResidual residual = runs.residual(compared);
    const VecHandle u = residual.make_unknowns();
    scatter(residual.with_waves(runs.truth), u);
    const Outcome outcome = Trainer(residual, {"residua_lm", "", 2, {}}).solve(u);
    chi_squared += 2 * outcome.objective / static_cast<double>((residual.rows() - residual.unknowns()) * repetitions);
    const std::vector<double> found = gather(self, u), covariance = Posterior(residual, u).covariance(3);
    for (int k = 0; k < 3; ++k) {
      const double error = (*(found.end() - 3 + k) - runs.truth[k]) / std::sqrt(covariance[4 * k]);
      EXPECT_LT(std::abs(error), 4) << k << " of seed " << seed;
      squares[k] += error * error / repetitions;
    }
  }
  world.sum(squares);
  for (int k = 0; k < 3; ++k) {
    EXPECT_GT(squares[k], least) << k;
    EXPECT_LT(squares[k], most) << k;
  }
  EXPECT_NEAR(world.sum(chi_squared), 1, 0.05);
}

TEST(TrajectoryResidual, NumbersHaveTheErrorsThatTheirPosteriorSays) {
  expect_true_posterior(16, 0.32, 2.14, {.noise = 1e-3});
}

TEST(TrajectoryResidual, NumbersFromVelocitiesHaveTheErrorsThatTheirPosteriorSays) {
  expect_true_posterior(16, 0.32, 2.14, {.moments = 0, .velocity = true, .noise = 1e-4});
}

TEST(TrajectoryResidual, NumbersFromAStartWithErrorsHaveTheErrorsThatTheirPosteriorSays) {
  expect_true_posterior(6, 0.11, 3.1, {.waves = 1, .noise = 1e-3});
}

TEST(TrajectoryResidual, ReproducibleGradientsHaveTheSameBitsOnAnyNumberOfRanks) {
  const Communicator world, self(MPI_COMM_SELF);
  const auto gradient = [&](const Communicator& comm) {
    const Runs runs(comm, some_network(2, false), true, {"zeta", "D_T"}, Reductions::reproducible);
    TrajectoryResidual residual = runs.residual({.moments = 2, .velocity = true, .waves = 2});
    residual.set_reductions(Reductions::reproducible);
    const std::vector<double> at = residual.with_waves(runs.near(0.1));
    std::vector<double> g(at.size() + 1);
    g.back() = residual.loss_gradient_at(at, std::span(g).first(at.size()));
    return g;
  };
  EXPECT_EQ(gradient(world), gradient(self));
}

TEST(TrajectoryResidual, OfARunThatCannotGoOnIsNotFinite) {
  const Communicator world;
  const Runs runs(world, some_network(1, false), false, {"zeta"});
  TrajectoryResidual residual = runs.residual({});
  std::vector<double> g(1);
  EXPECT_TRUE(std::isnan(residual.loss_gradient_at(std::vector<double>{400}, g)));
  EXPECT_TRUE(std::isnan(g[0]));
  const VecHandle u = residual.make_unknowns(), r = residual.make_rows();
  scatter(std::vector<double>{400}, u);
  residual.evaluate(u, r);
  try {
    residual.require_finite(r);
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("of run 1 of 2, which ends early: "), std::string::npos) << error.what();
  }
}

TEST(TrajectoryResidual, LineSearchTakesARunThatCannotGoOnForTooLongAStep) {
  const Communicator world;
  const Runs runs(world, some_network(1, false), false, {"zeta"});
  TrajectoryResidual residual = runs.residual({});
  const auto evaluate = [&](double step) {
    std::vector<double> g(1);
    const double loss = residual.loss_gradient_at(std::vector<double>{0.5 + step}, g);
    return LinePoint{step, loss, g[0]};
  };
  const LinePoint start = evaluate(0);
  ASSERT_LT(start.slope, 0);
  ASSERT_TRUE(std::isnan(evaluate(400).value));
  const auto found = wolfe_search(evaluate, start, 400, {});
  ASSERT_TRUE(found);
  EXPECT_LT(found->value, start.value);
}

}  // namespace
}  // namespace residua::kinetic
