// Maps of whole fields: derivatives in fields and parameters, and the same fields on any number of ranks.
#include "map/field_map.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <numbers>
#include <numeric>

#include "base/error.hpp"
#include "base/random.hpp"
#include "base/reduction.hpp"
#include "map/convolution_network.hpp"
#include "map/spectral_network.hpp"

namespace residua {
namespace {

using Make = std::function<std::unique_ptr<FieldMap>(const FourierGrid&)>;

struct Case {
  std::string name;
  std::vector<double> p;
  Make make;
};

Case convolution(std::vector<int> hidden, Activation activation) {
  const ConvolutionSpec spec{3, std::move(hidden), 2, activation};
  std::vector<double> p = spec.glorot(3);
  for (std::size_t i = 0; i < p.size(); ++i) p[i] += 0.1 * normal(7, 3, i);  // biases, too
  return {"convolution, " + to_string(activation), p,
          [spec](const FourierGrid& grid) { return std::make_unique<ConvolutionNetwork>(spec, grid); }};
}

Case spectral(int channels, int layers, int modes, Activation activation) {
  const SpectralSpec spec{3, channels, layers, modes, 2, activation};
  std::vector<double> p = spec.first(3);
  for (std::size_t i = 0; i < p.size(); ++i) p[i] += 0.1 * normal(7, 3, i);
  return {"spectral, " + to_string(activation), p,
          [spec](const FourierGrid& grid) { return std::make_unique<SpectralNetwork>(spec, grid); }};
}

const std::vector<Case>& cases() {
  static const std::vector<Case> all = {spectral(4, 2, 3, Activation::gelu), spectral(5, 1, 2, Activation::tanh),
                                        spectral(3, 3, 0, Activation::sin),  convolution({5, 4}, Activation::tanh),
                                        convolution({4}, Activation::sin),   convolution({6, 3, 4}, Activation::gelu),
                                        convolution({}, Activation::tanh)};
  return all;
}

/// Numbers that belong to the cells, whatever rank has them: [channel][cells].
std::vector<double> random_fields(const FourierGrid& grid, int channels, std::uint64_t stream) {
  const long all = static_cast<long>(grid.shape().nx) * grid.shape().ny,
             first = static_cast<long>(grid.first_row()) * grid.shape().nx;
  std::vector<double> fields;
  for (int c = 0; c < channels; ++c)
    for (long i = 0; i < grid.cells(); ++i)
      fields.push_back(normal(5, stream, static_cast<std::uint64_t>(c * all + first + i)));
  return fields;
}

std::vector<double> random_parameters(std::size_t count, std::uint64_t stream) {
  std::vector<double> p(count);
  for (std::size_t i = 0; i < count; ++i) p[i] = normal(6, stream, i);
  return p;
}

double dot(const std::vector<double>& a, const std::vector<double>& b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

/// A map at some point, and what to try it with.
struct Bench {
  Bench(const Case& each, const Communicator& comm)
      : grid({13, 12, 1, 1}, comm),
        map(each.make(grid)),
        p(each.p),
        x(random_fields(grid, map->inputs(), 1)),
        dx(random_fields(grid, map->inputs(), 2)),
        dp(random_parameters(p.size(), 3)),
        y_bar(random_fields(grid, map->outputs(), 4)),
        y(map->outputs() * grid.cells()) {
    map->set_parameters(p);
    map->apply(x, y);
  }
  /// The gradient in the parameters of each of this rank's rows, one after the other.
  std::vector<double> gradients(std::span<double> x_bar) {
    std::vector<double> sums(grid.rows() * p.size());
    map->vjp(y_bar, x_bar, [&](int row) { return std::span(sums).subspan(row * p.size(), p.size()); });
    return sums;
  }

  /// Their sum over the rows of all ranks, along the tree that does not know of ranks.
  std::vector<double> total(const std::vector<double>& rows) const {
    TreeReduction tree(grid.shape().ny);
    for (int row = 0; row < grid.rows(); ++row)
      tree.put(grid.first_row() + row, {rows.begin() + row * p.size(), rows.begin() + (row + 1) * p.size()});
    return tree.finish(grid.communicator());
  }

  FourierGrid grid;
  std::unique_ptr<FieldMap> map;
  std::vector<double> p, x, dx, dp, y_bar, y;
};

TEST(FieldMap, DerivativePassesTheTaylorTest) {
  const Communicator world;
  for (const Case& each : cases()) {
    Bench at(each, world);
    const auto moved = [](const std::vector<double>& a, double h, const std::vector<double>& da) {
      std::vector<double> sum = a;
      for (std::size_t i = 0; i < a.size(); ++i) sum[i] += h * da[i];
      return sum;
    };
    const auto slope_of_error = [&](const std::vector<double>& dx, const std::vector<double>& dp) {
      std::vector<double> dy(at.y.size()), y(at.y.size());
      at.map->set_parameters(at.p);
      at.map->apply(at.x, y);
      at.map->jvp(dx, dp, dy);
      const auto error = [&](double h) {
        at.map->set_parameters(dp.empty() ? at.p : moved(at.p, h, dp));
        at.map->apply(dx.empty() ? at.x : moved(at.x, h, dx), y);
        for (std::size_t i = 0; i < y.size(); ++i) y[i] -= at.y[i] + h * dy[i];
        return std::sqrt(world.sum(dot(y, y)));
      };
      return std::pair(error(1e-4), error(5e-5));
    };
    const auto expect_second_order = [&](const std::pair<double, double>& errors, const char* what) {
      if (errors.first < 1e-10) return;  // linear
      EXPECT_NEAR(std::log2(errors.first / errors.second), 2, 0.05) << each.name << what;
    };
    expect_second_order(slope_of_error(at.dx, at.dp), " in both");
    expect_second_order(slope_of_error(at.dx, {}), " in the fields");
    expect_second_order(slope_of_error({}, at.dp), " in the parameters");
  }
}

TEST(FieldMap, VjpIsTheTransposeOfJvp) {
  const Communicator world;
  for (const Case& each : cases()) {
    Bench at(each, world);
    std::vector<double> dy(at.y.size()), x_bar(at.x.size()), alone(at.x.size()), p_bar(at.p.size());
    at.map->jvp(at.dx, at.dp, dy);
    const std::vector<double> rows = at.gradients(x_bar);
    for (std::size_t i = 0; i < rows.size(); ++i) p_bar[i % p_bar.size()] += rows[i];
    const double one = world.sum(dot(at.y_bar, dy)), other = world.sum(dot(x_bar, at.dx) + dot(p_bar, at.dp)),
                 size = std::sqrt(world.sum(dot(dy, dy)) * world.sum(dot(at.y_bar, at.y_bar)));
    EXPECT_NEAR(one, other, 1e-13 * size) << each.name;
    at.map->vjp(at.y_bar, alone, {});
    EXPECT_EQ(alone, x_bar) << each.name;
    EXPECT_EQ(at.gradients({}), rows) << each.name;
  }
}

TEST(FieldMap, HasTheSameBitsOnAnyNumberOfRanks) {
  const Communicator world, self(MPI_COMM_SELF);
  for (const Case& each : cases()) {
    Bench split(each, world), whole(each, self);
    const auto expect_same = [&](const std::vector<double>& part, const std::vector<double>& all, const char* what) {
      const auto cells = split.grid.cells(), all_cells = whole.grid.cells();
      for (long c = 0; c * all_cells < std::ssize(all); ++c)
        EXPECT_EQ(world.gather(std::span(part).subspan(c * cells, cells)),
                  std::vector(all.begin() + c * all_cells, all.begin() + (c + 1) * all_cells))
            << each.name << what;
    };
    expect_same(split.y, whole.y, ": the map");
    std::vector<double> part_bar(split.x.size()), all_bar(whole.x.size());
    const std::vector<double> part = split.gradients(part_bar), all = whole.gradients(all_bar);
    expect_same(part_bar, all_bar, ": its transpose");
    EXPECT_EQ(split.total(part), whole.total(all)) << each.name << ": the gradient";
  }
}

/// It commutes with shifts by whole cells.
TEST(FieldMap, MovesWithTheFields) {
  const Communicator self(MPI_COMM_SELF);
  for (const Case& each : cases()) {
    Bench at(each, self);
    const auto moved = [&](const std::vector<double>& fields) {
      const long nx = at.grid.shape().nx, ny = at.grid.shape().ny;
      std::vector<double> other(fields.size());
      for (long i = 0; i < std::ssize(fields); ++i) {
        const long c = i / (nx * ny), row = i / nx % ny, column = i % nx;
        other[(c * ny + (row + 5) % ny) * nx + (column + 3) % nx] = fields[i];
      }
      return other;
    };
    std::vector<double> y(at.y.size());
    at.map->apply(moved(at.x), y);
    const std::vector<double> expected = moved(at.y);
    for (std::size_t i = 0; i < y.size(); ++i) ASSERT_NEAR(y[i], expected[i], 1e-13) << each.name;
  }
}

TEST(ConvolutionNetwork, SeesTheNineCellsAround) {
  const Communicator world;
  const FourierGrid grid({6, 5, 1, 1}, world);
  ConvolutionNetwork map({1, {}, 1, Activation::tanh}, grid);
  std::vector<double> p(10);
  p[5] = 1;    // s = 0, t = 1: the cell to the right
  p[9] = 0.5;  // b
  map.set_parameters(p);
  const std::vector<double> x = random_fields(grid, 1, 1);
  std::vector<double> y(x.size());
  map.apply(x, y);
  for (long i = 0; i < grid.cells(); ++i) EXPECT_EQ(y[i], x[i / 6 * 6 + (i + 1) % 6] + 0.5);
}

TEST(ConvolutionNetwork, RefusesALayerOfNoChannel) {
  const Communicator world;
  const FourierGrid grid({6, 5, 1, 1}, world);
  EXPECT_THROW(ConvolutionNetwork({1, {0}, 1, Activation::tanh}, grid), Error);
}

/// A layer that passes a wave on with a factor and a phase, and a conjugate pair is one real wave.
TEST(SpectralNetwork, MultipliesAWaveByItsMatrix) {
  const Communicator world;
  const FourierGrid grid({12, 12, 1, 1}, world);
  const SpectralSpec spec{1, 1, 1, 3, 1, Activation::sin};
  SpectralNetwork map(spec, grid);
  std::vector<double> p(spec.parameters());
  p[0] = 1;                                            // P
  p[p.size() - 2] = 1;                                 // Q
  const long real = 4;                                 // behind P, b_0, W, b
  const long number = 1 + 3 + (2 - 1) * 7 + (-1 + 3);  // (p, q) = (2, -1)
  p[real + 2 * number - 1] = 0.3;
  p[real + 2 * number] = 0.4;
  map.set_parameters(p);
  std::vector<double> x(grid.cells()), y(grid.cells());
  const auto phase = [&](long i) { return 2 * std::numbers::pi * (2 * grid.x(i) - grid.y(i)); };
  for (long i = 0; i < grid.cells(); ++i) x[i] = std::cos(phase(i)) + 0.2;
  map.apply(x, y);
  for (long i = 0; i < grid.cells(); ++i)
    EXPECT_NEAR(y[i], std::sin(0.5 * std::cos(phase(i) + std::atan2(0.4, 0.3))), 1e-14);
}

/// The same waves on a finer grid: the same answer there.
TEST(SpectralNetwork, DoesNotDependOnTheGrid) {
  const Communicator world;
  const SpectralSpec spec{1, 3, 1, 2, 1, Activation::gelu};
  const auto value_at_origin = [&](int cells) {
    const FourierGrid grid({cells, cells, 1, 1}, world);
    SpectralNetwork map(spec, grid);
    map.set_parameters(spec.first(2));
    std::vector<double> x(grid.cells()), y(grid.cells());
    for (long i = 0; i < grid.cells(); ++i) x[i] = std::cos(2 * std::numbers::pi * (grid.x(i) + 2 * grid.y(i)));
    map.apply(x, y);
    return world.max(grid.first_row() == 0 && grid.rows() > 0 ? y[0] : -INFINITY);
  };
  EXPECT_NEAR(value_at_origin(12), value_at_origin(20), 1e-14);
}

TEST(SpectralNetwork, RefusesModesThatTheGridDoesNotKeep) {
  const Communicator world;
  const FourierGrid grid({12, 9, 1, 1}, world);
  EXPECT_THROW(SpectralNetwork({1, 2, 1, 3, 1, Activation::gelu}, grid), Error);
  EXPECT_THROW(SpectralNetwork({1, 2, 0, 2, 1, Activation::gelu}, grid), Error);
}

}  // namespace
}  // namespace residua
