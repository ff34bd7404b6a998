// What is known in closed form of the kinetic theory with mean density 1.
#pragma once

#include "kinetic/model.hpp"

namespace residua::kinetic {

/// The rate at which a wave of wave number k of the second moment grows on the isotropic state: it is the same with
/// every closure of level 1 here, since w is quadratic in z.
///
///     splay: zeta - 4 D_R - D_T k^2,   shear: + (beta zeta - 2 alpha) / (8 + beta)
double growth_rate(const Model& model, double k, bool shear);

/// The order parameter |z|/c of the uniform nematic exp(k cos 2 theta) at rest, k = zeta s / (2 D_R), s = I_1(k) /
/// I_0(k); 0 where zeta <= 4 D_R.
double nematic_order(const Model& model);

}  // namespace residua::kinetic
