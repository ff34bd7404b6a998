// Rows of the Jacobian: derivatives of one residual at every point of a few blocks in every parameter of a layer,
//
//     d r(p) / d W_jo = sum_c y_c(j, p) zbar_c(o, p),     d r(p) / d b_o = zbar_0(o, p),
//
// written column by column. Several blocks side by side make the contiguous piece of a column longer, since a piece is
// all that is written to one page.
#pragma once

#include <cstddef>

#include "map/kernels/layer_kernel.hpp"

namespace residua {

/// Blocks that are written together.
inline constexpr int row_blocks = 2;

/// What a layer takes in and the adjoint of its z, of each block.
struct RowOperands {
  const double* input[row_blocks] = {};
  const double* bar[row_blocks] = {};
};

template <class V, class Team>
struct RowsKernel {
  static constexpr int rows = panel_rows<V>;
  static constexpr int points = block_points<V>;

  const Team& team;
  int channels;
  int valid;  ///< points to be written

  /// Columns of the layer, the first of its weights at `columns`, the next ld behind it.
  KOKKOS_INLINE_FUNCTION void operator()(const LayerView& layer, const RowOperands& operands, double* columns,
                                         std::ptrdiff_t ld) const {
    team.for_each(layer.in * (layer.out_padded / rows), [&](int k) {
      const int j = k / (layer.out_padded / rows), o = k % (layer.out_padded / rows) * rows;
      double* to = columns + (static_cast<std::ptrdiff_t>(j) * layer.out + o) * ld;
      const int count = layer.out - o < rows ? layer.out - o : rows;
      for (int g = 0; g < row_blocks && g * points < valid; ++g)
        weights(layer, operands.input[g] + j * points, operands.bar[g] + o * points, to + g * points, ld, count,
                valid - g * points);
    });
    double* biases = columns + static_cast<std::ptrdiff_t>(layer.in) * layer.out * ld;
    team.for_each(layer.out, [&](int o) {
      for (int p = 0; p < valid; ++p) biases[o * ld + p] = operands.bar[p / points][o * points + p % points];
    });
    team.barrier();
  }

 private:
  KOKKOS_FORCEINLINE_FUNCTION void weights(const LayerView& layer, const double* y, const double* bar, double* to,
                                           std::ptrdiff_t ld, int count, int left) const {
    V sum[rows][3];
    for (int m = 0; m < rows; ++m)
      for (int n = 0; n < 3; ++n) sum[m][n] = spread<V>(0.0);
    for (int c = 0; c < channels; ++c, y += layer.in_padded * points, bar += layer.out_padded * points) {
      V factor[3];
      for (int n = 0; n < 3; ++n) factor[n] = load<V>(y + n * lanes<V>);
      for (int m = 0; m < rows; ++m)
        for (int n = 0; n < 3; ++n)
          sum[m][n] = multiply_add(factor[n], load<V>(bar + m * points + n * lanes<V>), sum[m][n]);
    }
    if (count == rows && left >= points) {
      for (int m = 0; m < rows; ++m)
        for (int n = 0; n < 3; ++n) store(to + m * ld + n * lanes<V>, sum[m][n]);
      return;
    }
    double whole[rows * points];
    for (int m = 0; m < rows; ++m)
      for (int n = 0; n < 3; ++n) store(whole + m * points + n * lanes<V>, sum[m][n]);
    for (int m = 0; m < count; ++m)
      for (int p = 0; p < points && p < left; ++p) to[m * ld + p] = whole[m * points + p];
  }
};

}  // namespace residua
