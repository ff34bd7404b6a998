// Channels: the numbers per point that pass from a network to a point program.
//
// A channel of a scalar field f is sum_k c_k D^alpha_k f with all |alpha_k| equal: a single derivative in most
// cases, a Laplacian or a biharmonic operator where the residual needs no more ("collapsed" Taylor mode,
// arXiv:2505.13644).
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "map/multi_index.hpp"

namespace residua {

struct Channel {
  std::vector<std::pair<MultiIndex, double>> terms;  ///< sorted by multi-index, no zero coefficient

  Channel() = default;
  Channel(const MultiIndex& alpha) : terms{{alpha, 1.0}} {}  // NOLINT: a derivative is a channel

  bool single() const { return terms.size() == 1 && terms[0].second == 1.0; }
  int order() const { return terms.empty() ? 0 : terms[0].first.total(); }
  bool operator==(const Channel&) const = default;
};

/// An ordered list of channels, closed under the chain rule: channel 0 is the value; for every term of order >= 2 all
/// derivatives D^beta with 0 < beta < alpha (componentwise, beta != alpha) are present as single channels.
class ChannelSet {
 public:
  ChannelSet() : ChannelSet(std::vector<Channel>{}) {}

  /// The smallest closed set that holds `wanted`; single channels first, by order, then the collapsed ones.
  explicit ChannelSet(const std::vector<Channel>& wanted);

  int size() const { return static_cast<int>(channels_.size()); }
  const Channel& operator[](int i) const { return channels_[i]; }
  const std::vector<Channel>& channels() const { return channels_; }

  /// The position of a channel, or -1.
  int find(const Channel& channel) const;

  /// The largest order of any channel.
  int order() const;

 private:
  std::vector<Channel> channels_;
};

/// "d(t)", "d(x,x)", "d(x,x)+d(y,y)": for messages and tests.
std::string to_string(const Channel& channel, const std::vector<std::string>& coordinates);

}  // namespace residua
