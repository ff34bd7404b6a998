#include "kinetic/stress.hpp"

namespace residua::kinetic {

Complex stress_jvp(const Model& m, const StressInput& in, Complex e, const Model& dm, const StressInput& d) {
  const Complex aligned = in.c * in.z - times(std::conj(in.z), in.w), strained = in.c * e + times(std::conj(e), in.w);
  const Complex d_aligned = d.c * in.z + in.c * d.z - times(std::conj(d.z), in.w) - times(std::conj(in.z), d.w);
  return 0.5 * (dm.alpha * in.z + m.alpha * d.z) - 0.25 * (dm.zeta * m.beta + m.zeta * dm.beta) * aligned -
         0.25 * m.zeta * m.beta * d_aligned + 0.25 * dm.beta * strained +
         0.25 * m.beta * (d.c * e + times(std::conj(e), d.w));
}

StressInput stress_vjp(const Model& m, const StressInput& in, Complex e, Complex s, Model& model) {
  const Complex aligned = in.c * in.z - times(std::conj(in.z), in.w), strained = in.c * e + times(std::conj(e), in.w);
  model.alpha += 0.5 * dot(s, in.z);
  model.beta += 0.25 * (dot(s, strained) - m.zeta * dot(s, aligned));
  model.zeta -= 0.25 * m.beta * dot(s, aligned);
  const double align = 0.25 * m.zeta * m.beta, strain = 0.25 * m.beta;
  return {strain * dot(s, e) - align * dot(s, in.z),
          (0.5 * m.alpha - align * in.c) * s + align * times(std::conj(s), in.w), times(align * in.z + strain * e, s)};
}

}  // namespace residua::kinetic
