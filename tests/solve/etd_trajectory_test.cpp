#include "solve/etd_trajectory.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "base/random.hpp"

namespace residua {
namespace {

/// u_i' = -lambda_i u_i + p_0 u_i^2 + p_1 c(t), so many unknowns on each rank that the global ones are the same on any
/// number of ranks. With p_1 = 0 it is Bernoulli's equation, solved in closed form.
class Bernoulli : public DifferentiableSystem {
 public:
  explicit Bernoulli(const Communicator& comm) : comm_(comm) {}
  const Communicator& communicator() const override { return comm_; }
  long local_size() const override { return 2 * (8 / comm_.size()); }
  int width() const override { return 2; }
  double lambda(std::size_t group) const {
    return 0.5 * static_cast<double>(group + static_cast<std::size_t>(comm_.rank() * 8 / comm_.size()));
  }
  void rates(std::span<double> rates) const override {
    for (std::size_t i = 0; i < rates.size(); ++i) rates[i] = -lambda(i);
  }
  void nonlinear(double t, std::span<const double> u, std::span<double> n) override {
    ++evaluations;
    for (std::size_t i = 0; i < u.size(); ++i) n[i] = p_[0] * u[i] * u[i] + p_[1] * std::cos(t);
  }
  double squares(std::span<const double> v) const override {
    return comm_.sum(std::inner_product(v.begin(), v.end(), v.begin(), 0.0));
  }
  long parameters() const override { return 2; }
  void set_parameters(std::span<const double> p) override { p_.assign(p.begin(), p.end()); }
  void jvp(double t, std::span<const double> u, std::span<const double> du, std::span<const double> dp,
           std::span<double> dn) override {
    for (std::size_t i = 0; i < u.size(); ++i)
      dn[i] = 2 * p_[0] * u[i] * du[i] + dp[0] * u[i] * u[i] + dp[1] * std::cos(t);
  }
  void vjp(double t, std::span<const double> u, std::span<const double> n_bar, std::span<double> u_bar,
           ParameterSum& p_bar) override {
    for (std::size_t i = 0; i < u.size(); ++i) {
      u_bar[i] = 2 * p_[0] * u[i] * n_bar[i];
      p_bar.leaf(0)[0] += u[i] * u[i] * n_bar[i];
      p_bar.leaf(0)[1] += std::cos(t) * n_bar[i];
    }
  }
  std::vector<double> start() const {
    std::vector<double> u(local_size());
    for (std::size_t i = 0; i < u.size(); ++i) u[i] = 0.3 + 0.02 * static_cast<double>(i % 2) + 0.01 * lambda(i / 2);
    return u;
  }
  long evaluations = 0;

 private:
  const Communicator& comm_;
  std::vector<double> p_ = {1, 0};
};

/// F = the sum of cos(i) u_i over all unknowns, at the step 7 and at the end.
struct Objective {
  Bernoulli& system;
  EtdTrajectory::Settings settings;

  bool counts(long k) const { return k == 7 || k == settings.steps; }
  static double weight(std::size_t i) { return std::cos(static_cast<double>(i)); }

