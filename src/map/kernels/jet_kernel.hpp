// The chain rule of a JetTable on a chunk of numbers: forward, its tangent and its adjoint.
//
// A chunk is `chunk_packs` packs of consecutive numbers (neurons of a panel times points of a block) of every channel;
// channel c lies `stride` doubles behind channel 0. The table is interpreted: each term is a loop over the chunk, long
// enough to hide the interpretation. `work` holds `jet_work(view)` doubles.
#pragma once

#include "map/jet_table.hpp"
#include "map/kernels/activation_kernel.hpp"

namespace residua {

/// A JetTable as the kernels see it.
struct JetView {
  int channels = 1;
  int order = 0;
  int products = 0;
  int terms = 0;
  const JetProduct* product = nullptr;
  const JetTerm* term = nullptr;
  int leibniz_terms = 0;
  const LeibnizTerm* leibniz = nullptr;
};

/// Numbers of one channel in a chunk: a panel of neurons times the points of a block.
template <class V>
inline constexpr int block_points = 3 * lanes<V>;
template <class V>
inline constexpr int panel_rows = lanes<V> == 1 ? 4 : native_panel_rows;
template <class V>
inline constexpr int chunk = panel_rows<V>* block_points<V>;

/// Doubles of scratch memory for a chunk: derivatives of sigma, products and their tangents or adjoints.
template <class V>
constexpr int jet_work(const JetView& view) {
  return chunk<V> * (view.order + 2 + 2 * view.products);
}

/// sigma^(k)(z), k = 0 .. n, at s + k * chunk.
template <Activation kind, class V, int n = max_activation_order>
KOKKOS_FORCEINLINE_FUNCTION void chunk_derivatives(int order, const double* z, const double* y, const double* kept,
                                                   int kept_stride, double* s) {
  using Kernel = ActivationKernel<kind>;
  if constexpr (n > 1) {
    if (order < n) return chunk_derivatives<kind, V, n - 1>(order, z, y, kept, kept_stride, s);
  }
  for (int i = 0; i < chunk<V>; i += lanes<V>) {
    V keep[Kernel::kept + 1], values[n + 1];
    for (int k = 0; k < Kernel::kept; ++k) keep[k] = load<V>(kept + k * kept_stride + i);
    Kernel::template derivatives<n>(load<V>(z + i), load<V>(y + i), keep, values);
    for (int k = 0; k <= n; ++k) store(s + k * chunk<V> + i, values[k]);
  }
}

template <Activation kind, class V>
struct JetKernel {
  using Kernel = ActivationKernel<kind>;
  static constexpr int size = chunk<V>;
  static constexpr int packs = size / lanes<V>;

  /// Where factor f of a product lies.
  static KOKKOS_FORCEINLINE_FUNCTION const double* factor(const JetView& t, int f, const double* z, int stride,
                                                          const double* products) {
    return f < t.channels ? z + f * stride : products + (f - t.channels) * size;
  }

  static KOKKOS_FORCEINLINE_FUNCTION void multiply_factors(const JetView& t, const double* z, int stride,
                                                           double* products) {
    for (int k = 0; k < t.products; ++k) {
      const double* left = factor(t, t.product[k].left, z, stride, products);
      const double* right = z + t.product[k].right * stride;
      for (int i = 0; i < size; i += lanes<V>) store(products + k * size + i, load<V>(left + i) * load<V>(right + i));
    }
  }

  /// y and what the activation keeps, from z.
  static KOKKOS_FORCEINLINE_FUNCTION void forward(const JetView& t, const double* z, double* y, int stride,
                                                  double* kept, int kept_stride, double* work) {
    for (int i = 0; i < size; i += lanes<V>) {
      V keep[Kernel::kept + 1];
      store(y + i, Kernel::evaluate(load<V>(z + i), keep));
      for (int k = 0; k < Kernel::kept; ++k) store(kept + k * kept_stride + i, keep[k]);
    }
    if (t.channels == 1) return;
    double* s = work;
    double* products = work + (t.order + 2) * size;
    chunk_derivatives<kind, V>(t.order, z, y, kept, kept_stride, s);
    multiply_factors(t, z, stride, products);
    int next = 0;
    for (int c = 1; c < t.channels; ++c) {
      V sum[packs];
      for (int i = 0; i < packs; ++i)
        sum[i] = load<V>(s + size + i * lanes<V>) * load<V>(z + c * stride + i * lanes<V>);
      for (; next < t.terms && t.term[next].channel == c; ++next) {
        const JetTerm& term = t.term[next];
        const V coefficient = spread<V>(term.coefficient);
        const double* derivative = s + term.order * size;
        const double* q = products + (term.factor - t.channels) * size;
        for (int i = 0; i < packs; ++i)
          sum[i] = multiply_add(coefficient * load<V>(derivative + i * lanes<V>), load<V>(q + i * lanes<V>), sum[i]);
      }
      for (int i = 0; i < packs; ++i) store(y + c * stride + i * lanes<V>, sum[i]);
    }
  }

