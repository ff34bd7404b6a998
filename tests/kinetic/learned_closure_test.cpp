#include "kinetic/learned_closure.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include <fmt/format.h>

#include "base/error.hpp"
#include "io/file.hpp"
#include "io/state_file.hpp"
#include "kinetic/realizable.hpp"
#include "random_moments.hpp"
#include "some_network.hpp"
#include "support/scratch.hpp"

namespace residua::kinetic {
namespace {

using test::model;
using test::random_complex;
using test::random_moments;
using test::some_network;
using test::some_network_of_strain;

const ClosureNetwork networks[] = {some_network(1, false, {}),
                                   some_network(1, false, {"alpha", "zeta"}),
                                   some_network(2, false, {"zeta"}),
                                   some_network(3, false, {}),
                                   some_network(1, true, {"zeta"}),
                                   some_network(2, true, {}),
                                   some_network(NetworkKind::plain, {"zeta"}),
                                   some_network_of_strain(1, true),
                                   some_network_of_strain(2, false),
                                   some_network_of_strain(3, false),
                                   some_network_of_strain(2, true)};

/// Moments, and derivatives and strain rates behind them that have nothing to do with them.
std::vector<Complex> random_fields(const ClosureForm& form, long cells, std::uint64_t seed) {
  std::vector<Complex> f = random_moments(form.level(), cells, seed);
  const std::vector<Complex> behind = random_complex((form.fields() - form.level() - 1) * cells, seed);
  f.insert(f.end(), behind.begin(), behind.end());
  return f;
}

/// f where the axes are turned by -phi.
std::vector<Complex> turned(const ClosureForm& form, std::vector<Complex> f, long cells, double phi) {
  const auto turn = [&](int row, int n) {
    for (long i = row * cells; i < (row + 1) * cells; ++i) f[i] = times(std::polar(1.0, n * phi), f[i]);
  };
  int row = 1;
  for (; row <= form.level(); ++row) turn(row, 2 * row);
  for (const Derivative& each : form.derivatives()) turn(row++, 2 * each.moment + (each.conjugate ? -1 : 1));
  if (form.sees_strain()) turn(row, 2);
  return f;
}

TEST(LearnedClosure, DerivativesPassTheTaylorTest) {
  constexpr long cells = 700;  // more than a block
  for (const ClosureNetwork& network : networks) {
    const LearnedClosure closure(network, model);
    const std::vector<Complex> f = random_fields(network.form(), cells, 1), df = random_complex(f.size(), 1);
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
    EXPECT_NEAR(std::log2(error(2e-5) / error(1e-5)), 2, 0.1) << network.level << network.gradients;
  }
}

TEST(LearnedClosure, VjpIsTheTransposeOfJvp) {
  constexpr long cells = 700;
  for (const ClosureNetwork& network : networks) {
    const LearnedClosure closure(network, model);
    const std::vector<Complex> f = random_fields(network.form(), cells, 2), df = random_complex(f.size(), 2),
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
    EXPECT_NEAR(one, other, 1e-13 * size) << network.level << network.gradients;
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
  const double phi = 0.7;
  const double size = 20;  // weights so large that the disc is filled
  for (const ClosureNetwork& network :
       {some_network(1, false, {}, size), some_network(2, false, {}, size), some_network(1, true, {}, size),
        some_network(2, true, {}, size), some_network(NetworkKind::plain, {}, size),
        some_network_of_strain(1, true, size), some_network_of_strain(2, false, size)}) {
    const int level = network.level;
    const bool turns = network.kind == NetworkKind::invariant;
    const LearnedClosure closure(network, model);
    const std::vector<Complex> f = random_fields(network.form(), cells, static_cast<std::uint64_t>(3 + world.rank())),
                               other = turned(network.form(), f, cells, phi);
    std::vector<Complex> top(cells), turned_top(cells);
    closure.apply({f.data(), cells}, cells, top.data());
    closure.apply({other.data(), cells}, cells, turned_top.data());
    const Complex by = std::polar(1.0, 2 * (level + 1) * phi);
    std::vector<Complex> with_top(f.begin(), f.begin() + (level + 1) * cells);
    with_top.insert(with_top.end(), top.begin(), top.end());
    long outside = 0;
    double worst = 0, widest = 0;
    for (long i = 0; i < cells; ++i) {
      const Realizability found = realizability({with_top.data(), cells}, level + 1, i);
      if (found.failed >= 0 && !(found.measure < 1e-14)) ++outside;
      worst = std::max(worst, std::abs(turned_top[i] - times(by, top[i])) / f[i].real());
      if (level == 1) {
        const double c = f[i].real(), rest = c - std::norm(f[cells + i]) / c;
        widest = std::max(widest, std::abs(top[i] - times(f[cells + i], f[cells + i]) / c) / rest);
      }
    }
    const std::string which =
        fmt::format("{} {} {} {}", to_string(network.kind), level, network.gradients, network.strain);
    EXPECT_EQ(outside, 0) << which;
    EXPECT_EQ(worst < 1e-9, turns) << which << " " << worst;
    if (level == 1) {
      EXPECT_GT(widest, 0.5) << "the network does nothing";
    }
  }
}

/// Moments on the edge of a disc, where draw_back leaves them, are those of a few directions alone: there is one next.
TEST(LearnedClosure, FollowsMomentsOnTheEdge) {
  const int level = 3;
  const LearnedClosure closure(some_network(level, false, {}), model);
  for (int outside = 1; outside <= level; ++outside) {
    constexpr long cells = 200;
    std::vector<Complex> f = random_moments(level, cells, 5);
    std::vector<long> all(cells);
    for (long i = 0; i < cells; ++i) {
      all[i] = i;
      f[outside * cells + i] *= 4 * f[i].real() / std::abs(f[outside * cells + i]);
    }
    ASSERT_EQ(draw_back(f.data(), cells, level, all, {.order = 10, .higher = 10}).moved, cells);
    std::vector<Complex> top(cells), slope(cells), middles(cells);
    middles_of_next({f.data(), cells}, level, cells, middles.data());
    closure.apply({f.data(), cells}, cells, top.data());
    closure.jvp({f.data(), cells}, {f.data(), cells}, cells, slope.data());
    for (long i = 0; i < cells; ++i) {
      EXPECT_NEAR(std::abs(top[i] - middles[i]), 0, 1e-6 * f[i].real()) << outside;
      EXPECT_TRUE(std::isfinite(std::abs(slope[i])));
    }
  }
}

TEST(LearnedClosure, BitsDoNotDependOnTheBatch) {
  constexpr long cells = 1000;
  const LearnedClosure closure(networks[5], model);
  const std::vector<Complex> f = random_fields(networks[5].form(), cells, 4);
  std::vector<Complex> whole(cells), parts(cells);
  closure.apply({f.data(), cells}, cells, whole.data());
  for (long first = 0; first < cells; first += 37)
    closure.apply({f.data() + first, cells}, std::min(37L, cells - first), parts.data() + first);
  EXPECT_EQ(whole, parts);
}

/// Reflection at the x axis takes moments and derivatives to their conjugates.
TEST(LearnedClosure, IsReflectedWithItsInputs) {
  constexpr long cells = 2000;
  for (const ClosureNetwork& network : networks) {
    if (network.kind != NetworkKind::invariant) continue;
    const LearnedClosure closure(network, model);
    const std::vector<Complex> f = random_fields(network.form(), cells, 6);
    std::vector<Complex> reflected = f, top(cells), reflected_top(cells);
    for (Complex& value : reflected) value = std::conj(value);
    closure.apply({f.data(), cells}, cells, top.data());
    closure.apply({reflected.data(), cells}, cells, reflected_top.data());
    for (long i = 0; i < cells; ++i)
      ASSERT_NEAR(std::abs(reflected_top[i] - std::conj(top[i])), 0, 1e-12 * f[i].real()) << network.level;
  }
}

class LearnedClosureFile : public testing::Test {
 protected:
  /// `write` on rank 0, and what all read.
  template <class Write>
  ClosureNetwork read_after(const Write& write) {
    world.barrier();
    if (world.root()) write();
    world.barrier();
    return ClosureNetwork::read(path, world);
  }
  static std::vector<Complex> values(const ClosureNetwork& network) {
    constexpr long cells = 30;
    const std::vector<Complex> f = random_fields(network.form(), cells, 5);
    std::vector<Complex> top(cells);
    LearnedClosure(network, model).apply({f.data(), cells}, cells, top.data());
    return top;
  }

  const Communicator world;
  const residua::test::Scratch scratch{world};
  const std::filesystem::path path = scratch / "closure.h5";
};

TEST_F(LearnedClosureFile, IsReadBackToTheBit) {
  for (const ClosureNetwork& network : {networks[2], networks[4], networks[6], networks[7]})
    EXPECT_EQ(values(read_after([&] { network.write(path); })), values(network));
}

TEST_F(LearnedClosureFile, OfBeforeThereWereGradientsStrainRatesOrOtherNetworksIsRead) {
  const ClosureNetwork read = read_after([&] {
    networks[2].write(path);
    LabelledState old = parse_body(sound_body(path), path);
    old.state.arrays.erase("gradients");
    old.state.arrays.erase("strain");
    old.state.texts.erase("network");
    write_state(path, old.state, old.label);
  });
  EXPECT_EQ(values(read), values(networks[2]));
}

TEST_F(LearnedClosureFile, ThatIsDamagedOrOfAnotherFormIsRefusedByItsName) {
  const auto refused = [&](const auto& write, const std::string& why) {
    try {
      read_after(write);
    } catch (const InputError& error) {
      const std::string message = error.what();
      return message.find(path.string()) != std::string::npos && message.find(why) != std::string::npos;
    }
    return false;
  };
  EXPECT_TRUE(refused([&] { write_file(path, {"this is no closure"}); }, "is not a learned closure"));
  ClosureNetwork other = networks[4];
  other.gradients = false;
  EXPECT_TRUE(refused([&] { other.write(path); }, "has other inputs or outputs"));
  other = networks[4];
  other.weights.pop_back();
  EXPECT_TRUE(refused([&] { other.write(path); }, "level 1 with gradients"));
  other = networks[8];
  other.strain = false;
  EXPECT_TRUE(refused([&] { other.write(path); }, "has other inputs or outputs"));
  other = networks[5];
  other.gradients = false;
  other.strain = true;
  EXPECT_TRUE(refused([&] { other.write(path); }, "level 2 with the strain rate"));
}

TEST(LearnedClosure, TooManyInputsAreRefused) {
  EXPECT_NO_THROW(ClosureForm(2, {.gradients = true, .strain = true, .parameters = 3}));
  EXPECT_THROW(ClosureForm(2, {.gradients = true, .strain = true, .parameters = 4}), Error);
}

}  // namespace
}  // namespace residua::kinetic
