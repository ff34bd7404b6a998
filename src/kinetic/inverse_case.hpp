// The case kind `kinetic_inverse`: numbers of the model from snapshots of a suspension, by a run of its moments that is
// to go through them.
//
// The run begins at the first frame's c and z; the moments beyond are those of Poisson kernels (start_waves.hpp). With
// y = z, or the velocity u + i v, or both,
//
//     r_jk = sqrt(cells) (y(t_j; p) - y_j)^ _k / std
//
// is what the later ones say of the modes k of y, real and imaginary part: errors of the frames that are normal, of
// this standard deviation and independent from cell to cell, have independent modes, and r has variance 1. Where the
// first frame has errors, too, its waves are unknowns, of which it says the same. Least squares by Levenberg-Marquardt,
// with one tangent run for each unknown (trajectory_residual.hpp); standard deviations of the numbers are those of the
// linearised posterior (solve/posterior.hpp), whatever the waves are. They know nothing of errors of the closure: where
// the metric `chi_squared`, |r|^2 over rows less unknowns, is far above 1, there are such.
#pragma once

namespace residua::kinetic {

void register_inverse_case();

}  // namespace residua::kinetic
