// Minimises |r(u)|^2 / 2 by any Tao, one of this library's methods or one of PETSc's, with a hook in every iteration
// for progress, checkpoints, new points and stopping; and takes a run up again where it was saved.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "io/state.hpp"
#include "solve/held_back.hpp"
#include "solve/options.hpp"
#include "solve/residual.hpp"

namespace residua {

struct TrainerSettings {
  std::string method = "residua_lm";  ///< a Tao type
  std::string prefix;                 ///< of all options
  long max_iterations = 1000;
  /// Options by name and value, {"tao_residua_lm_step", "qr"}, in force unless the user has given them himself.
  std::vector<std::pair<std::string, std::string>> options;
};

/// Where a run is, before its next iteration. The same on every rank.
struct Iterate {
  long iteration = 0;
  double objective = 0;  ///< |r|^2 / 2
  double gradient_norm = 0;
  double step_norm = 0;
  double held_back = 0;  ///< the loss of what is held back, where something is
  Vec u = nullptr;
};

/// What the hook wants: go on; go on after the residual has been changed (residua_... types only); stop here.
enum class Control { go_on, changed, stop };

struct Outcome {
  std::string reason;   ///< Tao's, "CONVERGED_STEPTOL"
  bool failed = false;  ///< a DIVERGED_ reason other than the iterations running out
  long iterations = 0;
  double objective = 0;
  double gradient_norm = 0;
  long best = 0;  ///< the iteration whose u this is: the last one, or the best for what is held back
};

class Trainer {
 public:
  using Hook = std::function<Control(const Iterate&)>;

  /// The residual must outlive it. Reads the options: -tao_type overrides `settings.method`. Collective, like all here.
  Trainer(Residual& residual, const TrainerSettings& settings);
  Trainer(const Trainer&) = delete;
  Trainer& operator=(const Trainer&) = delete;

  Tao tao() const { return tao_; }
  std::string method() const;

  /// Called once at the start, after every iteration and at the end, on all ranks, with the state that `save` saves.
  void on_iteration(Hook hook) { hook_ = std::move(hook); }

  /// `solve` ends when the loss of this residual, of the same unknowns, has not fallen for `patience` iterations, and
  /// returns the u where it was least (held_back.hpp). The residual must outlive this.
  void hold_back(Residual& residual, long patience) { held_back_.emplace(residual, patience); }

  /// From u, which becomes the best found.
  Outcome solve(Vec u);

  /// Everything that the next iteration depends on, the residual apart. Within the hook or, where nothing is held back,
  /// after `solve`. A hook that changes the residual saves first: on resuming it is called again, and has to change it
  /// in the same way. The state of PETSc's own methods cannot be had: they begin afresh at u.
  void save(State& state) const;

  /// The iteration before which a state was saved.
  static long iteration_of(const State& state);

  /// The next `solve` goes on where `state` was saved, and overwrites its u.
  void resume(State state);

 private:
  static PetscErrorCode convergence_test(Tao tao, void* self);
  void judge();

  Residual& residual_;
  LentOptions lent_;
  TaoHandle tao_;
  Hook hook_;
  std::optional<HeldBack> held_back_;
  Vec u_ = nullptr;
  long first_iteration_ = 0;  ///< of PETSc's own types, after resuming
  State resumed_;
  bool resuming_ = false;
};

}  // namespace residua
