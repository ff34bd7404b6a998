#include "closure/closure_trajectory.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "base/error.hpp"
#include "deck/deck.hpp"
#include "kinetic/simulation.hpp"

namespace residua::kinetic {

void check_trajectory(const Deck& deck, std::size_t runs) {
  if (deck.integer("trajectory.iterations") == 0) return;
  const double every = deck.real("data.every");
  const std::vector<double> horizons = deck.list_of_real("trajectory.horizons");
  if (std::ranges::adjacent_find(horizons, std::greater_equal<>()) != horizons.end())
    throw deck.error("trajectory.horizons", "the times do not increase");
  for (const double horizon : horizons)
    if (std::abs(horizon - every * std::round(horizon / every)) > 1e-9 * horizon)
      throw deck.error("trajectory.horizons", fmt::format("{:g} is between two frames of the kinetic runs", horizon),
                       fmt::format("multiples of data.every = {:g}", every));
  if (horizons.back() > deck.real("time.end") * (1 + 1e-9))
    throw deck.error("trajectory.horizons", fmt::format("the kinetic runs end at t = {:g}, before {:g}",
                                                        deck.real("time.end"), horizons.back()));
  if (deck.has("trajectory.runs") && static_cast<std::size_t>(deck.integer("trajectory.runs")) > runs)
    throw deck.error("trajectory.runs", fmt::format("[data] has {} runs", runs));
}

ClosureTrajectory::ClosureTrajectory(const Deck& deck, const SimulationSettings& settings,
                                     const Communicator& communicator)
    : grid_(shape_of(settings), communicator, process_grid_of(settings, communicator)),
      stress_tolerance_(settings.stress_tolerance),
      reductions_(settings.reductions),
      level_(static_cast<int>(deck.integer("closure.level"))),
      runs_(deck.has("trajectory.runs") ? deck.integer("trajectory.runs") : std::numeric_limits<long>::max()),
      iterations_(deck.integer("trajectory.iterations")),
      horizons_(deck.list_of_real("trajectory.horizons")),
      method_(deck.text("trajectory.method")),
      settings_{
          .interval = deck.real("data.every"),
          .step = deck.real("trajectory.step"),
          .order = time_order(deck, false),
          .moments = deck.text("trajectory.moments") == "all" ? static_cast<int>(deck.integer("closure.level")) : 1} {
  if (method_ != "lmvm") method_ = "residua_" + method_;
}

long ClosureTrajectory::frames_to(double horizon) const { return std::lround(horizon / settings_.interval); }

void ClosureTrajectory::record(std::size_t run, long frame, Simulation& simulation) {
  if (run >= runs_ || frame > frames_to(horizons_.back())) return;
  if (run == frames_.size()) frames_.emplace_back();
  std::vector<double>& modes = frames_[run].emplace_back();
  const long size = 2 * grid_.modes();
  for (int m = 0; m <= level_; ++m) {
    const auto first = simulation.state().begin() + simulation.system().angular().field_of(2 * m) * size;
    modes.insert(modes.end(), first, first + size);
  }
}

TrajectoryResidual ClosureTrajectory::residual(const ClosureNetwork& network, double horizon,
                                               const std::vector<Model>& models) const {
  std::vector<TrajectoryData> runs;
  for (std::size_t run = 0; run < frames_.size(); ++run) {
    const std::vector<std::vector<double>>& frames = frames_[run];
    auto system = std::make_unique<MomentSystem>(
        grid_, make_closure(network, models[run], grid_),
        MomentSystem::Settings{.model = models[run], .stress_tolerance = stress_tolerance_, .reductions = reductions_});
    TrajectoryData& data = runs.emplace_back(TrajectoryData{std::move(system), frames[0], {}});
    const long size = 2 * grid_.modes();
    for (long k = 1; k <= frames_to(horizon); ++k)
      data.frames.emplace_back(frames[k].begin() + size, frames[k].begin() + (1 + settings_.moments) * size);
  }
  return {grid_.communicator(), std::move(runs), settings_};
}

void ClosureTrajectory::train(ClosureNetwork& network, std::size_t stage, const std::vector<Model>& models,
                              const std::optional<State>& resumed, const Hook& hook) const {
  TrajectoryResidual residual = this->residual(network, horizons_[stage], models);
  residual.set_reductions(reductions_);
  Trainer trainer(residual, {method_, "closure_trajectory_", iterations_, {}});
  if (resumed) trainer.resume(*resumed);
  trainer.on_iteration([&](const Iterate& at) { return hook(at, [&](State& state) { trainer.save(state); }); });
  const VecHandle u = residual.make_unknowns();
  scatter(network.weights, u);
  const Outcome outcome = trainer.solve(u);
  if (outcome.failed)
    throw Error(fmt::format("training the closure up to t = {:g} failed: {}", horizons_[stage], outcome.reason));
  network.weights = gather(grid_.communicator(), u);
}

double ClosureTrajectory::error(const ClosureNetwork& network, const std::vector<Model>& models) const {
  TrajectoryResidual residual = this->residual(network, horizons_.back(), models);
  residual.set_reductions(reductions_);
  return std::sqrt(2 * residual.loss_at(network.weights));
}

void ClosureTrajectory::save(State& state) const {
  std::vector<double>&all = state.arrays["trajectory/frames"], &counts = state.arrays["trajectory/counts"];
  const std::size_t size = 2 * grid_.modes();
  for (const std::vector<std::vector<double>>& run : frames_) {
    counts.push_back(static_cast<double>(run.size()));
    for (const std::vector<double>& frame : run)
      for (int m = 0; m <= level_; ++m) {
        const std::vector<double> whole = grid_.communicator().gather(std::span(frame).subspan(m * size, size));
        all.insert(all.end(), whole.begin(), whole.end());
      }
  }
}

void ClosureTrajectory::load(const State& state) {
  const double* from = state.arrays.at("trajectory/frames").data() + 2 * grid_.first_mode();
  frames_.clear();
  for (const double count : state.arrays.at("trajectory/counts")) {
    std::vector<std::vector<double>>& run = frames_.emplace_back(static_cast<std::size_t>(count));
    for (std::vector<double>& frame : run)
      for (int m = 0; m <= level_; ++m, from += 2 * grid_.all_modes())
        frame.insert(frame.end(), from, from + 2 * grid_.modes());
  }
}

}  // namespace residua::kinetic
