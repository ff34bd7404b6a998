// A dense layer over a block of points: forward, tangent, adjoint and gradient, the activation's jets fused.
//
// Numbers of a block lie as [channel][neuron][point], neurons padded with zeros to whole panels. So the neurons of one
// channel are a matrix whose rows are the points of the block, contiguous, which is the right operand of a register
// tile; a panel of neurons of one channel is the chunk of a jet. Weights are packed in panels to be the left operand:
//
//     forward   [panel of outputs][in][panel_rows]     z = W' y + b
//     backward  [panel of inputs][out][panel_rows]     adjoint of y = W (adjoint of z)
//     gradient  [in, padded][out, padded]              += sum over channels and points of y (adjoint of z)'
//
// For the gradient the adjoint of z is transposed to [channel][point][out], so that lanes run over outputs and nothing
// is summed across lanes. A `Team` shares panels among its members and has a barrier; on the host it has one member.
#pragma once

#include "map/kernels/jet_kernel.hpp"
#include "map/kernels/tile.hpp"
#include "map/network.hpp"
#include "map/program_view.hpp"

namespace residua {

/// The team of one.
struct SerialTeam {
  template <class Body>
  KOKKOS_INLINE_FUNCTION void for_each(int n, const Body& body) const {
    for (int i = 0; i < n; ++i) body(i);
  }
  KOKKOS_INLINE_FUNCTION int rank() const { return 0; }
  KOKKOS_INLINE_FUNCTION void barrier() const {}
  KOKKOS_INLINE_FUNCTION HostLanes lanes() const { return {}; }
};

/// Consecutive neurons.
struct NeuronRange {
  int first = 0, count = 0;
};

struct LayerView {
  int in = 0, out = 0;
  int in_padded = 0, out_padded = 0;
  Activation activation = Activation::tanh;
  bool linear = false;
  int kept = 0;  ///< numbers that the activation keeps per neuron and point
  const double* forward = nullptr;
  const double* backward = nullptr;
  const double* bias = nullptr;  ///< [out, padded]
  // Outside of these a block-diagonal layer has zeros; null where it is dense.
  const NeuronRange* inputs = nullptr;   ///< of each panel of outputs
  const NeuronRange* outputs = nullptr;  ///< of each panel of inputs
  int source = -1;                       ///< the layer that it takes its input from; -1: the embedding
  Merge merge = Merge::none;
  int skip = -1;     ///< the layer that is x of a blend; -1: the embedding
  double blend = 0;  ///< alpha

  KOKKOS_INLINE_FUNCTION NeuronRange inputs_of(int panel) const { return inputs ? inputs[panel] : NeuronRange{0, in}; }
  KOKKOS_INLINE_FUNCTION NeuronRange outputs_of(int panel) const {
    return outputs ? outputs[panel] : NeuronRange{0, out};
  }
};

/// What a block keeps of a layer from the forward for the reverse pass; [channels][out, padded][points] each. z and y
/// of a linear layer are the same.
struct LayerValues {
  double* z = nullptr;
  double* y = nullptr;       ///< of the activation
  double* kept = nullptr;    ///< [kept][out, padded][points]
  double* merged = nullptr;  ///< the layer's output where it has a merge; else null: y is

  KOKKOS_INLINE_FUNCTION double* output() const { return merged ? merged : y; }
};

/// Calls f with the JetKernel of an activation.
template <class V, class F>
KOKKOS_FORCEINLINE_FUNCTION void with_jets(Activation activation, const F& f) {
  switch (activation) {
    case Activation::tanh:
      return f(JetKernel<Activation::tanh, V>{});
    case Activation::sin:
      return f(JetKernel<Activation::sin, V>{});
    case Activation::gelu:
      return f(JetKernel<Activation::gelu, V>{});
  }
}

template <class V, class Team>
struct LayerKernel {
  static constexpr int rows = panel_rows<V>;
  static constexpr int points = block_points<V>;
  using PointTile = Tile<rows, 3, V>;

  const Team& team;
  JetView jets;
  double* work;  ///< [team members][jet_work]

  KOKKOS_FORCEINLINE_FUNCTION double* own_work() const { return work + team.rank() * jet_work<V>(jets); }

  /// values of the layer from those of the one before, `input`.
  KOKKOS_INLINE_FUNCTION void forward(const LayerView& layer, const double* input, const LayerValues& values) const {
    const int stride = layer.out_padded * points, input_stride = layer.in_padded * points;
    team.for_each(layer.out_padded / rows, [&](int p) {
      const int at = p * rows * points;
      const NeuronRange from = layer.inputs_of(p);
      const double* weights = layer.forward + (p * layer.in + from.first) * rows;
      const double* y = input + from.first * points;
      for (int c = 0; c < jets.channels; ++c) {
        PointTile tile;
        tile.start(c == 0 ? layer.bias + p * rows : nullptr);
        tile.multiply(from.count, weights, rows, 1, y + c * input_stride, points);
        tile.store_to(values.z + c * stride + at, points);
      }
      if (layer.linear) return;
      with_jets<V>(layer.activation, [&](auto kernel) {
        kernel.forward(jets, values.z + at, values.y + at, stride, values.kept + at, stride, own_work());
      });
    });
    team.barrier();
  }

