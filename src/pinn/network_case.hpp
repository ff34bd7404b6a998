// A run in which every weight of a network is trained, in the stages of the deck, in one or more time windows.
#pragma once

#include <memory>

#include "run/case.hpp"

namespace residua::pinn {

std::unique_ptr<Case> make_network_case(const Deck& deck);

}  // namespace residua::pinn
