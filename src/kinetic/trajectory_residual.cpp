#include "kinetic/trajectory_residual.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "base/error.hpp"

namespace residua::kinetic {
namespace {

/// An even split of all unknowns.
long even_share(const Communicator& comm, long total) {
  return total / comm.size() + (comm.rank() < total % comm.size() ? 1 : 0);
}

}  // namespace

TrajectoryResidual::TrajectoryResidual(const Communicator& comm, std::vector<TrajectoryData> runs,
                                       const TrajectorySettings& settings)
    : Residual(comm, even_share(comm, runs.front().system->parameters()), 0),
      runs_(std::move(runs)),
      settings_(settings),
      compared_(settings.all_moments ? runs_.front().system->fields() - 1 : 1),
      steps_(std::lround(std::ceil(settings.interval / settings.step - 1e-9))) {
  resize_rows(static_cast<long>(runs_.size()) * frames() * frame_rows());
  const double count = static_cast<double>(runs_.size()) * static_cast<double>(frames());
  for (const TrajectoryData& run : runs_) {
    std::vector<double>& scale = scale_.emplace_back();
    for (const std::vector<double>& frame : run.frames) {
      const double squares = run.system->grid().sum(Reductions::reproducible, [&](long k) {
        double sum = 0;
        for (long i = 2 * (modes() + k); i < 2 * (compared_ + 1) * modes(); i += 2 * modes())
          sum += frame[i] * frame[i] + frame[i + 1] * frame[i + 1];
        return sum;
      });
      scale.push_back(settings_.scale.value_or(1 / std::sqrt(squares * count)));
    }
  }
}

EtdTrajectory TrajectoryResidual::trajectory(std::size_t run) const {
  return {
      *runs_[run].system,
      {.order = settings_.order, .step = settings_.interval / static_cast<double>(steps_), .steps = steps_ * frames()}};
}

template <class Body>
bool TrajectoryResidual::each_run(std::span<double> rows, const Body& body) {
  failure_.clear();
  const long size = frames() * frame_rows();
  for (std::size_t run = 0; run < runs_.size(); ++run) {
    const std::span<double> mine = rows.empty() ? rows : rows.subspan(static_cast<long>(run) * size, size);
    std::ranges::fill(mine, NAN);
    try {
      body(run, mine);
    } catch (const InputError&) {
      throw;
    } catch (const Error& error) {  // on all ranks
      failure_ = error.what();
      std::ranges::fill(rows.subspan(rows.empty() ? 0 : static_cast<long>(run) * size), NAN);
      return false;
    }
  }
  return true;
}

void TrajectoryResidual::evaluate(Vec u, Vec r) {
  const std::vector<double> p = gather(communicator(), u);
  const VecWriter writer(r);
  each_run(writer.span(), [&](std::size_t run, std::span<double> rows) {
    runs_[run].system->set_parameters(p);
    trajectory(run).run(runs_[run].start, [&](long k, std::span<const double> state) {
      const long frame = frame_at(k), first = (frame - 1) * frame_rows();
      if (frame == 0) return;
      const std::vector<double>& expected = runs_[run].frames[frame - 1];
      for (long i = 0, j = 2 * modes(); i < frame_rows(); ++i, ++j)
        rows[first + i] = scale_[run][frame - 1] * (state[j] - expected[j]);
    });
  });
}

void TrajectoryResidual::jvp(Vec u, Vec v, Vec jv) {
  const std::vector<double> p = gather(communicator(), u), dp = gather(communicator(), v);
  const VecWriter writer(jv);
  each_run(writer.span(), [&](std::size_t run, std::span<double> rows) {
    runs_[run].system->set_parameters(p);
    const std::vector<double> still(runs_[run].start.size());
    trajectory(run).tangent(runs_[run].start, still, dp,
                            [&](long k, std::span<const double>, std::span<const double> change) {
                              const long frame = frame_at(k), first = (frame - 1) * frame_rows();
                              if (frame == 0) return;
                              for (long i = 0; i < frame_rows(); ++i)
                                rows[first + i] = scale_[run][frame - 1] * change[2 * modes() + i];
                            });
  });
}

void TrajectoryResidual::vjp(Vec u, Vec w, Vec g) {
  const std::vector<double> p = gather(communicator(), u);
  std::vector<double> gradient(p.size());
  const VecReader reader(w);
  const bool done = each_run({}, [&](std::size_t run, std::span<double>) {
    MomentSystem& system = *runs_[run].system;
    system.set_parameters(p);
    ParameterSum sum = system.make_sum();
    std::vector<double> start(runs_[run].start.size());
    const auto seed = [&](long k, std::span<double> bar) {
      const long frame = frame_at(k);
      if (frame == 0) return;
      const long first = (static_cast<long>(run) * frames() + frame - 1) * frame_rows();
      for (long i = 0; i < frame_rows(); ++i) bar[2 * modes() + i] += scale_[run][frame - 1] * reader.span()[first + i];
    };
    trajectory(run).adjoint(runs_[run].start, seed, start, sum);
    const std::vector<double> part = sum.total(communicator());
    for (std::size_t i = 0; i < gradient.size(); ++i) gradient[i] += part[i];
  });
  if (!done) std::ranges::fill(gradient, NAN);
  scatter(gradient, g);
}

double TrajectoryResidual::loss_gradient(Vec u, Vec g) {
  const VecHandle r = make_rows();
  evaluate(u, r);
  const double loss = half_squares(r);
  if (std::isfinite(loss))
    vjp(u, r, g);
  else
    RESIDUA_PETSC(VecSet(g, NAN));
  return loss;
}

void TrajectoryResidual::stream_rows(Vec u, const RowSink& sink) {
  const long rows = local_rows();
  std::vector<double> all(rows * (unknowns() + 1));
  const VecHandle unit = make_unknowns(), column = make_rows();
  for (long k = 0; k <= unknowns(); ++k) {
    if (k < unknowns()) {
      std::vector<double> direction(unknowns());
      direction[k] = 1;
      scatter(direction, unit);
      jvp(u, unit, column);
    } else {
      evaluate(u, column);
    }
    const VecReader reader(column);
    std::ranges::copy(reader.span(), all.begin() + k * rows);
  }
  if (rows > 0) sink({0, static_cast<int>(rows), all.data(), static_cast<int>(rows)});
}

std::vector<RowSegment> TrajectoryResidual::segments() const {
  const FourierGrid& grid = runs_.front().system->grid();
  std::vector<RowSegment> segments;
  const long blocks = static_cast<long>(runs_.size()) * frames() * compared_;
  for (long block = 0; block < blocks && modes() > 0; ++block)
    segments.push_back({2 * block * modes(), 2 * modes(), 2 * (block * grid.all_modes() + grid.first_mode())});
  return segments;
}

std::string TrajectoryResidual::describe_row(long local_row) const {
  const long block = local_row / (2 * modes()), frame = block / compared_;
  return fmt::format("moment {} at t = {:.6g} of run {} of {}{}{}", block % compared_ + 1,
                     static_cast<double>(frame % frames() + 1) * settings_.interval, frame / frames() + 1, runs_.size(),
                     failure_.empty() ? "" : ", which ends early: ", failure_);
}

}  // namespace residua::kinetic
