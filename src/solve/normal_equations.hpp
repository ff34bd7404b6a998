// Normal equations of a least squares problem: G = [A b]' [A b], summed over rows that are spread over the ranks, and
// the damped solution of (A'A + mu D^2) x = A'b by a Cholesky factorisation that the ranks share by block columns. Half
// the work of TSQR and less memory, at the price of the squared condition number: good where damping is not tiny.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "solve/row_leaves.hpp"
#include "solve/triangle_tree.hpp"

namespace residua {

/// U of U'U = G in place; false when G is not positive definite (then G holds NaN). Members of the group call. Block
/// column k is final when it is broadcast, after the block rows above have updated it. n^3/3 operations, shared; the
/// bits do not depend on the group.
bool factor_cholesky(BlockTriangle& g);

class NormalEquations {
 public:
  /// As for Tsqr.
  NormalEquations(const Communicator& comm, int columns, std::span<const RowSegment> segments, Reductions reductions);

  /// Local rows of [A b], count x (columns + 1). Not collective.
  void add(long local, double* rows, int ld, int count);
  /// Collective, after the last row.
  void finish();

  const std::vector<double>& column_norms() const { return norms_; }
  /// A'b
  const std::vector<double>& projection() const { return projection_; }

  /// Collective: x, or nothing when the matrix is not positive definite to working precision.
  std::optional<std::vector<double>> solve(double mu, std::span<const double> weights);
  /// x of (A'A + mu D^2) x = c with the mu and D of the last `solve` that had an answer.
  std::vector<double> solve_again(std::span<const double> c) const;

 private:
  const Communicator& comm_;
  int columns_;
  RowLeaves plan_;
  TriangleTree tree_;
  std::vector<double> square_;  ///< of one leaf
  RowCollector collector_;
  BlockTriangle g_;
  AlignedVector factor_;  ///< U of the last `solve`, (columns + 1)^2, column-major
  std::vector<double> norms_, projection_;
};

}  // namespace residua
