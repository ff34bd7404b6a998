// One block of points through network and program, forwards, along a direction, and back. No allocation.
#pragma once

#include <cstddef>

#include "map/kernels/embedding_kernel.hpp"
#include "map/program_view.hpp"

namespace residua {

/// Everything that does not change from block to block.
struct MapView {
  const LayerView* layers = nullptr;
  int count = 0;  ///< of layers
  int first = 0;  ///< the first trained layer
  JetView jets;
  EmbeddingView embedding;
  ProgramView program;
  const double* program_parameters = nullptr;
  int coordinates = 0;
  int data_channels = 0;
  int residuals = 0;

  KOKKOS_INLINE_FUNCTION const LayerView& output() const { return layers[count - 1]; }
  KOKKOS_INLINE_FUNCTION int network_channels() const { return output().out * jets.channels; }
};

/// The scratch memory of a block; `points` numbers per row.
struct BlockMemory {
  double* embedding = nullptr;          ///< [channels][features, padded]
  const LayerValues* layers = nullptr;  ///< [count]
  double* bar[2] = {nullptr, nullptr};  ///< [channels][widest layer, padded] each
  double* turned = nullptr;             ///< as bar
  double* work = nullptr;               ///< of the jets
  double* inputs = nullptr;             ///< of the program: coordinates | data | network channels
  double* outputs = nullptr;            ///< of the program: r_i | d r_i / d network channel
  double* registers = nullptr;          ///< of the program
};

/// Where gradients are summed: of trained layer l (counted from 0).
struct GradientView {
  double* const* weights = nullptr;
  double* const* biases = nullptr;
};

template <class V, class Team>
struct BlockKernel {
  static constexpr int points = block_points<V>;

  const Team& team;
  const MapView& map;
  const BlockMemory& memory;

  KOKKOS_FORCEINLINE_FUNCTION LayerKernel<V, Team> layer_kernel() const { return {team, map.jets, memory.work}; }

  /// What layer l takes in.
  KOKKOS_FORCEINLINE_FUNCTION const double* input(int l) const {
    return l == 0 ? memory.embedding : memory.layers[l - 1].y;
  }

  KOKKOS_FORCEINLINE_FUNCTION double* network_channels() const {
    return memory.inputs + (map.coordinates + map.data_channels) * points;
  }

  /// Layers 0 .. last from the coordinates in memory.inputs.
  KOKKOS_INLINE_FUNCTION void forward(int last) const {
    EmbeddingKernel<V, Team>{team, map.embedding}(memory.inputs, memory.embedding);
    for (int l = 0; l <= last; ++l) layer_kernel().forward(map.layers[l], input(l), memory.layers[l]);
  }

  /// The network's channels, output-major, among the program's inputs.
  KOKKOS_INLINE_FUNCTION void network() const {
    forward(map.count - 1);
    const double* z = memory.layers[map.count - 1].z;
    double* to = network_channels();
    const int outputs = map.output().out, stride = map.output().out_padded, channels = map.jets.channels;
    team.for_each(outputs * channels, [&](int k) {
      const double* from = z + (k % channels * stride + k / channels) * points;
      for (int p = 0; p < points; ++p) to[k * points + p] = from[p];
    });
    team.barrier();
  }

  /// r_i and their derivatives in memory.outputs.
  KOKKOS_INLINE_FUNCTION void residual() const {
    network();
    ProgramBlock block;
    block.points = points;
    block.inputs = memory.inputs;
    block.outputs = memory.outputs;
    block.scratch = memory.registers;
    block.input_stride = block.output_stride = block.scratch_stride = points;
    block.parameters = map.program_parameters;
    map.program.evaluate(team.lanes(), block);
    team.barrier();
  }

  KOKKOS_FORCEINLINE_FUNCTION const double* derivative(int i, int channel) const {
    return memory.outputs + (map.residuals + i * map.network_channels() + channel) * points;
  }

  /// bar[0] <- the adjoint of the output layer when that of r_i is weight[i][point], for i in [begin, end).
  KOKKOS_INLINE_FUNCTION void seed(const double* weight, int begin, int end) const {
    const int stride = map.output().out_padded, outputs = map.output().out, channels = map.jets.channels;
    team.for_each(channels * stride, [&](int k) {
      const int c = k / stride, o = k % stride;
      double* to = memory.bar[0] + k * points;
      for (int p = 0; p < points; p += lanes<V>) {
        V sum = spread<V>(0.0);
        for (int i = begin; o < outputs && i < end; ++i)
          sum = multiply_add(load<V>(weight + i * points + p), load<V>(derivative(i, o * channels + c) + p), sum);
        store(to + p, sum);
      }
    });
    team.barrier();
  }

  /// Sums the gradient when bar[0] is the adjoint of the output layer.
  KOKKOS_INLINE_FUNCTION void reverse(const GradientView& gradient) const {
    const LayerKernel<V, Team> kernel = layer_kernel();
    int now = 0;
    for (int l = map.count - 1;; --l) {
      const LayerView& layer = map.layers[l];
      kernel.reverse_activation(layer, memory.layers[l], memory.bar[now]);
      kernel.gradient(layer, input(l), memory.bar[now], memory.turned, gradient.weights[l - map.first],
                      gradient.biases[l - map.first]);
      if (l == map.first) return;
      kernel.backward(layer, memory.bar[now], memory.bar[1 - now]);
      now = 1 - now;
    }
  }

  /// jv [residuals][points] along the direction packed in `tangents`, after `residual`.
  KOKKOS_INLINE_FUNCTION void tangent(const LayerView* tangents, double* jv) const {
    const LayerKernel<V, Team> kernel = layer_kernel();
    int now = 0;
    for (int l = map.first; l < map.count; ++l, now = 1 - now)
      kernel.tangent(map.layers[l], tangents[l], input(l), l == map.first ? nullptr : memory.bar[1 - now],
                     memory.layers[l], memory.bar[now]);
    const double* tangent_of_channels = memory.bar[1 - now];
    const int stride = map.output().out_padded, channels = map.jets.channels;
    team.for_each(map.residuals, [&](int i) {
      for (int p = 0; p < points; p += lanes<V>) {
        V sum = spread<V>(0.0);
        for (int k = 0; k < map.network_channels(); ++k) {
          const int row = k % channels * stride + k / channels;
          sum = multiply_add(load<V>(derivative(i, k) + p), load<V>(tangent_of_channels + row * points + p), sum);
        }
        store(jv + i * points + p, sum);
      }
    });
    team.barrier();
  }
};

}  // namespace residua
