#include "solve/etd.hpp"

#include <gtest/gtest.h>

#include <cmath>

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
  double exact(std::size_t i, double t) const {
    const double l = lambda(i / 2), u = start(i);
    return l == 0 ? u / (1 - u * t) : l / (1 - (1 - l / u) * std::exp(l * t));
  }
  long evaluations = 0;

 private:
  const Communicator& comm_;
};

/// The largest error at t = 1.
double solve(Bernoulli& system, const EtdSettings& settings) {
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
  const VecReader reader(u);
  double worst = 0;
  for (std::size_t i = 0; i < reader.span().size(); ++i)
    worst = std::max(worst, std::abs(reader.span()[i] - system.exact(i, 1)));
  return system.communicator().max(worst);
}

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
  Bernoulli system(world);
  for (const int order : {2, 4}) {
    const double coarse = solve(system, {order, 1.0 / 20}), fine = solve(system, {order, 1.0 / 40});
    EXPECT_NEAR(std::log2(coarse / fine), order, 0.25) << coarse << " " << fine;
  }
}

TEST(Etd, DoesOneStepInTheStagesOfItsOrder) {
  const Communicator world;
  Bernoulli system(world);
  for (const int order : {2, 4}) {
    system.evaluations = 0;
    solve(system, {order, 0.1});
    EXPECT_EQ(system.evaluations, 10 * order);
  }
}

TEST(Etd, MeetsTheTolerance) {
  const Communicator world;
  Bernoulli system(world);
  for (const double tolerance : {1e-5, 1e-8}) {
    const double error = solve(system, {4, 0.5, tolerance});
    EXPECT_LT(error, 20 * tolerance);
    EXPECT_GT(error, tolerance * 1e-4);  // not by needless steps
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
