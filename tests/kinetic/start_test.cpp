#include "kinetic/start.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "base/error.hpp"
#include "deck/deck.hpp"
#include "io/file.hpp"
#include "io/table.hpp"
#include "kinetic/bessel_ratio.hpp"
#include "kinetic/keys.hpp"
#include "states.hpp"
#include "support/scratch.hpp"

namespace residua::kinetic {
namespace {

constexpr double pi = std::numbers::pi;

Deck deck_with(const std::vector<std::string>& overrides) {
  Schema schema("kinetic", "test");
  schema.text("case", required, "The kind of run.");
  declare_kinetic(schema);
  const Communicator self(MPI_COMM_SELF);
  return parse(read_deck(KINETIC_TEST_DECKS "/defaults.toml", overrides, self), schema);
}

std::vector<Complex> filled(const Deck& deck, const FourierGrid& grid, const Angular& angular) {
  std::vector<Complex> modes(angular.fields() * grid.modes());
  Start(deck).fill(grid, angular, modes);
  return modes;
}

TEST(Start, RandomWavesAreThoseOfTheFamilies) {
  const Communicator world, self(MPI_COMM_SELF);
  const FourierGrid grid({12, 14, 10, 10}, world), whole({12, 14, 10, 10}, self);
  const auto angular = hierarchy(3);
  for (const char* family : {"A", "B"}) {
    const Deck deck = deck_with({std::string("start.family=") + family, "start.seed=7"});
    const std::vector<Complex> modes = filled(deck, grid, *angular), all = filled(deck, whole, *angular);
    double size[4] = {};  // sums of squares
    for (int field = 0; field < 4; ++field) {
      for (long k = 0; k < grid.modes(); ++k)
        ASSERT_EQ(modes[field * grid.modes() + k], all[field * whole.modes() + whole.find(grid.p_of(k), grid.q_of(k))]);
      for (long k = 0; k < whole.modes(); ++k) size[field] += std::norm(all[field * whole.modes() + k]);
    }
    // waves of amplitude a with distinct wave vectors have the mean square a^2 / 2
    EXPECT_EQ(all[whole.find(0, 0)], 1.0);
    EXPECT_NEAR(size[0], 1 + (*family == 'A' ? 2 * 0.05 * 0.05 / 2 : 0), 1e-3);
    EXPECT_GT(size[1], 1e-3);
    EXPECT_LT(size[1], 64 * 0.05 * 0.05 / 2);  // when all eight are one
    EXPECT_EQ(size[2] > 0, *family == 'A');
    EXPECT_EQ(size[3], 0);
  }
  EXPECT_NE(filled(deck_with({"start.seed=7"}), whole, *angular), filled(deck_with({"start.seed=8"}), whole, *angular));
}

TEST(Start, NematicIsItsFormula) {
  const Communicator world;
  const FourierGrid grid({6, 8, 10, 10}, world);
  for (const auto& make : {+[] { return hierarchy(12); }, +[] { return make_angle_grid(80); }}) {
    const auto angular = make();
    const std::vector<Complex> closed =
        filled(deck_with({"start.kind=nematic", "start.order=0.6", "start.angle=0.3"}), grid, *angular);
    const double kappa = static_cast<double>(bessel_ratio_inverse(0.6L));
    const std::vector<Complex> formula = filled(
        deck_with({"start.kind=expression", "start.psi=3*exp(" + std::to_string(kappa) + "*cos(2*(theta - 0.3)))"}),
        grid, *angular);
    double worst = 0;
    for (std::size_t i = 0; i < closed.size(); ++i) worst = std::max(worst, std::abs(closed[i] - formula[i]));
    EXPECT_LT(world.max(worst), 1e-6);  // the digits of std::to_string
  }
}

TEST(Start, FormulaDependsOnSpace) {
  const Communicator world;
  const FourierGrid grid({8, 8, 10, 10}, world);
  const auto angular = make_angle_grid(30);
  const std::vector<Complex> modes =
      filled(deck_with({"start.kind=expression",
                        "start.psi=1 + 0.2*cos(2*pi*y/L)*cos(theta) + 0.4*sin(2*pi*x/L)*sin(2*theta)"}),
             grid, *angular);
  for (int field = 0; field < angular->fields(); ++field)
    for (long k = 0; k < grid.modes(); ++k) {
      const int p = grid.p_of(k), q = grid.q_of(k);
      Complex expected = field == 0 && p == 0 && q == 0 ? 1 : 0;
      if (field == 1 && p == 0 && std::abs(q) == 1) expected = 0.05;     // 0.2/2 of each wave, 1/2 of cos(theta)
      if (field == 2 && q == 0 && std::abs(p) == 1) expected = 0.1 * p;  // 0.4/2i, and i/2 of sin(2 theta)
      ASSERT_NEAR(std::abs(modes[field * grid.modes() + k] - expected), 0, 1e-14) << field << " " << p << " " << q;
    }
}

TEST(Start, PerturbationIsThatOfTheNextSeed) {
  const Communicator world;
  const FourierGrid grid({12, 14, 10, 10}, world);
  const auto angular = hierarchy(3);
  const auto with = [&](const char* seed, const char* perturbation) {
    return filled(deck_with({"start.family=A", std::string("start.seed=") + seed,
                             std::string("start.perturbation=") + perturbation}),
                  grid, *angular);
  };
  const std::vector<Complex> here = with("7", "0"), next = with("8", "0"), both = with("7", "0.01");
  for (std::size_t i = 0; i < here.size(); ++i) {
    const double mean = grid.find(0, 0) == static_cast<long>(i) ? 1 : 0;
    ASSERT_NEAR(std::abs(both[i] - here[i] - 0.01 * (next[i] - mean)), 0, 1e-16);
  }
}

class StartFromRun : public testing::Test {
 protected:
  /// A file of the density and order that are functions of the place; c and z in the cells of `grid`.
  std::pair<std::vector<double>, std::vector<Complex>> write(const std::function<double(double, double)>& density,
                                                             const std::function<Complex(double, double)>& order) {
    GridTable table;
    table.axes = {{"y", {}}, {"x", {}}};
    for (int j = 0; j < 14; ++j) table.axes[0].values.push_back(10 * j / 14.0);
    for (int i = 0; i < 12; ++i) table.axes[1].values.push_back(10 * i / 12.0);
    std::pair<std::vector<double>, std::vector<Complex>> here;
    for (int j = 0; j < 14; ++j)
      for (int i = 0; i < 12; ++i) {
        const double c = density(10 * i / 12.0, 10 * j / 14.0);
        const Complex z = order(10 * i / 12.0, 10 * j / 14.0);
        table.values["c"].push_back(c);
        table.values["D_xx"].push_back(0.5 * (c + z.real()));
        table.values["D_xy"].push_back(0.5 * z.imag());
        table.values["D_yy"].push_back(0.5 * (c - z.real()));
        if (j < grid.first_row() || j >= grid.first_row() + grid.rows()) continue;
        here.first.push_back(c);
        here.second.push_back(z);
      }
    world.barrier();
    on_root(world, [&] { table.write(path); });
    return here;
  }
  Deck deck(const std::vector<std::string>& more) const {
    std::vector<std::string> overrides = {"start.kind=run", "start.file=" + path.string(), "grid.cells=[12,14]"};
    overrides.insert(overrides.end(), more.begin(), more.end());
    return deck_with(overrides);
  }

