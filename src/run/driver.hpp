// One run, from the command line to the summary.
#pragma once

#include <string>
#include <vector>

#include "base/communicator.hpp"

namespace residua {

struct RunRequest {
  std::string deck;                    ///< path
  std::vector<std::string> overrides;  ///< "key=value"
  std::string output;                  ///< directory; empty for runs/<deck>-<date>
  bool fresh = false;                  ///< remove what the directory holds of an earlier run
};

/// Validates the deck, and only then makes the directory; runs its case, from the newest checkpoint where there is one;
/// writes the summary. A finished run is left as it is. Returns 0, or 1 when a signal stopped the run; a mistake of the
/// user is an InputError on all ranks, any other failure an exception (see outcome.hpp). Collective. Kokkos must run.
int run_deck(const RunRequest& request, const Communicator& communicator);

}  // namespace residua
