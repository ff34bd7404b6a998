// What tells a closure's error without the kinetic equation.
#include "kinetic/closure_defect.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "kinetic/quadratic.hpp"
#include "kinetic/realizable.hpp"
#include "random_moments.hpp"
#include "some_network.hpp"
#include "states.hpp"

namespace residua::kinetic {
namespace {

constexpr int cells = 32;

/// Long waves, so that products are resolved.
Complex long_waves(int n, int p, int q) { return std::abs(p) + std::abs(q) > 1 ? 0 : even_waves(n, p, q); }

double defect_of(std::unique_ptr<Closure> closure, std::unique_ptr<Closure> again, const Model& model,
                 const Communicator& comm) {
  Bench bench(cells, make_hierarchy(std::move(closure)), comm, model);
  return closure_defect(bench.system, *again, 0, bench.state(long_waves)).relative;
}

double defect_of(const char* kind, const Model& model, const Communicator& comm) {
  return defect_of(make_closure(kind, 1), make_closure(kind, 1), model, comm);
}

Model without_diffusion() {
  Model model = reference;
  model.translation = model.rotation = 0;
  return model;
}

/// Poisson kernels stay Poisson kernels in every flow.
TEST(ClosureDefect, IsNoneForTheExactClosureAndNotForOthers) {
  const Communicator world;
  const double exact = defect_of("quadratic", without_diffusion(), world);
  EXPECT_LT(exact, 1e-11);
  EXPECT_GT(exact, 0);
  EXPECT_GT(defect_of("bingham", without_diffusion(), world), 1e-3);
  EXPECT_GT(defect_of("quadratic", reference, world), 1e-3);
}

/// Asks for the strain rate, and makes no use of it.
class Unmoved final : public Closure {
 public:
  int level() const override { return 1; }
  bool sees_strain() const override { return true; }
  void apply(Moments f, long count, Complex* top) const override { quadratic_.apply(f, count, top); }
  void jvp(Moments f, Moments df, long count, Complex* top) const override { quadratic_.jvp(f, df, count, top); }
  void vjp(Moments f, const Complex* top, long count, Complex* df) const override {
    quadratic_.vjp(f, top, count, df);
    std::fill_n(df + 2 * f.stride, f.stride, 0.0);
  }

