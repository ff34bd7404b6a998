#include "solve/tsqr.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "base/error.hpp"
#include "solve/lapack.hpp"

namespace residua {
namespace {

constexpr int panel = 64;      // columns per reflector block in a leaf
constexpr long together = 64;  // functions whose deviations are found in one pass over R

/// Of a leaf. Long ones are factored faster; but where leaves are fixed, there should be enough for several ranks.
long least_rows(int columns, Reductions reductions) {
  return std::max(256L, reductions == Reductions::fast ? 2L * columns : columns);
}

/// R of one leaf: rows is m x n, overwritten.
BlockTriangle factor_leaf(const Communicator& comm, double* rows, int ld, int m, int n) {
  const int k = std::min(m, n), nb = std::min(panel, k);
  int info = 0;
  std::vector<double> t(static_cast<std::size_t>(nb) * static_cast<std::size_t>(k));
  std::vector<double> work(static_cast<std::size_t>(nb) * static_cast<std::size_t>(n));
  dgeqrt_(&m, &n, &nb, rows, &ld, t.data(), &nb, work.data(), &info);
  lapack::check(info, "dgeqrt");
  BlockTriangle r(comm, n, {comm.rank()});
  r.fill(rows, ld, m);
  return r;
}

/// tau D on the diagonal, dealt like `r`; the last column, b's, is zero.
BlockTriangle damping_rows(const BlockTriangle& r, double tau, std::span<const double> weights) {
  BlockTriangle rows(r.communicator(), r.size(), r.group());
  for (int j = 0; j < rows.blocks(); ++j) {
    if (!rows.mine(j)) continue;
    for (int c = 0; c < rows.columns(j); ++c) {
      const int column = rows.first(j) + c;
      if (column + 1 < rows.size()) {
        rows.block(j)[column + c * rows.rows(j)] = tau * weights[static_cast<std::size_t>(column)];
      }
    }
  }
  return rows;
}

double norm(std::span<const double> v) {
  double sum = 0;
  for (const double x : v) sum += x * x;
  return std::sqrt(sum);
}

/// y of min |R y - c| by complete orthogonal factorisation, and the rank.
int solve_truncated(std::span<const double> r, int n, int ld, double cut_off, std::vector<double>& y) {
  const auto size = static_cast<std::size_t>(n);
  AlignedVector a(size * size), work(1);
  for (std::size_t j = 0; j < size; ++j) {
    std::copy_n(r.data() + j * static_cast<std::size_t>(ld), n, a.data() + j * size);
  }
  std::vector<int> pivots(size, 0);
  int rank = 0, info = 0, one = 1, length = -1;
  for (int pass = 0; pass < 2; ++pass) {
    dgelsy_(&n, &n, &one, a.data(), &n, y.data(), &n, pivots.data(), &cut_off, &rank, work.data(), &length, &info);
    lapack::check(info, "dgelsy");
    if (pass == 0) work.resize(static_cast<std::size_t>(length = static_cast<int>(work[0])));
  }
  return rank;
}

double condition_estimate(std::span<const double> r, int n, int ld) {
  double reciprocal = 0;
  int info = 0;
  AlignedVector work(3 * static_cast<std::size_t>(n));
  std::vector<int> iwork(static_cast<std::size_t>(n));
  dtrcon_("1", "U", "N", &n, r.data(), &ld, &reciprocal, work.data(), iwork.data(), &info);
  lapack::check(info, "dtrcon");
  return reciprocal > 0 ? 1 / reciprocal : INFINITY;
}

}  // namespace

Tsqr::Tsqr(const Communicator& comm, int columns, std::span<const RowSegment> segments, Reductions reductions)
    : comm_(comm),
      columns_(columns),
      plan_(comm, segments, least_rows(columns + 1, reductions), reductions),
      tree_(comm, plan_.owner(), combine_qr),
      collector_(comm, plan_, columns + 1, [this](long leaf, double* rows, int ld, int count) {
        tree_.put(leaf, factor_leaf(comm_, rows, ld, count, columns_ + 1));
      }) {}

Tsqr::Tsqr(const Communicator& comm, int columns, long local_rows, Reductions reductions)
    : Tsqr(comm, columns, RowLeaves::by_rank(comm, local_rows), reductions) {}

void Tsqr::add(long local, double* rows, int ld, int count) { collector_.add(local, rows, ld, count); }

void Tsqr::finish() {
  collector_.finish();
  r_ = tree_.finish();
  const int n1 = columns_ + 1, last = r_.blocks() - 1;
  std::vector<double> right(static_cast<std::size_t>(n1));
  if (r_.mine(last)) std::copy_n(r_.block(last) + (r_.columns(last) - 1) * r_.rows(last), n1, right.begin());
  comm_.broadcast(right, r_.owner(last));
  right_side_norm_ = norm(right);
  std::vector<double> both(2 * static_cast<std::size_t>(columns_));  // each entry comes from one rank: the sum is exact
  for (int j = 0; j < r_.blocks(); ++j) {
    if (!r_.mine(j)) continue;
    for (int c = 0; c < r_.columns(j); ++c) {
      const int column = r_.first(j) + c;
      if (column == columns_) break;
      const double* v = r_.block(j) + c * r_.rows(j);
      double squares = 0, product = 0;
      for (int i = 0; i <= column; ++i) {
        squares += v[i] * v[i];
        product += v[i] * right[static_cast<std::size_t>(i)];
      }
      both[static_cast<std::size_t>(column)] = std::sqrt(squares);
      both[static_cast<std::size_t>(columns_ + column)] = product;
    }
  }
  comm_.sum(both);
  norms_.assign(both.begin(), both.begin() + columns_);
  projection_.assign(both.begin() + columns_, both.end());
}

AlignedVector Tsqr::damped(double tau, std::span<const double> weights) const {
  BlockTriangle triangle = r_;
  if (tau > 0) {
    BlockTriangle rows = damping_rows(r_, tau, weights);
    combine_qr(triangle, rows);
  }
  return triangle.gather();
}

std::vector<double> Tsqr::covariance(int count, const Damping& damping) const {
  const std::span<const double> weights = damping.weights.empty() ? std::span<const double>(norms_) : damping.weights;
  const AlignedVector r = damped(damping.tau, weights);
  const int first = columns_ - count, ld = columns_ + 1, one = 1;
  const auto k = static_cast<std::size_t>(count);
  const double* block = r.data() + static_cast<std::size_t>(first) * static_cast<std::size_t>(ld) + first;
  std::vector<double> inverse(k * k), product(k * k);  // of the block, column-major
  for (std::size_t j = 0; j < k; ++j) {
    if (block[j * static_cast<std::size_t>(ld) + j] == 0) throw Error("least squares: an unknown has no effect at all");
    inverse[j * k + j] = 1;
    dtrsv_("U", "N", "N", &count, block, &ld, inverse.data() + j * k, &one);
  }
  for (std::size_t i = 0; i < k; ++i)
    for (std::size_t j = 0; j < k; ++j)
      for (std::size_t l = 0; l < k; ++l) product[i * k + j] += inverse[l * k + i] * inverse[l * k + j];
  return product;
}

std::vector<double> Tsqr::deviations(std::span<const double> gradients, long count, const Damping& damping) const {
  const std::span<const double> weights = damping.weights.empty() ? std::span<const double>(norms_) : damping.weights;
  const AlignedVector r = damped(damping.tau, weights);
  std::vector<double> deviations(static_cast<std::size_t>(count));
  std::vector<double> y(static_cast<std::size_t>(columns_ * together));  // R' y = g, by forward substitution
  for (long first = 0; first < count; first += together) {
    const long n = std::min(together, count - first);
    double squares[together] = {};
    for (int j = 0; j < columns_; ++j) {
      const double* column = r.data() + static_cast<std::size_t>(j) * static_cast<std::size_t>(columns_ + 1);
      if (column[j] == 0) throw Error("least squares: an unknown has no effect at all");
      double* yj = y.data() + j * together;
      for (long p = 0; p < together; ++p)
        yj[p] = p < n ? gradients[static_cast<std::size_t>(j * count + first + p)] : 0;
      for (int i = 0; i < j; ++i) {
        const double* yi = y.data() + i * together;
        for (long p = 0; p < together; ++p) yj[p] -= column[i] * yi[p];
      }
      for (long p = 0; p < together; ++p) {
        yj[p] /= column[j];
        squares[p] += yj[p] * yj[p];
      }
    }
    for (long p = 0; p < n; ++p) deviations[static_cast<std::size_t>(first + p)] = std::sqrt(squares[p]);
  }
  return deviations;
}

LeastSquaresSolution Tsqr::solve(const Damping& damping) const {
  const std::span<const double> weights = damping.weights.empty() ? std::span<const double>(norms_) : damping.weights;
  AlignedVector r = damped(damping.tau, weights);
  const int n = columns_, ld = columns_ + 1;
  const auto column = [&](int j) { return r.data() + static_cast<std::size_t>(j) * static_cast<std::size_t>(ld); };
  std::vector<double> scale(static_cast<std::size_t>(n));
  for (int j = 0; j < n; ++j) {
    const double s = norm(std::span(column(j), static_cast<std::size_t>(j) + 1));
    if (s == 0 && damping.cut_off == 0) {
      throw Error("least squares: column " + std::to_string(j) + " of " + std::to_string(n) + " is zero");
    }
    scale[static_cast<std::size_t>(j)] = s > 0 ? 1 / s : 0;
    for (int i = 0; i <= j; ++i) column(j)[i] *= scale[static_cast<std::size_t>(j)];
  }
  const double* right = column(n);
  LeastSquaresSolution solution{std::vector<double>(right, right + n), std::abs(right[n]), INFINITY, n};
  if (damping.cut_off > 0) {
    solution.rank = solve_truncated(r, n, ld, damping.cut_off, solution.x);
    std::vector<double> defect(right, right + n);
    for (int j = 0; j < n; ++j) {
      for (int i = 0; i <= j; ++i) {
        defect[static_cast<std::size_t>(i)] -= column(j)[i] * solution.x[static_cast<std::size_t>(j)];
      }
    }
    solution.residual_norm = std::hypot(solution.residual_norm, norm(defect));
  } else {
    for (int j = 0; j < n; ++j) {
      if (column(j)[j] == 0) {
        throw Error("least squares: the matrix is singular at column " + std::to_string(j) +
                    "; use damping or a cut-off");
      }
    }
    const int one = 1;
    dtrsv_("U", "N", "N", &n, r.data(), &ld, solution.x.data(), &one);
    solution.condition = condition_estimate(r, n, ld);
  }
  double damped = 0;
  for (int j = 0; j < n; ++j) {
    const auto i = static_cast<std::size_t>(j);
    solution.x[i] *= scale[i];
    damped += weights[i] * weights[i] * solution.x[i] * solution.x[i];
  }
  // |R y - c| of the damped system holds the damping rows as well.
  const double square = solution.residual_norm * solution.residual_norm - damping.tau * damping.tau * damped;
  solution.residual_norm = std::sqrt(std::max(square, 0.0));
  for (const double x : solution.x) {
    if (!std::isfinite(x)) throw Error("least squares: the solution is not finite; is there a NaN in the rows?");
  }
  return solution;
}

std::vector<double> Tsqr::solve_normal(std::span<const double> c, const Damping& damping) const {
  const AlignedVector r = damped(damping.tau, damping.weights.empty() ? norms_ : damping.weights);
  const int n = columns_, ld = columns_ + 1, one = 1;
  std::vector<double> x(c.begin(), c.end());
  dtrsv_("U", "T", "N", &n, r.data(), &ld, x.data(), &one);
  dtrsv_("U", "N", "N", &n, r.data(), &ld, x.data(), &one);
  return x;
}

LeastSquaresSolution least_squares(const Communicator& comm, std::span<double> rows, long local_rows, int columns,
                                   const Damping& damping, Reductions reductions) {
  if (static_cast<long>(rows.size()) < local_rows * (columns + 1)) {
    throw Error("least squares: " + std::to_string(local_rows) + " rows of " + std::to_string(columns) +
                " + 1 columns do not fit in the array given");
  }
  Tsqr tsqr(comm, columns, local_rows, reductions);
  if (local_rows > 0) tsqr.add(0, rows.data(), static_cast<int>(local_rows), static_cast<int>(local_rows));
  tsqr.finish();
  return tsqr.solve(damping);
}

}  // namespace residua
