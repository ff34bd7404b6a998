// Radau IIA collocation of any number of stages as the TS type "residua_radau".
//
// In a step of length h the solution is a polynomial of degree s through u_n and the stages U_i at t_n + c_i h, with
// c_i the right Radau nodes of [0, 1], and F(t_i, U_i, U'_i) = 0 at each: order 2s - 1 at the end of the step, s + 1
// between, L-stable, stiffly accurate, and so fit for algebraic equations too (E. Hairer, G. Wanner, Solving Ordinary
// Differential Equations II, IV.5 and VI.1). All stages are found together by simplified Newton steps
//
//     (I x J + (A^-1 / h) x M) dU = -F,   J = dF/du and M = dF/du' at the start of the step,
//
// which the eigenvectors of A^-1 split into one complex system for each pair of eigenvalues and a real one.
//
// The error of a step is taken to be the first Legendre coefficient in time that the polynomial lacks, extrapolated
// from its last two: the error between the nodes, which bounds that at the end. It counts only unknowns that have a
// time derivative. TSAdapt chooses the steps by it: -ts_rtol and -ts_atol, relative to each field's largest value so
// far.
//
// The TS is on one rank, and its application context is a DaeSystem. Option: -ts_radau_stages (7; an odd number, 3 to
// 13).
#pragma once

#include "solve/dae.hpp"
#include "solve/vec.hpp"

namespace residua {

/// A TS for the system, of this type unless -ts_type says otherwise: other implicit types of PETSc work too, with a
/// dense Jacobian. `system` must outlive it. Its relative tolerance is `tolerance`, the absolute one a
/// thousandth of that, unless options say otherwise; TSSetFromOptions has been called.
TsHandle make_ts(DaeSystem& system, double tolerance);

/// matrix <- j + shift m; `matrix` is sequential and dense.
void fill_dense(const BandMatrix& j, const BandMatrix& m, double shift, Mat matrix);

}  // namespace residua
