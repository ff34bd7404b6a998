// How the ranks of a program end together, whatever happens on any of them.
#pragma once

#include <functional>

#include "base/communicator.hpp"

namespace residua {

/// Runs `work` on every rank and returns the program's exit code, the same on all ranks: that of `work`, or for an
/// exception 2 (InputError) or 1 (anything else), the worst of the ranks' (1, then 2) where they differ.
///
/// Exceptions are logged, a message that several ranks share once. When a rank failed and some other has not come to
/// the end of `work` within `grace` seconds, it may wait for the failed one for ever: then MPI_Abort ends all of them.
int end_together(const Communicator& communicator, const std::function<int()>& work, double grace = 2.0);

}  // namespace residua
