#include "closure/closure_report.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "io/file.hpp"
#include "run/context.hpp"

namespace residua::kinetic {
namespace {

/// Rank correlations over all closures and runs, at each time and of all times together, and the median of estimate
/// over error.
void report_estimate(RunContext& context, const std::vector<double>& times, const Scores& scores) {
  std::vector<double> all_estimates, all_errors;
  for (std::size_t i = 0; i < times.size(); ++i) {
    std::vector<double> estimates, errors;
    for (const auto& [name, score] : scores)
      for (const std::vector<FrameError>& run : score.runs) {
        if (run.size() <= i || run[i].estimate == 0) continue;  // a hierarchy that is cut off has no closure
        estimates.push_back(run[i].estimate);
        errors.push_back(run[i].z);
      }
    if (estimates.size() > 1)
      context.metric(fmt::format("estimate_rank_t{:g}", times[i]), rank_correlation(estimates, errors));
    all_estimates.insert(all_estimates.end(), estimates.begin(), estimates.end());
    all_errors.insert(all_errors.end(), errors.begin(), errors.end());
  }
  if (all_estimates.size() < 2) return;
  context.metric("estimate_rank", rank_correlation(all_estimates, all_errors));
  std::vector<double> factors;
  for (std::size_t k = 0; k < all_errors.size(); ++k) factors.push_back(all_estimates[k] / all_errors[k]);
  std::ranges::nth_element(factors, factors.begin() + std::ssize(factors) / 2);
  context.metric("estimate_over_error", factors[factors.size() / 2]);
}

}  // namespace

void report_trial(RunContext& context, const std::vector<double>& times, const Scores& scores) {
  std::map<std::string, FrameError> means;
  for (const auto& [name, score] : scores) {
    if (score.unrealizable > 0) context.metric("unrealizable_" + name, score.unrealizable);
    if (name == "learned" && score.turn_defect > 0) context.metric("turn_defect", score.turn_defect);
    if (score.time > 0) context.timing(name + "_seconds_per_time", score.seconds / score.time);
    for (std::size_t i = 0; i < times.size() && !score.runs.empty(); ++i) {
      FrameError mean;
      double squares = 0;
      bool all = true;
      for (const std::vector<FrameError>& run : score.runs) {
        all = all && run.size() > i;
        if (!all) break;
        mean.z += run[i].z / static_cast<double>(score.runs.size());
        mean.u += run[i].u / static_cast<double>(score.runs.size());
      }
      if (!all) continue;
      for (const std::vector<FrameError>& run : score.runs) squares += std::pow(run[i].z - mean.z, 2);
      const std::string at = fmt::format("{}_t{:g}", name, times[i]);
      means[at] = mean;
      context.metric("z_" + at, mean.z);
      context.metric("u_" + at, mean.u);
      context.metric("z_spread_" + at, std::sqrt(squares / static_cast<double>(score.runs.size())));
    }
  }
  report_estimate(context, times, scores);
  for (const double time : times) {
    const std::string at = fmt::format("_t{:g}", time);
    if (means.contains("learned" + at) && means.contains("quadratic" + at))
      context.metric("ratio" + at, means["learned" + at].z / means["quadratic" + at].z);
  }
}

void write_trial(const std::filesystem::path& path, const std::vector<ClosureRun>& runs,
                 const std::vector<double>& times, const Scores& scores) {
  std::string text = "alpha,zeta,seed,closure,time,z,u,estimate\n";
  for (const auto& [name, score] : scores)
    for (std::size_t k = 0; k < score.runs.size(); ++k)
      for (std::size_t i = 0; i < score.runs[k].size(); ++i) {
        const FrameError& error = score.runs[k][i];
        text += fmt::format("{},{},{},{},{},{},{},{}\n", runs[k].pair.alpha, runs[k].pair.zeta, runs[k].seed, name,
                            times[i], error.z, error.u, error.estimate);
      }
  write_file(path, {text});
}

}  // namespace residua::kinetic
