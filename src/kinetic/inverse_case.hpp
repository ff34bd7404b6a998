// The case kind `kinetic_inverse`: numbers of the model from snapshots of a suspension, by a closed moment run that is
// to go through them.
//
// The run begins at the first frame's c and z, and
//
//     r_jk = sqrt(cells) (z(t_j; p) - z_j)^ _k / std
//
// is what the later ones say of the modes k of z, real and imaginary part: errors of the frames that are normal, of
// this standard deviation and independent from cell to cell, have independent modes, and r has variance 1. Least
// squares by Levenberg-Marquardt, with one tangent run for each number (trajectory_residual.hpp); standard deviations
// of the numbers are those of the linearised posterior (solve/posterior.hpp). They know nothing of errors of the
// closure or of the first frame: where the metric `chi_squared`, |r|^2 over rows less numbers, is far above 1, there
// are such.
#pragma once

namespace residua::kinetic {

void register_inverse_case();

}  // namespace residua::kinetic
