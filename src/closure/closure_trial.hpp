// Closed runs against a kinetic one from the same start ("a posteriori"): relative L2 errors of z and u over the
// square.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "kinetic/simulation.hpp"

namespace residua::kinetic {

/// What a run looked like at some times.
struct Frames {
  std::vector<std::vector<Complex>> z, vorticity;  ///< modes of this rank, for each time reached
  std::vector<Tails> tails;                        ///< how well space and angle are resolved
  double unrealizable = 0;                         ///< largest share of the cells that were drawn back
  double turn_defect = 0;                          ///< of its closure, the largest one at these times
  double seconds = 0;                              ///< of marching
  std::string failure;                             ///< why the last times were not reached; empty when they were
};

/// Called after each step with the time; false ends the run.
using Watch = std::function<bool(Simulation&)>;

/// Runs from the start and keeps the frames at `times`, in increasing order. A state that cannot be ends it early.
/// Collective.
Frames run_frames(const SimulationSettings& settings, const Start& start, const std::vector<double>& times,
                  const Communicator& communicator, const Watch& watch);

struct FrameError {
  double z = 0, u = 0;
  double estimate = 0;  ///< of z, by the closed run and its twin (kinetic/closure_twin.hpp); 0: none
};

/// For each time that both have reached. Collective.
std::vector<FrameError> frame_errors(const Frames& found, const Frames& reference, const SimulationSettings& settings,
                                     const Communicator& communicator);

/// Spearman's: that of the ranks of the values, in which equal ones share theirs. At least two values.
double rank_correlation(const std::vector<double>& a, const std::vector<double>& b);

}  // namespace residua::kinetic
