// The functions of exponential integrators: phi_0(z) = e^z, phi_k(z) = (phi_{k-1}(z) - 1/(k-1)!) / z.
#pragma once

#include <array>
#include <cmath>

namespace residua {

/// phi_0 .. phi_3 at z <= 0, to a few units in the last place: phi_3 by its series near 0, where the formula cancels,
/// and the others from it.
inline std::array<double, 4> phi_functions(double z) {
  if (z < -1) {
    const double one = std::expm1(z) / z, two = (one - 1) / z;
    return {std::exp(z), one, two, (two - 0.5) / z};
  }
  double three = 0;
  for (int k = 19; k >= 0; --k) three = (1 + three * z) / (k + 3);  // sum of 3! z^k / (k + 3)!, but for 1/2
  three /= 2;
  const double two = 0.5 + z * three, one = 1 + z * two;
  return {1 + z * one, one, two, three};
}

}  // namespace residua
