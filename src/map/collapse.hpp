// From derivatives of unknowns to channels: which channels a set of expressions needs of a network, and the expressions
// written in them.
//
// Derivatives of one order of an unknown that enter all expressions only through one fixed linear combination
// z = sum_k c_k D^{a_k} u (nu * (u_xx + u_yy), with or without a common factor) become one collapsed channel z. The
// test: for every expression e the partial derivatives @e/@(D^{a_k} u) are proportional with the same constant ratios
// c_k; then e depends on them through z alone. Derivatives that the chain rule needs singly for a higher one are never
// collapsed.
#pragma once

#include <span>
#include <vector>

#include "map/channel.hpp"
#include "map/expression.hpp"

namespace residua {

struct ChannelForm {
  ChannelSet channels;                       ///< one set, shared by all fields
  std::vector<std::vector<Channel>> wanted;  ///< for each field, the channels that occur in its place
  /// Channel c of field j is input(first_input + j * channels.size() + c).
  std::vector<Expression> expressions;
};

/// Rewrites the fields unknown(first_field + j), 0 <= j < fields. Derivatives are collapsed where that makes the shared
/// set smaller and their order is at least two; `allow_collapse = false` keeps single derivatives throughout.
ChannelForm collapse(std::span<const Expression> expressions, int first_field, int fields, int first_input,
                     bool allow_collapse = true);

}  // namespace residua
