#include "solve/normal_equations.hpp"

#include <algorithm>
#include <cmath>

#include "solve/lapack.hpp"

namespace residua {
namespace {

constexpr long least_rows = 512;  // of a leaf, which is held whole

/// The upper triangle of rows' rows; `square` is work space.
BlockTriangle leaf_products(const Communicator& comm, const double* rows, int ld, int m, int n,
                            std::vector<double>& square) {
  square.resize(static_cast<std::size_t>(n) * static_cast<std::size_t>(n));
  const double one = 1, zero = 0;
  dsyrk_("U", "T", &n, &m, &one, rows, &ld, &zero, square.data(), &n);
  BlockTriangle g(comm, n, {comm.rank()});
  g.fill(square.data(), n, n);
  return g;
}

/// Block row k of block column j: U_kk^-T (G_kj - U_{0..k-1,k}' U_{0..k-1,j}); `pivot` is the final block column k.
void update(BlockTriangle& g, const double* pivot, int k, int j) {
  const int above = g.first(k), m = g.columns(k), n = g.columns(j), ldk = g.rows(k), ldj = g.rows(j);
  double* block = g.block(j) + above;
  lapack::gemm('T', 'N', m, n, above, -1.0, pivot, ldk, g.block(j), ldj, 1.0, block, ldj);
  const double one = 1;
  dtrsm_("L", "U", "T", "N", &m, &n, &one, pivot + above, &ldk, block, &ldj);
}

/// The diagonal block of column k, whose rows above are final.
void factor_diagonal(BlockTriangle& g, int k) {
  const int above = g.first(k), n = g.columns(k), ld = g.rows(k);
  int info = 0;
  double* block = g.block(k) + above;
  lapack::gemm('T', 'N', n, n, above, -1.0, g.block(k), ld, g.block(k), ld, 1.0, block, ld);
  dpotrf_("U", &n, block, &ld, &info);
  if (info != 0) std::fill_n(g.block(k), static_cast<std::size_t>(ld * n), NAN);  // spreads to all that follows
}

}  // namespace

bool factor_cholesky(BlockTriangle& g) {
  const Communicator& comm = g.communicator();
  const int blocks = g.blocks();
  std::vector<double> received;
  std::vector<MPI_Request> requests;
  const auto finish_column = [&](int k) {
    factor_diagonal(g, k);
    if (k + 1 == blocks) return;
    for (const int rank : g.group()) {
      if (rank == comm.rank()) continue;
      MPI_Isend(g.block(k), g.rows(k) * g.columns(k), MPI_DOUBLE, rank, k, comm.mpi(), &requests.emplace_back());
    }
  };
  if (g.mine(0)) finish_column(0);
  for (int k = 0; k + 1 < blocks; ++k) {
    const double* pivot = g.block(k);
    if (!g.mine(k)) {
      received.resize(static_cast<std::size_t>(g.rows(k)) * static_cast<std::size_t>(g.columns(k)));
      MPI_Recv(received.data(), static_cast<int>(received.size()), MPI_DOUBLE, g.owner(k), k, comm.mpi(),
               MPI_STATUS_IGNORE);
      pivot = received.data();
    }
    if (g.mine(k + 1)) {
      update(g, pivot, k, k + 1);
      finish_column(k + 1);
    }
    for (int j = k + 2; j < blocks; ++j) {
      if (g.mine(j)) update(g, pivot, k, j);
    }
  }
  MPI_Waitall(static_cast<int>(requests.size()), requests.data(), MPI_STATUSES_IGNORE);
  const int last = blocks - 1;
  const bool failed = g.mine(last) && !std::isfinite(g.block(last)[g.rows(last) * g.columns(last) - 1]);
  return !comm.any(failed);
}

NormalEquations::NormalEquations(const Communicator& comm, int columns, std::span<const RowSegment> segments,
                                 Reductions reductions)
    : comm_(comm),
      columns_(columns),
      plan_(comm, segments, least_rows, reductions),
      tree_(comm, plan_.owner(), combine_sum),
      collector_(comm, plan_, columns + 1, [this](long leaf, double* rows, int ld, int count) {
        tree_.put(leaf, leaf_products(comm_, rows, ld, count, columns_ + 1, square_));
      }) {}

void NormalEquations::add(long local, double* rows, int ld, int count) { collector_.add(local, rows, ld, count); }

void NormalEquations::finish() {
  collector_.finish();
  g_ = tree_.finish();
  const auto n = static_cast<std::size_t>(columns_);
  std::vector<double> both(2 * n);  // each entry comes from one rank: the sum is exact
  for (int j = 0; j < g_.blocks(); ++j) {
    if (!g_.mine(j)) continue;
    for (int c = 0; c < g_.columns(j); ++c) {
      const int column = g_.first(j) + c;
      const double* values = g_.block(j) + c * g_.rows(j);
      if (column == columns_) {
        std::copy_n(values, n, both.begin() + columns_);
      } else {
        both[static_cast<std::size_t>(column)] = std::sqrt(values[column]);
      }
    }
  }
  comm_.sum(both);
  norms_.assign(both.begin(), both.begin() + columns_);
  projection_.assign(both.begin() + columns_, both.end());
}

std::optional<std::vector<double>> NormalEquations::solve(double mu, std::span<const double> weights) {
  BlockTriangle g = g_;
  for (int j = 0; j < g.blocks(); ++j) {
    if (!g.mine(j)) continue;
    for (int c = 0; c < g.columns(j); ++c) {
      const int column = g.first(j) + c;
      double& diagonal = g.block(j)[column + c * g.rows(j)];
      if (column < columns_) {
        const double d = weights[static_cast<std::size_t>(column)];
        diagonal += mu * d * d;
      } else {
        diagonal = 2 * diagonal + 1;  // any number above that keeps the last column, b's, from being singular
      }
    }
  }
  if (!factor_cholesky(g)) return std::nullopt;
  factor_ = g.gather();
  const int n = columns_, ld = columns_ + 1, one = 1;
  const double* right = factor_.data() + static_cast<std::size_t>(n) * static_cast<std::size_t>(ld);
  std::vector<double> x(right, right + n);
  dtrsv_("U", "N", "N", &n, factor_.data(), &ld, x.data(), &one);
  return x;
}

std::vector<double> NormalEquations::solve_again(std::span<const double> c) const {
  const int n = columns_, ld = columns_ + 1, one = 1;
  std::vector<double> x(c.begin(), c.end());
  dtrsv_("U", "T", "N", &n, factor_.data(), &ld, x.data(), &one);
  dtrsv_("U", "N", "N", &n, factor_.data(), &ld, x.data(), &one);
  return x;
}

}  // namespace residua
