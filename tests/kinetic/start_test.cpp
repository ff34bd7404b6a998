#include "kinetic/start.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "base/error.hpp"
#include "deck/deck.hpp"
#include "kinetic/bessel_ratio.hpp"
#include "kinetic/keys.hpp"
#include "states.hpp"

namespace residua::kinetic {
namespace {

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