  /// The tangent of y along (tangent weights and biases, tangent of the input); `tangent_layer` has the packed
  /// direction.
  KOKKOS_INLINE_FUNCTION void tangent(const LayerView& layer, const LayerView& tangent_layer, const double* input,
                                      const double* input_tangent, const LayerValues& values,
                                      double* output_tangent) const {
    const int stride = layer.out_padded * points, input_stride = layer.in_padded * points;
    team.for_each(layer.out_padded / rows, [&](int p) {
      const NeuronRange from = layer.inputs_of(p);
      const int at = p * rows * points, weights = (p * layer.in + from.first) * rows, y = from.first * points;
      for (int c = 0; c < jets.channels; ++c) {
        PointTile tile;
        tile.start(c == 0 ? tangent_layer.bias + p * rows : nullptr);
        tile.multiply(from.count, tangent_layer.forward + weights, rows, 1, input + c * input_stride + y, points);
        if (input_tangent)
          tile.multiply(from.count, layer.forward + weights, rows, 1, input_tangent + c * input_stride + y, points);
        tile.store_to(output_tangent + c * stride + at, points);
      }
      if (layer.linear) return;
      with_jets<V>(layer.activation, [&](auto kernel) {
        kernel.tangent(jets, values.z + at, values.y + at, output_tangent + at, stride, values.kept + at, stride,
                       own_work());
      });
    });
    team.barrier();
  }

  /// bar, the adjoint of y, becomes that of z.
  KOKKOS_INLINE_FUNCTION void reverse_activation(const LayerView& layer, const LayerValues& values, double* bar) const {
    if (layer.linear) return;
    const int stride = layer.out_padded * points;
    team.for_each(layer.out_padded / rows, [&](int p) {
      const int at = p * rows * points;
      with_jets<V>(layer.activation, [&](auto kernel) {
        kernel.reverse(jets, values.z + at, values.y + at, bar + at, stride, values.kept + at, stride, own_work());
      });
    });
    team.barrier();
  }

  /// The adjoint of the layer's input from that of z; `add`: to what is there.
  KOKKOS_INLINE_FUNCTION void backward(const LayerView& layer, const double* bar, double* input_bar,
                                       bool add = false) const {
    const int stride = layer.out_padded * points, input_stride = layer.in_padded * points;
    team.for_each(layer.in_padded / rows, [&](int p) {
      const NeuronRange from = layer.outputs_of(p);
      const double* weights = layer.backward + (p * layer.out + from.first) * rows;
      for (int c = 0; c < jets.channels; ++c) {
        double* to = input_bar + c * input_stride + p * rows * points;
        PointTile tile;
        if (add)
          tile.load_from(to, points);
        else
          tile.start(nullptr);
        tile.multiply(from.count, weights, rows, 1, bar + c * stride + from.first * points, points);
        tile.store_to(to, points);
      }
    });
    team.barrier();
  }

  /// gradient += y zbar', bias_gradient += the sum over points of zbar. `turned` [channels][points][out, padded] is
  /// scratch memory.
  KOKKOS_INLINE_FUNCTION void gradient(const LayerView& layer, const double* input, const double* bar, double* turned,
                                       double* gradient, double* bias_gradient) const {
    const int stride = layer.out_padded * points;
    team.for_each(jets.channels * (layer.out_padded / rows), [&](int k) {
      const int c = k / (layer.out_padded / rows), p = k % (layer.out_padded / rows);
      transpose(bar + c * stride + p * rows * points, turned + c * stride + p * rows, layer.out_padded);
    });
    team.barrier();
    team.for_each(layer.in_padded / rows, [&](int p) {
      const double* y = input + p * rows * points;
      double* g = gradient + p * rows * layer.out_padded;
      const NeuronRange to = layer.outputs_of(p);
      int o = to.first / lanes<V> * lanes<V>;
      int packs = (to.first + to.count - o + lanes<V> - 1) / lanes<V>;
      // Tiles of 3 packs, of 2 where 3 does not divide: fewer accumulators could not hide the latency of a sum.
      for (; packs >= 3 && packs != 4; packs -= 3, o += 3 * lanes<V>) gradient_tile<3>(layer, y, turned + o, g + o);
      for (; packs >= 2; packs -= 2, o += 2 * lanes<V>) gradient_tile<2>(layer, y, turned + o, g + o);
      if (packs == 1) gradient_tile<1>(layer, y, turned + o, g + o);
    });
    team.for_each(layer.out_padded / lanes<V>, [&](int n) {
      V sum = load<V>(bias_gradient + n * lanes<V>);
      for (int i = 0; i < points; ++i) sum = sum + load<V>(turned + i * layer.out_padded + n * lanes<V>);
      store(bias_gradient + n * lanes<V>, sum);
    });
    team.barrier();
  }

 private:
  template <int N>
  KOKKOS_FORCEINLINE_FUNCTION void gradient_tile(const LayerView& layer, const double* y, const double* turned,
                                                 double* g) const {
    Tile<rows, N, V> tile;
    tile.load_from(g, layer.out_padded);
    for (int c = 0; c < jets.channels; ++c)
      tile.multiply(points, y + c * layer.in_padded * points, 1, points, turned + c * layer.out_padded * points,
                    layer.out_padded);
    tile.store_to(g, layer.out_padded);
  }

  /// [panel_rows][points] to [points][row_length].
  static KOKKOS_FORCEINLINE_FUNCTION void transpose(const double* from, double* to, int row_length) {
    for (int i = 0; i < points; ++i)
      for (int r = 0; r < rows; ++r) to[i * row_length + r] = from[r * points + i];
  }
};

}  // namespace residua