  const Communicator world;
  const test::Scratch scratch{world};
  const std::filesystem::path path = scratch / "frame.h5";
  const FourierGrid grid{{12, 14, 10, 10}, world};
};

TEST_F(StartFromRun, HasItsDensityAndOrderAndTheMomentsOfAClosure) {
  const auto wave = [](double x, double y) { return std::polar(0.6 + 0.1 * std::cos(0.2 * pi * y), 0.2 * pi * x); };
  const auto [c, z] = write([](double x, double) { return 1 + 0.2 * std::cos(0.2 * pi * x); }, wave);
  const long cells = grid.cells();
  std::vector<Complex> f(3 * cells), modes(3 * grid.modes());
  for (long i = 0; i < cells; ++i) {
    f[i] = c[i];
    f[cells + i] = z[i];
  }
  for (const char* kind : {"quadratic", "bingham"}) {
    make_closure(kind, 1)->apply({f.data(), cells}, cells, f.data() + 2 * cells);
    grid.to_modes(f, 3, modes);
    const auto check = [&](const Angular& angular) {
      const std::vector<Complex> found = filled(deck({std::string("start.higher_moments=") + kind}), grid, angular);
      for (int m = 0; m < 3; ++m)
        for (long k = 0; k < grid.modes(); ++k)
          ASSERT_NEAR(std::abs(found[angular.field_of(2 * m) * grid.modes() + k] - modes[m * grid.modes() + k]), 0,
                      1e-14)
              << kind << m;
    };
    check(*hierarchy(4));
    check(*make_angle_grid(36));
  }
}

TEST_F(StartFromRun, OfANematicIsTheNematic) {
  write([](double, double) { return 2; }, [](double, double) { return std::polar(2 * 0.7, 2 * 0.3); });
  const auto angular = hierarchy(9);
  const std::vector<Complex> found = filled(deck({"start.higher_moments=bingham"}), grid, *angular),
                             expected = filled(deck_with({"start.kind=nematic", "start.order=0.7", "start.angle=0.3"}),
                                               grid, *angular);
  for (std::size_t i = 0; i < found.size(); ++i) ASSERT_NEAR(std::abs(found[i] - expected[i]), 0, 1e-14) << i;
}

TEST_F(StartFromRun, RefusesWhatIsNoDensityOrOfAnotherGrid) {
  write([](double, double) { return 1; }, [](double, double) { return 1.01; });
  EXPECT_THROW(filled(deck({}), grid, *hierarchy(3)), InputError);
  EXPECT_THROW(Start(deck({"grid.cells=[14,12]"})), InputError);
  EXPECT_THROW(Start(deck({"model.L=11"})), InputError);
}

TEST(Start, RefusesWhatTheRepresentationCannotHold) {
  const Communicator world;
  const FourierGrid grid({8, 8, 10, 10}, world);
  const auto angular = hierarchy(3);
  EXPECT_THROW(filled(deck_with({"start.kind=expression", "start.psi=2 + cos(theta)"}), grid, *angular), InputError);
  EXPECT_THROW(filled(deck_with({"start.kind=expression", "start.psi=cos(2*theta)"}), grid, *angular), InputError);
  EXPECT_THROW(Start(deck_with({"start.kind=expression", "start.psi=cos(2*thta)"})), InputError);
}

}  // namespace
}  // namespace residua::kinetic