  double value(std::span<const double> u0, std::span<const double> p) {
    system.set_parameters(p);
    double sum = 0;
    EtdTrajectory(system, settings).run(u0, [&](long k, std::span<const double> u) {
      for (std::size_t i = 0; counts(k) && i < u.size(); ++i) sum += weight(i) * u[i];
    });
    return system.communicator().sum(sum);
  }
  double slope(std::span<const double> u0, std::span<const double> p, std::span<const double> du0,
               std::span<const double> dp) {
    system.set_parameters(p);
    double sum = 0;
    EtdTrajectory(system, settings)
        .tangent(u0, du0, dp, [&](long k, std::span<const double>, std::span<const double> du) {
          for (std::size_t i = 0; counts(k) && i < du.size(); ++i) sum += weight(i) * du[i];
        });
    return system.communicator().sum(sum);
  }
  struct Gradient {
    std::vector<double> start, p;
  };
  Gradient gradient(std::span<const double> u0, std::span<const double> p) {
    system.set_parameters(p);
    ParameterSum sum = system.make_sum();
    Gradient g{std::vector<double>(u0.size()), {}};
    EtdTrajectory(system, settings)
        .adjoint(
            u0,
            [&](long k, std::span<double> bar) {
              for (std::size_t i = 0; counts(k) && i < bar.size(); ++i) bar[i] += weight(i);
            },
            g.start, sum);
    g.p = sum.total(system.communicator());
    return g;
  }
};

std::vector<double> along(const Communicator& comm, std::size_t size) {
  std::vector<double> v(size);
  for (std::size_t i = 0; i < size; ++i)
    v[i] = normal(4, 0, static_cast<std::uint64_t>(comm.rank()) * size + static_cast<std::uint64_t>(i));
  return v;
}

TEST(EtdTrajectory, GradientIsThatOfTheDiscreteMap) {
  const Communicator world;
  Bernoulli system(world);
  const std::vector<double> u0 = system.start(), du = along(world, u0.size()), p = {0.9, 0.2}, dp = {0.7, -0.4};
  for (const int order : {2, 4, 5}) {
    Objective objective{system, {order, 0.05, 23, 3}};
    const auto moved = [&](double h) {
      std::vector<double> start = u0, q = p;
      for (std::size_t i = 0; i < start.size(); ++i) start[i] += h * du[i];
      for (std::size_t i = 0; i < q.size(); ++i) q[i] += h * dp[i];
      return objective.value(start, q);
    };
    const double h = 2e-4;  // differences of order 4
    const double expected = (8 * (moved(h) - moved(-h)) - (moved(2 * h) - moved(-2 * h))) / (12 * h);
    const double slope = objective.slope(u0, p, du, dp);
    EXPECT_NEAR(slope, expected, 1e-9 * std::abs(expected));
    const Objective::Gradient g = objective.gradient(u0, p);
    const double product = world.sum(std::inner_product(du.begin(), du.end(), g.start.begin(), 0.0)) +
                           std::inner_product(dp.begin(), dp.end(), g.p.begin(), 0.0);
    EXPECT_NEAR(product, slope, 1e-13 * std::abs(slope));
  }
}

TEST(EtdTrajectory, GradientConvergesToTheOneInClosedForm) {
  const Communicator world;
  Bernoulli system(world);
  const std::vector<double> u0 = system.start(), p = {0.9, 0};
  const auto error = [&](long steps) {
    Objective objective{system, {4, 1.0 / static_cast<double>(steps), steps, 4}};
    objective.settings.steps = steps;
    const Objective::Gradient g = objective.gradient(u0, p);
    double by_p = 0, worst = 0;
    for (std::size_t i = 0; i < u0.size(); ++i) {
      double by_start = 0;
      for (const double t : {7.0 / static_cast<double>(steps), 1.0}) {
        // 1/u = e^{lambda t} / u_0 - p int_0^t e^{lambda s} ds
        const double l = system.lambda(i / 2), e = std::exp(l * t), integral = l == 0 ? t : (e - 1) / l;
        const double u = 1 / (e / u0[i] - p[0] * integral);
        by_start += Objective::weight(i) * u * u * e / (u0[i] * u0[i]);
        by_p += Objective::weight(i) * u * u * integral;
      }
      worst = std::max(worst, std::abs(g.start[i] - by_start));
    }
    return std::max(world.max(worst), std::abs(g.p[0] - world.sum(by_p)));
  };
  const double coarse = error(20), fine = error(40);
  EXPECT_NEAR(std::log2(coarse / fine), 4, 0.3) << coarse << " " << fine;
  EXPECT_LT(fine, 1e-7);
}

TEST(EtdTrajectory, SlotsChangeNoBitAndBoundTheWork) {
  const Communicator world;
  Bernoulli system(world);
  const std::vector<double> u0 = system.start(), p = {0.9, 0.2};
  const long steps = 83;
  const Objective::Gradient expected = Objective{system, {4, 0.02, steps, static_cast<int>(steps)}}.gradient(u0, p);
  const struct {
    int slots;
    long sweeps;  // the least for which binomial(slots + 1 + sweeps, sweeps) >= 83
  } known[] = {{0, 82}, {1, 12}, {2, 7}, {3, 5}, {8, 3}, {16, 2}, {82, 1}};
  for (const auto& [slots, sweeps] : known) {
    system.evaluations = 0;
    const Objective::Gradient g = Objective{system, {4, 0.02, steps, slots}}.gradient(u0, p);
    EXPECT_EQ(g.start, expected.start) << slots;
    EXPECT_EQ(g.p, expected.p) << slots;
    EXPECT_LE(system.evaluations, (4 * sweeps + 3) * steps) << slots;
  }
}

}  // namespace
}  // namespace residua
