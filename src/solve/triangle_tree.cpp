#include "solve/triangle_tree.hpp"

#include <algorithm>
#include <numeric>

#include "base/error.hpp"

namespace residua {

TriangleTree::TriangleTree(const Communicator& comm, std::vector<int> owner, Combine combine)
    : comm_(comm), owner_(std::move(owner)), combine_(std::move(combine)) {}

long TriangleTree::last(Node node) const {
  return std::min((node.second + 1) << node.first, static_cast<long>(owner_.size()));
}

Group TriangleTree::owners(Node node) const {
  Group group(owner_.begin() + first(node), owner_.begin() + last(node));
  std::sort(group.begin(), group.end());
  group.erase(std::unique(group.begin(), group.end()), group.end());
  return group;
}

void TriangleTree::put(long leaf, BlockTriangle value) {
  Node node{0, leaf};
  while (first(node) > 0 || last(node) < static_cast<long>(owner_.size())) {
    const Node parent{node.first + 1, node.second / 2};
    if (owners(parent).size() > 1) break;
    const Node sibling{node.first, node.second ^ 1};
    if (first(sibling) < static_cast<long>(owner_.size())) {
      const auto other = nodes_.find(sibling);
      if (other == nodes_.end()) break;
      if (sibling < node) std::swap(value, other->second);
      combine_(value, other->second);
      nodes_.erase(other);
    }
    node = parent;
  }
  nodes_[node] = std::move(value);
}

BlockTriangle TriangleTree::finish() {
  const auto leaves = static_cast<long>(owner_.size());
  int level = 0;
  for (; (1L << level) < leaves; ++level) {
    for (long k = 0; ((2 * k) << level) < leaves; ++k) {
      const Node parent{level + 1, k}, left{level, 2 * k}, right{level, 2 * k + 1};
      const Group group = owners(parent);
      if (group.size() == 1 || !std::binary_search(group.begin(), group.end(), comm_.rank())) continue;
      const int n = nodes_.empty() ? 0 : nodes_.begin()->second.size();
      const auto take = [&](Node node) {
        const auto found = nodes_.find(node);
        if (found == nodes_.end()) return BlockTriangle(comm_, n, owners(node));
        BlockTriangle value = std::move(found->second);
        nodes_.erase(found);
        return value;
      };
      BlockTriangle value = take(left);
      value.redistribute(group);
      if (first(right) < leaves) {
        BlockTriangle other = take(right);
        other.redistribute(group);
        combine_(value, other);
      }
      nodes_[parent] = std::move(value);
    }
  }
  const Node root{level, 0};
  const long n = comm_.sum(
      nodes_.contains(root) && owners(root).front() == comm_.rank() ? static_cast<long>(nodes_[root].size()) : 0L);
  if (n == 0) throw Error("triangle tree: a leaf is missing");
  BlockTriangle total =
      nodes_.contains(root) ? std::move(nodes_[root]) : BlockTriangle(comm_, static_cast<int>(n), owners(root));
  nodes_.clear();
  Group all(static_cast<std::size_t>(comm_.size()));
  std::iota(all.begin(), all.end(), 0);
  total.redistribute(all);
  return total;
}

}  // namespace residua
