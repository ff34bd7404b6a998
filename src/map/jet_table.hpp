// The chain rule for channels: y = sigma(z) for the channels of z and y of one ChannelSet (Faa di Bruno's formula).
//
// For a derivative D^alpha with n = |alpha| >= 1, over the set partitions of its n differentiations,
//
//     D^alpha sigma(z) = sum_partitions sigma^(number of blocks)(z) prod_blocks D^block z ,
//
// so y_c = sum_terms coefficient * sigma^(m)(z_0) * q, with products q of channels of z. A collapsed channel is the sum
// of its derivatives; its terms of one block add up to sigma'(z) times the collapsed channel of z.
#pragma once

#include <vector>

#include "map/channel.hpp"

namespace residua {

/// Factor numbers: below the number of channels, a channel of z; from there on, a product.
struct JetProduct {
  int left = 0;   ///< factor number, less than this product's own
  int right = 0;  ///< a channel of z
};

/// coefficient * sigma^(order)(z_0) * factor, a part of y_channel, order >= 2. The term of order 1 is sigma'(z_0)
/// z_channel for every channel but the value, and is not listed.
struct JetTerm {
  int channel = 0;
  int order = 0;
  int factor = 0;
  double coefficient = 0;
};

/// coefficient * a_left * b_right, a part of channel `channel` of the product a b (Leibniz' rule). Of a collapsed
/// channel, the sum of its derivatives, the terms with a value are the collapsed channel of the other factor times it.
struct LeibnizTerm {
  int channel = 0;
  int left = 0, right = 0;
  double coefficient = 0;
};

struct JetTable {
  /// Throws Error when the set's order is above max_jet_order.
  explicit JetTable(const ChannelSet& set);

  int channels = 0;
  int order = 0;
  std::vector<JetProduct> products;  ///< factor number `channels + k`
  std::vector<JetTerm> terms;        ///< sorted by channel, then order
  std::vector<LeibnizTerm> leibniz;  ///< sorted by channel
};

/// The largest order of a channel.
inline constexpr int max_jet_order = 8;

}  // namespace residua
