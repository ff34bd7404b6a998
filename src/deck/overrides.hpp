// Overrides of the command line: `training.seed=3`, `conditions.0.value=-sin(pi*x)`, `pde.unknowns=["u","v"]`.
// The name is a dotted path, its parts bare or in quotes, elements of lists by their index from 0. The value is TOML,
// or a bare word, which becomes a string (or a number, where it is one). Of several for one key the last one counts.
#pragma once

#include <string>
#include <vector>

#include "deck/problem.hpp"

namespace residua {

/// Applies them in order to the tree of a deck, making sections that are not there, and returns what went wrong.
std::vector<Problem> apply_overrides(const std::vector<std::string>& overrides, Node& root);

}  // namespace residua
