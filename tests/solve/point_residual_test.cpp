// Residuals of networks on points: the shared harness with Burgers' equation, bits on any rank count, and a short
// training.
#include "solve/point_residual.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "base/error.hpp"
#include "map/derivative.hpp"
#include "map/expression.hpp"
#include "map/program.hpp"
#include "solve/evaluation.hpp"
#include "solve/trainer.hpp"
#include "support/residual_checks.hpp"

namespace residua {
namespace {

using namespace testing_support;

/// Residuals and their derivatives in the network's channels and in the coefficients as one program.
PointMap make_map(const Network& network, const ChannelSet& channels, std::vector<Expression> outputs, int data,
                  int coefficients) {
  const int inputs = data + network.outputs() * channels.size();
  const std::size_t residuals = outputs.size();
  for (std::size_t i = 0; i < residuals; ++i) {
    for (int k = data; k < inputs; ++k) outputs.push_back(partial_derivative(outputs[i], Expression::input(k)));
  }
  for (std::size_t i = 0; i < residuals; ++i) {
    for (int k = 0; k < coefficients; ++k) outputs.push_back(partial_derivative(outputs[i], Expression::parameter(k)));
  }
  return {network, channels, Program(outputs, {network.coordinates(), inputs, coefficients})};
}

Network burgers_network(Architecture architecture = Architecture::mlp) {
  NetworkSpec spec;
  spec.coordinates = {{0, 1, 0}, {-1, 1, 0}};
  spec.hidden = architecture == Architecture::mlp ? std::vector<int>{9, 8} : std::vector<int>{7, 7};
  spec.architecture = architecture;
  spec.factorised = architecture == Architecture::pirate;
  return Network(spec);
}

struct Settings {
  long inside = 300, start = 150;
  bool weighted = true;
  double viscosity = 0.05;
  Architecture architecture = Architecture::mlp;
  bool unknown = false;  ///< whether viscosity and amplitude are unknowns, not numbers
  bool pairs = false;    ///< whether opposite faces have to match
};

std::vector<double> start_of(const Settings& settings) {
  std::vector<double> u = burgers_network(settings.architecture).glorot(1);
  for (std::size_t k = 0; k < u.size(); ++k) u[k] += 0.1 * std::sin(static_cast<double>(k));
  if (settings.unknown) u.insert(u.end(), {settings.viscosity, 1.0});
  return u;
}

/// u_t + u u_x - nu u_xx (and its x derivative as a second row) inside; u - a data at t = 0, data = -sin(pi x), a = 1.
PointResidual burgers(const Communicator& comm, const Settings& settings = {}) {
  const Network network = burgers_network(settings.architecture);
  const MultiIndex t = MultiIndex::unit(0), x = MultiIndex::unit(1);
  const ChannelSet channels({Channel(t), Channel(x), Channel(x + x), Channel(t + x), Channel(x + x + x)});
  const auto input = [&](const MultiIndex& alpha) { return Expression::input(channels.find(Channel(alpha))); };
  const Expression u = input({}), nu = settings.unknown ? Expression::parameter(0) : Expression(settings.viscosity);
  const Expression amplitude = settings.unknown ? Expression::parameter(1) : Expression(1.0);
  const int coefficients = settings.unknown ? 2 : 0;
  const Expression equation = input(t) + u * input(x) - nu * input(x + x);
  const Expression slope = input(t + x) + input(x) * input(x) + u * input(x + x) - nu * input(x + x + x);

  const PointSet inside = make_points(PointKind::sobol, {{0, -1}, {1, 1}}, settings.inside, 3, comm);
  const PointSet start = make_points(PointKind::sobol, {{0, -1}, {0, 1}}, settings.start, 4, comm);
  PointBlock pde{"pde",
                 make_map(network, channels, {equation, slope}, 0, coefficients),
                 inside.range.first,
                 inside.range.count,
                 inside.total,
                 inside.coordinate};
  for (long i = 0; settings.weighted && i < 2 * pde.count; ++i) {
    pde.weights.push_back(i < pde.count ? 0.5 + inside.at(0, i) : 0.01);
  }
  const ChannelSet value;
  PointBlock initial{
      "start",
      make_map(network, value, {Expression::input(1) - amplitude * Expression::input(0)}, 1, coefficients),
      start.range.first,
      start.range.count,
      start.total,
      start.coordinate};
  for (long p = 0; p < start.range.count; ++p) {
    initial.data.push_back(-std::sin(std::numbers::pi * start.at(1, p)));
  }
  std::vector<PointBlock> blocks;
  blocks.push_back(std::move(pde));
  blocks.push_back(std::move(initial));
  if (settings.pairs) {  // u(t, -1) - u(t, 1), and the same of u_x
    PointBlock pairs = blocks[0];
    pairs.name = "pairs";
    pairs.map = make_map(network, ChannelSet({Channel(x)}), {Expression::input(0), 0.3 * Expression::input(1)}, 0,
                         coefficients);
    pairs.opposite = pairs.coordinates;
    for (long p = 0; p < pairs.count; ++p) {
      pairs.coordinates[pairs.count + p] = -1;
      pairs.opposite[pairs.count + p] = 1;
    }
    blocks.push_back(std::move(pairs));
  }
  return {comm, std::move(blocks)};
}

TEST(PointResidual, PassesTheHarness) {
  const Communicator comm;
  for (const bool weighted : {false, true}) {
    PointResidual residual = burgers(comm, {300, 150, weighted});
    const VecHandle u = residual.make_unknowns();
    scatter(burgers_network().glorot(1), u);
    check_residual(residual, u, {.first_step = 1e-3});
  }
}

TEST(PointResidual, PassesTheHarnessWithPairsOfPoints) {
  const Communicator comm;
  for (const bool weighted : {false, true}) {
    const Settings settings{.weighted = weighted, .unknown = true, .pairs = true};
    PointResidual residual = burgers(comm, settings);
    const VecHandle u = residual.make_unknowns();
    scatter(start_of(settings), u);
    check_residual(residual, u, {.first_step = 1e-3});
  }
}

TEST(PointResidual, PairsGiveTheDifferenceOfTheTwo) {
  const Communicator comm;
  PointResidual residual = burgers(comm, {.pairs = true});
  const std::vector<double> u = start_of({});
  const PointBlock& b = residual.blocks()[2];
  PointMap map = b.map;
  map.set_parameters(u);
  std::vector<double> here(2 * b.count), there(here), r = residual.block_residual(2, u);
  map.apply({b.count, {b.coordinates.data(), b.count}, {nullptr, b.count}}, {here.data(), b.count});
  map.apply({b.count, {b.opposite.data(), b.count}, {nullptr, b.count}}, {there.data(), b.count});
  for (std::size_t i = 0; i < r.size(); ++i) EXPECT_EQ(r[i], here[i] - there[i]);
}

TEST(PointResidual, PassesTheHarnessWithBranches) {
  const Communicator comm;
  for (const Architecture architecture : {Architecture::modified_mlp, Architecture::pirate}) {
    PointResidual residual = burgers(comm, {300, 150, true, 0.05, architecture});
    const VecHandle u = residual.make_unknowns();
    scatter(start_of({.architecture = architecture}), u);
    check_residual(residual, u, {.first_step = 1e-3});
  }
}

TEST(PointResidual, PassesTheHarnessWithCoefficients) {
  const Communicator comm;
  for (const Architecture architecture : {Architecture::mlp, Architecture::pirate}) {
    const Settings settings{300, 150, true, 0.05, architecture, true};
    PointResidual residual = burgers(comm, settings);
    const std::vector<double> start = start_of(settings);
    ASSERT_EQ(residual.unknowns(), static_cast<long>(start.size()));
    const VecHandle u = residual.make_unknowns();
    scatter(start, u);
    check_residual(residual, u, {.first_step = 1e-3});
  }
}

TEST(PointResidual, CoefficientsWithTheirValuesAreNumbers) {
  const Communicator comm;
  const Settings numbers{}, unknowns{.unknown = true};
  PointResidual known = burgers(comm, numbers), unknown = burgers(comm, unknowns);
  EXPECT_DOUBLE_EQ(Evaluation(known).loss(start_of(numbers)), Evaluation(unknown).loss(start_of(unknowns)));
  std::vector<double> other = start_of(unknowns);
  other[other.size() - 2] *= 2;
  EXPECT_NE(Evaluation(known).loss(start_of(numbers)), Evaluation(unknown).loss(other));
}

TEST(PointResidual, ReproducibleBitsDoNotDependOnTheRanks) {
  const Communicator world, self(MPI_COMM_SELF);
  for (const Architecture architecture : {Architecture::mlp, Architecture::modified_mlp, Architecture::pirate}) {
    const Settings settings{300, 150, true, 0.05, architecture, architecture != Architecture::modified_mlp};
    PointResidual split = burgers(world, settings), whole = burgers(self, settings);
    split.set_reductions(Reductions::reproducible);
    whole.set_reductions(Reductions::reproducible);
    Evaluation on_world(split), on_self(whole);
    const std::vector<double> u = start_of(settings);
    std::vector<double> g(u.size()), expected(u.size());
    EXPECT_EQ(on_world.loss(u), on_self.loss(u));
    EXPECT_EQ(on_world.loss_gradient(u, g), on_self.loss_gradient(u, expected));
    EXPECT_EQ(g, expected);
  }
}

TEST(PointResidual, TrainsTheSameOnAnyRankCount) {
  const Communicator world, self(MPI_COMM_SELF);
  const std::vector<double> start = burgers_network().glorot(1);
  for (const char* method : {"residua_lm", "residua_ssbroyden"}) {
    for (const char* step : {"cholesky", "qr"}) {
      PointResidual split = burgers(world), whole = burgers(self);
      std::vector<double> found[2];
      double first = 0, last = 0;
      for (PointResidual* residual : {&split, &whole}) {
        residual->set_reductions(Reductions::reproducible);
        const VecHandle u = residual->make_unknowns();
        scatter(start, u);
        Trainer trainer(*residual, {method, "", 15, {{"tao_residua_lm_step", step}}});
        trainer.on_iteration([&](const Iterate& iterate) {
          (iterate.iteration == 0 ? first : last) = iterate.objective;
          return Control::go_on;
        });
        trainer.solve(u);
        found[residual == &whole ? 1 : 0] = gather(residual->communicator(), u);
        EXPECT_LT(last, 0.3 * first);
      }
      EXPECT_EQ(found[0], found[1]) << method << " " << step;
    }
  }
}

TEST(PointResidual, PointsAndWeightsCanChange) {
  const Communicator comm;
  PointResidual residual = burgers(comm), other = burgers(comm, {200, 150, false});
  const PointBlock& block = other.blocks()[0];
  residual.set_points(0, block.first, block.count, block.total, block.coordinates, {}, {});
  Evaluation changed(residual), expected(other);
  const std::vector<double> u = burgers_network().glorot(1);
  EXPECT_EQ(changed.loss(u), expected.loss(u));
  residual.set_weights(0, std::vector<double>(static_cast<std::size_t>(2 * block.count), 4.0));
  residual.set_weights(1, std::vector<double>(static_cast<std::size_t>(residual.blocks()[1].count), 4.0));
  EXPECT_NEAR(changed.loss(u), 4 * expected.loss(u), 1e-12 * expected.loss(u));
  const std::vector<double> r = residual.block_residual(0, u);
  EXPECT_EQ(r.size(), static_cast<std::size_t>(2 * block.count));
}

TEST(PointResidual, SaysWhatIsWrong) {
  const Communicator comm;
  PointResidual residual = burgers(comm);
  const std::string row = residual.describe_row(residual.local_rows() - 1);
  EXPECT_NE(row.find(" at point "), std::string::npos) << row;
  EXPECT_THROW(residual.set_weights(0, {-1}), Error);
  const PointBlock& block = residual.blocks()[0];
  EXPECT_THROW(residual.set_points(0, 1, block.count, block.total, block.coordinates, {}, {}), Error);
}

}  // namespace
}  // namespace residua
