// The derivative of the stress sigma = active_stress + strain_stress (model.hpp) in the moments and in the numbers of
// the model, at a fixed strain rate e, and its transpose in the inner product Re(conj(a) b).
#pragma once

#include "kinetic/model.hpp"

namespace residua::kinetic {

/// Re(conj(a) b).
inline double dot(Complex a, Complex b) { return a.real() * b.real() + a.imag() * b.imag(); }

/// What the stress in a cell depends on, or the derivative of that.
struct StressInput {
  double c = 0;
  Complex z, w;
};

/// Along d and dm.
Complex stress_jvp(const Model& m, const StressInput& in, Complex e, const Model& dm, const StressInput& d);

/// The transpose of s; to `model` the numbers' part is added.
StressInput stress_vjp(const Model& m, const StressInput& in, Complex e, Complex s, Model& model);

/// What a change of w alone is multiplied by.
inline Complex stress_by_fourth(const Model& m, Complex z, Complex e) {
  return 0.25 * m.beta * std::conj(m.zeta * z + e);
}

}  // namespace residua::kinetic
