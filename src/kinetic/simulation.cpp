#include "kinetic/simulation.hpp"

#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "base/error.hpp"
#include "deck/deck.hpp"

namespace residua::kinetic {
namespace {

constexpr int least_moments = 8;
constexpr double default_first_step = 0.01, default_step_tolerance = 1e-7;

/// The TS with its vector, on a state that lives elsewhere between steps.
struct Integrator {
  Integrator(KineticSystem& system, const EtdSettings& settings)
      : ts(make_etd(system, settings, "kinetic_")), u(make_vec(system.communicator(), system.local_size())) {
    RESIDUA_PETSC(TSSetSolution(ts, u));
  }
  void step(double time, double length, double end, long number, std::vector<double>& state, Slope& slope) {
    {
      const VecWriter writer(u);
      std::ranges::copy(state, writer.span().begin());
    }
    RESIDUA_PETSC(TSSetTime(ts, time));
    RESIDUA_PETSC(TSSetTimeStep(ts, length));
    RESIDUA_PETSC(TSSetMaxTime(ts, end));
    RESIDUA_PETSC(TSSetStepNumber(ts, static_cast<PetscInt>(number)));
    RESIDUA_PETSC(TSSetConvergedReason(ts, TS_CONVERGED_ITERATING));
    set_first_slope(ts, std::move(slope));
    RESIDUA_PETSC(TSStep(ts));
    slope = last_slope(ts);
    TSConvergedReason reason = TS_CONVERGED_ITERATING;
    RESIDUA_PETSC(TSGetConvergedReason(ts, &reason));
    if (reason < 0)
      throw Error(fmt::format("the time integrator gives up at t = {:.6g}: {}", time, TSConvergedReasons[reason]));
    RESIDUA_PETSC(TSMonitor(ts, static_cast<PetscInt>(number + 1), this->time(), u));
    const VecReader reader(u);
    std::ranges::copy(reader.span(), state.begin());
  }
  double time() const {
    PetscReal value = 0;
    RESIDUA_PETSC(TSGetTime(ts, &value));
    return value;
  }
  double next_step() const {
    PetscReal value = 0;
    RESIDUA_PETSC(TSGetTimeStep(ts, &value));
    return value;
  }

