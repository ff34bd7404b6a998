// What a finished run is worth: its fields on a grid, and their error against the deck's reference.
#pragma once

namespace residua {
class Deck;
class RunContext;
}

namespace residua::pinn {

struct Problem;
class Solution;

/// Mistakes in the deck's keys of the reference and the output that can be seen before the run; InputError.
void check_measure(const Deck& deck, const Problem& problem);

/// Writes the unknowns (and <name>_reference, <name>_error) as fields, and the metrics
///
///     rel_l2_<unknown> = |u - u_ref|_2 / |u_ref|_2  on the grid of the reference,   rel_l2 = their largest,
///     max_error_<unknown> = max |u - u_ref|,
///
/// where the deck gives a reference. Collective.
void measure(RunContext& context, const Problem& problem, const Solution& solution);

}  // namespace residua::pinn
