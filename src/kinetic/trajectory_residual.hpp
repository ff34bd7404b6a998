// A closure judged by where it leads ("a posteriori"): the closed run from a start, against given frames, as a residual
// of the parameters p of the run, a closure's weights or numbers of the model,
//
//     r_jkm = (f_m(t_k; p) - f_m,k) / (|f_k| sqrt(J K))   for run j, frame k = 1 .. K and moments m,
//
// with the modes of f_m for its entries, real and imaginary part, and |f_k| the size of all that is compared of the
// frame: |r|^2 is the mean square of the relative L2 error over frames and runs. Or the rows have scales of their own,
// such as those of measurements' errors. The velocity u + i v may be compared like a moment. Derivatives are those of
// the discrete run (solve/etd_trajectory.hpp): jvp costs about five runs, vjp about six, explicit rows a jvp for each
// unknown.
//
// The unknowns are waves x of the starts of those runs that have such (start_waves.hpp), run by run, and then p. To the
// rows of a run with waves comes what is known of them, (x - measured) scale.
//
// Where a run leaves what is realizable, or its flow has no solution, its rows from there on and every derivative are
// not finite: line searches and trust regions take that for a step that is too long.
#pragma once

#include <memory>
#include <optional>

#include "kinetic/moment_system.hpp"
#include "kinetic/start_waves.hpp"
#include "solve/etd_trajectory.hpp"
#include "solve/residual.hpp"

namespace residua::kinetic {

/// One run and what it shall be like; modes of this rank.
struct TrajectoryData {
  std::unique_ptr<MomentSystem> system;     ///< of a grid and parameters that are those of all
  std::vector<double> start;                ///< f_0 .. f_N at t = 0, [field][mode], where there are no waves
  std::vector<std::vector<double>> frames;  ///< what is compared, [field][mode], at t = interval, 2 interval, ..
  std::optional<StartWaves> waves = {};
};

struct TrajectorySettings {
  double interval = 0;  ///< between frames
  double step = 0;      ///< at most; a whole number of equal steps makes an interval
  int order = 4;
  int moments = 1;                  ///< f_1 .. are compared, so many,
  bool velocity = false;            ///< and then the velocity.
  std::vector<double> scales = {};  ///< of each of them, in place of 1 / (|f_k| sqrt(J K))
};

class TrajectoryResidual final : public Residual {
 public:
  /// At least one run, with one frame or more, as many in each. Collective.
  TrajectoryResidual(const Communicator& comm, std::vector<TrajectoryData> runs, const TrajectorySettings& settings);

  /// The waves as they were measured, and behind them p: where to begin.
  std::vector<double> with_waves(std::span<const double> p) const;

  void evaluate(Vec u, Vec r) override;
  void jvp(Vec u, Vec v, Vec jv) override;
  void vjp(Vec u, Vec w, Vec g) override;
  double loss_gradient(Vec u, Vec g) override;
  bool has_rows() const override { return true; }
  void stream_rows(Vec u, const RowSink& sink) override;
  std::vector<RowSegment> segments() const override;
  std::string describe_row(long local_row) const override;

 private:
  /// Where the unknowns and the rows of a run begin.
  struct Place {
    long unknown = 0, row = 0;
  };

  long modes() const { return runs_.front().system->grid().modes(); }
  long frames() const { return static_cast<long>(runs_.front().frames.size()); }
  int fields() const { return settings_.moments + (settings_.velocity ? 1 : 0); }
  /// Local rows of one frame.
  long frame_rows() const { return 2 * fields() * modes(); }
  /// Of the rows of a frame.
  void scale_rows(std::size_t run, long frame, std::span<const double> from, std::span<double> to) const;
  std::span<const double> waves_of(std::size_t run, std::span<const double> unknowns) const;
  std::span<const double> parameters_of(std::span<const double> unknowns) const;
  EtdTrajectory trajectory(std::size_t run) const;
  std::vector<double> start_of(std::size_t run, std::span<const double> unknowns) const;
  /// Frames that end with step k, from 1; 0 for none.
  long frame_at(long k) const { return k % steps_ == 0 ? k / steps_ : 0; }
  /// Calls body(run, rows of the run) for each; false, and rows that are not finite, after a failure.
  template <class Body>
  bool each_run(std::span<double> rows, const Body& body);
  void vjp_of_run(std::size_t run, std::span<const double> unknowns, std::span<const double> rows,
                  std::span<double> waves_bar, ParameterSum& p_bar);

  std::vector<TrajectoryData> runs_;
  TrajectorySettings settings_;
  long steps_;                              ///< for each interval
  std::vector<Place> place_;                ///< of each run, and the end
  std::vector<std::vector<double>> scale_;  ///< [run][frame], where the settings have none
  std::string failure_;
};

}  // namespace residua::kinetic
