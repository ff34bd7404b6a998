#include "kinetic/bingham.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "kinetic/bessel_ratio.hpp"

namespace residua::kinetic {
namespace {

constexpr int intervals = 32, terms = 12;

/// q / s^2 = R_0 R_1 / s^2 = R_1 / s.
long double exact(long double x) {
  if (x == 0) return 0.5L;
  const long double s = std::sqrt(x);
  return bessel_ratio(1, bessel_ratio_inverse(s)) / s;
}

using Table = std::array<std::array<double, terms>, intervals>;

Table make_table() {
  constexpr long double pi = std::numbers::pi_v<long double>;
  Table table;
  for (int i = 0; i < intervals; ++i) {
    std::array<long double, terms> value;
    for (int j = 0; j < terms; ++j) value[j] = exact((i + 0.5L + 0.5L * std::cos(pi * (j + 0.5L) / terms)) / intervals);
    for (int k = 0; k < terms; ++k) {
      long double sum = 0;
      for (int j = 0; j < terms; ++j) sum += value[j] * std::cos(pi * k * (j + 0.5L) / terms);
      table[i][k] = static_cast<double>((k == 0 ? 1 : 2) * sum / terms);
    }
  }
  return table;
}

const Table& table() {
  static const Table made = make_table();
  return made;
}

}  // namespace

void Bingham::values(const double* x, long count, double* values) const {
  const Table& polynomials = table();
  for (long p = 0; p < count; ++p) {
    const double scaled = intervals * (x[p] < 1 ? x[p] : 1.0);
    const int i = std::min(static_cast<int>(scaled), intervals - 1);
    const double t = 2 * (scaled - i) - 1;
    const auto& a = polynomials[i];
    double b1 = 0, b2 = 0;
    for (int k = terms - 1; k > 0; --k) {
      const double b0 = a[k] + 2 * t * b1 - b2;
      b2 = b1;
      b1 = b0;
    }
    values[p] = a[0] + t * b1 - b2;
  }
}

ValueAndSlope Bingham::at(double x) const {
  if (x > 1) return {1, 0};
  const double scaled = intervals * x;
  const int i = std::min(static_cast<int>(scaled), intervals - 1);
  const double t = 2 * (scaled - i) - 1;
  const auto& a = table()[i];
  double b1 = 0, b2 = 0, d1 = 0, d2 = 0;
  for (int k = terms - 1; k > 0; --k) {
    const double d0 = 2 * b1 + 2 * t * d1 - d2;
    d2 = d1;
    d1 = d0;
    const double b0 = a[k] + 2 * t * b1 - b2;
    b2 = b1;
    b1 = b0;
  }
  return {a[0] + t * b1 - b2, 2 * intervals * (b1 + t * d1 - d2)};
}

}  // namespace residua::kinetic
