#include "kinetic/middle.hpp"

#include <algorithm>

#include "kinetic/realizable.hpp"

namespace residua::kinetic {
namespace {

/// A number and its derivative.
struct Dual {
  Complex value, slope;
};

Dual operator+(Dual a, Dual b) { return {a.value + b.value, a.slope + b.slope}; }
Dual operator-(Dual a, Dual b) { return {a.value - b.value, a.slope - b.slope}; }
Dual operator*(Dual a, Dual b) { return {times(a.value, b.value), times(a.slope, b.value) + times(a.value, b.slope)}; }
Dual conj(Dual a) { return {std::conj(a.value), std::conj(a.slope)}; }

/// a / b of a real b above 0.
Dual over(Dual a, Dual b) {
  const double scale = 1 / b.value.real();
  const Complex quotient = scale * a.value;
  return {quotient, scale * (a.slope - b.slope.real() * quotient)};
}

/// Levinson's recursion of realizable.hpp along f.
Complex slope_of_middle(const std::vector<Dual>& f) {
  const std::size_t level = f.size() - 1;
  thread_local std::vector<Dual> a, next;
  a.assign(level + 2, {});
  next.resize(level + 2);
  a[0] = {1, 0};
  Dual rest = f[0], middle = {};
  for (std::size_t k = 1; k <= level; ++k) {
    const Dual reflection = over(middle - f[k], rest);
    for (std::size_t j = 0; j <= k; ++j) next[j] = a[j] + reflection * conj(a[k - j]);
    std::copy_n(next.begin(), k + 1, a.begin());
    rest = rest - rest * reflection * conj(reflection);
    middle = {};
    for (std::size_t j = 1; j <= k; ++j) middle = middle - a[j] * f[k + 1 - j];
  }
  return middle.slope;
}

}  // namespace

void Middle::apply(Moments f, long cells, Complex* top) const { middles_of_next(f, level_, cells, top); }

void Middle::jvp(Moments f, Moments df, long cells, Complex* top) const {
  std::vector<Dual> cell(level_ + 1);
  for (long i = 0; i < cells; ++i) {
    cell[0] = {f[0][i].real(), df[0][i].real()};
    for (int m = 1; m <= level_; ++m) cell[m] = {f[m][i], df[m][i]};
    top[i] = slope_of_middle(cell);
  }
}

void Middle::vjp(Moments f, const Complex* top, long cells, Complex* df) const {
  std::vector<Dual> cell(level_ + 1);
  const auto along = [&](int m, Complex direction, Complex bar) {
    cell[m].slope = direction;
    const double product = times(std::conj(bar), slope_of_middle(cell)).real();
    cell[m].slope = 0;
    return product;
  };
  for (long i = 0; i < cells; ++i) {
    cell[0] = {f[0][i].real(), 0};
    for (int m = 1; m <= level_; ++m) cell[m] = {f[m][i], 0};
    df[i] = along(0, 1, top[i]);
    for (int m = 1; m <= level_; ++m) df[m * f.stride + i] = {along(m, 1, top[i]), along(m, Complex(0, 1), top[i])};
  }
}

}  // namespace residua::kinetic
