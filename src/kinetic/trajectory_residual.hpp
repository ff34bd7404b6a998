// A closure judged by where it leads ("a posteriori"): the closed run from a start, against given frames, as a residual
// of the parameters p of the run, a closure's weights or numbers of the model,
//
//     r_jkm = (f_m(t_k; p) - f_m,k) / (|f_k| sqrt(J K))   for run j, frame k = 1 .. K and moments m,
//
// with the modes of f_m for its entries, real and imaginary part, and |f_k| the size of the frame's moments that are
// compared: |r|^2 is the mean square of the relative L2 error over frames and runs. Or the rows have one scale, such as
// that of measurements' errors. Derivatives are those of the discrete run (solve/etd_trajectory.hpp): jvp costs about
// five runs, vjp about six, explicit rows a jvp for each parameter.
//
// Where a run leaves what is realizable, or its flow has no solution, its rows from there on and every derivative are
// not finite: line searches and trust regions take that for a step that is too long.
#pragma once

#include <memory>
#include <optional>

#include "kinetic/moment_system.hpp"
#include "solve/etd_trajectory.hpp"
#include "solve/residual.hpp"

namespace residua::kinetic {

/// One run and what it shall be like: modes of f_0 .. f_N, [field][mode] of this rank.
struct TrajectoryData {
  std::unique_ptr<MomentSystem> system;     ///< of a grid and parameters that are those of all
  std::vector<double> start;                ///< at t = 0
  std::vector<std::vector<double>> frames;  ///< at t = interval, 2 interval, ..
};

struct TrajectorySettings {
  double interval = 0;  ///< between frames
  double step = 0;      ///< at most; a whole number of equal steps makes an interval
  int order = 4;
  bool all_moments = true;           ///< f_1 .. f_N are compared; else f_1 alone
  std::optional<double> scale = {};  ///< of f_m(t_k; p) - f_m,k, in place of 1 / (|f_k| sqrt(J K))
};

class TrajectoryResidual final : public Residual {
 public:
  /// At least one run, with one frame or more, as many in each. Collective.
  TrajectoryResidual(const Communicator& comm, std::vector<TrajectoryData> runs, const TrajectorySettings& settings);

  void evaluate(Vec u, Vec r) override;
  void jvp(Vec u, Vec v, Vec jv) override;
  void vjp(Vec u, Vec w, Vec g) override;
  double loss_gradient(Vec u, Vec g) override;
  bool has_rows() const override { return true; }
  void stream_rows(Vec u, const RowSink& sink) override;
  std::vector<RowSegment> segments() const override;
  std::string describe_row(long local_row) const override;

 private:
  long modes() const { return runs_.front().system->grid().modes(); }
  long frames() const { return static_cast<long>(runs_.front().frames.size()); }
  /// Local rows of one frame.
  long frame_rows() const { return 2 * compared_ * modes(); }
  EtdTrajectory trajectory(std::size_t run) const;
  /// Frames that end with step k, from 1; 0 for none.
  long frame_at(long k) const { return k % steps_ == 0 ? k / steps_ : 0; }
  /// Calls body(run, rows of the run) for each; false, and rows that are not finite, after a failure.
  template <class Body>
  bool each_run(std::span<double> rows, const Body& body);

  std::vector<TrajectoryData> runs_;
  TrajectorySettings settings_;
  long compared_, steps_;                   ///< moments that are compared; steps for each interval
  std::vector<std::vector<double>> scale_;  ///< [run][frame]
  std::string failure_;
};

}  // namespace residua::kinetic
