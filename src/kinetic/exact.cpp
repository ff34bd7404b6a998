#include "kinetic/exact.hpp"

#include <cmath>

#include "kinetic/bessel_ratio.hpp"

namespace residua::kinetic {

double growth_rate(const Model& m, double k, bool shear) {
  const double flow = shear ? (m.beta * m.zeta - 2 * m.alpha) / (8 + m.beta) : 0;
  return m.zeta + flow - 4 * m.rotation - m.translation * k * k;
}

double nematic_order(const Model& m) {
  if (m.zeta <= 4 * m.rotation) return 0;
  // I_1/I_0 is concave, so that the iteration from above falls to the fixed point, and Newton's method speeds it up.
  long double s = 1;
  for (int i = 0; i < 200; ++i) {
    const long double factor = m.zeta / (2 * static_cast<long double>(m.rotation)), kappa = factor * s;
    const long double ratio = bessel_ratio(0, kappa);
    const long double slope = factor * (1 - ratio / kappa - ratio * ratio);
    const long double step = (s - ratio) / (1 - slope);
    s -= step;
    if (std::abs(step) < 1e-18L) break;
  }
  return static_cast<double>(s);
}

}  // namespace residua::kinetic
