// Gives a Residual to PETSc's solvers. The residual must outlive the solver's last call.
#pragma once

#include "solve/residual.hpp"

namespace residua {

/// How a solver sees J: `shell` applies it, `dense` forms it.
enum class JacobianForm { shell, dense };

/// Least squares residual and its Jacobian (TAOBRGN, TAOPOUNDERS), objective |r|^2 / 2 and gradient (TAOLMVM, TAOBQNLS,
/// ...), and the residual itself for the methods of this library. -residua_jacobian shell|dense, with Tao's prefix,
/// overrides `form`. Collective.
void attach(Tao tao, Residual& residual, JacobianForm form = JacobianForm::shell);

/// r(u) = 0 with as many rows as unknowns. Collective.
void attach(SNES snes, Residual& residual, JacobianForm form = JacobianForm::shell);

/// The Residual that was attached to a Tao, or null.
Residual* attached_residual(Tao tao);

}  // namespace residua
