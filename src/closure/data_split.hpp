// Which frames of the kinetic runs a closure's fit sees, and which are held back to tell it when to stop.
//
// Cells of a frame, and frames of a run, are alike: a fit that only knows by heart what it has seen would do as well on
// others of them. So a share of the pairs of alpha and zeta is held back where there are at least three of them, else
// of the runs where there are two, and only else of the frames.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "closure/closure_runs.hpp"

namespace residua::kinetic {

/// Numbers of frames, counted through all runs, in increasing order.
struct DataSplit {
  std::vector<long> fitted, held_back;
  std::string told;  ///< "2 of 9 pairs"
};

/// Of runs with so many frames each; at least one pair, run or frame is held back where the share is not 0, drawn by
/// the seed. There are at least two frames in all.
DataSplit split_data(const std::vector<ClosureRun>& runs, long frames, double share, std::uint64_t seed);

}  // namespace residua::kinetic
