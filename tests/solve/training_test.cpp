// The training methods: they converge, give the same on any rank count, stop and go on bit for bit, and are Tao types
// like any other.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>

#include "example_residuals.hpp"
#include "solve/attach.hpp"
#include "solve/tao_method.hpp"
#include "solve/trainer.hpp"
#include "support/residual_checks.hpp"

namespace residua {
namespace {

using namespace testing_support;

using OptionList = std::vector<std::pair<std::string, std::string>>;

struct Trained {
  std::vector<double> u;
  Outcome outcome;
};

Trained train(Residual& residual, const std::vector<double>& start, const TrainerSettings& settings,
              const Trainer::Hook& hook = nullptr) {
  const VecHandle u = make_start(residual, start);
  Trainer trainer(residual, settings);
  if (hook) trainer.on_iteration(hook);
  Trained run;
  run.outcome = trainer.solve(u);
  run.u = gather(residual.communicator(), u);
  return run;
}

double distance(std::vector<double> u, const std::vector<double>& expected) {
  double worst = 0;
  for (std::size_t i = 0; i < u.size(); ++i) worst = std::max(worst, std::abs(u[i] - expected[i]));
  return worst;
}

struct Method {
  std::string name;
  std::string type;
  OptionList options;
  long iterations;
  bool ours = true;
};

void PrintTo(const Method& method, std::ostream* out) { *out << method.name; }

const std::vector<Method> methods{
    {"cholesky", "residua_lm", {{"tao_residua_lm_step", "cholesky"}}, 60},
    {"cholesky_columns", "residua_lm", {{"tao_residua_lm_scaling", "columns"}}, 60},
    {"cholesky_straight", "residua_lm", {{"tao_residua_lm_acceleration", "0"}}, 60},
    {"qr", "residua_lm", {{"tao_residua_lm_step", "qr"}, {"tao_residua_lm_scaling", "columns"}}, 60},
    {"lsqr", "residua_lm", {{"tao_residua_lm_step", "lsqr"}}, 80},
    {"ssbroyden", "residua_ssbroyden", {{"tao_gatol", "1e-12"}}, 200},
    {"ssbfgs", "residua_ssbroyden", {{"tao_residua_ssbroyden_variant", "ssbfgs"}, {"tao_gatol", "1e-12"}}, 300},
    {"bfgs", "residua_ssbroyden", {{"tao_residua_ssbroyden_variant", "bfgs"}, {"tao_gatol", "1e-12"}}, 300},
    {"adam",
     "residua_adam",
     {{"tao_residua_adam_rate", "0.05"}, {"tao_residua_adam_schedule", "cosine"}, {"tao_residua_adam_period", "400"}},
     400},
    {"tao_lmvm", "lmvm", {}, 300, false},
    {"tao_bqnls", "bqnls", {}, 300, false},
    {"tao_brgn", "brgn", {}, 100, false},
    {"tao_brgn_dense", "brgn", {{"tao_brgn_regularization_type", "lm"}, {"residua_jacobian", "dense"}}, 100, false},
};

class Methods : public testing::TestWithParam<Method> {};
class OwnMethods : public Methods {};

TEST_P(Methods, FitsTwoExponentials) {
  const Communicator comm;
  RowwiseResidual fit = exponential_fit(comm);
  const Method& m = GetParam();
  const Trained run = train(fit, {0.7, 0.3, 1.1, 2}, {m.type, "", m.iterations, m.options});
  EXPECT_FALSE(run.outcome.failed) << run.outcome.reason;
  if (m.type == "residua_adam") {
    EXPECT_LT(run.outcome.objective, 1e-2);  // a first-order method: it is on its way
  } else {
    EXPECT_LT(distance(run.u, {1, 0.5, 2, 3}), m.ours ? 1e-9 : 1e-3) << run.outcome.reason;
  }
}

TEST_P(OwnMethods, MinimisesRosenbrock) {
  const Communicator comm;
  RowwiseResidual residual = rosenbrock(comm, 6);
  const Method& m = GetParam();
  const Trained run = train(residual, {-1.2, 1, -1.2, 1, 0.5, 0.3}, {m.type, "", m.iterations, m.options});
  EXPECT_FALSE(run.outcome.failed) << run.outcome.reason;
  if (m.type == "residua_adam") {
    EXPECT_LT(run.outcome.objective, 5);
  } else {
    EXPECT_LT(distance(run.u, std::vector<double>(6, 1.0)), 1e-9)
        << run.outcome.reason << " after " << run.outcome.iterations;
  }
}

TEST_P(OwnMethods, TheSameOnAnyRankCount) {
  const Communicator world, self(MPI_COMM_SELF);
  const Method& m = GetParam();
  for (const Reductions reductions : {Reductions::fast, Reductions::reproducible}) {
    RowwiseResidual split = exponential_fit(world, 300, 1e-3), whole = exponential_fit(self, 300, 1e-3);
    split.set_reductions(reductions);
    whole.set_reductions(reductions);
    // near the minimum rounding decides which step is the last
    const TrainerSettings settings{m.type, "", 5, m.options};
    const Trained on_world = train(split, {0.7, 0.3, 1.1, 2}, settings),
                  on_self = train(whole, {0.7, 0.3, 1.1, 2}, settings);
    if (reductions == Reductions::reproducible && m.name != "lsqr") {
      EXPECT_EQ(on_world.u, on_self.u);
      EXPECT_EQ(on_world.outcome.objective, on_self.outcome.objective);
    } else {
      // lsqr solves each linear problem to 1e-10, and the errors of five steps add up.
      EXPECT_LT(distance(on_world.u, on_self.u), m.name == "lsqr" ? 1e-9 : 1e-10);
    }
  }
}

TEST_P(OwnMethods, GoesOnBitForBit) {
  const Communicator comm;
  const Method& m = GetParam();
  const std::vector<double> start{-1.2, 1, -1.2, 1, 0.5, 0.3};
  for (const long cut : {0L, 4L}) {
    RowwiseResidual residual = rosenbrock(comm, 6);
    const TrainerSettings settings{m.type, "", 9, m.options};
    const Trained whole = train(residual, start, settings);

    State state;
    {
      const VecHandle u = make_start(residual, start);
      Trainer trainer(residual, settings);
      trainer.on_iteration([&](const Iterate& iterate) {
        if (iterate.iteration < cut) return Control::go_on;
        trainer.save(state);
        return Control::stop;
      });
      const Outcome outcome = trainer.solve(u);
      EXPECT_EQ(outcome.iterations, cut);
      EXPECT_EQ(outcome.reason, "CONVERGED_USER");
    }
    const VecHandle u = residual.make_unknowns();
    Trainer trainer(residual, settings);
    trainer.resume(state);
    std::vector<long> seen;
    trainer.on_iteration([&](const Iterate& iterate) {
      seen.push_back(iterate.iteration);
      return Control::go_on;
    });
    const Outcome outcome = trainer.solve(u);
    EXPECT_EQ(seen.front(), cut);
    EXPECT_EQ(outcome.iterations, whole.outcome.iterations);
    EXPECT_EQ(outcome.objective, whole.outcome.objective);
    EXPECT_EQ(gather(comm, u), whole.u);
  }
}

/// The sum of all u^2: small on the way from Rosenbrock's usual start to its minimum.
RowwiseResidual passed_on_the_way(const Communicator& comm) {
  return {comm, 6, 6, [](long i, std::span<const double> u, std::span<double> d) {
            std::fill(d.begin(), d.end(), 0.0);
            d[static_cast<std::size_t>(i)] = 1;
            return u[static_cast<std::size_t>(i)];
          }};
}

TEST_P(Methods, StopsByWhatIsHeldBack) {
  const Communicator comm;
  const Method& m = GetParam();
  constexpr long patience = 7;
  const std::vector<double> start{-1.2, 1, -1.2, 1, 0.5, 0.3};
  RowwiseResidual residual = rosenbrock(comm, 6), unseen = passed_on_the_way(comm);
  const TrainerSettings settings{m.type, "", 400, m.options};
  if (m.type == "brgn") {  // a shell around another Tao
    const VecHandle u = make_start(residual, start);
    Trainer trainer(residual, settings);
    trainer.hold_back(unseen, patience);
    EXPECT_THROW(trainer.solve(u), Error);
    return;
  }
  std::vector<double> losses;
  std::vector<std::vector<double>> path;
  const auto solve = [&](const std::optional<State>& from, const std::function<Control(const Trainer&)>& then) {
    const VecHandle u = make_start(residual, start);
    Trainer trainer(residual, settings);
    trainer.hold_back(unseen, patience);
    if (from) trainer.resume(*from);
    trainer.on_iteration([&](const Iterate& at) {
      losses.resize(at.iteration);
      path.resize(at.iteration);
      losses.push_back(at.held_back);
      path.push_back(gather(comm, at.u));
      return then(trainer);
    });
    const Outcome outcome = trainer.solve(u);
    return Trained{gather(comm, u), outcome};
  };
  const Trained run = solve({}, [](const Trainer&) { return Control::go_on; });
  const long best = std::ranges::min_element(losses) - losses.begin();
  EXPECT_GT(best, 0);
  EXPECT_EQ(run.outcome.best, best);
  EXPECT_EQ(run.u, path[best]);
  EXPECT_NEAR(losses[best], dot(run.u, run.u) / 2, 1e-13);
  EXPECT_EQ(run.outcome.reason, "CONVERGED_USER");
  EXPECT_EQ(run.outcome.iterations, best + patience);
  if (!m.ours) return;
  State state;  // of an iteration after the best one
  solve({}, [&](const Trainer& trainer) {
    if (std::ssize(losses) <= best + 2) return Control::go_on;
    trainer.save(state);
    return Control::stop;
  });
  const Trained again = solve(state, [](const Trainer&) { return Control::go_on; });
  EXPECT_EQ(again.u, run.u);
  EXPECT_EQ(again.outcome.iterations, run.outcome.iterations);
}

std::vector<Method> own_methods() {
  std::vector<Method> own;
  std::ranges::copy_if(methods, std::back_inserter(own), &Method::ours);
  return own;
}

const auto name_of = [](const auto& test) { return test.param.name; };
INSTANTIATE_TEST_SUITE_P(All, Methods, testing::ValuesIn(methods), name_of);
INSTANTIATE_TEST_SUITE_P(All, OwnMethods, testing::ValuesIn(own_methods()), name_of);

TEST(LevenbergMarquardt, QrReachesWhatCholeskyCannot) {
  const Communicator comm;
  RowwiseResidual residual = vandermonde(comm, 11);
  const std::vector<double> start(11, 0.0), ones(11, 1.0);
  const OptionList gauss_newton{{"tao_residua_lm_damping", "0"}};
  OptionList qr = gauss_newton;
  qr.emplace_back("tao_residua_lm_step", "qr");
  const Trained by_cholesky = train(residual, start, {"residua_lm", "", 1, gauss_newton});
  const Trained by_qr = train(residual, start, {"residua_lm", "", 1, qr});
  EXPECT_LT(std::sqrt(2 * by_qr.outcome.objective), 1e-13);
  EXPECT_LT(distance(by_qr.u, ones), 1e-7);
  EXPECT_GT(std::sqrt(2 * by_cholesky.outcome.objective), 1e-10);
}

TEST(LevenbergMarquardt, CurvedStepsHaveTheSecondOrderToo) {
  // From u = 0 towards u + u^2/2 = c, nearly undamped: s = c and a = -c^2, so that u^2/2 remains, or c^3/2 as far as it
  // goes.
  const Communicator comm;
  const double c = 0.01;
  RowwiseResidual residual(comm, 3, 3, [&](long i, std::span<const double> u, std::span<double> d) {
    std::fill(d.begin(), d.end(), 0.0);
    const double x = u[static_cast<std::size_t>(i)];
    d[static_cast<std::size_t>(i)] = 1 + x;
    return x + x * x / 2 - c;
  });
  for (const char* step : {"cholesky", "qr", "lsqr"}) {
    OptionList options{{"tao_residua_lm_step", step}, {"tao_residua_lm_damping", "1e-12"}};
    const Trained curved = train(residual, {0, 0, 0}, {"residua_lm", "", 1, options});
    options.emplace_back("tao_residua_lm_acceleration", "0");
    const Trained straight = train(residual, {0, 0, 0}, {"residua_lm", "", 1, options});
    EXPECT_LT(distance(straight.u, std::vector<double>(3, c)), 1e-10) << step;
    EXPECT_LT(distance(curved.u, std::vector<double>(3, c - c * c / 2)), 1e-10) << step;
  }
}

TEST(LevenbergMarquardt, CurvedStepsFollowAValley) {
  const Communicator comm;
  for (const char* step : {"cholesky", "qr", "lsqr"}) {
    std::vector<long> iterations;
    for (const char* acceleration : {"0", "0.75"}) {
      RowwiseResidual residual = rosenbrock(comm, 6);
      const Trained run = train(
          residual, {-1.2, 1, -1.2, 1, 0.5, 0.3},
          {"residua_lm",
           "",
           200,
           {{"tao_residua_lm_step", step}, {"tao_residua_lm_acceleration", acceleration}, {"tao_gatol", "1e-8"}}});
      EXPECT_LT(run.outcome.objective, 1e-15) << step;
      iterations.push_back(run.outcome.iterations);
    }
    EXPECT_LT(iterations[1], iterations[0]) << step;
  }
}

TEST(Trainer, StallsAtAMinimumThatIsNotZero) {
  const Communicator comm;
  for (const char* method : {"residua_lm", "residua_ssbroyden"}) {
    RowwiseResidual fit = exponential_fit(comm, 300, 1e-2);
    const Trained run = train(fit, {0.7, 0.3, 1.1, 2}, {method, "", 400, {}});
    EXPECT_EQ(run.outcome.reason, "CONVERGED_STEPTOL") << method;
    EXPECT_LT(run.outcome.iterations, 100) << method;
    EXPECT_LT(run.outcome.gradient_norm, 1e-7) << method;
  }
}

TEST(Trainer, ToleranceOfTaoStops) {
  const Communicator comm;
  RowwiseResidual fit = exponential_fit(comm, 300, 1e-2);
  const Trained run = train(fit, {0.7, 0.3, 1.1, 2}, {"residua_lm", "", 200, {{"tao_gatol", "1e-4"}}});
  EXPECT_EQ(run.outcome.reason, "CONVERGED_GATOL");
}

TEST(Trainer, OptionsOfTheUserComeFirstAndPrefixesWork) {
  const Communicator comm;
  RowwiseResidual fit = exponential_fit(comm);
  RESIDUA_PETSC(PetscOptionsSetValue(nullptr, "-my_tao_type", "residua_adam"));
  RESIDUA_PETSC(PetscOptionsSetValue(nullptr, "-my_tao_max_it", "3"));
  {
    const TrainerSettings settings{"residua_lm", "my_", 50, {{"tao_residua_adam_rate", "0.5"}}};
    const VecHandle u = make_start(fit, {0.7, 0.3, 1.1, 2});
    Trainer trainer(fit, settings);
    EXPECT_EQ(trainer.method(), "residua_adam");
    EXPECT_EQ(trainer.solve(u).iterations, 3);
    EXPECT_NE(method_of(trainer.tao())->describe().find("rate: 0.5"), std::string::npos);
  }
  PetscBool left = PETSC_FALSE;
  RESIDUA_PETSC(PetscOptionsHasName(nullptr, nullptr, "-my_tao_residua_adam_rate", &left));
  EXPECT_FALSE(left);
  RESIDUA_PETSC(PetscOptionsClearValue(nullptr, "-my_tao_type"));
  RESIDUA_PETSC(PetscOptionsClearValue(nullptr, "-my_tao_max_it"));
  EXPECT_THROW(train(fit, {0.7, 0.3, 1.1, 2}, {"no_such_method", "", 5, {}}), Error);
  EXPECT_THROW(train(fit, {0.7, 0.3, 1.1, 2}, {"residua_lm", "", 5, {{"tao_residua_lm_step", "no_such_step"}}}), Error);
}

TEST(Trainer, ViewAndMonitorsWork) {
  const Communicator comm;
  RowwiseResidual fit = exponential_fit(comm);
  const std::string name = "training_test_view_" + std::to_string(comm.size()) + ".txt";
  train(fit, {0.7, 0.3, 1.1, 2},
        {"residua_lm", "", 4, {{"tao_residua_lm_step", "qr"}, {"tao_view", ":" + name}, {"tao_monitor", name}}});
  if (comm.root()) {
    std::ifstream file(name);
    std::stringstream text;
    text << file.rdbuf();
    EXPECT_NE(text.str().find("type: residua_lm"), std::string::npos) << text.str();
    EXPECT_NE(text.str().find("step: TSQR"), std::string::npos) << text.str();
    std::remove(name.c_str());
  }
}

TEST(Trainer, RefreshesWhenTheResidualChanges) {
  const Communicator comm;
  for (const char* method : {"residua_lm", "residua_ssbroyden", "residua_adam"}) {
    double target = 1;
    RowwiseResidual residual(comm, 3, 64, [&](long i, std::span<const double> u, std::span<double> d) {
      std::fill(d.begin(), d.end(), 0.0);
      d[static_cast<std::size_t>(i % 3)] = 1;
      return u[static_cast<std::size_t>(i % 3)] - target;
    });
    const Trained run =
        train(residual, {0, 0, 0},
              {method, "", std::string(method) == "residua_adam" ? 300L : 30L, {{"tao_residua_adam_rate", "0.05"}}},
              [&](const Iterate& iterate) {
                if (iterate.iteration != 2) return Control::go_on;
                target = 3;
                return Control::changed;
              });
    EXPECT_LT(distance(run.u, {3, 3, 3}), 1e-2) << method;
  }
}

TEST(Adam, EvaluatesOneGradientForEachStepOfABatch) {
  // r_i = u - y, y that of the batch: one that is set before a step is seen where the step ends.
  const Communicator comm;
  double y = 0;
  long calls = 0;
  std::vector<double> seen;
  RowwiseResidual residual(comm, 1, 16, [&](long, std::span<const double> u, std::span<double> d) {
    ++calls;
    d[0] = 1;
    if (seen.empty() || seen.back() != y) seen.push_back(y);
    return u[0] - y;
  });
  const VecHandle u = residual.make_unknowns();
  RESIDUA_PETSC(VecSet(u, 0.5));
  Evaluation evaluation(residual);
  std::vector<double> gradient(1);
  evaluation.loss_gradient(std::vector{0.5}, gradient);
  const long once = std::exchange(calls, 0);
  Trainer trainer(residual, {"residua_adam", "", 10, {}});
  seen.clear();
  trainer.on_iteration([&](const Iterate& at) {
    y = static_cast<double>(at.iteration + 1);
    return Control::go_on;
  });
  trainer.solve(u);
  EXPECT_EQ(calls, 11 * once);
  if (once > 0) {
    EXPECT_EQ(seen, (std::vector<double>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10}));
  }
}

TEST(Trainer, ErrorsSayWhere) {
  const Communicator comm;
  for (const char* method : {"residua_lm", "residua_ssbroyden", "residua_adam"}) {
    RowwiseResidual nan(comm, 2, 100, [](long i, std::span<const double> u, std::span<double> d) {
      d[0] = d[1] = 1;
      return i == 61 ? NAN : u[0] + u[1];
    });
    try {
      train(nan, {1, 2}, {method, "", 5, {}});
      ADD_FAILURE() << method << ": nothing was thrown";
    } catch (const Error& e) {
      EXPECT_NE(std::string(e.what()).find("equation 61"), std::string::npos) << e.what();
    }
    int calls = 0;
    RowwiseResidual failing(comm, 2, 100, [&](long i, std::span<const double> u, std::span<double> d) {
      d[0] = 1;
      d[1] = static_cast<double>(i);
      if (i == 99 && ++calls > 6) throw Error("lost the table");
      return u[0] * u[0] + u[1] - 1;
    });
    EXPECT_THROW(train(failing, {1, 2}, {method, "", 50, {}}), Error) << method;
  }
  RowwiseResidual fit = exponential_fit(comm);
  Trainer trainer(fit, {"residua_lm", "", 5, {}});
  EXPECT_THROW(trainer.resume({}), Error);
  State other{{{"trainer/unknowns", {1, 2}}}, {{"trainer/method", "residua_adam"}}};
  EXPECT_THROW(trainer.resume(other), Error);
  fit.hide_rows();
  const VecHandle u = make_start(fit, {0.7, 0.3, 1.1, 2});
  EXPECT_THROW(trainer.solve(u), Error);
}

/// f = (x - 1)^4 + (y + 2)^2: a program that knows nothing of Residua.
PetscErrorCode quartic(Tao, Vec u, PetscReal* f, Vec g, void*) {
  return petsc::guarded([&] {
    const std::vector<double> x = gather(Communicator(PETSC_COMM_WORLD), u);
    *f = std::pow(x[0] - 1, 4) + std::pow(x[1] + 2, 2);
    scatter(std::vector<double>{4 * std::pow(x[0] - 1, 3), 2 * (x[1] + 2)}, g);
  });
}

TEST(TaoMethod, WorksInAForeignProgram) {
  const Communicator comm;
  register_methods();
  const VecHandle u = make_vec(comm, comm.root() ? 2 : 0);
  TaoHandle tao;
  RESIDUA_PETSC(TaoCreate(comm.mpi(), tao.address()));
  RESIDUA_PETSC(TaoSetType(tao, "residua_ssbroyden"));
  RESIDUA_PETSC(TaoSetObjectiveAndGradient(tao, nullptr, quartic, nullptr));
  RESIDUA_PETSC(TaoSetSolution(tao, u));
  RESIDUA_PETSC(TaoSetTolerances(tao, 1e-12, 0, 0));
  RESIDUA_PETSC(TaoSolve(tao));
  TaoConvergedReason reason;
  RESIDUA_PETSC(TaoGetConvergedReason(tao, &reason));
  EXPECT_GT(reason, 0);
  const std::vector<double> x = gather(comm, u);
  EXPECT_NEAR(x[0], 1, 1e-3);
  EXPECT_NEAR(x[1], -2, 1e-8);
}

TEST(Snes, SolvesASquareResidual) {
  const Communicator comm;
  DistributedCubic cubic(comm, 3 + comm.rank());
  for (const JacobianForm form : {JacobianForm::shell, JacobianForm::dense}) {
    const VecHandle u = cubic.make_unknowns();
    SnesHandle snes;
    RESIDUA_PETSC(SNESCreate(comm.mpi(), snes.address()));
    attach(snes, cubic, form);
    KSP ksp = nullptr;
    PC pc = nullptr;
    RESIDUA_PETSC(SNESGetKSP(snes, &ksp));
    RESIDUA_PETSC(KSPSetTolerances(ksp, 1e-12, 1e-50, PETSC_DEFAULT, 100));
    RESIDUA_PETSC(KSPGetPC(ksp, &pc));
    RESIDUA_PETSC(PCSetType(pc, form == JacobianForm::shell ? PCNONE : PCJACOBI));
    RESIDUA_PETSC(SNESSetTolerances(snes, 1e-13, 1e-13, 0, 30, 100));
    RESIDUA_PETSC(SNESSolve(snes, nullptr, u));
    const std::vector<double> x = gather(comm, u);
    for (std::size_t i = 0; i < x.size(); ++i) {
      EXPECT_NEAR(x[i] * x[i] * x[i] + 2 * x[i], static_cast<double>(i + 1), 1e-9);
    }
  }
  RowwiseResidual fit = exponential_fit(comm);
  SnesHandle snes;
  RESIDUA_PETSC(SNESCreate(comm.mpi(), snes.address()));
  EXPECT_THROW(attach(snes, fit), Error);
}

TEST(Trainer, WorksOnDistributedUnknowns) {
  const Communicator comm;
  for (const char* step : {"lsqr", "qr"}) {
    DistributedCubic cubic(comm, 3 + comm.rank());
    const std::vector<double> start(static_cast<std::size_t>(cubic.unknowns()), 0.4);
    if (std::string(step) == "qr") {
      EXPECT_THROW(train(cubic, start, {"residua_lm", "", 30, {{"tao_residua_lm_step", step}}}), Error);
      continue;
    }
    const Trained run = train(cubic, start, {"residua_lm", "", 30, {{"tao_residua_lm_step", step}}});
    EXPECT_LT(run.outcome.objective, 1e-18);
  }
}

}  // namespace
}  // namespace residua
