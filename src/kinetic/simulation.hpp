// A kinetic or moment run in time: the state, its angular resolution, and the TS that advances it.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "io/state.hpp"
#include "kinetic/observe.hpp"
#include "solve/etd.hpp"

namespace residua {
class Deck;
}

namespace residua::kinetic {

struct SimulationSettings {
  Model model;
  int nx = 0, ny = 0;
  std::optional<ProcessGrid> ranks;  ///< without it the one that fits
  Reductions reductions = Reductions::fast;
  std::optional<ClosureChoice> closure;  ///< of the moment hierarchy; else the kinetic equation
  bool angles = false;                   ///< a grid of angles; else the hierarchy, cut off where it is resolved
  int resolution = 0;                    ///< moments beyond f_0, or angles; 0: as many as the tail asks for
  int most_moments = 0;                  ///< at most so many then
  double angle_tolerance = 0;
  double stress_tolerance = 0;
  EtdSettings time;
};

/// The numbers of [model].
Model model_of(const Deck& deck);

/// time.order, or the default where steps are chosen by their error, or are equal.
int time_order(const Deck& deck, bool chosen);

/// flow.tolerance, or what follows from the tolerance of a step; 0: equal steps.
double stress_tolerance(const Deck& deck, double step_tolerance);

/// The cells of these settings, and how ranks share them.
FourierGrid::Shape shape_of(const SimulationSettings& settings);
ProcessGrid process_grid_of(const SimulationSettings& settings, const Communicator& communicator);

/// ranks.grid, where it is given.
std::optional<ProcessGrid> given_process_grid(const Deck& deck);
/// Throws InputError where that is not one of these ranks, which a run has but the check of its deck has not.
void check_process_grid(const Deck& deck, const Communicator& communicator);

/// Of the kinetic equation, by the keys of declare_suspension. Throws InputError.
SimulationSettings simulation_settings(const Deck& deck, bool reproducible);

class Simulation {
 public:
  /// Collective.
  Simulation(const SimulationSettings& settings, const Communicator& communicator);

  /// The start at time 0, with as many moments as its tail asks for.
  void begin(const Start& start);
  /// The state and all that the next bits depend on, the same on all ranks; and back. Collective.
  State save();
  void load(const State& state);

  double time() const { return time_; }
  double target() const { return target_; }  ///< of the last `advance`, which may have ended early
  long steps() const { return steps_; }
  int fields() const { return system_->angular().fields(); }
  bool chosen_resolution() const { return !settings_.closure && settings_.resolution == 0; }
  KineticSystem& system() { return *system_; }
  std::span<const double> state() const { return state_; }

  /// Advances to time `to`, in equal steps of at most time.step or with step control, calling `after_step` after each;
  /// ends early, between two steps, when that returns false. Throws Error when the integrator gives up, or the state
  /// cannot be (KineticSystem). Collective.
  bool advance(double to, const std::function<bool()>& after_step);

 private:
  void make_system(int resolution);
  void grow();
  bool tail_is_long() const;

  SimulationSettings settings_;
  FourierGrid grid_;
  Flow flow_;
  int resolution_ = 0;
  std::unique_ptr<KineticSystem> system_;
  std::vector<double> state_;
  Slope slope_;  ///< at the state
  double time_ = 0, target_ = 0, step_ = 0;
  long steps_ = 0;
};

}  // namespace residua::kinetic
