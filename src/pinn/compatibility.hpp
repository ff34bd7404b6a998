// Whether conditions that are built in agree where they meet.
#pragma once

namespace residua {
class Deck;
}

namespace residua::pinn {

struct Problem;

/// Initial values, values and slopes on faces that are all built in must agree on the edges that their faces share: the
/// form of the solution (ansatz.hpp) takes it for granted. Compared at sample points; InputError at the condition.
void check_compatible(const Deck& deck, const Problem& problem);

}  // namespace residua::pinn
