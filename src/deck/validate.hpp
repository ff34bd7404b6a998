// Checks the tree of a deck against a schema and completes it.
#pragma once

#include <vector>

#include "deck/problem.hpp"

namespace residua {

/// Rearranges `root` into the order of the schema with all defaults filled in; returns every mistake found, in which
/// case the tree is not to be used.
std::vector<Problem> validate(const Schema& schema, Node& root);

}  // namespace residua
