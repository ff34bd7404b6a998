// Sums whose bits do not depend on how the terms are distributed over ranks.
//
// The terms are cut into leaves, numbered globally. Leaf values are combined along the one binary tree over the leaf
// numbers: node (level, k) covers leaves [k 2^level, (k+1) 2^level). Each rank combines the nodes that its leaves
// complete, like the carries of a binary counter, and the few nodes left over (at most 2 log2(leaves) per rank) are
// exchanged and combined in the same tree. The same tree serves any associative combination, also of matrices.
#pragma once

#include <functional>
#include <map>
#include <span>
#include <utility>
#include <vector>

#include "base/communicator.hpp"

namespace residua {

/// How sums over ranks are made. `fast` differs from rank count to rank count in the last bits.
enum class Reductions { fast, reproducible };

/// Combines vectors of one length over leaves 0 .. leaves-1, spread over the ranks in any contiguous way.
class TreeReduction {
 public:
  /// left <- left (+) right; `left` covers the lower leaf numbers.
  using Combine = std::function<void(std::span<double> left, std::span<const double> right)>;

  /// Sums elementwise unless another combination is given.
  explicit TreeReduction(long leaves, Combine combine = add);

  /// Adds the value of one leaf; each leaf once, on one rank, in any order.
  void put(long leaf, std::vector<double> value);

  /// Collective: the combination of all leaves, on every rank. All leaves must have been put.
  std::vector<double> finish(const Communicator& comm);

  static void add(std::span<double> left, std::span<const double> right);

 private:
  using Node = std::pair<int, long>;  // level, position within the level

  void insert(Node node, std::vector<double> value);

  long leaves_;
  Combine combine_;
  std::map<Node, std::vector<double>> nodes_;
};

}  // namespace residua
