// Training a closure through the closed runs themselves, after its fit ("a posteriori"): the frames of the kinetic runs
// are what closed runs from the same starts shall lead to (trajectory_residual.hpp), up to one horizon after the other.
#pragma once

#include <functional>

#include "kinetic/learned_closure.hpp"
#include "kinetic/trajectory_residual.hpp"
#include "solve/trainer.hpp"

namespace residua {
class Deck;
}

namespace residua::kinetic {

class Simulation;
struct SimulationSettings;

/// Throws InputError when the keys of [trajectory] do not fit the others. `runs`: of the data.
void check_trajectory(const Deck& deck, std::size_t runs);

class ClosureTrajectory {
 public:
  /// By the keys of [trajectory], for the grid and tolerance of `settings`. Collective.
  ClosureTrajectory(const Deck& deck, const SimulationSettings& settings, const Communicator& communicator);

  /// Keeps the moments of a kinetic run at one of its frames, where they are needed; frames come in their order.
  void record(std::size_t run, long frame, Simulation& simulation);

  std::size_t horizons() const { return horizons_.size(); }
  double horizon(std::size_t stage) const { return horizons_[stage]; }
  long iterations() const { return iterations_; }

  /// Called in every iteration; `save` adds the trainer's state.
  using Hook = std::function<Control(const Iterate& at, const std::function<void(State&)>& save)>;
  /// Trains for one horizon, of runs with these models, and goes on where `resumed` was saved. Throws Error when the
  /// method fails, or a run does not reach the horizon to begin with.
  void train(ClosureNetwork& network, std::size_t stage, const std::vector<Model>& models,
             const std::optional<State>& resumed, const Hook& hook) const;
  /// The root mean square of the relative error of the moments that are compared, over the frames up to the last
  /// horizon; not finite when a run does not reach it.
  double error(const ClosureNetwork& network, const std::vector<Model>& models) const;

  void save(State& state) const;
  void load(const State& state);

 private:
  TrajectoryResidual residual(const ClosureNetwork& network, double horizon, const std::vector<Model>& models) const;
  long frames_to(double horizon) const;

  FourierGrid grid_;
  double stress_tolerance_;
  Reductions reductions_;
  int level_;
  std::size_t runs_;
  long iterations_;
  std::vector<double> horizons_;
  std::string method_;
  TrajectorySettings settings_;
  std::vector<std::vector<std::vector<double>>> frames_;  ///< [run][frame][field, mode of this rank]
};

}  // namespace residua::kinetic
