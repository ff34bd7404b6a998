#include "grid/fourier_grid.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "base/error.hpp"
#include "base/random.hpp"
#include "grid/whole_rows.hpp"
#include "support/process_grids.hpp"

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

/// body(grid, the same on this rank alone) for all shapes on all process grids.
template <class Body>
void on_all_grids(const Body& body) {
  const Communicator world, self(MPI_COMM_SELF);
  for (const FourierGrid::Shape& shape : shapes) {
    const FourierGrid whole(shape, self);
    for (const ProcessGrid& ranks : process_grids(world.size())) {
      SCOPED_TRACE(testing::Message() << shape.nx << " x " << shape.ny << " cells, " << ranks.along_x
                                      << " ranks along x");
      body(FourierGrid(shape, world, ranks), whole);
    }
  }
}

TEST(FourierGrid, CellsAreTheSumOfTheModes) {
  on_all_grids([](const FourierGrid& grid, const FourierGrid& whole) {
    const std::vector<Complex> modes = random_modes(whole, 1);
    std::vector<Complex> cells(grid.cells()), expected(grid.cells());
    grid.to_cells(random_modes(grid, 1), 1, cells);
    for (long i = 0; i < grid.cells(); ++i)
      for (long k = 0; k < whole.modes(); ++k)
        expected[i] += modes[k] * std::polar(1.0, whole.kx(k) * grid.x(i) + whole.ky(k) * grid.y(i));
    EXPECT_LT(largest(grid.communicator(), cells, expected), 1e-12);
  });
}

TEST(FourierGrid, ModesComeBackAndDoNotDependOnTheRanks) {
  on_all_grids([](const FourierGrid& grid, const FourierGrid& whole) {
    for (const int fields : {1, 3, 8}) {
      const std::vector<Complex> modes = random_modes(grid, fields);
      std::vector<Complex> cells(fields * grid.cells()), back(modes.size());
      grid.to_cells(modes, fields, cells);
      grid.to_modes(cells, fields, back);
      EXPECT_LT(largest(grid.communicator(), back, modes), 1e-14);
      std::vector<Complex> all(fields * whole.cells()), all_back(fields * whole.modes());
      whole.to_cells(random_modes(whole, fields), fields, all);
      whole.to_modes(all, fields, all_back);
      for (int field = 0; field < fields; ++field) {
        for (long i = 0; i < grid.cells(); ++i)
          ASSERT_EQ(cells[field * grid.cells() + i], all[field * whole.cells() + grid.place(i)]);
        for (long k = 0; k < grid.modes(); ++k)
          ASSERT_EQ(back[field * grid.modes() + k], all_back[field * whole.modes() + grid.first_mode() + k]);
      }
    }
  });
}

TEST(FourierGrid, EveryCellAndModeIsOnOneRank) {
  on_all_grids([](const FourierGrid& grid, const FourierGrid& whole) {
    std::vector<double> cells(whole.cells()), modes(whole.modes());
    for (long i = 0; i < grid.cells(); ++i) {
      cells[grid.place(i)] += 1;
      EXPECT_EQ(grid.cell_at(grid.place(i)), i);
    }
    for (long k = 0; k < grid.modes(); ++k) {
      modes[grid.first_mode() + k] += 1;
      EXPECT_EQ(grid.p_of(k), whole.p_of(grid.first_mode() + k));
      EXPECT_EQ(grid.q_of(k), whole.q_of(grid.first_mode() + k));
    }
    grid.communicator().sum(cells);
    grid.communicator().sum(modes);
    EXPECT_EQ(cells, std::vector<double>(cells.size(), 1));
    EXPECT_EQ(modes, std::vector<double>(modes.size(), 1));
  });
}

TEST(FourierGrid, RowsComeAndGoBack) {
  on_all_grids([](const FourierGrid& grid, const FourierGrid& whole) {
    const WholeRows rows(grid);
    std::vector<Complex> cells(2 * grid.cells());
    for (int field = 0; field < 2; ++field)
      for (long i = 0; i < grid.cells(); ++i) cells[field * grid.cells() + i] = Complex(field, grid.place(i));
    const std::vector<Complex> in_rows = rows.of_cells(cells, 2);
    ASSERT_EQ(std::ssize(in_rows), 2 * rows.cells());
    const long first = static_cast<long>(rows.first_row()) * whole.shape().nx;
    for (int field = 0; field < 2; ++field)
      for (long i = 0; i < rows.cells(); ++i) EXPECT_EQ(in_rows[field * rows.cells() + i], Complex(field, first + i));
    EXPECT_EQ(rows.to_cells(in_rows, 2), cells);
  });
}

