#include "solve/etd.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>
#include <vector>

#include "solve/exponential_rule.hpp"
#include "solve/options.hpp"
#include "solve/phi.hpp"

namespace residua {
namespace {

/// u' = -lambda u + u^2, one unknown for each global number: Bernoulli's equation, solved in closed form.
class Bernoulli : public SemilinearSystem {
 public:
  explicit Bernoulli(const Communicator& comm) : comm_(comm) {}
  const Communicator& communicator() const override { return comm_; }
  long local_size() const override { return 2 * (comm_.rank() + 2); }
  int width() const override { return 2; }
  void rates(std::span<double> rates) const override {
    for (std::size_t i = 0; i < rates.size(); ++i) rates[i] = -lambda(i);
  }
  void nonlinear(double, std::span<const double> u, std::span<double> n) override {
    ++evaluations;
    for (std::size_t i = 0; i < u.size(); ++i) n[i] = u[i] * u[i];
  }
  double squares(std::span<const double> v) const override {
    double sum = 0;
    for (const double x : v) sum += x * x;
    return comm_.sum(sum);
  }
  double lambda(std::size_t group) const { return group == 0 ? 0 : std::pow(20.0, static_cast<double>(group)); }
  double start(std::size_t i) const { return 0.3 + 0.1 * static_cast<double>(i % 2); }
  virtual double exact(std::size_t i, double t) const {
    const double l = lambda(i / 2), u = start(i);
    return l == 0 ? u / (1 - u * t) : l / (1 - (1 - l / u) * std::exp(l * t));
  }
  long evaluations = 0;

 private:
  const Communicator& comm_;
};

/// u' = -lambda u + 2 cos(2 t) u.
class Driven : public Bernoulli {
 public:
  using Bernoulli::Bernoulli;
  void nonlinear(double t, std::span<const double> u, std::span<double> n) override {
    for (std::size_t i = 0; i < u.size(); ++i) n[i] = 2 * std::cos(2 * t) * u[i];
  }
  double exact(std::size_t i, double t) const override {
    return start(i) * std::exp(std::sin(2 * t) - lambda(i / 2) * t);
  }
};

/// The same, not defined beyond a bound.
class Bounded final : public Driven {
 public:
  Bounded(const Communicator& comm, double bound) : Driven(comm), bound_(bound) {}
  void nonlinear(double t, std::span<const double> u, std::span<double> n) override {
    if (*std::ranges::max_element(u) > bound_) {
      ++outside;
      throw OutOfDomain("beyond the bound");
    }
    Driven::nonlinear(t, u, n);
  }
  long outside = 0;

