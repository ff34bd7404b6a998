// An upper triangular matrix whose block columns are dealt to the members of a group of ranks, and what a tree of
// factorisations or sums does with such matrices.
#pragma once

#include <span>
#include <vector>

#include "base/aligned_vector.hpp"
#include "base/communicator.hpp"

namespace residua {

/// Ranks of a communicator, ascending.
using Group = std::vector<int>;

/// n x n, upper triangular. Block column j holds columns [j width, (j+1) width) and the rows above and in the diagonal
/// block, column-major with leading dimension rows(j); it lies on rank group[j % group.size()].
class BlockTriangle {
 public:
  static constexpr int width = 64;

  BlockTriangle() = default;
  /// Zeros. Ranks outside the group hold nothing.
  BlockTriangle(const Communicator& comm, int n, Group group);

  int size() const { return n_; }
  int blocks() const { return (n_ + width - 1) / width; }
  int first(int j) const { return j * width; }
  int columns(int j) const { return std::min(width, n_ - j * width); }
  int rows(int j) const { return first(j) + columns(j); }
  const Group& group() const { return group_; }
  int owner(int j) const { return group_[static_cast<std::size_t>(j) % group_.size()]; }
  bool mine(int j) const { return owner(j) == comm_->rank(); }
  double* block(int j) { return blocks_[static_cast<std::size_t>(j)].data(); }
  const double* block(int j) const { return blocks_[static_cast<std::size_t>(j)].data(); }
  const Communicator& communicator() const { return *comm_; }

  /// Copies the upper triangle of a matrix that this rank alone holds (its group is this rank). Rows from `m` on are 0.
  void fill(const double* a, int ld, int m);

  /// Deals the block columns anew. Called by the members of both groups.
  void redistribute(const Group& to);

  /// n x n, column-major, zeros below the diagonal; collective, on every rank, over any group.
  AlignedVector gather() const;

 private:
  const Communicator* comm_ = nullptr;
  int n_ = 0;
  Group group_;
  std::vector<std::vector<double>> blocks_;
};

/// The ranks of either group.
Group unite(const Group& a, const Group& b);

/// R of the QR factorisation of [left; right], into left; right is overwritten. Both lie on the same group, whose
/// members call. Householder, by panels of one block column: LAPACK's dtpqrt factors a panel, dtpmqrt updates the
/// others. The bits do not depend on the group. 2/3 n^3 operations, shared by the group.
void combine_qr(BlockTriangle& left, BlockTriangle& right);

/// left <- left + right, on the same group.
void combine_sum(BlockTriangle& left, BlockTriangle& right);

}  // namespace residua
