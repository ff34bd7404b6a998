// What follows an activation a where layers branch, over a block of points, for all channels:
//
//     gate    y = V + a (U - V), by Leibniz' rule:  y_c = V_c + sum coefficient a_l (U_r - V_r)
//     blend   y = x + alpha (a - x)
//
// with its tangent and its adjoint. Adjoints of outputs stand in BlockMemory::bars, one for each layer, and are summed
// there: that of an output that goes to several layers is complete when the reverse pass arrives at its layer.
#pragma once

#include "map/kernels/map_view.hpp"

namespace residua {

template <class V, class Team>
struct MergeKernel {
  static constexpr int points = block_points<V>;

  const Team& team;
  const MapView& map;
  const BlockMemory& memory;

  KOKKOS_INLINE_FUNCTION void forward(int l) const {
    if (map.layers[l].merge == Merge::gate)
      gate(l);
    else
      blend(l);
  }

  /// The tangent of y in place of that of a, in bars[l]; `along_alpha` is the direction's alpha.
  KOKKOS_INLINE_FUNCTION void tangent(int l, double along_alpha) const {
    if (map.layers[l].merge == Merge::gate)
      gate_tangent(l);
    else
      blend_tangent(l, along_alpha);
  }

  /// The adjoint of a in place of that of y, in bars[l]; adds to those of the gates, or of x.
  KOKKOS_INLINE_FUNCTION void reverse(int l) const {
    if (map.layers[l].merge == Merge::gate)
      gate_reverse(l);
    else
      blend_reverse(l);
  }

  /// All adjoints but that of the output layer are 0.
  KOKKOS_INLINE_FUNCTION void clear_bars() const {
    for (int l = map.first; l < map.count - 1; ++l) {
      double* bar = memory.bars[l];
      team.for_each(map.jets.channels * map.layers[l].out_padded, [&](int k) {
        for (int p = 0; p < points; ++p) bar[k * points + p] = 0;
      });
    }
    team.barrier();
  }

  /// to[point] <- the derivative in alpha of what has the adjoint bars[l] of y, before `reverse`.
  KOKKOS_INLINE_FUNCTION void blend_rows(int l, double* to) const {
    const double *a = memory.layers[l].y, *x = skipped(l), *bar = memory.bars[l];
    for (int p = 0; p < points; ++p) to[p] = 0;
    for (int k = 0; k < map.jets.channels * map.layers[l].out_padded; ++k)
      for (int p = 0; p < points; ++p) to[p] += bar[k * points + p] * (a[k * points + p] - x[k * points + p]);
  }

  KOKKOS_INLINE_FUNCTION void add_blend_gradient(int l, double& gradient) const {
    if (team.rank() == 0) {
      double rows[points];
      blend_rows(l, rows);
      for (int p = 0; p < points; ++p) gradient += rows[p];
    }
    team.barrier();
  }

 private:
  KOKKOS_FORCEINLINE_FUNCTION int stride(int l) const { return map.layers[l].out_padded * points; }

  KOKKOS_FORCEINLINE_FUNCTION const double* skipped(int l) const {
    const int skip = map.layers[l].skip;
    return skip < 0 ? memory.embedding : memory.layers[skip].output();
  }

  /// Calls body(place) for each pack of one channel.
  template <class Body>
  KOKKOS_FORCEINLINE_FUNCTION void for_packs(int rows, const Body& body) const {
    team.for_each(rows, [&](int n) {
      for (int p = 0; p < points; p += lanes<V>) body(n * points + p);
    });
    team.barrier();
  }

  KOKKOS_INLINE_FUNCTION void gate(int l) const {
    const JetView& jets = map.jets;
    const int length = stride(l);
    const double *a = memory.layers[l].y, *u = memory.layers[map.gates].y, *v = memory.layers[map.gates + 1].y;
    double* y = memory.layers[l].merged;
    for_packs(map.layers[l].out_padded, [&](int at) {
      int next = 0;
      for (int c = 0; c < jets.channels; ++c) {
        V sum = load<V>(v + c * length + at);
        for (; next < jets.leibniz_terms && jets.leibniz[next].channel == c; ++next) {
          const LeibnizTerm& term = jets.leibniz[next];
          const V difference = load<V>(u + term.right * length + at) - load<V>(v + term.right * length + at);
          sum = multiply_add(spread<V>(term.coefficient) * load<V>(a + term.left * length + at), difference, sum);
        }
        store(y + c * length + at, sum);
      }
    });
  }

