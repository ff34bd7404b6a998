// Closures by maps of whole fields.
#include "kinetic/field_closure.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "field_moments.hpp"
#include "kinetic/realizable.hpp"
#include "some_network.hpp"
#include "states.hpp"
#include "support/residual_checks.hpp"

namespace residua::kinetic {
namespace {

using test::field_kinds;
using test::moments_of;
using test::random_moments;
using test::some_network;
using test::square;

/// Any numbers in the same way, `rows` fields.
std::vector<Complex> any_fields(const FourierGrid& grid, int rows, std::uint64_t stream) {
  std::vector<Complex> f(rows * grid.cells());
  const long all = static_cast<long>(grid.shape().nx) * grid.shape().ny;
  for (int m = 0; m < rows; ++m)
    for (long i = 0; i < grid.cells(); ++i) {
      const auto index = static_cast<std::uint64_t>(2 * (m * all + grid.place(i)));
      f[m * grid.cells() + i] = {normal(8, stream, index), normal(8, stream, index + 1)};
    }
  return f;
}

double dot(const std::vector<Complex>& a, const std::vector<Complex>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += times(std::conj(a[i]), b[i]).real();
  return sum;
}

TEST(FieldClosure, DerivativesPassTheTaylorTest) {
  const Communicator world;
  const FourierGrid grid(square(12), world, ProcessGrid{1, world.size()});
  const long cells = grid.cells();
  for (const NetworkKind kind : field_kinds) {
    const ClosureNetwork network = some_network(kind, {});
    FieldClosure closure(network, grid);
    const std::vector<Complex> f = moments_of(grid, 1), df = any_fields(grid, 2, 1);
    std::vector<double> dp(network.weights.size());
    for (std::size_t i = 0; i < dp.size(); ++i) dp[i] = normal(4, 4, i);
    std::vector<Complex> top(cells), slope(cells), moved(cells), at(f.size());
    closure.apply({f.data(), cells}, cells, top.data());
    closure.jvp({f.data(), cells}, {df.data(), cells}, cells, slope.data());
    closure.jvp_parameters({f.data(), cells}, dp, cells, slope.data());
    const auto error = [&](double h) {
      std::vector<double> p = network.weights;
      for (std::size_t i = 0; i < p.size(); ++i) p[i] += h * dp[i];
      for (std::size_t i = 0; i < f.size(); ++i) at[i] = f[i] + h * df[i];
      closure.set_parameters(p);
      closure.apply({at.data(), cells}, cells, moved.data());
      for (long i = 0; i < cells; ++i) moved[i] -= top[i] + h * slope[i];
      return std::sqrt(world.sum(dot(moved, moved)));
    };
    EXPECT_NEAR(std::log2(error(2e-5) / error(1e-5)), 2, 0.05) << to_string(kind);
  }
}

TEST(FieldClosure, VjpIsTheTransposeOfJvp) {
  const Communicator world;
  const FourierGrid grid(square(12), world);
  const long cells = grid.cells();
  for (const NetworkKind kind : field_kinds) {
    const ClosureNetwork network = some_network(kind, {});
    const FieldClosure closure(network, grid);
    const std::vector<Complex> f = moments_of(grid, 2), df = any_fields(grid, 2, 2), top = any_fields(grid, 1, 3);
    std::vector<double> dp(network.weights.size()), p_bar(dp.size());
    for (std::size_t i = 0; i < dp.size(); ++i) dp[i] = normal(4, 5, i);
    std::vector<Complex> slope(cells), back(f.size());
    closure.jvp({f.data(), cells}, {df.data(), cells}, cells, slope.data());
    closure.jvp_parameters({f.data(), cells}, dp, cells, slope.data());
    closure.vjp({f.data(), cells}, top.data(), cells, back.data());
    closure.vjp_parameters({f.data(), cells}, top.data(), cells, p_bar);
    const double one = world.sum(dot(top, slope)),
                 other = world.sum(dot(back, df) + std::inner_product(p_bar.begin(), p_bar.end(), dp.begin(), 0.0));
    EXPECT_NEAR(one, other, 1e-13 * std::sqrt(world.sum(dot(top, top)) * world.sum(dot(slope, slope))))
        << to_string(kind);
  }
}

#ifdef __SANITIZE_ADDRESS__
constexpr int many = 200;
#else
constexpr int many = 1000;
#endif

/// A million cells, no neighbour like the other.
TEST(FieldClosure, IsRealizableOnManyStates) {
  const Communicator world;
  const FourierGrid grid(square(many), world);
  const long cells = grid.cells();
  std::vector<Complex> f = random_moments(1, cells, static_cast<std::uint64_t>(7 + world.rank()));
  f.resize(3 * cells);
  for (const NetworkKind kind : field_kinds) {
    const FieldClosure closure(some_network(kind, {}, 20), grid);  // weights so large that the disc is filled
    closure.apply({f.data(), cells}, cells, f.data() + 2 * cells);
    long outside = 0;
    double widest = 0;
    for (long i = 0; i < cells; ++i) {
      const Realizability found = realizability({f.data(), cells}, 2, i);
      if (found.failed >= 0 && !(found.measure < 1e-14)) ++outside;
      const double c = f[i].real(), rest = c - std::norm(f[cells + i]) / c;
      widest = std::max(widest, std::abs(f[2 * cells + i] - times(f[cells + i], f[cells + i]) / c) / rest);
    }
    EXPECT_EQ(outside, 0) << to_string(kind);
    EXPECT_GT(widest, 0.5) << "the network does nothing";
  }
}

}  // namespace
}  // namespace residua::kinetic
