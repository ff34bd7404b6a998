// The right-hand side of the kinetic equation: what it must be in closed form, and its symmetries.
#include "kinetic/kinetic_system.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "base/error.hpp"
#include "kinetic/bessel_ratio.hpp"
#include "kinetic/exact.hpp"
#include "some_network.hpp"
#include "states.hpp"

namespace residua::kinetic {
namespace {

std::unique_ptr<Angular> with_gradients() {
  return make_hierarchy(std::make_unique<LearnedClosure>(test::some_network(1, true, {}, 5), reference));
}

std::unique_ptr<Angular> with_strain(int level) {
  return make_hierarchy(
      std::make_unique<LearnedClosure>(test::some_network_of_strain(level, level == 1, 2), reference));
}

struct Representation {
  const char* name;
  std::function<std::unique_ptr<Angular>()> make;
};
const Representation representations[] = {
    {"hierarchy", [] { return hierarchy(8); }},
    {"grid", [] { return make_angle_grid(50); }},
    {"bingham", [] { return make_hierarchy(make_closure("bingham", 1)); }},
    {"quadratic", [] { return make_hierarchy(make_closure("quadratic", 1)); }},
    {"gradients", [] { return with_gradients(); }},
    {"strain, one moment", [] { return with_strain(1); }},
    {"strain, two moments", [] { return with_strain(2); }},
};

TEST(KineticSystem, SmallWavesGrowAtTheirRates) {
  const Communicator world;
  Model model = reference;
  model.alpha = -5;
  EXPECT_NEAR(growth_rate(model, 2 * std::numbers::pi / 10, true), 2.0075335, 5e-8);
  EXPECT_NEAR(growth_rate(model, 2 * std::numbers::pi / 10, false), 0.7802608, 5e-8);
  for (const auto& [name, make] : representations) {
    Bench setup(9, make(), world, model);
    for (const auto& [p, q] : {std::pair{1, 0}, std::pair{1, -2}})
      for (const bool shear : {true, false}) {
        const Complex along(p, q), d = times(along, along) / std::norm(along) * (shear ? Complex(0, 1) : 1.0);
        const double amplitude = 1e-6;
        const std::vector<double> u = setup.state([&, p = p, q = q](int n, int a, int b) -> Complex {
          const bool wave = n == 2 && ((a == p && b == q) || (a == -p && b == -q));
          return wave ? amplitude * d : (n == 0 && a == 0 && b == 0 ? 1 : 0);
        });
        const Complex slope = setup.at(setup.slope(u), 2, p, q) * std::conj(d) / amplitude;
        const double k = 2 * std::numbers::pi / 10 * std::hypot(p, q);
        EXPECT_NEAR(world.sum(slope.real()), growth_rate(model, k, shear), 1e-9) << name << " " << shear;
        EXPECT_NEAR(world.sum(slope.imag()), 0, 1e-9) << name << " " << shear;
      }
  }
}

TEST(KineticSystem, NematicIsAtRest) {
  const Communicator world;
  const struct {
    double zeta, order;
    int moments;
  } known[] = {{1, .9455422, 40}, {3, .9828944, 60}, {9, .9943974, 90}, {17, .9970457, 120}};
  for (const auto& [zeta, order, moments] : known) {
    Model model = reference;
    model.zeta = zeta;
    const double s = nematic_order(model);
    EXPECT_NEAR(s, order, 5e-8);
    Bench setup(4, hierarchy(moments), world, model);
    const long double kappa = zeta * static_cast<long double>(s) / (2 * model.rotation);
    std::vector<double> size = {1};
    for (int m = 1; m <= moments; ++m) size.push_back(size.back() * static_cast<double>(bessel_ratio(m - 1, kappa)));
    const std::vector<double> u =
        setup.state([&](int n, int p, int q) { return p == 0 && q == 0 ? std::polar(size[n / 2], n * 0.3) : 0; });
    const std::vector<double> slope = setup.slope(u), none(u.size());
    EXPECT_LT(distance(world, slope, none), 1e-11 * zeta * moments) << zeta;  // of m zeta f_m
  }
  Model isotropic = reference;
  isotropic.zeta = 4 * isotropic.rotation;
  EXPECT_EQ(nematic_order(isotropic), 0);
}

TEST(KineticSystem, GridAndHierarchyAgree) {
  const Communicator world;
  Bench one(12, hierarchy(8), world), other(12, make_angle_grid(50), world);  // even modes up to 16 in both
  const std::vector<double> a = one.slope(one.state(even_waves)), b = other.slope(other.state(even_waves));
  double worst = 0;
  for (int n = 0; n <= 16; n += 2)
    for (int p = -3; p <= 3; ++p)
      for (int q = -3; q <= 3; ++q) worst = std::max(worst, std::abs(one.at(a, n, p, q) - other.at(b, n, p, q)));
  EXPECT_LT(world.max(worst), 1e-14);
}

/// Polar states too, so that odd modes are seen.
TEST(KineticSystem, TurnsByARightAngle) {
  const Communicator world, self(MPI_COMM_SELF);
  const auto power = [](int n) { return std::polar(1.0, n * std::numbers::pi / 2); };
  const struct {
    std::function<std::unique_ptr<Angular>()> make;
    bool polar;
  } cases[] = {{[] { return hierarchy(5); }, false},
               {[] { return make_angle_grid(36); }, true},
               {with_gradients, false},
               {[] { return with_strain(1); }, false},
               {[] { return with_strain(2); }, false}};
  for (const auto& [make, polar] : cases) {
    const auto waves = [polar = polar](int n, int p, int q) { return some_waves(n, p, q, polar); };
    Bench setup(13, make(), world), whole(13, make(), self);
    // the wave vector (p, q) turns into (-q, p)
    const auto turned = [&](int n, int p, int q) { return power(n) * waves(n, q, -p); };
    const std::vector<double> slope = setup.slope(setup.state(turned)), before = whole.slope(whole.state(waves));
    const std::vector<double> expected =
        setup.state([&](int n, int p, int q) { return power(n) * whole.at(before, n, q, -p); });
    EXPECT_LT(distance(world, slope, expected), 1e-14);
  }
}

TEST(KineticSystem, DifferentiatesAWave) {
  const Communicator world;
  Bench setup(12, make_angle_grid(36), world);
  const FourierGrid& grid = setup.grid;
  const std::vector<double> u =
      setup.state([](int n, int p, int q) -> Complex { return n == 4 && p == 1 && q == -2 ? Complex(0.3, 0.1) : 0; });
  const Derivative wanted[] = {{2, false}, {2, true}, {1, false}};
  const long cells = grid.cells();
  std::vector<Complex> found(3 * cells);
  setup.system.differentiate(u, wanted, found);
  const double k = 2 * std::numbers::pi / 10;
  for (long i = 0; i < cells; ++i) {
    const double x = grid.x(i), y = grid.y(i);
    const Complex wave = Complex(0.3, 0.1) * std::polar(1.0, k * (x - 2 * y)), dx = Complex(0, k) * wave,
                  dy = -2.0 * dx;
    EXPECT_NEAR(std::abs(found[i] - (dx + Complex(0, 1) * dy)), 0, 1e-14);
    EXPECT_NEAR(std::abs(found[cells + i] - (dx - Complex(0, 1) * dy)), 0, 1e-14);
    EXPECT_EQ(found[2 * cells + i], 0.0);
  }
}

TEST(KineticSystem, MovesWithItsFrame) {
  const Communicator world, self(MPI_COMM_SELF);
  Bench setup(13, hierarchy(5), world), whole(13, hierarchy(5), self);
  const auto shift = [](int p, int q) { return std::polar(1.0, 0.7 * p - 1.9 * q); };  // by no whole cell
  const auto moved = [&](int n, int p, int q) { return shift(p, q) * even_waves(n, p, q); };
  const std::vector<double> slope = setup.slope(setup.state(moved)), before = whole.slope(whole.state(even_waves));
  const std::vector<double> expected =
      setup.state([&](int n, int p, int q) { return shift(p, q) * whole.at(before, n, p, q); });
  EXPECT_LT(distance(world, slope, expected), 1e-14);
}

TEST(KineticSystem, HasTheSameBitsOnAnyNumberOfRanks) {
  const Communicator world, self(MPI_COMM_SELF);
  for (const auto& [name, make] : representations) {
    Bench setup(14, make(), world, reference, Reductions::reproducible),
        whole(14, make(), self, reference, Reductions::reproducible), fast(14, make(), world);
    const std::vector<double> slope = setup.slope(setup.state(even_waves)),
                              alone = whole.slope(whole.state(even_waves));
    const std::vector<double> expected = setup.state([&](int n, int p, int q) { return whole.at(alone, n, p, q); });
    EXPECT_EQ(distance(world, slope, expected), 0) << name;
    EXPECT_LT(distance(world, fast.slope(fast.state(even_waves)), expected), 1e-13) << name;
    EXPECT_EQ(setup.system.squares(slope), whole.system.squares(alone)) << name;
  }
}

/// w = k e: of the stress beta/4 conj(A) k e, which is as large as what made e where k is large.
class Echo final : public Closure {
 public:
  explicit Echo(double k) : k_(k) {}
  int level() const override { return 1; }
  bool sees_strain() const override { return true; }
  void apply(Moments f, long cells, Complex* top) const override { multiply(f[2], cells, top); }
  void jvp(Moments /*f*/, Moments df, long cells, Complex* top) const override { multiply(df[2], cells, top); }
  void vjp(Moments f, const Complex* top, long cells, Complex* df) const override {
    std::fill_n(df, 2 * f.stride, 0.0);
    multiply(top, cells, df + 2 * f.stride);
  }

