// What a run is worth: its fields on a grid, and their error against the deck's reference.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "base/communicator.hpp"
#include "io/axis.hpp"
#include "io/fields.hpp"

namespace residua {
class Deck;
class RunContext;
struct GridTable;
}  // namespace residua

namespace residua::pinn {

struct Problem;
class Solution;

/// Mistakes in the deck's keys of the reference and the output that can be seen before the run; InputError.
void check_measure(const Deck& deck, const Problem& problem);

/// The grid of the fields, with the reference's values where the deck gives one. Members are collective.
class Measure {
 public:
  /// Solves the problem by the classical solver, where that is the reference.
  Measure(RunContext& context, const Problem& problem);

  /// Of the grid, one for each coordinate in the problem's order.
  const std::vector<Axis>& axes() const { return axes_; }
  bool has_reference() const { return known_; }
  /// Those of the grid that are this rank's, [dimension][n].
  const std::vector<double>& points() const { return points_; }

  /// Standard deviations [inferred unknowns][n] at points(): fields <name>_std, and their root mean squares as metrics.
  void add_deviations(RunContext& context, std::span<const double> deviations);

  /// The worst quantity's relative L2 error over the grid points of the last window of `solution`; nothing when the
  /// grid has none there, or without a reference.
  std::optional<double> error_in_last_window(const Solution& solution) const;

  /// Writes the quantities (and <name>_reference, <name>_error) as fields, and the metrics
  ///
  ///     rel_l2_<quantity> = |u - u_ref|_2 / |u_ref|_2  on the grid,   rel_l2 = their largest,
  ///     max_error_<quantity> = max |u - u_ref|;
  ///
  /// in time also errors.csv, the error of each quantity over time,
  ///
  ///     e(t) = sqrt(mean over space of (u - u_ref)^2 / mean over space and time of u_ref^2),
  ///
  /// and the metric time_within, the last time until which all of them are at most reference.threshold.
  void finish(RunContext& context, const Solution& solution);
  /// The same for values [unknowns][points of axes(), the last the fastest] that every rank has whole.
  void finish(RunContext& context, const std::vector<double>& values);

 private:
  Measure(const RunContext& context, const Problem& problem, const std::optional<GridTable>& table);
  void report(RunContext& context, std::span<const double> values);
  /// Of each quantity, e at the times of the grid.
  void write_courses(RunContext& context, const std::vector<std::vector<double>>& courses) const;

  const Problem& problem_;
  const Communicator& comm_;
  std::vector<Axis> axes_;
  FieldSet fields_;
  std::vector<double> points_;      ///< [dimension][local points]
  double threshold_;                ///< 0: none
  std::vector<double> reference_;   ///< [quantities][local points], or empty
  bool known_ = false;              ///< whether there is a reference
  std::optional<double> accuracy_;  ///< of the reference; of a classical one, the estimate of its relative L2 error
};

}  // namespace residua::pinn