TEST(FourierGrid, SlabsAreTakenAsLongAsTheyGiveWork) {
  const auto fits = [](int ranks, int along_y, int along_x) {
    const ProcessGrid found = fitting_process_grid(64, 64, ranks);  // 22 pairs of columns
    return found.along_y == along_y && found.along_x == along_x;
  };
  EXPECT_TRUE(fits(1, 1, 1));
  EXPECT_TRUE(fits(22, 22, 1));
  EXPECT_TRUE(fits(24, 12, 2));
  EXPECT_TRUE(fits(44, 22, 2));
  EXPECT_TRUE(fits(64, 8, 8)) << "the modes p = 0 are 3 leaves: no work for 4 ranks";
  EXPECT_TRUE(fits(23, 1, 23)) << "a prime number";
  EXPECT_TRUE(fits(4099, 4099, 1)) << "nothing gives all of them work";
}

TEST(FourierGrid, RefusesAnotherNumberOfRanks) {
  const Communicator world;
  EXPECT_THROW(FourierGrid({8, 8, 1, 1}, world, ProcessGrid{world.size(), 2}), Error);
  EXPECT_THROW(FourierGrid({8, 8, 1, 1}, world, ProcessGrid{0, 1}), Error);
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
  on_all_grids([](const FourierGrid& grid, const FourierGrid& whole) {
    constexpr int fields = 2;
    const auto balance_on = [](const FourierGrid& on) {
      std::vector<Complex> cells(3 * fields * on.cells()), balance(fields * on.modes());
      on.to_cells(random_modes(on, 3 * fields), 3 * fields, cells);
      on.balance_to_modes(
          fields,
          [&](int row, int field, Complex* s, Complex* p, Complex* q) {
            Complex* const to[] = {s, p, q};
            for (int part = 0; part < 3; ++part)
              std::copy_n(cells.data() + (part * fields + field) * on.cells() + static_cast<long>(row) * on.width(),
                          on.width(), to[part]);
          },
          balance);
      return balance;
    };
    const std::vector<Complex> modes = random_modes(grid, 3 * fields), balance = balance_on(grid),
                               alone = balance_on(whole);
    std::vector<Complex> expected(balance.size());
    const long n = grid.modes();
    for (int field = 0; field < fields; ++field)
      for (long k = 0; k < n; ++k) {
        expected[field * n + k] = modes[field * n + k] - Complex(0, grid.kx(k)) * modes[(fields + field) * n + k] -
                                  Complex(0, grid.ky(k)) * modes[(2 * fields + field) * n + k];
        ASSERT_EQ(balance[field * n + k], alone[field * whole.modes() + grid.first_mode() + k]);
      }
    EXPECT_LT(largest(grid.communicator(), balance, expected), 2e-12);
  });
}

TEST(FourierGrid, DivergenceOfARealFlux) {
  on_all_grids([](const FourierGrid& grid, const FourierGrid& whole) {
    const auto divergence = [](const FourierGrid& on) {
      std::vector<Complex> cells(on.cells()), modes(on.modes());
      on.to_cells(random_modes(on, 1), 1, cells);
      const auto row_of_cells = [&](int row, Complex* to) {
        std::copy_n(cells.data() + static_cast<long>(row) * on.width(), on.width(), to);
      };
      on.divergence_to_modes(row_of_cells, modes);
      return modes;
    };
    const std::vector<Complex> modes = random_modes(grid, 1), found = divergence(grid), alone = divergence(whole);
    std::vector<Complex> expected(grid.modes());
    for (long k = 0; k < grid.modes(); ++k) {
      const Complex one = modes[k], other = std::conj(modes[grid.partner(k)]);
      const Complex p = 0.5 * (one + other), q = Complex(0, -0.5) * (one - other);
      expected[k] = Complex(0, -grid.kx(k)) * p - Complex(0, grid.ky(k)) * q;
      ASSERT_EQ(found[k], std::conj(found[grid.partner(k)]));
      ASSERT_EQ(found[k], alone[grid.first_mode() + k]);
    }
    EXPECT_LT(largest(grid.communicator(), found, expected), 1e-12);
  });
}

TEST(FourierGrid, PartnersAndSums) {
  on_all_grids([](const FourierGrid& grid, const FourierGrid& whole) {
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
  });
}

}  // namespace
}  // namespace residua