  /// Channels in descending order: a channel's terms have factors of its own number or lower ones.
  KOKKOS_INLINE_FUNCTION void gate_tangent(int l) const {
    const JetView& jets = map.jets;
    const int length = stride(l);
    const double *a = memory.layers[l].y, *u = memory.layers[map.gates].y, *v = memory.layers[map.gates + 1].y;
    const double *du = memory.bars[map.gates], *dv = memory.bars[map.gates + 1];
    double* bar = memory.bars[l];
    for_packs(map.layers[l].out_padded, [&](int at) {
      int next = jets.leibniz_terms - 1;
      for (int c = jets.channels - 1; c >= 0; --c) {
        V sum = load<V>(dv + c * length + at);
        for (; next >= 0 && jets.leibniz[next].channel == c; --next) {
          const LeibnizTerm& term = jets.leibniz[next];
          const int left = term.left * length + at, right = term.right * length + at;
          const V along_a = load<V>(bar + left) * (load<V>(u + right) - load<V>(v + right));
          const V along_gates = load<V>(a + left) * (load<V>(du + right) - load<V>(dv + right));
          sum = multiply_add(spread<V>(term.coefficient), along_a + along_gates, sum);
        }
        store(bar + c * length + at, sum);
      }
    });
  }

  /// Adjoints of the gates first: they need that of y, which that of a replaces, in ascending order of its channels.
  KOKKOS_INLINE_FUNCTION void gate_reverse(int l) const {
    const JetView& jets = map.jets;
    const int length = stride(l);
    const double *a = memory.layers[l].y, *u = memory.layers[map.gates].y, *v = memory.layers[map.gates + 1].y;
    double *u_bar = memory.bars[map.gates], *v_bar = memory.bars[map.gates + 1], *bar = memory.bars[l];
    for_packs(map.layers[l].out_padded, [&](int at) {
      for (int c = 0; c < jets.channels; ++c) add(v_bar + c * length + at, load<V>(bar + c * length + at));
      for (int k = 0; k < jets.leibniz_terms; ++k) {
        const LeibnizTerm& term = jets.leibniz[k];
        const V part = spread<V>(term.coefficient) * load<V>(bar + term.channel * length + at) *
                       load<V>(a + term.left * length + at);
        add(u_bar + term.right * length + at, part);
        add(v_bar + term.right * length + at, -part);
      }
      for (int c = 0; c < jets.channels; ++c) {
        V sum = spread<V>(0.0);
        for (int k = 0; k < jets.leibniz_terms; ++k) {
          const LeibnizTerm& term = jets.leibniz[k];
          if (term.left != c) continue;
          const V difference = load<V>(u + term.right * length + at) - load<V>(v + term.right * length + at);
          sum = multiply_add(spread<V>(term.coefficient) * load<V>(bar + term.channel * length + at), difference, sum);
        }
        store(bar + c * length + at, sum);
      }
    });
  }

  KOKKOS_INLINE_FUNCTION void blend(int l) const {
    const double *a = memory.layers[l].y, *x = skipped(l);
    double* y = memory.layers[l].merged;
    const V alpha = spread<V>(map.layers[l].blend);
    for_packs(map.jets.channels * map.layers[l].out_padded,
              [&](int at) { store(y + at, multiply_add(alpha, load<V>(a + at) - load<V>(x + at), load<V>(x + at))); });
  }

  KOKKOS_INLINE_FUNCTION void blend_tangent(int l, double along_alpha) const {
    const double *a = memory.layers[l].y, *x = skipped(l);
    const int skip = map.layers[l].skip;
    const double* dx = skip < map.first ? nullptr : memory.bars[skip];
    double* bar = memory.bars[l];
    const V alpha = spread<V>(map.layers[l].blend), dalpha = spread<V>(along_alpha);
    for_packs(map.jets.channels * map.layers[l].out_padded, [&](int at) {
      const V along_x = dx ? load<V>(dx + at) : spread<V>(0.0);
      const V along_a = multiply_add(alpha, load<V>(bar + at) - along_x, along_x);
      store(bar + at, multiply_add(dalpha, load<V>(a + at) - load<V>(x + at), along_a));
    });
  }

  KOKKOS_INLINE_FUNCTION void blend_reverse(int l) const {
    const int skip = map.layers[l].skip;
    double* x_bar = skip < map.first ? nullptr : memory.bars[skip];
    double* bar = memory.bars[l];
    const V alpha = spread<V>(map.layers[l].blend), rest = spread<V>(1 - map.layers[l].blend);
    for_packs(map.jets.channels * map.layers[l].out_padded, [&](int at) {
      const V y_bar = load<V>(bar + at);
      if (x_bar) add(x_bar + at, rest * y_bar);
      store(bar + at, alpha * y_bar);
    });
  }

  static KOKKOS_FORCEINLINE_FUNCTION void add(double* to, V value) { store(to, load<V>(to) + value); }
};

}  // namespace residua
