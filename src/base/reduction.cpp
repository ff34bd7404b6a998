#include "base/reduction.hpp"

#include <algorithm>

#include "base/error.hpp"

namespace residua {

TreeReduction::TreeReduction(long leaves, Combine combine) : leaves_(leaves), combine_(std::move(combine)) {}

void TreeReduction::add(std::span<double> left, std::span<const double> right) {
  for (std::size_t i = 0; i < left.size(); ++i) left[i] += right[i];
}

void TreeReduction::put(long leaf, std::vector<double> value) { insert({0, leaf}, std::move(value)); }

void TreeReduction::insert(Node node, std::vector<double> value) {
  while (true) {
    const auto [level, k] = node;
    // A node whose right sibling lies wholly beyond the last leaf passes upwards as it is.
    const bool root = k == 0 && (1L << level) >= leaves_;
    if (root) break;
    const bool alone = k % 2 == 0 && ((k + 1) << level) >= leaves_;
    if (!alone) {
      const auto sibling = nodes_.find({level, k ^ 1});
      if (sibling == nodes_.end()) break;
      std::vector<double> other = std::move(sibling->second);
      nodes_.erase(sibling);
      if (k % 2 == 1) std::swap(value, other);
      combine_(value, other);
    }
    node = {level + 1, k / 2};
  }
  nodes_[node] = std::move(value);
}

std::vector<double> TreeReduction::finish(const Communicator& comm) {
  if (comm.size() > 1) {
    std::vector<double> packed;  // level, position, length, values, ...
    for (const auto& [node, value] : nodes_) {
      packed.push_back(node.first);
      packed.push_back(static_cast<double>(node.second));
      packed.push_back(static_cast<double>(value.size()));
      packed.insert(packed.end(), value.begin(), value.end());
    }
    nodes_.clear();
    const std::vector<double> all = comm.gather(packed);
    for (std::size_t i = 0; i < all.size();) {
      const Node node{static_cast<int>(all[i]), static_cast<long>(all[i + 1])};
      const auto first = all.begin() + static_cast<long>(i) + 3;
      const auto length = static_cast<long>(all[i + 2]);
      insert(node, std::vector<double>(first, first + length));
      i += 3 + static_cast<std::size_t>(length);
    }
  }
  if (nodes_.size() != 1) throw Error("reduction: a leaf is missing or was put twice");
  std::vector<double> total = std::move(nodes_.begin()->second);
  nodes_.clear();
  return total;
}

}  // namespace residua
