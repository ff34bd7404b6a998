// The Jacobian of a Residual as a PETSc matrix.
#pragma once

#include "solve/residual.hpp"

namespace residua {

/// A MatShell that applies J and J' at the point last set. The residual must outlive it. Collective.
MatHandle make_jacobian_shell(Residual& residual);

/// The point of the shell, copied.
void set_jacobian_point(Mat shell, Vec u);

/// A dense matrix (MATDENSE, rows split like r), and its filling from the residual's rows; without explicit rows, from
/// J times unit vectors. Collective.
MatHandle make_jacobian_dense(const Residual& residual);
void fill_jacobian_dense(Residual& residual, Vec u, Mat dense);

}  // namespace residua
