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

namespace {

/// Levinson's recursion for the moments within their discs that are nearest to those of a cell, f_m = at(m).
struct Nearest {
  std::vector<Complex> within;  ///< f_0 .. f_level
  Complex middle;               ///< of the disc of the next
  bool moved = false;
};

template <class At>
const Nearest& nearest_within(int level, const At& at) {
  thread_local std::vector<Complex> a, next;
  thread_local Nearest found;
  a.assign(level + 2, 0);
  next.resize(level + 2);
  found.within.resize(level + 1);
  found.moved = false;
  found.within[0] = at(0).real();
  a[0] = 1;
  double rest = at(0).real();
  Complex middle = 0;
  for (int k = 1; k <= level; ++k) {
    Complex reflection = rest > 0 ? (middle - at(k)) / rest : 0;
    const double size = std::abs(reflection);
    const bool outside = size > 1 || !(rest > 0);
    if (size > 1) reflection /= size;
    found.moved = found.moved || outside;
    found.within[k] = outside ? middle - reflection * rest : at(k);
    for (int j = 0; j <= k; ++j) next[j] = a[j] + times(reflection, std::conj(a[k - j]));
    std::copy_n(next.begin(), k + 1, a.begin());
    rest = outside ? 0 : rest * (1 - size * size);
    middle = 0;
    for (int j = 1; j <= k; ++j) middle -= times(a[j], found.within[k + 1 - j]);
  }
  found.middle = middle;
  return found;
}

}  // namespace

bool draw_back(Complex* f, long stride, int level, long cell) {
  const Nearest& nearest = nearest_within(level, [&](int m) { return f[m * stride + cell]; });
  if (nearest.moved)
    for (int m = 1; m <= level; ++m) f[m * stride + cell] = nearest.within[m];
  return nearest.moved;
}

Complex middle_of_next(Moments f, int level, long cell) {
  return nearest_within(level, [&](int m) { return f[m][cell]; }).middle;
}

}  // namespace residua::kinetic
