#include "solve/trainer.hpp"

#include "base/error.hpp"
#include "solve/attach.hpp"
#include "solve/tao_method.hpp"

namespace residua {

Trainer::Trainer(Residual& residual, const TrainerSettings& settings)
    : residual_(residual), lent_(settings.prefix, settings.options) {
  register_methods();
  RESIDUA_PETSC(TaoCreate(residual.communicator().mpi(), tao_.address()));
  RESIDUA_PETSC(TaoSetOptionsPrefix(tao_, settings.prefix.c_str()));
  attach(tao_, residual);
  RESIDUA_PETSC(TaoSetType(tao_, settings.method.c_str()));
  RESIDUA_PETSC(TaoSetMaximumIterations(tao_, static_cast<PetscInt>(settings.max_iterations)));
  RESIDUA_PETSC(TaoSetFromOptions(tao_));
  RESIDUA_PETSC(TaoSetConvergenceTest(tao_, convergence_test, this));
}

std::string Trainer::method() const {
  const char* type = nullptr;
  RESIDUA_PETSC(TaoGetType(tao_, &type));
  return type;
}

PetscErrorCode Trainer::convergence_test(Tao, void* self) {
  return petsc::guarded([&] { static_cast<Trainer*>(self)->judge(); });
}

void Trainer::judge() {
  PetscInt iteration = 0;
  Iterate iterate;
  iterate.u = u_;
  RESIDUA_PETSC(TaoGetSolutionStatus(tao_, &iteration, &iterate.objective, &iterate.gradient_norm, nullptr,
                                     &iterate.step_norm, nullptr));
  iterate.iteration = iteration + first_iteration_;
  if (held_back_) iterate.held_back = held_back_->watch(iterate.iteration, u_);
  const Control control = hook_ ? hook_(iterate) : Control::go_on;
  RESIDUA_PETSC(TaoDefaultConvergenceTest(tao_, nullptr));
  if (control == Control::stop || (held_back_ && held_back_->exhausted()))
    RESIDUA_PETSC(TaoSetConvergedReason(tao_, TAO_CONVERGED_USER));
  if (control == Control::changed) refresh(tao_);
}

Outcome Trainer::solve(Vec u) {
  u_ = u;
  if (resuming_) {
    scatter(resumed_.arrays.at("trainer/unknowns"), u);
    const long iteration = iteration_of(resumed_);
    if (held_back_) held_back_->load(resumed_);
    if (method_of(tao_)) {
      residua::resume(tao_, resumed_, iteration);
    } else {
      first_iteration_ = iteration;
    }
  }
  RESIDUA_PETSC(TaoSetSolution(tao_, u));
  RESIDUA_PETSC(TaoSolve(tao_));
  if (std::exchange(resuming_, false)) resumed_ = {};
  Outcome outcome;
  PetscInt iterations = 0;
  TaoConvergedReason reason = TAO_CONTINUE_ITERATING;
  RESIDUA_PETSC(
      TaoGetSolutionStatus(tao_, &iterations, &outcome.objective, &outcome.gradient_norm, nullptr, nullptr, &reason));
  outcome.iterations = iterations + first_iteration_;
  outcome.reason = TaoConvergedReasons[reason];
  outcome.failed = reason < 0 && reason != TAO_DIVERGED_MAXITS;
  outcome.best = outcome.iterations;
  if (held_back_) {
    if (held_back_->unknowns().empty())
      throw Error("what is held back cannot be watched: " + method() + " does not tell of its iterations");
    outcome.best = held_back_->iteration();
    scatter(held_back_->unknowns(), u);
  }
  return outcome;
}

void Trainer::save(State& state) const {
  PetscInt iteration = 0;
  RESIDUA_PETSC(TaoGetIterationNumber(tao_, &iteration));
  state.arrays["trainer/unknowns"] = gather(residual_.communicator(), u_);
  state.arrays["trainer/iteration"] = {static_cast<double>(iteration + first_iteration_)};
  state.texts["trainer/method"] = method();
  if (held_back_) held_back_->save(state);
  if (const TrainingMethod* ours = method_of(tao_)) ours->save(state);
}

long Trainer::iteration_of(const State& state) { return static_cast<long>(state.arrays.at("trainer/iteration").at(0)); }

void Trainer::resume(State state) {
  const auto saved = state.texts.find("trainer/method");
  if (saved == state.texts.end()) throw Error("resume: the state is not a trainer's");
  if (saved->second != method()) {
    throw Error("resume: the state is of " + saved->second + ", but the method is " + method());
  }
  if (static_cast<long>(state.arrays.at("trainer/unknowns").size()) != residual_.unknowns()) {
    throw Error("resume: the state has " + std::to_string(state.arrays.at("trainer/unknowns").size()) +
                " unknowns, the residual " + std::to_string(residual_.unknowns()));
  }
  resumed_ = std::move(state);
  resuming_ = true;
}

}  // namespace residua