 private:
  Quadratic quadratic_;
};

TEST(ClosureDefect, IsThatOfTheSameClosureWithTheStrainRateBehindTheMoments) {
  const Communicator world;
  const double with = defect_of(std::make_unique<Unmoved>(), std::make_unique<Unmoved>(), reference, world),
               without = defect_of("quadratic", reference, world);
  EXPECT_NEAR(with, without, 1e-10 * without);
  EXPECT_LT(defect_of(std::make_unique<Unmoved>(), std::make_unique<Unmoved>(), without_diffusion(), world), 1e-11);
}

/// With w = z^2/c and F = z^3/c^2 all is in closed form: r = -D_T (Lap(z^2/c) - 2 z/c Lap z + z^2/c^2 Lap c) +
/// (16 - 8) D_R z^2/c, and for c = 1 the first is -2 D_T (z_x^2 + z_y^2).
TEST(ClosureDefect, OfTheQuadraticClosureIsItsClosedForm) {
  const Communicator world;
  Bench bench(cells, make_hierarchy(make_closure("quadratic", 1)), world);
  const auto waves = [](int n, int p, int q) -> Complex {
    if (n == 0) return p == 0 && q == 0 ? 1 : 0;
    return long_waves(n, p, q);
  };
  const std::vector<double> u = bench.state(waves);
  const double found = closure_defect(bench.system, Quadratic(), 0, u).relative;
  const Derivative both[] = {{1, false}, {1, true}};
  std::vector<Complex> d(2 * bench.grid.cells());
  bench.system.differentiate(u, both, d);
  const auto in = bench.system.evaluate(0, u);
  double defect = 0, size = 0;
  for (long i = 0; i < bench.grid.cells(); ++i) {
    const Complex w = times(in.g[1][i], in.g[1][i]);
    // z_x^2 + z_y^2 = (D z) (conj(D) z)
    defect +=
        std::norm(8 * reference.rotation * w - 2 * reference.translation * times(d[i], d[bench.grid.cells() + i]));
    size += std::norm(w);
  }
  const double count = cells * cells;
  EXPECT_NEAR(found, std::sqrt(world.sum(defect) / count / (world.sum(size) / count + 1e-4)), 1e-10);
}

TEST(ClosureDefect, HasTheSameBitsOnAnyNumberOfRanks) {
  const Communicator world, self(MPI_COMM_SELF);
  for (const ClosureNetwork& network :
       {test::some_network(1, true, {}, 5), test::some_network(2, false, {}, 5),
        test::some_network_of_strain(1, true, 5), test::some_network_of_strain(2, false)}) {
    const LearnedClosure closure(network, reference);
    const auto make = [&] { return make_hierarchy(std::make_unique<LearnedClosure>(network, reference)); };
    Bench parts(14, make(), world, reference, Reductions::reproducible),
        whole(14, make(), self, reference, Reductions::reproducible);
    const ClosureDefect part = closure_defect(parts.system, closure, 0, parts.state(even_waves)),
                        all = closure_defect(whole.system, closure, 0, whole.state(even_waves));
    EXPECT_EQ(part.rate, all.rate);
    EXPECT_EQ(part.relative, all.relative);
    const TrainingDistance one = training_distance(parts.system, network, 0, parts.state(even_waves)),
                           other = training_distance(whole.system, network, 0, whole.state(even_waves));
    EXPECT_EQ(one.deviations, other.deviations);
    EXPECT_EQ(one.outside, other.outside);
  }
}

TEST(TrainingDistance, CountsDeviations) {
  const Communicator world;
  ClosureNetwork network = test::some_network(1, false, {});
  Bench bench(cells, make_hierarchy(std::make_unique<LearnedClosure>(network, reference)), world);
  const std::vector<double> u =
      bench.state([](int n, int p, int q) -> Complex { return p == 0 && q == 0 ? (n == 0 ? 1.0 : 0.3) : 0; });
  const long count = network.form().invariants();
  std::vector<double> values(count * bench.grid.cells());
  std::vector<double> raw(network.form().raw() * bench.grid.cells());
  network.form().load(bench.system.evaluate(0, u).g, bench.grid.cells(), {}, raw);
  ClosureInvariants(network.form()).evaluate(raw, bench.grid.cells(), values);
  if (bench.grid.cells() > 0) {
    EXPECT_NEAR(values[0], 1, 1e-14);                    // c
    EXPECT_NEAR(values[bench.grid.cells()], 0.3, 2e-2);  // |z|, smoothed
    for (long k = 0; k < count; ++k) network.mean[k] = values[k * bench.grid.cells()] - 3 * network.deviation[k];
  }
  const TrainingDistance three = training_distance(bench.system, network, 0, u);
  EXPECT_NEAR(three.deviations, 3, 1e-12);
  EXPECT_EQ(three.outside, 0);
  network.mean[1] -= 3 * network.deviation[1];
  EXPECT_EQ(training_distance(bench.system, network, 0, u).outside, 1);
}

Complex middle_of_next(Moments f, int level, long cell) {
  Complex middle;
  middles_of_next({f.f + cell, f.stride}, level, 1, &middle);
  return middle;
}

/// f_{N+1} of a density lies in a disc around it; that of a Poisson kernel, and all after a single direction, on it.
TEST(MiddleOfNext, IsThatOfTheDisc) {
  constexpr long many = 200;
  const std::vector<Complex> f = test::random_moments(4, many, 4);
  for (long i = 0; i < many; ++i) {
    const double c = f[i].real();
    const Complex z = f[many + i];
    ASSERT_NEAR(std::abs(middle_of_next({f.data(), many}, 1, i) - times(z, z) / c), 0, 1e-14 * c);
    for (int level = 1; level < 4; ++level) {  // both ends of a diameter are as far outside
      const Complex middle = middle_of_next({f.data(), many}, level, i);
      std::vector<Complex> cell(level + 2);
      for (int m = 0; m <= level; ++m) cell[m] = f[m * many + i];
      const Complex there = f[(level + 1) * many + i] - middle;
      cell[level + 1] = middle - there;  // realizable as f_{N+1} itself is
      ASSERT_EQ(realizability({cell.data(), 1}, level + 1, 0, {.higher = 1e-12}).failed, -1) << level;
    }
    const Complex ratio = z / c, poisson[] = {c, z, z * ratio, z * ratio * ratio};
    ASSERT_NEAR(std::abs(middle_of_next({poisson, 1}, 3, 0) - c * std::pow(ratio, 4)), 0, 1e-13 * c);
  }
  for (int level = 1; level <= 4; ++level) {
    std::vector<Complex> middles(many), outside = f;
    for (long i = 0; i < many; i += 7) outside[many + i] *= 3.0;
    middles_of_next({outside.data(), many}, level, many, middles.data());
    for (long i = 0; i < many; i += 7) {
      const double c = f[i].real();
      const Complex z = outside[many + i];
      if (std::abs(z) <= c) continue;
      // as of rods that all have the direction of z
      ASSERT_NEAR(std::abs(middles[i] - c * std::pow(z / std::abs(z), level + 1)), 0, 1e-12) << level;
    }
  }
  const Complex turn = std::polar(1.0, 0.4), line[] = {2.0, 2.0 * turn, 2.0 * turn * turn};
  EXPECT_NEAR(std::abs(middle_of_next({line, 1}, 2, 0) - 2.0 * turn * turn * turn), 0, 1e-14);
  const Complex beyond[] = {2.0, 2.1 * turn};
  EXPECT_NEAR(std::abs(middle_of_next({beyond, 1}, 1, 0) - 2.0 * turn * turn), 0, 1e-14);
}

}  // namespace
}  // namespace residua::kinetic
