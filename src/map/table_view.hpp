// Tensor-product B-spline of odd degree p, callable on the device: s(x) = sum_k c_k prod_a B_{k_a}(x_a).
#pragma once

#include <cstddef>

#include <Kokkos_Macros.hpp>
#include <Kokkos_NumericTraits.hpp>

namespace residua {

inline constexpr int max_table_axes = 3;
inline constexpr int max_table_degree = 7;

/// Where a table lies in a buffer of doubles: knots of each axis (size + degree + 1), coefficients with the last axis
/// fastest.
struct TableLayout {
  int axes = 0;
  int degree = 3;
  int size[max_table_axes] = {1, 1, 1};
  std::size_t knots[max_table_axes] = {0, 0, 0};
  std::size_t coefficients = 0;
};

/// The span m with knots[m] <= x < knots[m + 1], clamped to [degree, size - 1].
KOKKOS_INLINE_FUNCTION int find_span(const double* knots, int size, int degree, double x) {
  int low = degree, high = size;
  while (high - low > 1) {
    const int middle = (low + high) / 2;
    if (x < knots[middle])
      high = middle;
    else
      low = middle;
  }
  return low;
}

/// The `order`-th derivatives at x of the degree + 1 basis functions that are nonzero on span m, numbers m - degree ..
/// m. De Boor's recursion to degree - order, then the derivative recursion B'_{k,p} = p (B_{k,p-1} / (t_{k+p} - t_k)
/// - B_{k+1,p-1} / (t_{k+p+1} - t_{k+1})) upwards.
KOKKOS_INLINE_FUNCTION void spline_basis(const double* t, int m, int degree, int order, double x, double* basis) {
  basis[0] = 1;
  for (int p = 1; p <= degree; ++p) {
    const bool derive = p > degree - order;
    double carry = 0;
    for (int r = 0; r < p; ++r) {
      const double left = t[m + r + 1 - p], right = t[m + r + 1];
      const double scaled = basis[r] / (right - left);
      if (derive) {
        basis[r] = carry - p * scaled;
        carry = p * scaled;
      } else {
        basis[r] = carry + (right - x) * scaled;
        carry = (x - left) * scaled;
      }
    }
    basis[p] = carry;
  }
}

/// D^orders of the table at x[axis]; NaN outside the table's range (a relative 1e-12 beyond its ends is forgiven).
KOKKOS_INLINE_FUNCTION double evaluate_table(const TableLayout& table, const double* data, const double* x,
                                             const unsigned char* orders) {
  double basis[max_table_axes][max_table_degree + 1];
  int first[max_table_axes] = {0, 0, 0};
  for (int axis = 0; axis < max_table_axes; ++axis) {
    if (axis >= table.axes) {
      basis[axis][0] = 1;
      continue;
    }
    const double* knots = data + table.knots[axis];
    const int size = table.size[axis];
    const double low = knots[0], high = knots[size];
    const double slack = 1e-12 * (high - low);
    if (!(x[axis] >= low - slack && x[axis] <= high + slack)) return Kokkos::Experimental::quiet_NaN_v<double>;
    const int span = find_span(knots, size, table.degree, x[axis]);
    first[axis] = span - table.degree;
    spline_basis(knots, span, table.degree, orders[axis], x[axis], basis[axis]);
  }
  const int width1 = table.axes > 1 ? table.degree : 0, width2 = table.axes > 2 ? table.degree : 0;
  const double* c = data + table.coefficients;
  double value = 0;
  for (int i = 0; i <= table.degree; ++i)
    for (int j = 0; j <= width1; ++j) {
      const std::size_t row = static_cast<std::size_t>(first[0] + i) * table.size[1] + first[1] + j;
      double line = 0;
      for (int k = 0; k <= width2; ++k) line += basis[2][k] * c[row * table.size[2] + first[2] + k];
      value += basis[0][i] * basis[1][j] * line;
    }
  return value;
}

}  // namespace residua
