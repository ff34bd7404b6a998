#include "solve/step_method.hpp"

#include <petsc/private/tsimpl.h>

#include <algorithm>

#include "solve/vec.hpp"

namespace residua {
namespace {

using Owner = std::unique_ptr<StepMethod>;

StepTolerance tolerance_of(TS ts) {
  PetscBool fixed = PETSC_FALSE;
  RESIDUA_PETSC(PetscObjectTypeCompare(reinterpret_cast<PetscObject>(ts->adapt), TSADAPTNONE, &fixed));
  return {ts->rtol, ts->atol, !fixed};
}

PetscErrorCode set_up(TS ts) {
  return petsc::guarded([&] {
    void* system = nullptr;
    RESIDUA_PETSC(TSGetApplicationContext(ts, &system));
    TSType type = nullptr;
    RESIDUA_PETSC(TSGetType(ts, &type));
    if (!system) throw Error(std::string(type) + ": the application context of the TS has to be the system");
    step_method_of(ts).set_up(system);
  });
}

void step_once(TS ts) {
  StepMethod& method = step_method_of(ts);
  TSType type = nullptr;
  RESIDUA_PETSC(TSGetType(ts, &type));
  {
    const VecReader u(ts->vec_sol);
    method.begin(ts->ptime, u.span());
  }
  for (PetscInt rejections = 0; !ts->reason;) {
    const double t = ts->ptime, h = ts->time_step;
    if (t + h == t) {
      ts->reason = TS_DIVERGED_STEP_REJECTED;
      return;
    }
    bool solved = false;
    {
      const VecReader u(ts->vec_sol);
      solved = method.step(t, h, u.span(), tolerance_of(ts));
    }
    PetscBool accepted = PETSC_FALSE;
    PetscReal next = h / 4;
    if (solved) {
      RESIDUA_PETSC(TSAdaptCandidatesClear(ts->adapt));
      RESIDUA_PETSC(TSAdaptCandidateAdd(ts->adapt, type, method.error_order(), 1, 1.0, 1.0, PETSC_TRUE));
      RESIDUA_PETSC(TSAdaptChoose(ts->adapt, ts, h, nullptr, &next, &accepted));
    }
    if (accepted) {
      const VecWriter u(ts->vec_sol);
      std::ranges::copy(method.end(), u.span().begin());
      method.accept(t, h);
      ts->ptime += h;
      ts->time_step = next;
      return;
    }
    ts->reject++;
    ts->time_step = next;
    if (ts->max_reject >= 0 && ++rejections > ts->max_reject) ts->reason = TS_DIVERGED_STEP_REJECTED;
  }
}

PetscErrorCode step(TS ts) {
  return petsc::guarded([&] { step_once(ts); });
}

PetscErrorCode evaluate_error(TS ts, NormType, PetscInt* order, PetscReal* error) {
  return petsc::guarded([&] {
    if (order) *order = step_method_of(ts).error_order();
    *error = step_method_of(ts).error(tolerance_of(ts));
  });
}

PetscErrorCode interpolate(TS ts, PetscReal t, Vec u) {
  return petsc::guarded([&] {
    const VecWriter values(u);
    step_method_of(ts).interpolate(t, values.span());
  });
}

PetscErrorCode set_from_options(TS ts, PetscItems items) {
  return petsc::guarded([&] {
    const char* prefix = nullptr;
    RESIDUA_PETSC(PetscObjectGetOptionsPrefix(reinterpret_cast<PetscObject>(ts), &prefix));
    Options options(items, prefix ? prefix : "");
    step_method_of(ts).set_options(options);
  });
}

PetscErrorCode reset(TS) { return PETSC_SUCCESS; }

PetscErrorCode destroy(TS ts) {
  delete static_cast<Owner*>(ts->data);
  ts->data = nullptr;
  return PETSC_SUCCESS;
}

}  // namespace

void StepMethod::interpolate(double, std::span<double>) const {
  throw Error("this time integrator does not interpolate within a step");
}

StepMethod& step_method_of(TS ts) { return **static_cast<Owner*>(ts->data); }

void install(TS ts, std::unique_ptr<StepMethod> method) {
  ts->data = new Owner(std::move(method));
  ts->ops->setup = set_up;
  ts->ops->step = step;
  ts->ops->evaluatewlte = evaluate_error;
  ts->ops->interpolate = interpolate;
  ts->ops->setfromoptions = set_from_options;
  ts->ops->reset = reset;
  ts->ops->destroy = destroy;
  ts->usessnes = PETSC_FALSE;
  ts->default_adapt_type = TSADAPTBASIC;
}

}  // namespace residua
