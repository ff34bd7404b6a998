#include "map/channel.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

namespace residua {
namespace {

/// Inserts every beta with 0 <= beta <= alpha, by recursion over the coordinates.
void insert_below(const MultiIndex& alpha, int coordinate, MultiIndex beta, std::set<MultiIndex>& out) {
  if (coordinate == max_coordinates) {
    out.insert(beta);
    return;
  }
  for (int k = 0; k <= alpha[coordinate]; ++k) {
    beta[coordinate] = static_cast<std::uint8_t>(k);
    insert_below(alpha, coordinate + 1, beta, out);
  }
}

}  // namespace

ChannelSet::ChannelSet(const std::vector<Channel>& wanted) {
  std::set<MultiIndex> singles{MultiIndex{}};
  std::vector<Channel> collapsed;
  for (const Channel& channel : wanted) {
    for (const auto& [alpha, coefficient] : channel.terms) {
      std::set<MultiIndex> below;
      insert_below(alpha, 0, MultiIndex{}, below);
      if (!channel.single()) below.erase(alpha);
      singles.insert(below.begin(), below.end());
    }
    if (!channel.single() && std::ranges::find(collapsed, channel) == collapsed.end()) collapsed.push_back(channel);
  }
  channels_.assign(singles.begin(), singles.end());
  // Descending lexicographic order within one total order puts d(t) before d(x): the deck's order of coordinates.
  std::ranges::stable_sort(channels_, [](const Channel& a, const Channel& b) {
    return a.order() != b.order() ? a.order() < b.order() : b.terms[0].first < a.terms[0].first;
  });
  channels_.insert(channels_.end(), collapsed.begin(), collapsed.end());
}

int ChannelSet::find(const Channel& channel) const {
  const auto it = std::ranges::find(channels_, channel);
  return it == channels_.end() ? -1 : static_cast<int>(it - channels_.begin());
}

int ChannelSet::order() const {
  int order = 0;
  for (const Channel& c : channels_) order = std::max(order, c.order());
  return order;
}

std::string to_string(const Channel& channel, const std::vector<std::string>& coordinates) {
  std::string text;
  for (const auto& [alpha, coefficient] : channel.terms) {
    std::string names;
    for (std::size_t i = 0; i < coordinates.size(); ++i)
      for (int k = 0; k < alpha[static_cast<int>(i)]; ++k) names += (names.empty() ? "" : ",") + coordinates[i];
    if (!text.empty()) text += "+";
    if (coefficient != 1.0) text += fmt::format("{}*", coefficient);
    text += alpha.total() == 0 ? "value" : "d(" + names + ")";
  }
  return text;
}

}  // namespace residua
