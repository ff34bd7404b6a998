// How unknowns share networks: those that are functions of the same coordinates stand in one part (map/network.hpp),
// one after another as the deck names them, and each that is inferred in one of its own; or every unknown in one of its
// own.
#pragma once

#include <functional>
#include <vector>

#include "map/network.hpp"
#include "pinn/problem.hpp"

namespace residua::pinn {

/// Sets outputs, and hidden layers or parts. `hidden`: the widths of a part whose coordinates and outputs are known
/// already, and whether its unknown is inferred. `separate`: every unknown has a part of its own.
void set_parts(NetworkSpec& spec, const Problem& problem, bool separate,
               const std::function<std::vector<int>(const NetworkPart&, bool)>& hidden);

}  // namespace residua::pinn
