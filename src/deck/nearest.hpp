// The nearest valid name, for "did you mean".
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace residua {

/// Insertions, deletions, substitutions and swaps of neighbours that turn `a` into `b` (Damerau-Levenshtein distance,
/// optimal string alignment).
std::size_t edit_distance(std::string_view a, std::string_view b);

/// The candidate that `name` was probably meant to be, letter case and `-` for `_` apart: within a third of its length
/// in edits, or else the first one that `name` abbreviates.
std::optional<std::string> nearest(std::string_view name, const std::vector<std::string>& candidates);

/// "did you mean `x`?", or nothing.
std::string did_you_mean(std::string_view name, const std::vector<std::string>& candidates);

}  // namespace residua
