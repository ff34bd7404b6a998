#include "map/jet_table.hpp"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "base/error.hpp"

namespace residua {
namespace {

/// The blocks of a partition as sorted multi-indices, and how many set partitions look like that.
using Partitions = std::map<std::vector<MultiIndex>, double>;

/// All partitions of the differentiations listed (each a coordinate), by placing one after the other.
Partitions partitions_of(const MultiIndex& alpha) {
  Partitions all{{{}, 1.0}};
  for (int i = 0; i < max_coordinates; ++i) {
    for (int k = 0; k < alpha[i]; ++k) {
      const MultiIndex unit = MultiIndex::unit(i);
      Partitions next;
      for (const auto& [blocks, count] : all) {
        for (std::size_t b = 0; b <= blocks.size(); ++b) {
          std::vector<MultiIndex> grown = blocks;
          if (b < blocks.size())
            grown[b] = grown[b] + unit;
          else
            grown.push_back(unit);
          std::ranges::sort(grown);
          next[grown] += count;
        }
      }
      all = std::move(next);
    }
  }
  return all;
}

class Builder {
 public:
  Builder(const ChannelSet& set, JetTable& table) : set_(set), table_(table) {}

  /// Of the product of two fields.
  void add_product(int channel) {
    std::map<std::pair<int, int>, double> terms{{{channel, 0}, 1.0}};  // (left, right) -> coefficient
    if (channel > 0) terms[{0, channel}] = 1;
    for (const auto& [alpha, coefficient] : set_[channel].terms) {
      for (int left = 1; left < channel; ++left) {
        if (!set_[left].single()) continue;
        const MultiIndex& beta = set_[left].terms[0].first;
        if (alpha.contains(beta)) terms[{left, find(alpha - beta)}] += coefficient * binomial(alpha, beta);
      }
    }
    for (const auto& [key, coefficient] : terms)
      table_.leibniz.push_back({channel, key.first, key.second, coefficient});
  }

  /// Of a function of a field.
  void add(int channel) {
    std::map<std::pair<int, int>, double> terms;  // (order, factor) -> coefficient
    for (const auto& [alpha, coefficient] : set_[channel].terms) {
      for (const auto& [blocks, count] : partitions_of(alpha)) {
        if (blocks.size() < 2) continue;
        terms[{static_cast<int>(blocks.size()), factor(blocks)}] += coefficient * count;
      }
    }
    for (const auto& [key, coefficient] : terms)
      if (coefficient != 0) table_.terms.push_back({channel, key.first, key.second, coefficient});
  }

 private:
  int find(const MultiIndex& alpha) const {
    const int z = set_.find(alpha);
    if (z < 0) throw Error("the channel set is not closed under the chain rule");
    return z;
  }

  int factor(const std::vector<MultiIndex>& blocks) {
    int product = -1;
    for (const MultiIndex& block : blocks) {
      const int z = find(block);
      product = product < 0 ? z : product_of(product, z);
    }
    return product;
  }

  int product_of(int left, int right) {
    const auto [place, is_new] = known_.try_emplace({left, right}, 0);
    if (is_new) {
      place->second = table_.channels + static_cast<int>(table_.products.size());
      table_.products.push_back({left, right});
    }
    return place->second;
  }

  const ChannelSet& set_;
  JetTable& table_;
  std::map<std::pair<int, int>, int> known_;
};

}  // namespace

JetTable::JetTable(const ChannelSet& set) : channels(set.size()), order(set.order()) {
  if (order > max_jet_order)
    throw Error(fmt::format("derivatives of order {} are asked for; at most {} are possible", order, max_jet_order));
  Builder builder(set, *this);
  for (int c = 0; c < channels; ++c) builder.add_product(c);
  for (int c = 1; c < channels; ++c) {
    if (set[c].order() < 1) throw Error("a channel other than the first is no derivative");
    builder.add(c);
  }
}

}  // namespace residua