  /// dz, the tangent of z, becomes that of y.
  static KOKKOS_FORCEINLINE_FUNCTION void tangent(const JetView& t, const double* z, const double* y, double* dz,
                                                  int stride, const double* kept, int kept_stride, double* work) {
    double* s = work;
    double* products = work + (t.order + 2) * size;
    double* dproducts = products + t.products * size;
    chunk_derivatives<kind, V>(t.order + 1, z, y, kept, kept_stride, s);
    multiply_factors(t, z, stride, products);
    for (int k = 0; k < t.products; ++k) {
      const int l = t.product[k].left, r = t.product[k].right;
      const double *left = factor(t, l, z, stride, products), *dleft = factor(t, l, dz, stride, dproducts);
      for (int i = 0; i < size; i += lanes<V>)
        store(dproducts + k * size + i,
              load<V>(dleft + i) * load<V>(z + r * stride + i) + load<V>(left + i) * load<V>(dz + r * stride + i));
    }
    int next = 0;
    for (int c = 1; c < t.channels; ++c) {
      V sum[packs];
      for (int i = 0; i < packs; ++i) {
        const int at = i * lanes<V>;
        sum[i] = load<V>(s + size + at) * load<V>(dz + c * stride + at) +
                 load<V>(s + 2 * size + at) * load<V>(dz + at) * load<V>(z + c * stride + at);
      }
      for (; next < t.terms && t.term[next].channel == c; ++next) {
        const JetTerm& term = t.term[next];
        const V coefficient = spread<V>(term.coefficient);
        const double* derivative = s + term.order * size;
        const int place = (term.factor - t.channels) * size;
        for (int i = 0; i < packs; ++i) {
          const int at = i * lanes<V>;
          const V part = load<V>(derivative + at) * load<V>(dproducts + place + at) +
                         load<V>(derivative + size + at) * load<V>(dz + at) * load<V>(products + place + at);
          sum[i] = multiply_add(coefficient, part, sum[i]);
        }
      }
      for (int i = 0; i < packs; ++i) store(dz + c * stride + i * lanes<V>, sum[i]);
    }
    for (int i = 0; i < size; i += lanes<V>) store(dz + i, load<V>(s + size + i) * load<V>(dz + i));
  }

  /// bar, the adjoint of y, becomes that of z.
  static KOKKOS_FORCEINLINE_FUNCTION void reverse(const JetView& t, const double* z, const double* y, double* bar,
                                                  int stride, const double* kept, int kept_stride, double* work) {
    double* s = work;
    double* products = work + (t.order + 2) * size;
    double* adjoints = products + t.products * size;
    chunk_derivatives<kind, V>(t.order + 1, z, y, kept, kept_stride, s);
    multiply_factors(t, z, stride, products);
    for (int i = 0; i < t.products * size; i += lanes<V>) store(adjoints + i, spread<V>(0.0));

    V value[packs];  // the adjoint of z_0
    for (int i = 0; i < packs; ++i) value[i] = load<V>(s + size + i * lanes<V>) * load<V>(bar + i * lanes<V>);
    for (int k = 0; k < t.terms; ++k) {
      const JetTerm& term = t.term[k];
      const V coefficient = spread<V>(term.coefficient);
      const double* derivative = s + term.order * size;
      const double* from = bar + term.channel * stride;
      const int place = (term.factor - t.channels) * size;
      for (int i = 0; i < packs; ++i) {
        const int at = i * lanes<V>;
        const V scaled = coefficient * load<V>(from + at);
        store(adjoints + place + at, multiply_add(scaled, load<V>(derivative + at), load<V>(adjoints + place + at)));
        value[i] = multiply_add(scaled * load<V>(derivative + size + at), load<V>(products + place + at), value[i]);
      }
    }
    for (int c = 1; c < t.channels; ++c) {
      for (int i = 0; i < packs; ++i) {
        const int at = i * lanes<V>;
        const V from = load<V>(bar + c * stride + at);
        value[i] = multiply_add(from * load<V>(s + 2 * size + at), load<V>(z + c * stride + at), value[i]);
        store(bar + c * stride + at, from * load<V>(s + size + at));
      }
    }
    for (int i = 0; i < packs; ++i) store(bar + i * lanes<V>, value[i]);
    for (int k = t.products - 1; k >= 0; --k) {
      const int l = t.product[k].left, r = t.product[k].right;
      const double* left = factor(t, l, z, stride, products);
      double* left_bar = l < t.channels ? bar + l * stride : adjoints + (l - t.channels) * size;
      for (int i = 0; i < size; i += lanes<V>) {
        const V from = load<V>(adjoints + k * size + i);
        double* right_bar = bar + r * stride + i;
        store(right_bar, multiply_add(from, load<V>(left + i), load<V>(right_bar)));
        store(left_bar + i, multiply_add(from, load<V>(z + r * stride + i), load<V>(left_bar + i)));
      }
    }
  }
};

}  // namespace residua
