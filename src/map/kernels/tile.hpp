// Register tiles: the one inner loop of all matrix products,
//
//     acc(m, n) += sum_k a(k, m) b(k, n),   m < M numbers spread over lanes, n < N packs,
//
// with M x N accumulators, N packs of b and one number of a in registers: 4 x 3 + 3 + 1 = 16 on AVX2.
#pragma once

#include "map/kernels/pack.hpp"

namespace residua {

template <int M, int N, class V>
struct Tile {
  V acc[M][N];

  /// Every row m starts with bias[m], or with 0 where there is no bias.
  KOKKOS_FORCEINLINE_FUNCTION void start(const double* bias) {
    for (int m = 0; m < M; ++m)
      for (int n = 0; n < N; ++n) acc[m][n] = spread<V>(bias ? bias[m] : 0.0);
  }

  KOKKOS_FORCEINLINE_FUNCTION void load_from(const double* c, int row) {
    for (int m = 0; m < M; ++m)
      for (int n = 0; n < N; ++n) acc[m][n] = load<V>(c + m * row + n * lanes<V>);
  }

  KOKKOS_FORCEINLINE_FUNCTION void store_to(double* c, int row) const {
    for (int m = 0; m < M; ++m)
      for (int n = 0; n < N; ++n) store(c + m * row + n * lanes<V>, acc[m][n]);
  }

  /// a(k, m) at a + k * a_depth + m * a_row; b(k, n) at b + k * b_depth, N packs.
  KOKKOS_FORCEINLINE_FUNCTION void multiply(int depth, const double* a, int a_depth, int a_row, const double* b,
                                            int b_depth) {
    for (int k = 0; k < depth; ++k, a += a_depth, b += b_depth) {
      V row[N];
      for (int n = 0; n < N; ++n) row[n] = load_once<V>(b + n * lanes<V>);
      for (int m = 0; m < M; ++m) {
        const V number = spread<V>(a[m * a_row]);
        for (int n = 0; n < N; ++n) acc[m][n] = multiply_add(number, row[n], acc[m][n]);
      }
    }
  }
};

}  // namespace residua
