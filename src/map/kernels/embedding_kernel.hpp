// Channels of the embedding of the coordinates, over a block of points.
//
// An input is a coordinate. A feature depends on one of them, f(x_i), so of a channel sum_k c_k D^alpha_k only the pure
// derivative in x_i counts: coefficient[channel][i] times the derivative of the channel's order.
#pragma once

#include "map/kernels/layer_kernel.hpp"

namespace residua {

struct EmbeddingView {
  int inputs = 0;  ///< coordinates of each part, one part after the other
  int features = 0;
  int features_padded = 0;
  int channels = 0;
  const int* coordinate = nullptr;      ///< [inputs]
  const int* harmonics = nullptr;       ///< [inputs]; 0: affine
  const double* offset = nullptr;       ///< [inputs]; affine: scale x + offset; periodic: scale (x - offset)
  const double* scale = nullptr;        ///< [inputs]
  const int* order = nullptr;           ///< [channels]
  const double* coefficient = nullptr;  ///< [channels][inputs]
};

template <class V, class Team>
struct EmbeddingKernel {
  static constexpr int points = block_points<V>;

  const Team& team;
  EmbeddingView view;

  /// x [coordinates][points] to out [channels][features, padded][points]; rows of the padding are not written.
  KOKKOS_INLINE_FUNCTION void operator()(const double* x, double* out) const {
    team.for_each(view.channels, [&](int c) {
      double* row = out + c * view.features_padded * points;
      for (int i = 0; i < view.inputs; ++i) {
        const double factor = view.coefficient[c * view.inputs + i];
        const double* from = x + view.coordinate[i] * points;
        if (view.harmonics[i] == 0) {
          affine(i, view.order[c], factor, from, row);
          row += points;
        }
        for (int k = 1; k <= view.harmonics[i]; ++k) {
          wave(i, k, view.order[c], factor, from, row);
          row += 2 * points;
        }
      }
    });
    team.barrier();
  }

 private:
  KOKKOS_INLINE_FUNCTION void affine(int i, int order, double factor, const double* x, double* row) const {
    const V scale = spread<V>(view.scale[i]), offset = spread<V>(view.offset[i]);
    const V slope = spread<V>(order == 1 ? factor * view.scale[i] : 0.0);
    for (int p = 0; p < points; p += lanes<V>) store(row + p, order == 0 ? fma(scale, load<V>(x + p), offset) : slope);
  }

  /// Derivatives of cos(w x) and sin(w x): each order multiplies by w and goes on to the next of cos, -sin, -cos, sin.
  KOKKOS_INLINE_FUNCTION void wave(int i, int k, int order, double factor, const double* x, double* row) const {
    const double w = k * view.scale[i];
    for (int n = 0; n < order; ++n) factor *= w;
    for (int p = 0; p < points; p += lanes<V>) {
      const SineCosine<V> f = vector_sincos(w * (load<V>(x + p) - view.offset[i]));
      const V first = order % 2 ? f.sine : f.cosine, second = order % 2 ? f.cosine : f.sine;
      store(row + p, (order % 4 == 1 || order % 4 == 2 ? -factor : factor) * first);
      store(row + points + p, (order % 4 >= 2 ? -factor : factor) * second);
    }
  }
};

}  // namespace residua
