#include "kinetic/bessel_ratio.hpp"

#include <cmath>

namespace residua::kinetic {

long double bessel_ratio(int n, long double k) {
  if (k == 0) return 0;
  // A step back from m shrinks the error by R_m^2, which is about exp(-(2m + 1) / k) for large k.
  const int far = n + 60 + static_cast<int>(13 * std::sqrt(k));
  long double ratio = 1 / (2 * (far + 1) / k + 1);
  for (int m = far - 1; m >= n; --m) ratio = 1 / (2 * (m + 1) / k + ratio);
  return ratio;
}

long double bessel_ratio_inverse(long double s) {
  if (s == 0) return 0;
  long double k = 2 * s / (1 - s * s);
  for (int i = 0; i < 100; ++i) {
    const long double ratio = bessel_ratio(0, k);
    const long double step = (ratio - s) / (1 - ratio / k - ratio * ratio);
    k = step < k ? k - step : k / 2;
    if (std::abs(step) < 1e-17L * k) break;
  }
  return k;
}

}  // namespace residua::kinetic