  TsHandle ts;
  VecHandle u;
};

}  // namespace

Model model_of(const Deck& deck) {
  return {.alpha = deck.real("model.alpha"),
          .beta = deck.real("model.beta"),
          .zeta = deck.real("model.zeta"),
          .translation = deck.real("model.D_T"),
          .rotation = deck.real("model.D_R"),
          .length = deck.real("model.L")};
}

double stress_tolerance(const Deck& deck, double step_tolerance) {
  if (deck.has("flow.tolerance")) return deck.real("flow.tolerance");
  return step_tolerance > 0 ? 1e-3 * step_tolerance : 1e-13;
}

int time_order(const Deck& deck, bool chosen) {
  if (!deck.has("time.order")) return chosen ? 5 : 4;
  const auto order = static_cast<int>(deck.integer("time.order"));
  if (order == 3) throw deck.error("time.order", "there is no method of order 3", "2, 4 or 5");
  return order;
}

FourierGrid::Shape shape_of(const SimulationSettings& settings) {
  return {settings.nx, settings.ny, settings.model.length, settings.model.length};
}

ProcessGrid process_grid_of(const SimulationSettings& settings, const Communicator& communicator) {
  return settings.ranks.value_or(fitting_process_grid(settings.nx, settings.ny, communicator.size()));
}

std::optional<ProcessGrid> given_process_grid(const Deck& deck) {
  if (!deck.has("ranks.grid")) return {};
  const std::vector<std::int64_t> along = deck.list_of_integer("ranks.grid");
  return ProcessGrid{static_cast<int>(along[0]), static_cast<int>(along[1])};
}

void check_process_grid(const Deck& deck, const Communicator& communicator) {
  const std::optional<ProcessGrid> grid = given_process_grid(deck);
  if (grid && grid->ranks() != communicator.size())
    throw deck.error(
        "ranks.grid",
        fmt::format("{} x {} ranks, and the run has {}", grid->along_y, grid->along_x, communicator.size()),
        fmt::format("two numbers with the product {}", communicator.size()));
}

SimulationSettings simulation_settings(const Deck& deck, bool reproducible) {
  SimulationSettings s;
  s.model = model_of(deck);
  const auto cells = deck.list_of_integer("grid.cells");
  s.nx = static_cast<int>(cells[0]);
  s.ny = static_cast<int>(cells[1]);
  s.ranks = given_process_grid(deck);
  s.reductions = reproducible ? Reductions::reproducible : Reductions::fast;
  s.angles = deck.text("angle.representation") == "grid";
  const char* const key = s.angles ? "angle.angles" : "angle.moments";
  if (deck.has(key)) s.resolution = static_cast<int>(deck.integer(key));
  if (s.angles && s.resolution % 2 != 0) throw deck.error(key, "the number of angles has to be even");
  s.most_moments = static_cast<int>(deck.integer("angle.most_moments"));
  s.angle_tolerance = deck.real("angle.tolerance");
  const bool step = deck.has("time.step"), tolerance = deck.has("time.tolerance");
  s.time.step = step ? deck.real("time.step") : default_first_step;
  s.time.tolerance = tolerance ? deck.real("time.tolerance") : (step ? 0 : default_step_tolerance);
  s.time.order = time_order(deck, s.time.tolerance > 0);
  s.stress_tolerance = stress_tolerance(deck, s.time.tolerance);
  return s;
}

Simulation::Simulation(const SimulationSettings& settings, const Communicator& communicator)
    : settings_(settings),
      grid_(shape_of(settings), communicator, process_grid_of(settings, communicator)),
      flow_(grid_, settings.model, settings.stress_tolerance, settings.reductions),
      step_(settings.time.step) {}

void Simulation::make_system(int resolution) {
  resolution_ = resolution;
  auto angular = settings_.closure  ? make_hierarchy(make_closure(*settings_.closure, settings_.model, grid_))
                 : settings_.angles ? make_angle_grid(resolution)
                                    : make_hierarchy(make_closure("truncation", resolution));
  system_ = std::make_unique<KineticSystem>(
      grid_, std::move(angular), flow_,
      KineticSystem::Settings{settings_.model, settings_.reductions,
                              settings_.closure ? std::optional(settings_.closure->margin) : std::nullopt});
  state_.resize(system_->local_size());
  slope_.reset();
}

bool Simulation::tail_is_long() const {
  const int moments = settings_.angles ? resolution_ / 6 : resolution_;
  return chosen_resolution() && moments < settings_.most_moments &&
         angle_tail(*system_, state_) > settings_.angle_tolerance;
}

void Simulation::grow() {
  std::vector<double> before = std::move(state_);
  state_ = {};
  // by a third, and at least 4 moments or as many angles as they need
  make_system(resolution_ + (settings_.angles ? std::max(24, resolution_ / 6 * 2) : std::max(4, resolution_ / 3)));
  std::ranges::copy(before, state_.begin());
}

void Simulation::begin(const Start& start) {
  const int chosen = settings_.angles ? 6 * least_moments : least_moments;
  make_system(settings_.resolution > 0 ? settings_.resolution : chosen);
  start.fill(grid_, system_->angular(), complex_span(std::span(state_)));
  while (tail_is_long()) {
    grow();
    start.fill(grid_, system_->angular(), complex_span(std::span(state_)));
  }
}

bool Simulation::advance(double to, const std::function<bool()>& after_step) {
  const bool fixed = settings_.time.tolerance <= 0;
  if (to != target_) {
    target_ = to;
    // equal steps, of which the last ends at `to` to rounding
    if (fixed) step_ = (to - time_) / std::ceil((to - time_) / settings_.time.step - 1e-9);
  }
  auto integrator = std::make_unique<Integrator>(*system_, settings_.time);
  while (to - time_ > (fixed ? 0.5 * step_ : 1e-12 * std::max(1.0, std::abs(to)))) {
    if (!fixed) step_ = std::min(step_, to - time_);
    integrator->step(time_, step_, fixed ? to + step_ : to, steps_, state_, slope_);
    time_ = integrator->time();
    if (!fixed) step_ = integrator->next_step();
    ++steps_;
    if (tail_is_long()) {
      grow();
      integrator = std::make_unique<Integrator>(*system_, settings_.time);
    }
    if (!after_step()) return false;
  }
  time_ = to;
  return true;
}

State Simulation::save() {
  State state;
  const Communicator& comm = grid_.communicator();
  const std::size_t size = 2 * grid_.modes();
  // Field by field the concatenation of the ranks' parts does not depend on how many they are.
  const auto keep = [&](std::span<const double> from, std::vector<double>& to) {
    for (int field = 0; field < fields(); ++field) {
      const std::vector<double> whole = comm.gather(from.subspan(field * size, size));
      to.insert(to.end(), whole.begin(), whole.end());
    }
  };
  keep(state_, state.arrays["modes"]);
  if (slope_) keep(*slope_, state.arrays["slope"]);
  flow_.save(state);
  state.arrays["march"] = {time_, target_, step_, static_cast<double>(steps_), static_cast<double>(resolution_)};
  return state;
}

void Simulation::load(const State& state) {
  const std::vector<double>& march = state.arrays.at("march");
  time_ = march[0];
  target_ = march[1];
  step_ = march[2];
  steps_ = static_cast<long>(march[3]);
  make_system(static_cast<int>(march[4]));
  const std::size_t size = 2 * grid_.modes(), all = 2 * grid_.all_modes(), first = 2 * grid_.first_mode();
  const auto take = [&](const std::vector<double>& from, std::vector<double>& to) {
    for (int field = 0; field < fields(); ++field)
      std::copy_n(from.data() + first + field * all, size, to.begin() + field * size);
  };
  take(state.arrays.at("modes"), state_);
  if (const auto slope = state.arrays.find("slope"); slope != state.arrays.end())
    take(slope->second, slope_.emplace(state_.size()));
  flow_.load(state);
}

}  // namespace residua::kinetic
