#include "grid/fourier_grid.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "base/random.hpp"

namespace residua {
namespace {

constexpr double pi = std::numbers::pi;

/// Random numbers that depend on the wave vector only.
Complex draw(const FourierGrid& grid, int field, long mode) {
  const auto index = static_cast<std::uint64_t>((grid.p_of(mode) + 1000) * 4000 + grid.q_of(mode) + 1000);
  const auto stream = static_cast<std::uint64_t>(2 * field);
  return {normal(3, stream, index), normal(3, stream + 1, index)};
}

std::vector<Complex> random_modes(const FourierGrid& grid, int fields) {
  std::vector<Complex> modes(grid.modes() * fields);
  for (int field = 0; field < fields; ++field)
    for (long k = 0; k < grid.modes(); ++k) modes[field * grid.modes() + k] = draw(grid, field, k);
  return modes;
}

double largest(const Communicator& comm, const std::vector<Complex>& a, const std::vector<Complex>& b) {
  double worst = 0;
  for (std::size_t i = 0; i < a.size(); ++i) worst = std::max(worst, std::abs(a[i] - b[i]));
  return comm.max(worst);
}

const FourierGrid::Shape shapes[] = {{12, 18, 2.0, 3.0}, {16, 5, 1.0, 1.0}, {7, 30, 4.0, 1.5}, {4, 4, 1.0, 1.0}};

TEST(FourierGrid, CellsAreTheSumOfTheModes) {
  const Communicator world, self(MPI_COMM_SELF);
  for (const FourierGrid::Shape& shape : shapes) {
    const FourierGrid grid(shape, world);
    const FourierGrid whole(shape, self);
    const std::vector<Complex> modes = random_modes(whole, 1);
    std::vector<Complex> cells(grid.cells()), expected(grid.cells());
    grid.to_cells(random_modes(grid, 1), 1, cells);
    for (int row = 0; row < grid.rows(); ++row)
      for (int i = 0; i < shape.nx; ++i)
        for (long k = 0; k < whole.modes(); ++k)
          expected[row * shape.nx + i] +=
              modes[k] * std::polar(1.0, whole.kx(k) * grid.x(i) + whole.ky(k) * grid.y(row));
    EXPECT_LT(largest(world, cells, expected), 1e-12);
  }
}

TEST(FourierGrid, ModesComeBackAndDoNotDependOnTheRanks) {
  const Communicator world, self(MPI_COMM_SELF);
  for (const FourierGrid::Shape& shape : shapes) {
    const FourierGrid grid(shape, world), whole(shape, self);
    const std::vector<Complex> modes = random_modes(grid, 3);
    std::vector<Complex> cells(3 * grid.cells()), back(modes.size());
    grid.to_cells(modes, 3, cells);
    grid.to_modes(cells, 3, back);
    EXPECT_LT(largest(world, back, modes), 1e-14);
    std::vector<Complex> all(3 * whole.cells());
    whole.to_cells(random_modes(whole, 3), 3, all);
    for (int field = 0; field < 3; ++field)
      for (long i = 0; i < grid.cells(); ++i)
        ASSERT_EQ(cells[field * grid.cells() + i],
                  all[field * whole.cells() + static_cast<long>(grid.first_row()) * shape.nx + i]);
    std::vector<Complex> all_back(3 * whole.modes());
    whole.to_modes(all, 3, all_back);
    for (long k = 0; k < grid.modes(); ++k) ASSERT_EQ(back[k], all_back[whole.find(grid.p_of(k), grid.q_of(k))]);
  }
}

TEST(FourierGrid, ProductsHaveNoAliases) {
  const Communicator world, self(MPI_COMM_SELF);
  const FourierGrid grid({12, 9, 1.0, 1.0}, world), fine({24, 18, 1.0, 1.0}, self);
  std::vector<Complex> padded(2 * fine.modes());
  for (int field = 0; field < 2; ++field)
    for (long k = 0; k < fine.modes(); ++k)
      if (std::abs(fine.p_of(k)) <= grid.most_p() && std::abs(fine.q_of(k)) <= grid.most_q())
        padded[field * fine.modes() + k] = draw(fine, field, k);
  const auto product = [](const FourierGrid& on, const std::vector<Complex>& factors) {
    std::vector<Complex> cells(2 * on.cells()), result(on.modes());
    on.to_cells(factors, 2, cells);
    for (long i = 0; i < on.cells(); ++i) cells[i] *= cells[on.cells() + i];
    on.to_modes({cells.data(), static_cast<std::size_t>(on.cells())}, 1, result);
    return result;
  };
  const std::vector<Complex> coarse = product(grid, random_modes(grid, 2)), exact = product(fine, padded);
  for (long k = 0; k < grid.modes(); ++k)
    EXPECT_NEAR(std::abs(coarse[k] - exact[fine.find(grid.p_of(k), grid.q_of(k))]), 0, 1e-12);
}

TEST(FourierGrid, BalanceIsSourceLessDivergence) {
  const Communicator world, self(MPI_COMM_SELF);
  const FourierGrid grid({12, 10, 2.0, 3.0}, world);
  constexpr int fields = 2;
  const std::vector<Complex> modes = random_modes(grid, 3 * fields);
  std::vector<Complex> cells(3 * fields * grid.cells()), balance(fields * grid.modes());
  grid.to_cells(modes, 3 * fields, cells);
  const int nx = grid.shape().nx;
  grid.balance_to_modes(
      fields,
      [&](int row, int field, Complex* s, Complex* p, Complex* q) {
        Complex* const to[] = {s, p, q};
        for (int part = 0; part < 3; ++part)
          std::copy_n(cells.data() + (part * fields + field) * grid.cells() + static_cast<long>(row) * nx, nx,
                      to[part]);
      },
      balance);
  std::vector<Complex> expected(balance.size());
  const long n = grid.modes();
  for (int field = 0; field < fields; ++field)
    for (long k = 0; k < n; ++k)
      expected[field * n + k] = modes[field * n + k] - Complex(0, grid.kx(k)) * modes[(fields + field) * n + k] -
                                Complex(0, grid.ky(k)) * modes[(2 * fields + field) * n + k];
  EXPECT_LT(largest(world, balance, expected), 1e-12);
}

TEST(FourierGrid, DivergenceOfARealFlux) {
  const Communicator world, self(MPI_COMM_SELF);
  for (const FourierGrid::Shape& shape : shapes) {
    const FourierGrid grid(shape, world), whole(shape, self);
    const auto divergence = [](const FourierGrid& on) {
      std::vector<Complex> cells(on.cells()), modes(on.modes());
      on.to_cells(random_modes(on, 1), 1, cells);
      on.divergence_to_modes(cells, modes);
      return modes;
    };
    const std::vector<Complex> modes = random_modes(grid, 1), found = divergence(grid), alone = divergence(whole);
    std::vector<Complex> expected(grid.modes());
    for (long k = 0; k < grid.modes(); ++k) {
      const Complex one = modes[k], other = std::conj(modes[grid.partner(k)]);
      const Complex p = 0.5 * (one + other), q = Complex(0, -0.5) * (one - other);
      expected[k] = Complex(0, -grid.kx(k)) * p - Complex(0, grid.ky(k)) * q;
      ASSERT_EQ(found[k], std::conj(found[grid.partner(k)]));
      ASSERT_EQ(found[k], alone[whole.find(grid.p_of(k), grid.q_of(k))]);
    }
    EXPECT_LT(largest(world, found, expected), 1e-12);
  }
}

TEST(FourierGrid, PartnersAndSums) {
  const Communicator world, self(MPI_COMM_SELF);
  for (const FourierGrid::Shape& shape : shapes) {
    const FourierGrid grid(shape, world), whole(shape, self);
    for (long k = 0; k < grid.modes(); ++k) {
      EXPECT_EQ(grid.p_of(grid.partner(k)), -grid.p_of(k));
      EXPECT_EQ(grid.q_of(grid.partner(k)), -grid.q_of(k));
      EXPECT_EQ(grid.find(grid.p_of(k), grid.q_of(k)), k);
    }
    const auto term = [](const FourierGrid& on) { return [&on](long k) { return draw(on, 0, k).real() / 3; }; };
    const double expected = whole.sum(Reductions::reproducible, term(whole));
    EXPECT_EQ(grid.sum(Reductions::reproducible, term(grid)), expected);
    EXPECT_NEAR(grid.sum(Reductions::fast, term(grid)), expected, 1e-12);
    std::vector<Complex> modes = random_modes(grid, 1), cells(grid.cells());
    grid.make_real(modes);
    grid.to_cells(modes, 1, cells);
    for (const Complex& cell : cells) EXPECT_NEAR(cell.imag(), 0, 1e-13);
  }
}

}  // namespace
}  // namespace residua
