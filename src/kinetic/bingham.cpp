#include "kinetic/bingham.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "kinetic/bessel_ratio.hpp"

namespace residua::kinetic {
namespace {

constexpr int intervals = 128, terms = 8;

/// q / s^2 = R_0 R_1 / s^2 = R_1 / s.
long double exact(long double x) {
  if (x == 0) return 0.5L;
  const long double s = std::sqrt(x);
  return bessel_ratio(1, bessel_ratio_inverse(s)) / s;
}

/// sum_k row[k] t^k, t from -1 to 1 over an interval: one cache line each.
struct alignas(64) Row {
  double power[terms];
};
using Table = std::array<Row, intervals>;

/// The powers of sum_k chebyshev[k] T_k(t).
Row powers(const std::array<long double, terms>& chebyshev) {
  std::array<long double, terms> last{}, now{}, sum{};
  now[0] = 1;
  for (int k = 0; k < terms; ++k) {
    for (int m = 0; m < terms; ++m) sum[m] += chebyshev[k] * now[m];
    std::array<long double, terms> next{};  // T_{k+1} = 2 t T_k - T_{k-1}, T_1 = t
    for (int m = 0; m < terms; ++m) next[m] = (m > 0 ? (k == 0 ? 1 : 2) * now[m - 1] : 0) - last[m];
    last = now;
    now = next;
  }
  Row row{};
  for (int m = 0; m < terms; ++m) row.power[m] = static_cast<double>(sum[m]);
  return row;
}

Table make_table() {
  constexpr long double pi = std::numbers::pi_v<long double>;
  Table table;
  for (int i = 0; i < intervals; ++i) {
    std::array<long double, terms> value, chebyshev;
    for (int j = 0; j < terms; ++j) value[j] = exact((i + 0.5L + 0.5L * std::cos(pi * (j + 0.5L) / terms)) / intervals);
    for (int k = 0; k < terms; ++k) {
      long double sum = 0;
      for (int j = 0; j < terms; ++j) sum += value[j] * std::cos(pi * k * (j + 0.5L) / terms);
      chebyshev[k] = (k == 0 ? 1 : 2) * sum / terms;
    }
    table[i] = powers(chebyshev);
  }
  return table;
}

const Table& table() {
  static const Table made = make_table();
  return made;
}

/// Of x in [0, 1]: where its interval begins in the table, and t.
struct Place {
  const double* power;
  double t;
};

Place place_of(const Table& polynomials, double x) {
  const double scaled = intervals * x;
  const int i = std::min(static_cast<int>(scaled), intervals - 1);
  return {polynomials[i].power, 2 * (scaled - i) - 1};
}

}  // namespace

void Bingham::values(const double* x, long count, double* values) const {
  const Table& polynomials = table();
  for (long p = 0; p < count; ++p) {
    const auto [a, t] = place_of(polynomials, x[p] < 1 ? x[p] : 1.0);
    double value = a[terms - 1];
    for (int k = terms - 1; k-- > 0;) value = std::fma(t, value, a[k]);
    values[p] = value;
  }
}

ValueAndSlope Bingham::at(double x) const {
  if (x > 1) return {1, 0};
  const auto [a, t] = place_of(table(), x);
  double value = a[terms - 1], slope = 0;
  for (int k = terms - 1; k-- > 0;) {
    slope = std::fma(t, slope, value);
    value = std::fma(t, value, a[k]);
  }
  return {value, 2 * intervals * slope};
}

}  // namespace residua::kinetic
