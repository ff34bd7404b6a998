// Least squares by TSQR: min |A x - b|^2 + tau^2 |D x|^2, the rows of A spread over the ranks.
//
// Every leaf of rows (solve/row_leaves.hpp) is factored by Householder reflectors (LAPACK's dgeqrt) with b as one more
// column, so that Q is never formed; the triangles are combined pairwise along a binary tree (Demmel, Grigori, Hoemmen,
// Langou, SIAM J. Sci. Comput. 34 (2012) A206). Near the root the ranks share the work by block columns. R is backward
// stable whatever the scales of the columns: never the condition number squared.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/communicator.hpp"
#include "base/reduction.hpp"
#include "solve/row_leaves.hpp"
#include "solve/triangle_tree.hpp"

namespace residua {

struct LeastSquaresSolution {
  std::vector<double> x;     ///< the same bits on every rank
  double residual_norm = 0;  ///< |A x - b| over all ranks
  double condition = 0;      ///< of R with its columns scaled to norm 1, damping included: an estimate in
                             ///< the 1-norm; infinite where a cut-off was given
  int rank = 0;              ///< numerical rank where a cut-off was given, else the number of columns
};

/// The damping, and how rank deficiency is met.
struct Damping {
  double tau = 0;                        ///< 0: none; a column of zeros is then an Error
  std::span<const double> weights = {};  ///< D, one per column; empty: the norms of A's columns
  double cut_off = 0;  ///< > 0: minimum-norm solution by complete orthogonal factorisation of R, dropping
                       ///< what lies this much below the largest pivot (columns scaled to norm 1)
};

/// R of [A b]: fed with rows, solved any number of times.
class Tsqr {
 public:
  /// Collective. `segments` as for RowLeaves; A has `columns` columns.
  Tsqr(const Communicator& comm, int columns, std::span<const RowSegment> segments, Reductions reductions);
  /// Rows in rank order, `local_rows` of them here.
  Tsqr(const Communicator& comm, int columns, long local_rows, Reductions reductions);

  /// Local rows [local, local + count) of [A b], count x (columns + 1), column-major with leading dimension ld;
  /// overwritten. Not collective, in any order.
  void add(long local, double* rows, int ld, int count);

  /// Collective, after the last row. R is then final.
  void finish();

  int columns() const { return columns_; }

  /// After `finish`, the same on every rank: the norms of A's columns, A' b, and |b|.
  const std::vector<double>& column_norms() const { return norms_; }
  const std::vector<double>& projection() const { return projection_; }
  double right_side_norm() const { return right_side_norm_; }

  /// Collective.
  LeastSquaresSolution solve(const Damping& damping = {}) const;
  /// x of (A' A + tau^2 D^2) x = c, from R alone: this is as accurate as normal equations are. Collective;
  /// damping.cut_off plays no part.
  std::vector<double> solve_normal(std::span<const double> c, const Damping& damping = {}) const;

  /// The last `count` rows and columns of (A' A + tau^2 D^2)^-1, row-major: the covariance of the last unknowns where
  /// each row of A has variance 1. Collective; damping.cut_off plays no part.
  std::vector<double> covariance(int count, const Damping& damping = {}) const;

  /// sqrt(g' (A' A + tau^2 D^2)^-1 g), the standard deviations of `count` linear functions g of the unknowns,
  /// `gradients` [columns()][count], where each row of A has variance 1. Ranks may ask for other functions, or none;
  /// the bits do not depend on what is asked for beside. Collective; damping.cut_off plays no part.
  std::vector<double> deviations(std::span<const double> gradients, long count, const Damping& damping = {}) const;

 private:
  /// R of [A b; tau D 0], gathered: (columns + 1)^2, column-major. Collective.
  AlignedVector damped(double tau, std::span<const double> weights) const;

  const Communicator& comm_;
  int columns_;
  RowLeaves plan_;
  TriangleTree tree_;
  RowCollector collector_;
  BlockTriangle r_;
  std::vector<double> norms_, projection_;
  double right_side_norm_ = 0;
};

/// All at once: `rows` is this rank's block of [A b], local_rows x (columns + 1), column-major with leading dimension
/// max(1, local_rows); it is overwritten. Collective. N global rows cost 2 n^2 (N - n/3) operations.
LeastSquaresSolution least_squares(const Communicator& comm, std::span<double> rows, long local_rows, int columns,
                                   const Damping& damping = {}, Reductions reductions = Reductions::fast);

}  // namespace residua
