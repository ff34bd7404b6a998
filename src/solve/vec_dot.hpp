// Vectors whose inner products are made by a function of ours, so that a Krylov method has the same bits on any number
// of ranks.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "solve/vec.hpp"

namespace residua {

/// Over all ranks. Collective.
using DotProduct = std::function<double(std::span<const double> a, std::span<const double> b)>;

struct DotPair {
  std::span<const double> a, b;
};
/// a . b of each pair, over all ranks. Collective.
using DotProducts = std::function<std::vector<double>(std::span<const DotPair> pairs)>;

/// One after the other.
DotProducts each_by(DotProduct dot);

/// From now on inner products and 2-norms of `vec` and of its duplicates are `dot`, which must outlive them all, and
/// additions of a multiple are done entry by entry, alike in every place.
void set_dot_product(Vec vec, const DotProduct& dot);

}  // namespace residua
