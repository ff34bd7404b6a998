// A run by the classical solver, from the same deck as a network's.
#pragma once

#include <memory>

#include "run/case.hpp"

namespace residua::pinn {

std::unique_ptr<Case> make_classical_case(const Deck& deck);

}  // namespace residua::pinn
