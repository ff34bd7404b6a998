// A run by random features: one time window after the other, each checkpointed when it is done.
#pragma once

#include <memory>

#include "run/case.hpp"

namespace residua::pinn {

std::unique_ptr<Case> make_feature_case(const Deck& deck);

}  // namespace residua::pinn
