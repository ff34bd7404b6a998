// What a deck gives beside its equations: measured values and priors.
#pragma once

#include <string>

#include "pinn/problem.hpp"

namespace residua::pinn {

/// The table [[observations]] at `path`, number `number` of them: its file read, with noise where the deck asks for it.
/// InputError where a column is missing, a point lies outside of the domain, or a standard deviation is 0.
Observations measurements_of(const Deck& deck, const std::string& path, const Problem& problem,
                             const Expression& quantity, std::size_t number);

/// The table [[priors]] at `path`, as observations of 0 at Sobol points: half the sum of (quantity / std)^2 over them
/// is half the mean of its square over the domain, over the square of the deck's std.
Observations prior_of(const Deck& deck, const std::string& path, const Problem& problem, const Expression& quantity);

}  // namespace residua::pinn
