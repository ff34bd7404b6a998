#include "kinetic/trajectory_residual.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "base/error.hpp"

namespace residua::kinetic {
namespace {

long unknowns_of(const std::vector<TrajectoryData>& runs) {
  long total = runs.front().system->parameters();
  for (const TrajectoryData& run : runs) total += run.waves ? run.waves->count() : 0;
  return total;
}

}  // namespace

TrajectoryResidual::TrajectoryResidual(const Communicator& comm, std::vector<TrajectoryData> runs,
                                       const TrajectorySettings& settings)
    : Residual(comm, even_share(comm, unknowns_of(runs)), 0),
      runs_(std::move(runs)),
      settings_(settings),
      steps_(std::lround(std::ceil(settings.interval / settings.step - 1e-9))) {
  Place place;
  const double count = static_cast<double>(runs_.size()) * static_cast<double>(frames());
  for (const TrajectoryData& run : runs_) {
    place_.push_back(place);
    place.unknown += run.waves ? run.waves->count() : 0;
    place.row += frames() * frame_rows() + (run.waves ? std::ssize(run.waves->owned()) : 0);
    if (!settings_.scales.empty()) continue;
    std::vector<double>& scale = scale_.emplace_back();
    for (const std::vector<double>& frame : run.frames)
      scale.push_back(1 / std::sqrt(count * run.system->grid().sum(Reductions::reproducible, [&](long k) {
                        double sum = 0;
                        for (int field = 0; field < fields(); ++field)
                          sum += std::norm(complex_span(frame)[field * modes() + k]);
                        return sum;
                      })));
  }
  place_.push_back(place);
  resize_rows(place.row);
}

void TrajectoryResidual::scale_rows(std::size_t run, long frame, std::span<const double> from,
                                    std::span<double> to) const {
  for (long i = 0; i < frame_rows(); ++i)
    to[i] = from[i] * (settings_.scales.empty() ? scale_[run][frame] : settings_.scales[i / (2 * modes())]);
}

std::span<const double> TrajectoryResidual::waves_of(std::size_t run, std::span<const double> unknowns) const {
  return unknowns.subspan(place_[run].unknown, place_[run + 1].unknown - place_[run].unknown);
}

std::span<const double> TrajectoryResidual::parameters_of(std::span<const double> unknowns) const {
  return unknowns.subspan(place_.back().unknown);
}

std::vector<double> TrajectoryResidual::with_waves(std::span<const double> p) const {
  std::vector<double> all;
  for (const TrajectoryData& run : runs_)
    if (run.waves) all.insert(all.end(), run.waves->measured().begin(), run.waves->measured().end());
  all.insert(all.end(), p.begin(), p.end());
  return all;
}

EtdTrajectory TrajectoryResidual::trajectory(std::size_t run) const {
  return {
      *runs_[run].system,
      {.order = settings_.order, .step = settings_.interval / static_cast<double>(steps_), .steps = steps_ * frames()}};
}

std::vector<double> TrajectoryResidual::start_of(std::size_t run, std::span<const double> unknowns) const {
  if (!runs_[run].waves) return runs_[run].start;
  std::vector<double> start(runs_[run].system->local_size());
  runs_[run].waves->fill(waves_of(run, unknowns), start);
  return start;
}

template <class Body>
bool TrajectoryResidual::each_run(std::span<double> rows, const Body& body) {
  failure_.clear();
  for (std::size_t run = 0; run < runs_.size(); ++run) {
    const std::span<double> mine =
        rows.empty() ? rows : rows.subspan(place_[run].row, place_[run + 1].row - place_[run].row);
    std::ranges::fill(mine, NAN);
    try {
      body(run, mine);
    } catch (const InputError&) {
      throw;
    } catch (const Error& error) {  // on all ranks
      failure_ = error.what();
      std::ranges::fill(rows.subspan(rows.empty() ? 0 : place_[run].row), NAN);
      return false;
    }
  }
  return true;
}

void TrajectoryResidual::evaluate(Vec u, Vec r) {
  const std::vector<double> unknowns = gather(communicator(), u);
  const VecWriter writer(r);
  std::vector<double> found(frame_rows());
  each_run(writer.span(), [&](std::size_t run, std::span<double> rows) {
    TrajectoryData& data = runs_[run];
    data.system->set_parameters(parameters_of(unknowns));
    const long moments = 2 * settings_.moments * modes();
    trajectory(run).run(start_of(run, unknowns), [&](long k, std::span<const double> state) {
      const long frame = frame_at(k) - 1;
      if (frame < 0) return;
      std::ranges::copy(state.subspan(2 * modes(), moments), found.begin());
      if (settings_.velocity)
        data.system->velocity(static_cast<double>(frame + 1) * settings_.interval, state,
                              complex_span(std::span(found).subspan(moments)));
      for (long i = 0; i < frame_rows(); ++i) found[i] -= data.frames[frame][i];
      scale_rows(run, frame, found, rows.subspan(frame * frame_rows(), frame_rows()));
    });
    if (!data.waves) return;
    const std::span<const double> x = waves_of(run, unknowns);
    double* row = rows.data() + frames() * frame_rows();
    for (const long i : data.waves->owned()) *row++ = data.waves->scale() * (x[i] - data.waves->measured()[i]);
  });
}

void TrajectoryResidual::jvp(Vec u, Vec v, Vec jv) {
  const std::vector<double> unknowns = gather(communicator(), u), along = gather(communicator(), v);
  const std::span<const double> dp = parameters_of(along);
  const VecWriter writer(jv);
  std::vector<double> found(frame_rows());
  each_run(writer.span(), [&](std::size_t run, std::span<double> rows) {
    TrajectoryData& data = runs_[run];
    data.system->set_parameters(parameters_of(unknowns));
    std::vector<double> direction(data.system->local_size());
    if (data.waves) data.waves->jvp(waves_of(run, unknowns), waves_of(run, along), direction);
    const long moments = 2 * settings_.moments * modes();
    trajectory(run).tangent(start_of(run, unknowns), direction, dp,
                            [&](long k, std::span<const double> state, std::span<const double> change) {
                              const long frame = frame_at(k) - 1;
                              if (frame < 0) return;
                              std::ranges::copy(change.subspan(2 * modes(), moments), found.begin());
                              if (settings_.velocity)
                                data.system->velocity_jvp(static_cast<double>(frame + 1) * settings_.interval, state,
                                                          change, dp, complex_span(std::span(found).subspan(moments)));
                              scale_rows(run, frame, found, rows.subspan(frame * frame_rows(), frame_rows()));
                            });
    if (!data.waves) return;
    double* row = rows.data() + frames() * frame_rows();
    for (const long i : data.waves->owned()) *row++ = data.waves->scale() * waves_of(run, along)[i];
  });
}

void TrajectoryResidual::vjp(Vec u, Vec w, Vec g) {
  const std::vector<double> unknowns = gather(communicator(), u);
  std::vector<double> gradient(unknowns.size());
  const std::span<double> waves_bar = std::span(gradient).first(place_.back().unknown);
  const VecReader reader(w);
  const bool done = each_run({}, [&](std::size_t run, std::span<double>) {
    ParameterSum sum = runs_[run].system->make_sum();
    vjp_of_run(run, unknowns, reader.span().subspan(place_[run].row),
               waves_bar.subspan(place_[run].unknown, waves_of(run, unknowns).size()), sum);
    const std::vector<double> part = sum.total(communicator());
    for (std::size_t i = 0; i < part.size(); ++i) gradient[waves_bar.size() + i] += part[i];
  });
  communicator().sum(waves_bar);
  if (!done) std::ranges::fill(gradient, NAN);
  scatter(gradient, g);
}

void TrajectoryResidual::vjp_of_run(std::size_t run, std::span<const double> unknowns, std::span<const double> rows,
                                    std::span<double> waves_bar, ParameterSum& p_bar) {
  TrajectoryData& data = runs_[run];
  data.system->set_parameters(parameters_of(unknowns));
  const std::vector<double> start = start_of(run, unknowns);
  std::vector<std::vector<double>> states;  // at the frames
  if (settings_.velocity)
    trajectory(run).run(start, [&](long k, std::span<const double> state) {
      if (frame_at(k) > 0) states.emplace_back(state.begin(), state.end());
    });
  std::vector<double> row_bar(frame_rows()), state_bar(start.size()), start_bar(start.size());
  const long moments = 2 * settings_.moments * modes();
  const auto seed = [&](long k, std::span<double> bar) {
    const long frame = frame_at(k) - 1;
    if (frame < 0) return;
    scale_rows(run, frame, rows.subspan(frame * frame_rows(), frame_rows()), row_bar);
    for (long i = 0; i < moments; ++i) bar[2 * modes() + i] += row_bar[i];
    if (!settings_.velocity) return;
    data.system->velocity_vjp(static_cast<double>(frame + 1) * settings_.interval, states[frame],
                              complex_span(std::span<const double>(row_bar).subspan(moments)), state_bar, p_bar);
    for (std::size_t i = 0; i < bar.size(); ++i) bar[i] += state_bar[i];
  };
  trajectory(run).adjoint(start, seed, start_bar, p_bar);
  if (!data.waves) return;
  data.waves->vjp(waves_of(run, unknowns), start_bar, waves_bar);
  const double* row = rows.data() + frames() * frame_rows();
  for (const long i : data.waves->owned()) waves_bar[i] += data.waves->scale() * *row++;
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
  long local = 0, global = 0;
  for (const TrajectoryData& run : runs_) {
    for (long block = 0; block < frames() * fields(); ++block, local += 2 * modes(), global += 2 * grid.all_modes())
      if (modes() > 0) segments.push_back({local, 2 * modes(), global + 2 * grid.first_mode()});
    if (!run.waves) continue;
    for (const long i : run.waves->owned()) segments.push_back({local++, 1, global + i});
    global += run.waves->count();
  }
  return segments;
}

std::string TrajectoryResidual::describe_row(long local_row) const {
  std::size_t run = 0;
  while (local_row >= place_[run + 1].row) ++run;
  const long row = local_row - place_[run].row, frame = row / frame_rows(), field = row % frame_rows() / (2 * modes());
  const std::string of_run = fmt::format("of run {} of {}{}{}", run + 1, runs_.size(),
                                         failure_.empty() ? "" : ", which ends early: ", failure_);
  if (frame >= frames()) return fmt::format("a wave of the start {}", of_run);
  return fmt::format("{} at t = {:.6g} {}",
                     field < settings_.moments ? fmt::format("moment {}", field + 1) : std::string("the velocity"),
                     static_cast<double>(frame + 1) * settings_.interval, of_run);
}

}  // namespace residua::kinetic
