#include "pinn/classical_march.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "solve/radau.hpp"

namespace residua::pinn {
namespace {

/// The watch wants no more. (TSStep forgets a reason that a monitor sets.)
struct Ended {};

PetscErrorCode monitor(TS, PetscInt, PetscReal t, Vec u, void* context) {
  return petsc::guarded([&] {
    const VecReader values(u);
    if (!(*static_cast<const Watch*>(context))(t, values.span())) throw Ended();
  });
}

VecHandle vec_of(std::span<const double> values) {
  VecHandle vec;
  RESIDUA_PETSC(VecCreateSeq(PETSC_COMM_SELF, static_cast<PetscInt>(values.size()), vec.address()));
  const VecWriter writer(vec);
  std::ranges::copy(values, writer.span().begin());
  return vec;
}

std::vector<double> values_of(Vec vec) {
  const VecReader reader(vec);
  return {reader.span().begin(), reader.span().end()};
}

PetscErrorCode steady_function(SNES, Vec u, Vec r, void* context) {
  return petsc::guarded([&] {
    const VecReader values(u);
    const VecWriter out(r);
    const std::vector<double> still(values.span().size());
    static_cast<ClassicalSpace*>(context)->residual(0, values.span(), still, out.span());
  });
}

PetscErrorCode steady_jacobian(SNES, Vec u, Mat, Mat matrix, void* context) {
  return petsc::guarded([&] {
    ClassicalSpace& space = *static_cast<ClassicalSpace*>(context);
    BandMatrix j = space.make_matrix(), m = space.make_matrix();
    const VecReader values(u);
    const std::vector<double> still(values.span().size());
    space.linearise(0, values.span(), still, j, m);
    fill_dense(j, m, 0, matrix);
  });
}

/// The step is at rounding: tiny, or small and no longer falling.
PetscErrorCode steady_converged(SNES, PetscInt iteration, PetscReal size, PetscReal step, PetscReal residual,
                                SNESConvergedReason* reason, void* context) {
  double& last = *static_cast<double*>(context);
  *reason = SNES_CONVERGED_ITERATING;
  if (!std::isfinite(residual)) {
    *reason = SNES_DIVERGED_FNORM_NAN;
  } else if (residual == 0) {
    *reason = SNES_CONVERGED_FNORM_ABS;
  } else if (iteration > 0 && (step <= 1e-13 * size || (iteration > 1 && step <= 1e-7 * size && step > 0.3 * last))) {
    *reason = SNES_CONVERGED_SNORM_RELATIVE;
  }
  last = step;
  return PETSC_SUCCESS;
}

}  // namespace

March march(ClassicalSpace& space, double begin, std::span<const double> times, double tolerance, const Watch& watch) {
  March result;
  const VecHandle u = vec_of(space.initial());
  const TsHandle ts = make_ts(space, tolerance);
  RESIDUA_PETSC(TSMonitorSet(ts, monitor, const_cast<Watch*>(&watch), nullptr));
  RESIDUA_PETSC(TSSetTime(ts, begin));
  RESIDUA_PETSC(TSSetTimeStep(ts, 1e-3 * (times.back() - begin)));
  for (const double time : times) {
    if (time > begin) {
      RESIDUA_PETSC(TSSetMaxTime(ts, time));
      try {
        RESIDUA_PETSC(TSSolve(ts, u));
      } catch (const Ended&) {
        break;
      }
      TSConvergedReason reason = TS_CONVERGED_ITERATING;
      RESIDUA_PETSC(TSGetConvergedReason(ts, &reason));
      PetscReal reached = 0;
      RESIDUA_PETSC(TSGetTime(ts, &reached));
      if (reason < 0)
        throw Error(fmt::format("classical: the time integrator gives up at t = {:.6g}: {}", reached,
                                TSConvergedReasons[reason]));
    }
    result.states.push_back(values_of(u));
  }
  PetscInt steps = 0;
  RESIDUA_PETSC(TSGetStepNumber(ts, &steps));
  result.steps = steps;
  return result;
}

std::vector<double> solve_steady(ClassicalSpace& space, std::span<const double> guess) {
  const PetscInt n = space.size();
  const VecHandle u = vec_of(guess), r = vec_of(guess);
  MatHandle matrix;
  SnesHandle snes;
  KSP ksp = nullptr;
  PC pc = nullptr;
  RESIDUA_PETSC(MatCreateSeqDense(PETSC_COMM_SELF, n, n, nullptr, matrix.address()));
  RESIDUA_PETSC(SNESCreate(PETSC_COMM_SELF, snes.address()));
  RESIDUA_PETSC(SNESSetFunction(snes, r, steady_function, &space));
  RESIDUA_PETSC(SNESSetJacobian(snes, matrix, matrix, steady_jacobian, &space));
  // Both the line search and the test for convergence look at Newton's steps: the rounding of the residual grows with
  // the order of the derivatives, that of the steps does not.
  double last_step = 0;
  SNESLineSearch search = nullptr;
  RESIDUA_PETSC(SNESGetLineSearch(snes, &search));
  RESIDUA_PETSC(SNESLineSearchSetType(search, SNESLINESEARCHNLEQERR));
  RESIDUA_PETSC(SNESSetConvergenceTest(snes, steady_converged, &last_step, nullptr));
  RESIDUA_PETSC(SNESGetKSP(snes, &ksp));
  RESIDUA_PETSC(KSPSetType(ksp, KSPPREONLY));
  RESIDUA_PETSC(KSPGetPC(ksp, &pc));
  RESIDUA_PETSC(PCSetType(pc, PCLU));
  RESIDUA_PETSC(SNESSetFromOptions(snes));
  RESIDUA_PETSC(SNESSolve(snes, nullptr, u));
  // The line search fails where a step is mere rounding: whether the solution is found, full steps have to show.
  last_step = 0;
  RESIDUA_PETSC(SNESLineSearchSetType(search, SNESLINESEARCHBASIC));
  RESIDUA_PETSC(SNESSetLagJacobian(snes, -2));
  RESIDUA_PETSC(SNESSolve(snes, nullptr, u));
  SNESConvergedReason reason = SNES_CONVERGED_ITERATING;
  RESIDUA_PETSC(SNESGetConvergedReason(snes, &reason));
  if (reason < 0)
    throw Error(fmt::format("classical: Newton's method for the steady state failed ({}); are conditions missing?",
                            SNESConvergedReasons[reason]));
  return values_of(u);
}

}  // namespace residua::pinn