 private:
  double bound_;
};

struct Marched {
  double error = 0;  ///< the largest, at t = 1
  PetscInt steps = 0, rejections = 0;
};

Marched march(Bernoulli& system, const EtdSettings& settings) {
  const TsHandle ts = make_etd(system, settings);
  const VecHandle u = make_vec(system.communicator(), system.local_size());
  {
    const VecWriter writer(u);
    for (std::size_t i = 0; i < writer.span().size(); ++i) writer.span()[i] = system.start(i);
  }
  RESIDUA_PETSC(TSSetMaxTime(ts, settings.tolerance > 0 ? 1 : 1 - settings.step / 2));
  RESIDUA_PETSC(TSSolve(ts, u));
  PetscReal reached = 0;
  RESIDUA_PETSC(TSGetTime(ts, &reached));
  EXPECT_NEAR(reached, 1, 1e-12);
  Marched run;
  RESIDUA_PETSC(TSGetStepNumber(ts, &run.steps));
  RESIDUA_PETSC(TSGetStepRejections(ts, &run.rejections));
  const VecReader reader(u);
  for (std::size_t i = 0; i < reader.span().size(); ++i)
    run.error = std::max(run.error, std::abs(reader.span()[i] - system.exact(i, 1)));
  run.error = system.communicator().max(run.error);
  return run;
}

double solve(Bernoulli& system, const EtdSettings& settings) { return march(system, settings).error; }

TEST(Phi, AgreesWithTheSeriesAndTheFormula) {
  for (const double z : {0.0, -1e-9, -0.3, -1.0, -1.0000001, -2.5, -40.0}) {
    long double sum[4] = {}, term = 1;  // z^j / j!
    for (int j = 0; j < 200; ++j) {
      long double factor = term;
      for (int k = 0; k < 4; ++k) {
        sum[k] += factor;
        factor /= j + k + 1;
      }
      term *= z / (j + 1.0L);
    }
    const auto phi = phi_functions(z);
    for (int k = 0; k < 4; ++k) {
      const double alternating = 1e-19 * std::exp(std::abs(z));  // what the series loses
      EXPECT_NEAR(phi[k], static_cast<double>(sum[k]), 2e-15 * phi[k] + alternating) << k << " at " << z;
    }
  }
}

TEST(Etd, HasItsOrder) {
  const Communicator world;
  Driven system(world);
  for (const int order : {2, 4, 5}) {
    const double coarse = solve(system, {order, 1.0 / 20}), fine = solve(system, {order, 1.0 / 40});
    EXPECT_NEAR(std::log2(coarse / fine), order, 0.25) << coarse << " " << fine;
  }
}

TEST(Etd, DoesOneStepInTheStagesOfItsOrder) {
  const Communicator world;
  Bernoulli system(world);
  for (const auto& [order, stages] : {std::pair{2, 2}, {4, 4}, {5, 6}}) {
    system.evaluations = 0;
    solve(system, {order, 0.1});
    EXPECT_EQ(system.evaluations, 10 * stages);
  }
}

TEST(Etd, MeetsTheTolerance) {
  const Communicator world;
  Bernoulli system(world);
  for (const int order : {4, 5})
    for (const double tolerance : {1e-5, 1e-8}) {
      const double error = solve(system, {order, 0.5, tolerance});
      EXPECT_LT(error, 20 * tolerance);
      EXPECT_GT(error, tolerance * 1e-4);  // not by needless steps
    }
}

TEST(Etd, AStepThatLeavesTheDomainIsTriedShorter) {
  const Communicator world;
  const double most = 0.4 * std::exp(1.0);  // of the solution
  for (const int order : {4, 5}) {
    Bounded wide(world, 1.01 * most);
    EXPECT_LT(march(wide, {order, 1, 1e-4}).error, 1e-3);
    EXPECT_GT(wide.outside, 0);
    Bounded narrow(world, 0.9 * most);
    EXPECT_THROW(march(narrow, {order, 1, 1e-4}), OutOfDomain);
    EXPECT_LT(narrow.outside, 100);
    Bounded fixed(world, 1.01 * most);
    EXPECT_THROW(march(fixed, {order, 1}), OutOfDomain);
    EXPECT_EQ(fixed.outside, 1);
  }
}

TEST(Etd, TriesOfAStepShareTheFirstEvaluation) {
  const Communicator world;
  Bernoulli system(world);
  for (const auto& [order, of_try] : {std::pair{4, 10}, {5, 6}}) {
    system.evaluations = 0;
    const Marched run = march(system, {order, 1.0, 1e-10});
    EXPECT_GT(run.rejections, 0);
    EXPECT_EQ(system.evaluations, run.steps + of_try * (run.steps + run.rejections));
  }
}

TEST(Etd, AStepMayBeginWithTheLastEvaluationOfTheOneBefore) {
  const Communicator world;
  std::vector<double> ends[2];
  for (const bool handed : {false, true}) {
    Bernoulli system(world);
    const TsHandle ts = make_etd(system, {5, 0.01, 1e-3});
    const VecHandle u = make_vec(world, system.local_size());
    {
      const VecWriter writer(u);
      for (std::size_t i = 0; i < writer.span().size(); ++i) writer.span()[i] = system.start(i);
    }
    RESIDUA_PETSC(TSSetSolution(ts, u));
    RESIDUA_PETSC(TSSetMaxTime(ts, 1));
    for (int step = 0; step < 3; ++step) {
      if (handed && step > 0) set_first_slope(ts, last_slope(ts));
      RESIDUA_PETSC(TSStep(ts));
    }
    EXPECT_EQ(system.evaluations, handed ? 3 * 6 + 1 : 3 * 7);
    const VecReader reader(u);
    ends[handed].assign(reader.span().begin(), reader.span().end());
  }
  EXPECT_EQ(ends[0], ends[1]);
  Bernoulli system(world);
  const TsHandle in_halves = make_etd(system, {4, 0.01, 1e-3});
  const VecHandle u = make_vec(world, system.local_size());
  RESIDUA_PETSC(VecSet(u, 0.1));
  RESIDUA_PETSC(TSSetSolution(in_halves, u));
  RESIDUA_PETSC(TSSetMaxTime(in_halves, 1));
  RESIDUA_PETSC(TSStep(in_halves));
  EXPECT_FALSE(last_slope(in_halves));
}

/// One step of length h of u' = -lambda u + f(t, u) for each lambda, with N(U_s) in the end.
struct OneStep {
  static constexpr std::array<double, 4> lambda = {0, 0.3, 1, 700};

