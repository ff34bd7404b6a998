// The network that the keys of [closure] ask for, and how [fit] finds its weights.
#pragma once

#include "kinetic/closure_network.hpp"
#include "solve/trainer.hpp"

namespace residua {
class Deck;
}

namespace residua::kinetic {

/// Before it has seen data. InputError where the keys do not go together.
ClosureNetwork network_of(const Deck& deck);

/// Method and iterations of the fit; its options have the prefix closure_. InputError where it is not for the network.
TrainerSettings fit_settings(const Deck& deck);

}  // namespace residua::kinetic