 private:
  void multiply(const Complex* e, long cells, Complex* top) const {
    for (long i = 0; i < cells; ++i) top[i] = k_ * e[i];
  }
  double k_;
};

TEST(KineticSystem, FindsTheFlowThatAClosureOfTheStrainRateSees) {
  const Communicator world;
  for (const bool echo : {true, false}) {
    const auto make = [&]() -> std::unique_ptr<Closure> {
      if (echo) return std::make_unique<Echo>(0.5);
      return std::make_unique<LearnedClosure>(test::some_network_of_strain(1, true, 3), reference);
    };
    const std::unique_ptr<Closure> closure = make();
    Bench setup(13, make_hierarchy(make()), world);
    const KineticSystem::InCells in = setup.system.evaluate(0, setup.state(even_waves));
    const long cells = setup.grid.cells();
    std::vector<Complex> w(cells), flow(3 * cells);
    closure->apply(in.g, cells, w.data());
    Flow again(setup.grid, reference, 1e-13, Reductions::fast);
    again.solve(in.g[0], in.g[1], w.data());
    again.to_cells(flow);
    double worst = 0, apart = 0, size = 0;
    for (long i = 0; i < cells; ++i) {
      worst = std::max(worst, std::abs(w[i] - in.fourth[i]));
      apart = std::max(apart, std::abs(flow[cells + i] - in.strain[i]));
      size = std::max(size, std::abs(in.strain[i]));
    }
    EXPECT_LT(world.max(worst), 1e-12) << echo;
    EXPECT_LT(world.max(apart), 1e-11 * world.max(size)) << echo;
    EXPECT_GT(world.max(size), 1e-3);
  }
}

/// w along e, as long whatever e is: where it works against e there is no flow.
class Jump final : public Closure {
 public:
  int level() const override { return 1; }
  bool sees_strain() const override { return true; }
  void apply(Moments f, long cells, Complex* top) const override {
    for (long i = 0; i < cells; ++i) top[i] = std::polar(0.5, std::arg(f[2][i]));
  }
  void jvp(Moments /*f*/, Moments /*df*/, long cells, Complex* top) const override { std::fill_n(top, cells, 0.0); }
  void vjp(Moments f, const Complex* /*top*/, long /*cells*/, Complex* df) const override {
    std::fill_n(df, 3 * f.stride, 0.0);
  }
};

TEST(KineticSystem, NamesAClosureThatAnswersTooStronglyToTheStrainRate) {
  const Communicator world;
  const auto message = [&](std::unique_ptr<Closure> closure) {
    Bench setup(13, make_hierarchy(std::move(closure)), world);
    const std::vector<double> u = setup.state([](int n, int p, int q) -> Complex {
      if (p == 0 && q == 0) return n == 0 ? 1 : 0.5;
      return n == 2 && std::abs(p) + std::abs(q) == 1 ? Complex(0, 1e-6) : 0;
    });
    try {
      setup.system.evaluate(1.25, u);
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_EQ(message(std::make_unique<Echo>(25)), "");  // turns alone would go off by 1.25 each
  EXPECT_EQ(message(std::make_unique<Jump>()).substr(0, 90),
            "at t = 1.25: the flow and the closure, which sees its strain rate, did not agree after 50 ");
}

TEST(KineticSystem, KeepsTheMeanDensityToTheBit) {
  const Communicator world;
  for (const auto& [name, make] : representations) {
    Bench setup(12, make(), world);
    EXPECT_EQ(setup.at(setup.slope(setup.state(even_waves)), 0, 0, 0), 0.0) << name;
  }
}

TEST(KineticSystem, DrawsBackWhatLeavesTheDiscByLessThanTheMargin) {
  const Communicator world;
  Bench bench(12, hierarchy(2), world, reference, Reductions::fast, Margin{.higher = 0.5});
  const auto with = [&](double z, double w) {
    return bench.state([=](int n, int p, int q) -> Complex {
      if (p != 0 || q != 0) return 0;
      return n == 0 ? 1 : (n == 2 ? z : w);
    });
  };
  const auto z_slope = [&](const std::vector<double>& u) {
    return world.sum(bench.at(bench.slope(u), 2, 0, 0).real());
  };
  const double inside = z_slope(with(0.8, 0.28 + 1e-12));  // the edge: z^2 - (1 - z^2)
  EXPECT_EQ(bench.system.share_drawn_back(), 0);
  EXPECT_NEAR(z_slope(with(0.8, 0.1)), inside, 1e-11);
  EXPECT_EQ(bench.system.share_drawn_back(), 1);
  EXPECT_GT(std::abs(z_slope(with(0.8, 0.4)) - inside), 0.01);
  EXPECT_EQ(bench.system.share_drawn_back(), 0);
}

TEST(KineticSystem, NamesAStateThatCannotBe) {
  const Communicator world;
  const auto message = [&](Bench& setup, double z, double c) {
    const std::vector<double> u = setup.state([&](int n, int p, int q) -> Complex {
      if (p == 0 && q == 0) return n == 0 ? 1 : 0;
      if (p != 0 || std::abs(q) != 1) return 0;
      return n == 2 ? z / 2 : (n == 0 ? c / 2 : 0);  // z cos(k y), largest at y = 0
    });
    std::vector<double> n(u.size());
    try {
      setup.system.nonlinear(1.25, u, n);
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  Bench strict(12, make_hierarchy(make_closure("bingham", 1)), world, reference, Reductions::fast, Margin{});
  EXPECT_EQ(message(strict, 0.9, 0), "");
  EXPECT_EQ(
      message(strict, 1.1, 0),
      "the state is not realizable, no distribution has these moments: t = 1.25, x = 0, y = 0: c = 1, |z|/c = 1.1, "
      "and moment 1 is outside of its disc by 0.1 c");
  EXPECT_EQ(message(strict, 0, 1.5).substr(0, 95),
            "the state is not realizable, no distribution has these moments: t = 1.25, x = 0, y = 4.16667: c");
  Bench higher(12, hierarchy(2), world, reference, Reductions::fast, Margin{});
  EXPECT_EQ(
      message(higher, 0.9, 0),
      "the state is not realizable, no distribution has these moments: t = 1.25, x = 0, y = 0: c = 1, |z|/c = 0.9, "
      "and moment 2 is outside of its disc by 0.62 c");
  Bench lenient(12, hierarchy(2), world, reference, Reductions::fast, Margin{.higher = 0.5});
  EXPECT_EQ(message(lenient, 0.74, 0), "");  // moment 2 is outside of its disc by 0.0952 c
  EXPECT_NE(message(higher, 0.74, 0), "");
  EXPECT_NE(message(lenient, 1.1, 0), "");
  for (const char* kind : {"quadratic", "bingham"}) {
    Bench beyond(12, make_hierarchy(make_closure(kind, 1)), world, reference, Reductions::fast, Margin{.order = 0.2});
    EXPECT_EQ(message(beyond, 1.1, 0), "");
    EXPECT_GT(beyond.system.share_drawn_back(), 0);
    EXPECT_NE(message(beyond, 1.25, 0), "");
  }
  Bench kinetic(12, hierarchy(4), world);
  EXPECT_EQ(message(kinetic, 1.1, 0), "");
  EXPECT_EQ(message(kinetic, NAN, 0).substr(0, 50), "the solution is no longer finite at t = 1.25, x = ");
}

}  // namespace
}  // namespace residua::kinetic
