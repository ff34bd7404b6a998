// The one shim that makes every TrainingMethod a Tao type: -tao_type residua_lm, residua_ssbroyden, residua_adam.
// Options, monitors, convergence tests, -tao_view and the convergence history are Tao's own.
//
// The Tao's tolerances begin at 0: a method stops at -tao_max_it, or when no step reduces the objective any more
// (TAO_CONVERGED_STEPTOL), or by what is set with -tao_gatol, -tao_grtol, -tao_gttol or a convergence test.
#pragma once

#include <petsctao.h>

#include "io/state.hpp"
#include "solve/method.hpp"

namespace residua {

/// Registers the types. PETSc must be initialised; calling it again does nothing. Collective.
void register_methods();

/// The method of a Tao whose type is one of ours and whose options are set; else null.
TrainingMethod* method_of(Tao tao);

/// The next TaoSolve begins with what `save` gave, at `iteration`, and not afresh. `state` must live until then.
void resume(Tao tao, const State& state, long iteration);

/// The residual has changed: the method evaluates anew before its next iteration. To be called from a monitor or a
/// convergence test.
void refresh(Tao tao);

}  // namespace residua
