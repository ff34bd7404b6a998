// What a closure's trial says: figures of all its runs for summary.json, and each of them in trial.csv.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "closure/closure_runs.hpp"
#include "closure/closure_trial.hpp"

namespace residua {
class RunContext;
}

namespace residua::kinetic {

/// Errors of one closure over the trial's runs.
struct Score {
  std::vector<std::vector<FrameError>> runs;  ///< [run of the trial][time reached]
  double seconds = 0, time = 0;               ///< of marching, and how far that went
  double unrealizable = 0;                    ///< largest share of the cells of a run that were drawn back
  double turn_defect = 0;                     ///< the largest one (turn_defect.hpp)
};

/// By the closure's name; "kinetic" has seconds alone.
using Scores = std::map<std::string, Score>;

/// Means over the runs, of those closures that reached the time in all of them; ratios of "learned" to "quadratic"; and
/// whether the closed runs' own estimates tell their errors.
void report_trial(RunContext& context, const std::vector<double>& times, const Scores& scores);

/// Rows alpha, zeta, seed, closure, time, z, u, estimate, with the errors of z and u, for each of `runs`, closure and
/// time that it reached. Not collective.
void write_trial(const std::filesystem::path& path, const std::vector<ClosureRun>& runs,
                 const std::vector<double>& times, const Scores& scores);

}  // namespace residua::kinetic
