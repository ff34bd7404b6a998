// Combines one triangular matrix per leaf along the fixed binary tree of base/reduction.hpp. A node of the tree is
// computed by all ranks that own leaves below it, together, on block columns that they deal among themselves: so no
// rank is idle near the root, and the bits do not depend on who does what.
#pragma once

#include <functional>
#include <map>
#include <utility>
#include <vector>

#include "solve/block_triangle.hpp"

namespace residua {

class TriangleTree {
 public:
  /// left <- left (+) right, both on one group, whose members call. Only blocks of `left` are used afterwards.
  using Combine = std::function<void(BlockTriangle& left, BlockTriangle& right)>;

  /// `owner[leaf]` is the rank that puts it.
  TriangleTree(const Communicator& comm, std::vector<int> owner, Combine combine);

  /// On the owner of the leaf; combined at once with what this rank alone holds.
  void put(long leaf, BlockTriangle value);

  /// Collective, once all leaves have been put: the combination of all, dealt over all ranks.
  BlockTriangle finish();

 private:
  using Node = std::pair<int, long>;  // level, position within the level

  long first(Node node) const { return node.second << node.first; }
  long last(Node node) const;
  Group owners(Node node) const;

  const Communicator& comm_;
  std::vector<int> owner_;
  Combine combine_;
  std::map<Node, BlockTriangle> nodes_;
};

}  // namespace residua
