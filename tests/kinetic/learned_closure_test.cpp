#include "kinetic/learned_closure.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "base/error.hpp"
#include "io/file.hpp"
#include "kinetic/realizable.hpp"
#include "random_moments.hpp"
#include "support/scratch.hpp"

namespace residua::kinetic {
namespace {

using test::random_complex;
using test::random_moments;

constexpr Model model{.alpha = -2, .beta = 0.8, .zeta = 3, .translation = 0.05, .rotation = 0.05, .length = 10};

ClosureNetwork some_network(int level, std::vector<std::string> parameters, double size = 1) {
  ClosureNetwork network;
  network.level = level;
  network.parameters = std::move(parameters);
  network.fixed = {-2, 0.8, 3, 0.05};
  network.hidden = {8, 8};
  const ClosureForm form = network.form();
  network.mean.assign(form.invariants(), 0.4);
  network.deviation.assign(form.invariants(), 0.7);
  network.sizes.assign(form.covariants(), 0.3);
  network.weights = network.network().glorot(3);
  for (double& w : network.weights) w *= size;
  return network;
}

const ClosureNetwork networks[] = {some_network(1, {}), some_network(1, {"alpha", "zeta"}), some_network(2, {"zeta"}),
                                   some_network(3, {})};

TEST(LearnedClosure, DerivativesPassTheTaylorTest) {
  constexpr long cells = 700;  // more than a block
  for (const ClosureNetwork& network : networks) {
    const LearnedClosure closure(network, model);
    const int level = network.level;
    const std::vector<Complex> f = random_moments(level, cells, 1), df = random_complex(f.size(), 1);
    std::vector<Complex> top(cells), slope(cells), moved(cells), at(f.size());
    closure.apply({f.data(), cells}, cells, top.data());
    closure.jvp({f.data(), cells}, {df.data(), cells}, cells, slope.data());
    const auto error = [&](double h) {
      double sum = 0;
      for (std::size_t i = 0; i < f.size(); ++i) at[i] = f[i] + h * df[i];
      closure.apply({at.data(), cells}, cells, moved.data());
      for (long i = 0; i < cells; ++i)
        if (std::abs(f[cells + i]) < 0.9 * f[i].real() && f[i].real() > 0.2)
          sum += std::norm(moved[i] - top[i] - h * slope[i]);
      return std::sqrt(sum);
    };
    EXPECT_NEAR(std::log2(error(2e-5) / error(1e-5)), 2, 0.1) << level;
  }
}

TEST(LearnedClosure, VjpIsTheTransposeOfJvp) {
  constexpr long cells = 700;
  for (const ClosureNetwork& network : networks) {
    const LearnedClosure closure(network, model);
    const std::vector<Complex> f = random_moments(network.level, cells, 2), df = random_complex(f.size(), 2),
                               top = random_complex(cells, 3);
    std::vector<Complex> slope(cells), back(f.size());
    closure.jvp({f.data(), cells}, {df.data(), cells}, cells, slope.data());
    closure.vjp({f.data(), cells}, top.data(), cells, back.data());
    double one = 0, other = 0, size = 0;
    for (long i = 0; i < cells; ++i) one += times(std::conj(top[i]), slope[i]).real();
    for (std::size_t i = 0; i < f.size(); ++i) {
      other += times(std::conj(back[i]), df[i]).real();
      size += std::abs(times(std::conj(back[i]), df[i]));
    }
    EXPECT_NEAR(one, other, 1e-13 * size) << network.level;
  }
}

#ifdef __SANITIZE_ADDRESS__
constexpr long many_states = 50'000;
#else
constexpr long many_states = 1'000'000;
#endif

TEST(LearnedClosure, IsRealizableAndTurnsWithTheAxesOnManyStates) {
  const Communicator world;
  const long cells = many_states / world.size();
  const Complex turn = std::polar(1.0, 2 * 0.7);
  for (const int level : {1, 2}) {
    const LearnedClosure closure(some_network(level, {}, 20), model);  // weights so large that the disc is filled
    const std::vector<Complex> f = random_moments(level, cells, static_cast<std::uint64_t>(3 + world.rank()));
    std::vector<Complex> with_top = f, turned = f, top(cells), turned_top(cells);
    Complex by = 1;
    for (int m = 0; m <= level; ++m, by = times(by, turn))
      for (long i = 0; i < cells; ++i) turned[m * cells + i] = times(by, f[m * cells + i]);
    closure.apply({f.data(), cells}, cells, top.data());
    closure.apply({turned.data(), cells}, cells, turned_top.data());
    with_top.insert(with_top.end(), top.begin(), top.end());
    long outside = 0;
    double worst = 0, widest = 0;
    for (long i = 0; i < cells; ++i) {
      const Realizability found = realizability({with_top.data(), cells}, level + 1, i);
      if (found.failed >= 0 && !(found.measure < 1 + 1e-9)) ++outside;
      worst = std::max(worst, std::abs(turned_top[i] - times(by, top[i])) / f[i].real());
      if (level == 1) {
        const double c = f[i].real(), rest = c - std::norm(f[cells + i]) / c;
        widest = std::max(widest, std::abs(top[i] - times(f[cells + i], f[cells + i]) / c) / rest);
      }
    }
    EXPECT_EQ(outside, 0) << level;
    EXPECT_LT(worst, 1e-9) << level;
    if (level == 1) {
      EXPECT_GT(widest, 0.5) << "the network does nothing";
    }
  }
}

TEST(LearnedClosure, BitsDoNotDependOnTheBatch) {
  constexpr long cells = 1000;
  const LearnedClosure closure(networks[2], model);
  const std::vector<Complex> f = random_moments(2, cells, 4);
  std::vector<Complex> whole(cells), parts(cells);
  closure.apply({f.data(), cells}, cells, whole.data());
  for (long first = 0; first < cells; first += 37)
    closure.apply({f.data() + first, cells}, std::min(37L, cells - first), parts.data() + first);
  EXPECT_EQ(whole, parts);
}

TEST(LearnedClosure, FileIsReadBackToTheBit) {
  const Communicator world;
  const residua::test::Scratch scratch(world);
  const auto path = scratch / "closure.h5";
  if (world.root()) networks[2].write(path);
  world.barrier();
  const ClosureNetwork read = ClosureNetwork::read(path, world);
  constexpr long cells = 30;
  const std::vector<Complex> f = random_moments(2, cells, 5);
  std::vector<Complex> a(cells), b(cells);
  LearnedClosure(networks[2], model).apply({f.data(), cells}, cells, a.data());
  LearnedClosure(read, model).apply({f.data(), cells}, cells, b.data());
  EXPECT_EQ(a, b);
  world.barrier();
  if (world.root()) write_file(path, {"this is no closure"});
  world.barrier();
  EXPECT_THROW(ClosureNetwork::read(path, world), InputError);
}

TEST(LearnedClosure, TooManyInputsAreRefused) { EXPECT_THROW(ClosureForm(3, 4), Error); }

}  // namespace
}  // namespace residua::kinetic
