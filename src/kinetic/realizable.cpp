#include "kinetic/realizable.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "kinetic/model.hpp"

namespace residua::kinetic {

Realizability realizability(Moments f, int level, long cell, double margin) {
  const double c = f[0][cell].real();
  if (!(c > 0)) return {0, c};
  if (const double first = std::abs(f[1][cell]) / c; !(first <= 1)) return {1, first};
  if (level == 1) return {};
  thread_local std::vector<Complex> a, next;
  a.resize(level + 1);
  next.resize(level + 1);
  a[0] = 1;
  double rest = c;
  for (int k = 1; k <= level; ++k) {
    Complex sum = 0;
    for (int j = 0; j < k; ++j) sum += times(a[j], f[k - j][cell]);
    const Complex reflection = -sum / rest;
    const double size = std::abs(reflection);
    if (!(size <= 1) && !(k > 1 && (size - 1) * std::abs(rest) <= margin * c)) return {k, size};
    a[k] = 0;
    for (int j = 0; j <= k; ++j) next[j] = a[j] + times(reflection, std::conj(a[k - j]));
    std::copy_n(next.begin(), k + 1, a.begin());
    rest *= 1 - size * size;
  }
  return {};
}

Complex middle_of_next(Moments f, int level, long cell) {
  thread_local std::vector<Complex> a, next, within;
  a.assign(level + 2, 0);
  next.resize(level + 2);
  within.resize(level + 1);
  const double c = f[0][cell].real();
  a[0] = 1;
  within[0] = c;
  double rest = c;
  Complex middle = 0;
  for (int k = 1; k <= level; ++k) {
    Complex reflection = rest > 0 ? (middle - f[k][cell]) / rest : 0;
    if (const double size = std::abs(reflection); size > 1) reflection /= size;
    within[k] = middle - reflection * rest;
    for (int j = 0; j <= k; ++j) next[j] = a[j] + times(reflection, std::conj(a[k - j]));
    std::copy_n(next.begin(), k + 1, a.begin());
    rest *= 1 - std::norm(reflection);
    middle = 0;
    for (int j = 1; j <= k; ++j) middle -= times(a[j], within[k + 1 - j]);
  }
  return middle;
}

}  // namespace residua::kinetic