  template <class F>
  OneStep(int order, double h, std::span<const double> u, F f) {
    std::vector<double> rates;
    for (const double l : lambda) rates.push_back(-l);
    ExponentialRule rule(order, rates, 1);
    rule.set_step(h);
    n.assign(rule.stages() + 1, std::vector<double>(u.size()));
    end.assign(u.begin(), u.end());
    for (int k = 0; k <= rule.stages(); ++k) {
      for (std::size_t i = 0; i < end.size(); ++i) n[k][i] = f(i, rule.time(k), end[i]);
      if (k < rule.stages()) rule.combine(k + 1, u, n, end);
    }
    if (!rule.embedded()) return;
    error.resize(u.size());
    rule.error(n, error);
  }

  ExponentialRule::Stages n;
  std::vector<double> end, error;
};

TEST(ExponentialRule, LeavesFixedPointsWhereTheyAre) {
  const std::vector<double> u = {0.5, 0.5, 0.5, 0.5};
  for (const int order : {2, 4, 5})
    for (const double h : {1e-6, 0.1, 30.0}) {
      const OneStep step(order, h, u, [](std::size_t i, double, double v) { return 2 * OneStep::lambda[i] * v * v; });
      for (std::size_t i = 0; i < u.size(); ++i) {
        const double grown = 1 + h * OneStep::lambda[i];  // a step's factor of N's rounding
        EXPECT_NEAR(step.end[i], 0.5, 1e-15 * grown) << order << " " << h;
        if (order == 5) {
          EXPECT_NEAR(step.error[i], 0, 1e-15 * grown * grown);
        }
      }
    }
}

/// Of u' = -lambda u + 2 cos(2 t) u: both rules of the pair have their order.
TEST(ExponentialRule, EstimateIsThatOfTheLowerOrder) {
  const std::vector<double> u(4, 0.4);
  const auto driven = [](std::size_t, double t, double v) { return 2 * std::cos(2 * t) * v; };
  const auto errors = [&](double h, std::size_t i) {
    const OneStep step(5, h, u, driven);
    const double exact = u[i] * std::exp(std::sin(2 * h) - OneStep::lambda[i] * h);
    return std::array{std::abs(step.end[i] - exact), std::abs(step.end[i] - step.error[i] - exact)};
  };
  for (const std::size_t i : {0, 1, 2}) {
    const auto coarse = errors(0.2, i), fine = errors(0.1, i);
    EXPECT_NEAR(std::log2(coarse[0] / fine[0]), 6, 0.5) << i;
    EXPECT_NEAR(std::log2(coarse[1] / fine[1]), 5, 0.5) << i;
  }
}

TEST(Etd, OptionsChooseOrderAndOtherTypes) {
  const Communicator world;
  Bernoulli system(world);
  const double two = solve(system, {2, 0.05});
  {
    const LentOptions options("", {{"ts_etd_order", "2"}});
    EXPECT_EQ(solve(system, {4, 0.05}), two);
  }
  const LentOptions options("", {{"ts_etd_order", "3"}});
  EXPECT_THROW(solve(system, {4, 0.05}), InputError);
}

}  // namespace
}  // namespace residua
