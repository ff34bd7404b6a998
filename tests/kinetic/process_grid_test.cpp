// Runs on process grids: the same bits on each of them as on one rank, and from one to another.
#include <gtest/gtest.h>

#include "base/random.hpp"
#include "kinetic/simulation.hpp"
#include "some_network.hpp"
#include "states.hpp"
#include "support/process_grids.hpp"

namespace residua::kinetic {
namespace {

ClosureChoice learned(const ClosureNetwork& network) {
  return {"learned", network.level, std::make_shared<ClosureNetwork>(network)};
}

struct Kind {
  const char* name;
  int fields;
  std::optional<ClosureChoice> closure;
  bool angles = false;
};
const Kind kinds[] = {{"hierarchy", 6, {}},
                      {"angles", 9, {}, true},
                      {"bingham", 2, ClosureChoice{"bingham", 1, nullptr}},
                      {"learned 1 with gradients", 2, learned(test::some_network(1, true, {}))},
                      {"learned 2", 3, learned(test::some_network(2, false, {}))},
                      {"middle", 3, ClosureChoice{"middle", 2, nullptr}},
                      {"learned 1 with strain", 2, learned(test::some_network_of_strain(1, true))},
                      {"learned 2 with strain", 3, learned(test::some_network_of_strain(2, false))},
                      {"cnn", 2, learned(test::some_network(NetworkKind::cnn, {}))},
                      {"fno", 2, learned(test::some_network(NetworkKind::fno, {}))}};

SimulationSettings settings_of(const Kind& kind, std::optional<ProcessGrid> ranks) {
  return {.model = reference,
          .nx = 18,
          .ny = 14,
          .ranks = ranks,
          .reductions = Reductions::reproducible,
          .closure = kind.closure,
          .angles = kind.angles,
          .resolution = kind.angles ? 26 : 5,
          .most_moments = 100,
          .angle_tolerance = 1e-6,
          .stress_tolerance = 1e-10,
          .time = {4, 0.1}};
}

State first_state(const Kind& kind) {
  const Communicator self(MPI_COMM_SELF);
  const SimulationSettings with = settings_of(kind, {});
  const FourierGrid grid(shape_of(with), self);
  State state;
  std::vector<double>& g = state.arrays["modes"];
  for (int field = 0; field < kind.fields; ++field)
    for (long k = 0; k < grid.modes(); ++k) {
      const Complex value = even_waves((kind.angles ? 1 : 2) * field, grid.p_of(k), grid.q_of(k));
      g.insert(g.end(), {value.real(), value.imag()});
    }
  state.arrays["stress_solutions"] = state.arrays["stress_products"] = {};
  state.arrays["march"] = {0, 0, 0.1, 0, static_cast<double>(with.resolution)};
  return state;
}

bool go_on() { return true; }

TEST(ProcessGrid, RunsHaveTheSameBitsAndGoOnWithAnotherGrid) {
  const Communicator world, self(MPI_COMM_SELF);
  const std::vector<ProcessGrid> grids = process_grids(world.size());
  for (const Kind& kind : kinds) {
    SCOPED_TRACE(kind.name);
    Simulation alone(settings_of(kind, {}), self);
    alone.load(first_state(kind));
    ASSERT_TRUE(alone.advance(0.2, go_on));
    const State expected = alone.save();
    const Observation seen = observe(alone.system(), alone.time(), alone.state(), {});
    for (std::size_t k = 0; k < grids.size(); ++k) {
      SCOPED_TRACE(testing::Message() << grids[k].along_y << " x " << grids[k].along_x << " ranks");
      Simulation one(settings_of(kind, grids[k]), world),
          other(settings_of(kind, grids[(k + 1) % grids.size()]), world);
      one.load(first_state(kind));
      ASSERT_FALSE(one.advance(0.2, [&] { return false; }));
      other.load(one.save());
      ASSERT_TRUE(other.advance(0.2, go_on));
      EXPECT_TRUE(other.save() == expected);
      const Observation here = observe(other.system(), other.time(), other.state(), {});
      EXPECT_EQ(here.mean_order, seen.mean_order);
      EXPECT_EQ(here.speed, seen.speed);
      EXPECT_EQ(here.power.dissipated, seen.power.dissipated);
      EXPECT_EQ(tails_of(other.system(), other.state()).space, tails_of(alone.system(), alone.state()).space);
    }
  }
}

TEST(ProcessGrid, FieldsAreWrittenInTheSameOrder) {
  const Communicator world, self(MPI_COMM_SELF);
  const Kind& kind = kinds[0];
  Simulation alone(settings_of(kind, {}), self);
  alone.load(first_state(kind));
  const CellFields expected = cell_fields(alone.system(), 0, alone.state());
  for (const ProcessGrid& ranks : process_grids(world.size())) {
    Simulation shared(settings_of(kind, ranks), world);
    shared.load(first_state(kind));
    const FourierGrid& grid = shared.system().grid();
    const CellFields here = cell_fields(shared.system(), 0, shared.state());
    for (const char* const name : {"c", "D_xy", "u", "E_xx"})
      for (long i = 0; i < grid.cells(); ++i) EXPECT_EQ(here.at(name)[i], expected.at(name)[grid.place(i)]);
  }
}

}  // namespace
}  // namespace residua::kinetic
