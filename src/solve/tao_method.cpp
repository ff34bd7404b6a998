#include "solve/tao_method.hpp"

#include <petsc/private/taoimpl.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>

#include "base/error.hpp"
#include "solve/attach.hpp"
#include "solve/tao_callbacks.hpp"

namespace residua {
namespace {

/// What hangs on tao->data.
struct Shim {
  std::unique_ptr<TrainingMethod> method;
  std::optional<Communicator> comm;
  std::unique_ptr<TaoCallbacks> callbacks;  ///< when no Residual is attached
  const State* resume = nullptr;
  long first_iteration = 0;
  bool refresh = false;
};

Shim& shim_of(Tao tao) { return *static_cast<Shim*>(tao->data); }

/// Reports the iterate, and asks whether to go on.
void judge(Tao tao, const Progress& progress) {
  RESIDUA_PETSC(TaoLogConvergenceHistory(tao, progress.objective, progress.gradient_norm, 0.0, tao->ksp_its));
  RESIDUA_PETSC(TaoMonitor(tao, tao->niter, progress.objective, progress.gradient_norm, 0.0, progress.step_norm));
  RESIDUA_PETSC((*tao->ops->convergencetest)(tao, tao->cnvP));
}

Residual& residual_of(Tao tao) {
  if (Residual* attached = attached_residual(tao)) return *attached;
  Shim& shim = shim_of(tao);
  shim.comm.emplace(PetscObjectComm(reinterpret_cast<PetscObject>(tao)));
  shim.callbacks = std::make_unique<TaoCallbacks>(*shim.comm, tao);
  return *shim.callbacks;
}

void run(Tao tao) {
  Shim& shim = shim_of(tao);
  Evaluation evaluation(residual_of(tao));
  std::vector<double> u = gather(evaluation.communicator(), tao->solution);
  const State* state = std::exchange(shim.resume, nullptr);
  tao->niter = state ? static_cast<PetscInt>(shim.first_iteration) : 0;
  shim.refresh = false;
  tao->reason = TAO_CONTINUE_ITERATING;
  Progress progress = state ? shim.method->load(*state, evaluation, u) : shim.method->set_up(evaluation, u);
  while (true) {
    scatter(u, tao->solution);
    tao->nfuncs = static_cast<PetscInt>(evaluation.losses());
    tao->nfuncgrads = static_cast<PetscInt>(evaluation.gradients());
    judge(tao, progress);
    if (tao->reason != TAO_CONTINUE_ITERATING) return;
    if (std::exchange(shim.refresh, false)) {
      shim.method->refresh(evaluation, u);
    } else if (progress.stalled) {
      tao->reason = TAO_CONVERGED_STEPTOL;
      return;
    }
    ++tao->niter;
    progress = shim.method->step(evaluation, u);
  }
}

PetscErrorCode solve(Tao tao) {
  return petsc::guarded([&] { run(tao); });
}

PetscErrorCode set_up(Tao tao) {
  return petsc::guarded([&] {
    if (!tao->gradient) RESIDUA_PETSC(VecDuplicate(tao->solution, &tao->gradient));
  });
}

PetscErrorCode set_from_options(Tao tao, PetscItems PetscOptionsObject) {
  return petsc::guarded([&] {
    TrainingMethod& method = *shim_of(tao).method;
    const char* prefix = nullptr;
    RESIDUA_PETSC(PetscObjectGetOptionsPrefix(reinterpret_cast<PetscObject>(tao), &prefix));
    Options options(PetscOptionsObject, prefix ? prefix : "");
    method.set_options(options);
  });
}

PetscErrorCode view(Tao tao, PetscViewer viewer) {
  return petsc::guarded([&] {
    PetscBool ascii = PETSC_FALSE;
    RESIDUA_PETSC(PetscObjectTypeCompare(reinterpret_cast<PetscObject>(viewer), PETSCVIEWERASCII, &ascii));
    if (!ascii) return;
    std::string text = shim_of(tao).method->describe();
    for (std::size_t begin = 0; begin < text.size();) {
      const std::size_t end = std::min(text.find('\n', begin), text.size());
      RESIDUA_PETSC(PetscViewerASCIIPrintf(viewer, "  %s\n", text.substr(begin, end - begin).c_str()));
      begin = end + 1;
    }
  });
}

PetscErrorCode destroy(Tao tao) {
  delete static_cast<Shim*>(tao->data);  // NOLINT: PETSc's void* owns it
  tao->data = nullptr;
  return PETSC_SUCCESS;
}

/// What all types share. A method works with its defaults until options are set.
void create(Tao tao, const std::string& name) {
  auto shim = std::make_unique<Shim>();
  shim->method = make_method(name);
  tao->ops->setup = set_up;
  tao->ops->solve = solve;
  tao->ops->view = view;
  tao->ops->setfromoptions = set_from_options;
  tao->ops->destroy = destroy;
  tao->data = shim.release();
  if (!tao->max_it_changed) tao->max_it = 1000;
  if (!tao->gatol_changed) tao->gatol = 0;
  if (!tao->grtol_changed) tao->grtol = 0;
  if (!tao->gttol_changed) tao->gttol = 0;
}

PetscErrorCode create_lm(Tao tao) {
  return petsc::guarded([&] { create(tao, "residua_lm"); });
}
PetscErrorCode create_ssbroyden(Tao tao) {
  return petsc::guarded([&] { create(tao, "residua_ssbroyden"); });
}
PetscErrorCode create_adam(Tao tao) {
  return petsc::guarded([&] { create(tao, "residua_adam"); });
}

}  // namespace

void register_methods() {
  RESIDUA_PETSC(TaoRegister("residua_lm", create_lm));
  RESIDUA_PETSC(TaoRegister("residua_ssbroyden", create_ssbroyden));
  RESIDUA_PETSC(TaoRegister("residua_adam", create_adam));
}

TrainingMethod* method_of(Tao tao) {
  const char* type = nullptr;
  RESIDUA_PETSC(TaoGetType(tao, &type));
  const std::vector<std::string>& names = method_names();
  const bool ours = type && std::find(names.begin(), names.end(), type) != names.end();
  return ours ? shim_of(tao).method.get() : nullptr;
}

void resume(Tao tao, const State& state, long iteration) {
  if (!method_of(tao)) throw Error("resume: the Tao's type is not one of Residua's");
  shim_of(tao).resume = &state;
  shim_of(tao).first_iteration = iteration;
}

void refresh(Tao tao) {
  if (!method_of(tao)) throw Error("refresh: the Tao's type is not one of Residua's");
  shim_of(tao).refresh = true;
}

}  // namespace residua
