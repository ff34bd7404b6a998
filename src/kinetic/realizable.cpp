#include "kinetic/realizable.hpp"

#include <array>

#include "kinetic/model.hpp"

namespace residua::kinetic {

Realizability realizability(Moments f, int level, long cell) {
  const double c = f[0][cell].real();
  if (!(c > 0)) return {0, c};
  std::array<Complex, 513> a, next;
  a[0] = 1;
  double rest = c;
  for (int k = 1; k <= level; ++k) {
    Complex sum = 0;
    for (int j = 0; j < k; ++j) sum += times(a[j], f[k - j][cell]);
    const Complex reflection = -sum / rest;
    const double size = std::abs(reflection);
    if (!(size <= 1)) return {k, size};
    a[k] = 0;
    for (int j = 0; j <= k; ++j) next[j] = a[j] + times(reflection, std::conj(a[k - j]));
    std::copy_n(next.begin(), k + 1, a.begin());
    rest *= 1 - size * size;
  }
  return {};
}

}  // namespace residua::kinetic
