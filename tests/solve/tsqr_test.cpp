// TSQR against analytic solutions, in both reduction modes, with uneven and empty ranks, streamed and whole.
#include "solve/tsqr.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "base/error.hpp"
#include "base/random.hpp"
#include "solve/lapack.hpp"

namespace residua {
namespace {

struct Problem {
  long rows;
  int columns;
  std::function<double(long, int)> entry;  ///< column `columns` is b
};

/// Contiguous share of the rows; `uneven` leaves rank 1 with none.
std::pair<long, long> share(const Communicator& comm, long rows, bool uneven) {
  const int p = comm.size(), r = comm.rank();
  if (uneven && p > 1)
    return r == 0   ? std::pair{0L, rows / 3 + 1}
           : r == 1 ? std::pair{rows / 3 + 1, rows / 3 + 1}
                    : std::pair{rows / 3 + 1 + (rows - rows / 3 - 1) * (r - 2) / (p - 2),
                                rows / 3 + 1 + (rows - rows / 3 - 1) * (r - 1) / (p - 2)};
  return {rows * r / p, rows * (r + 1) / p};
}

std::vector<double> local_block(const Problem& problem, long begin, long end) {
  std::vector<double> a;
  for (int j = 0; j <= problem.columns; ++j) {
    for (long i = begin; i < end; ++i) a.push_back(problem.entry(i, j));
  }
  return a;
}

LeastSquaresSolution solve(const Problem& problem, Reductions reductions, const Damping& damping = {},
                           bool uneven = false) {
  const Communicator comm;
  auto [begin, end] = share(comm, problem.rows, uneven && comm.size() > 2);
  std::vector<double> a = local_block(problem, begin, end);
  return least_squares(comm, a, end - begin, problem.columns, damping, reductions);
}

/// Random A; b = A x + a part orthogonal to nothing in particular, so that the residual is not zero.
Problem random_problem(long rows, int columns, bool consistent) {
  return {rows, columns, [=](long i, int j) {
            const auto row = static_cast<std::uint64_t>(i);
            if (j < columns) return normal(7, static_cast<std::uint64_t>(j), row);
            double b = consistent ? 0.0 : normal(8, 0, row);
            for (int k = 0; k < columns; ++k) b += normal(7, static_cast<std::uint64_t>(k), row) * std::cos(k);
            return b;
          }};
}

class TsqrModes : public testing::TestWithParam<Reductions> {};

TEST_P(TsqrModes, SolvesConsistentSystem) {
  for (const long rows : {40L, 300L, 3000L}) {
    const auto s = solve(random_problem(rows, 37, true), GetParam());
    for (int k = 0; k < 37; ++k) EXPECT_NEAR(s.x[static_cast<std::size_t>(k)], std::cos(k), 1e-11);
    EXPECT_LT(s.residual_norm, 1e-11);
    EXPECT_GT(s.condition, 1);
    EXPECT_LT(s.condition, 1e4);
  }
}

TEST_P(TsqrModes, ResidualIsOrthogonalToColumns) {
  const Problem problem = random_problem(1500, 130, false);
  for (const double tau : {0.0, 0.5}) {
    const auto s = solve(problem, GetParam(), {.tau = tau}, true);
    std::vector<double> normal_equations(130), norms(130);
    double squares = 0;
    for (long i = 0; i < problem.rows; ++i) {
      double r = -problem.entry(i, 130);
      for (int k = 0; k < 130; ++k) r += problem.entry(i, k) * s.x[static_cast<std::size_t>(k)];
      squares += r * r;
      for (int k = 0; k < 130; ++k) {
        normal_equations[static_cast<std::size_t>(k)] += problem.entry(i, k) * r;
        norms[static_cast<std::size_t>(k)] += std::pow(problem.entry(i, k), 2);
      }
    }
    EXPECT_NEAR(s.residual_norm, std::sqrt(squares), 1e-10 * std::sqrt(squares));
    for (std::size_t k = 0; k < 130; ++k) {
      EXPECT_NEAR(normal_equations[k] + tau * tau * norms[k] * s.x[k], 0, 1e-9);
    }
  }
}

TEST_P(TsqrModes, StreamedChunksGiveTheSame) {
  const Communicator comm;
  const Problem problem = random_problem(1100, 60, false);
  const auto whole = solve(problem, GetParam());
  const auto [begin, end] = share(comm, problem.rows, false);
  Tsqr tsqr(comm, problem.columns, end - begin, GetParam());
  for (long at = begin; at < end; at += 57) {
    const long stop = std::min(end, at + 57);
    std::vector<double> chunk = local_block(problem, at, stop);
    tsqr.add(at - begin, chunk.data(), static_cast<int>(stop - at), static_cast<int>(stop - at));
  }
  tsqr.finish();
  EXPECT_EQ(tsqr.solve().x, whole.x);
  const auto damped = tsqr.solve({.tau = 0.5});
  const std::vector<double> again = tsqr.solve_normal(tsqr.projection(), {.tau = 0.5});
  for (std::size_t k = 0; k < again.size(); ++k) EXPECT_NEAR(again[k], damped.x[k], 1e-12);
  double b = 0, projection = 0;
  for (long i = 0; i < problem.rows; ++i) {
    b += std::pow(problem.entry(i, 60), 2);
    projection += problem.entry(i, 60) * problem.entry(i, 5);
  }
  EXPECT_NEAR(tsqr.right_side_norm(), std::sqrt(b), 1e-11 * std::sqrt(b));
  EXPECT_NEAR(tsqr.projection()[5], projection, 1e-10 * b);
}

TEST_P(TsqrModes, KeepsDigitsThatNormalEquationsLose) {
  // Vandermonde on [0, 1] with 12 columns: condition 1e8, squared beyond double precision.
  const Problem problem{600, 12, [](long i, int j) {
                          const double t = static_cast<double>(i) / 599;
                          if (j < 12) return std::pow(t, j);
                          double b = 0;
                          for (int k = 0; k < 12; ++k) b += std::pow(t, k);
                          return b;
                        }};
  const auto s = solve(problem, GetParam());
  for (const double x : s.x) EXPECT_NEAR(x, 1, 1e-7);
  EXPECT_LT(s.residual_norm, 1e-12);
  EXPECT_GT(s.condition, 1e6);
}

TEST_P(TsqrModes, CutOffGivesTheShortestSolution) {
  // Columns 0 and 1 are equal: the shortest solution shares the coefficient.
  const Problem problem{400, 5, [](long i, int j) {
                          const double t = static_cast<double>(i) / 400;
                          if (j == 5) return 2 * t + 1;
                          return j == 0 || j == 1 ? t : std::pow(t, j == 2 ? 0 : j - 1);
                        }};
  const auto s = solve(problem, GetParam(), {.cut_off = 1e-12});
  EXPECT_EQ(s.rank, 4);
  EXPECT_NEAR(s.x[0], 1, 1e-11);
  EXPECT_NEAR(s.x[1], 1, 1e-11);
  EXPECT_NEAR(s.x[2], 1, 1e-11);
  EXPECT_LT(s.residual_norm, 1e-12);
  const auto damped = solve(problem, GetParam(), {.tau = 1e-10});
  EXPECT_NEAR(damped.x[0], 1, 1e-6);
}

TEST_P(TsqrModes, SaysWhatIsWrong) {
  const Problem zero{300, 3, [](long i, int j) { return j == 1 ? 0.0 : static_cast<double>(i + j); }};
  EXPECT_THROW(solve(zero, GetParam()), Error);
  const Problem nan{300, 3, [](long i, int j) { return i == 17 ? NAN : static_cast<double>(i % (j + 2)); }};
  EXPECT_THROW(solve(nan, GetParam()), Error);
}

INSTANTIATE_TEST_SUITE_P(Both, TsqrModes, testing::Values(Reductions::fast, Reductions::reproducible),
                         [](const auto& p) { return p.param == Reductions::fast ? "fast" : "reproducible"; });

TEST(Tsqr, ReproducibleBitsDoNotDependOnTheSplit) {
  const Communicator world, self(MPI_COMM_SELF);
  const Problem problem = random_problem(2100, 200, false);
  std::vector<double> all = local_block(problem, 0, problem.rows);
  const auto alone = least_squares(self, all, problem.rows, 200, {.tau = 1e-3}, Reductions::reproducible);
  for (const bool uneven : {false, true}) {
    const auto s = solve(problem, Reductions::reproducible, {.tau = 1e-3}, uneven);
    EXPECT_EQ(s.x, alone.x);
    EXPECT_EQ(s.residual_norm, alone.residual_norm);
    EXPECT_EQ(s.condition, alone.condition);
  }
}

TEST(Tsqr, CovarianceOfALine) {
  // a + b x at x = 0 .. n-1 with variance 1: textbook covariance of (a, b)
  const Communicator comm;
  constexpr long n = 50;
  for (const Reductions reductions : {Reductions::fast, Reductions::reproducible}) {
    const auto [begin, end] = share(comm, n, false);
    std::vector<double> rows = local_block({n, 2, [](long i, int j) { return j == 1 ? double(i) : 1.0; }}, begin, end);
    Tsqr qr(comm, 2, end - begin, reductions);
    if (end > begin) qr.add(0, rows.data(), static_cast<int>(end - begin), static_cast<int>(end - begin));
    qr.finish();
    const double mean = (n - 1) / 2.0, spread = n * (n * n - 1) / 12.0;
    const std::vector<double> c = qr.covariance(2), last = qr.covariance(1);
    EXPECT_NEAR(c[0], 1.0 / n + mean * mean / spread, 1e-14);
    EXPECT_NEAR(c[1], -mean / spread, 1e-14);
    EXPECT_NEAR(c[2], -mean / spread, 1e-14);
    EXPECT_NEAR(c[3], 1 / spread, 1e-14);
    EXPECT_NEAR(last[0], 1 / spread, 1e-14);
  }
}

}  // namespace
}  // namespace residua
