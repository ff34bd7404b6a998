// Rows of the Jacobian: derivatives of one residual at every point of two blocks in every parameter of a layer,
//
//     d r(p) / d W_jo = sum_c y_c(j, p) zbar_c(o, p),     d r(p) / d b_o = zbar_0(o, p),
//
// written column by column. What bounds this is the memory: a register tile is inputs x outputs x one cache line (two
// packs, which may lie in different blocks), so that each line is written once and whole, past the caches where the
// Jacobian is too large for them.
#pragma once

#include <cstddef>

#include "map/kernels/layer_kernel.hpp"

namespace residua {

/// Blocks that are written together.
inline constexpr int row_blocks = 4;

/// What a layer takes in and the adjoint of its z, of each block.
struct RowOperands {
  const double* input[row_blocks] = {};
  const double* bar[row_blocks] = {};
};

template <class V, class Team>
struct RowsKernel {
  static constexpr int points = block_points<V>;
  static constexpr int line = 2 * lanes<V>;
  static constexpr int lines = row_blocks * points / line;

  const Team& team;
  int channels;
  int valid;         ///< points to be written
  bool past_caches;  ///< see `stream`; columns begin at multiples of a pack

  /// Columns of the weights between the inputs and outputs of one block, the first at `columns`, the next ld behind it.
  /// `layer`: with the padding of the whole layer, and the `in` and `out` of the block, whose first are at `operands`.
  KOKKOS_INLINE_FUNCTION void operator()(const LayerView& layer, const RowOperands& operands, double* columns,
                                         std::ptrdiff_t ld) const {
    team.for_each((layer.in + 1) / 2, [&](int k) {
      const int j = 2 * k;
      if (j + 1 < layer.in)
        inputs<2>(layer, operands, j, columns, ld);
      else
        inputs<1>(layer, operands, j, columns, ld);
    });
    team.barrier();
  }

  /// Columns of the biases.
  KOKKOS_INLINE_FUNCTION void biases(const LayerView& layer, const RowOperands& operands, double* columns,
                                     std::ptrdiff_t ld) const {
    team.for_each(layer.out, [&](int o) {
      for (int p = 0; p < valid; ++p) columns[o * ld + p] = operands.bar[p / points][o * points + p % points];
    });
    team.barrier();
  }

 private:
  template <int J>
  KOKKOS_FORCEINLINE_FUNCTION void inputs(const LayerView& layer, const RowOperands& operands, int j, double* columns,
                                          std::ptrdiff_t ld) const {
    double* to = columns + static_cast<std::ptrdiff_t>(j) * layer.out * ld;
    int o = 0;
    for (; o + 3 <= layer.out; o += 3) outputs<J, 3>(layer, operands, j, o, to, ld);
    for (; o < layer.out; ++o) outputs<J, 1>(layer, operands, j, o, to, ld);
  }

  template <int J, int M>
  KOKKOS_FORCEINLINE_FUNCTION void outputs(const LayerView& layer, const RowOperands& operands, int j, int o,
                                           double* to, std::ptrdiff_t ld) const {
    RESIDUA_UNROLL
    for (int l = 0; l < lines; ++l) {
      if (l * line >= valid) return;
      const double *y[2], *bar[2];
      for (int n = 0; n < 2; ++n) {
        const int block = (2 * l + n) / 3, at = (2 * l + n) % 3 * lanes<V>;
        y[n] = operands.input[block] + j * points + at;
        bar[n] = operands.bar[block] + o * points + at;
      }
      tile<J, M>(layer, y, bar, to + o * ld + l * line, ld, valid - l * line);
    }
  }

  template <int J, int M>
  KOKKOS_FORCEINLINE_FUNCTION void tile(const LayerView& layer, const double* const* y, const double* const* bar,
                                        double* to, std::ptrdiff_t ld, int left) const {
    V sum[J][M][2];
    RESIDUA_UNROLL
    for (int k = 0; k < J * M * 2; ++k) sum[k / (2 * M)][k / 2 % M][k % 2] = spread<V>(0.0);
    for (int c = 0; c < channels; ++c) {
      const int y_channel = c * layer.in_padded * points, bar_channel = c * layer.out_padded * points;
      RESIDUA_UNROLL
      for (int n = 0; n < 2; ++n) {
        V factor[J];
        for (int i = 0; i < J; ++i) factor[i] = load_once<V>(y[n] + y_channel + i * points);
        RESIDUA_UNROLL
        for (int m = 0; m < M; ++m) {
          const V other = load_once<V>(bar[n] + bar_channel + m * points);
          for (int i = 0; i < J; ++i) sum[i][m][n] = multiply_add(factor[i], other, sum[i][m][n]);
        }
      }
    }
    const std::ptrdiff_t row = layer.out * ld;
    if (left >= line && past_caches)
      each(sum, [=](int i, int m, int n, V v) { stream(to + i * row + m * ld + n * lanes<V>, v); });
    else if (left >= line)
      each(sum, [=](int i, int m, int n, V v) { store(to + i * row + m * ld + n * lanes<V>, v); });
    else
      each(sum, [=](int i, int m, int n, V v) {
        double part[lanes<V>];
        store(part, v);
        for (int p = 0; p < lanes<V> && n * lanes<V> + p < left; ++p) to[i * row + m * ld + n * lanes<V> + p] = part[p];
      });
  }

  template <int J, int M, class Body>
  static KOKKOS_FORCEINLINE_FUNCTION void each(const V (&sum)[J][M][2], const Body& body) {
    RESIDUA_UNROLL
    for (int k = 0; k < J * M * 2; ++k) body(k / (2 * M), k / 2 % M, k % 2, sum[k / (2 * M)][k / 2 % M][k % 2]);
  }
};

}  // namespace residua
