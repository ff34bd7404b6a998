// One block of points through network and program, forwards, along a direction, and back. No allocation.
#pragma once

#include <cstddef>

#include "map/kernels/merge_kernel.hpp"

namespace residua {

template <class V, class Team>
struct BlockKernel {
  static constexpr int points = block_points<V>;

  const Team& team;
  const MapView& map;
  const BlockMemory& memory;

  KOKKOS_FORCEINLINE_FUNCTION LayerKernel<V, Team> layer_kernel() const { return {team, map.jets, memory.work}; }

  KOKKOS_FORCEINLINE_FUNCTION MergeKernel<V, Team> merge_kernel() const { return {team, map, memory}; }

  /// What layer l takes in.
  KOKKOS_FORCEINLINE_FUNCTION const double* input(int l) const {
    const int source = map.layers[l].source;
    return source < 0 ? memory.embedding : memory.layers[source].output();
  }

  /// Where the adjoint, or the tangent, of layer l stands.
  KOKKOS_FORCEINLINE_FUNCTION double* bar(int l) const {
    return map.branched() ? memory.bars[l] : memory.bar[(map.count - 1 - l) % 2];
  }

  KOKKOS_FORCEINLINE_FUNCTION double* network_channels() const {
    return memory.inputs + (map.coordinates + map.data_channels) * points;
  }

  /// Layers 0 .. last from the coordinates in memory.inputs.
  KOKKOS_INLINE_FUNCTION void forward(int last) const {
    EmbeddingKernel<V, Team>{team, map.embedding}(memory.inputs, memory.embedding);
    for (int l = 0; l <= last; ++l) {
      layer_kernel().forward(map.layers[l], input(l), memory.layers[l]);
      if (map.layers[l].merge != Merge::none) merge_kernel().forward(l);
    }
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

  /// The adjoint of the output layer when that of r_i is weight[i][point], for i in [begin, end).
  KOKKOS_INLINE_FUNCTION void seed(const double* weight, int begin, int end) const {
    const int stride = map.output().out_padded, outputs = map.output().out, channels = map.jets.channels;
    team.for_each(channels * stride, [&](int k) {
      const int c = k / stride, o = k % stride;
      double* to = bar(map.count - 1) + k * points;
      for (int p = 0; p < points; p += lanes<V>) {
        V sum = spread<V>(0.0);
        for (int i = begin; o < outputs && i < end; ++i)
          sum = multiply_add(load<V>(weight + i * points + p), load<V>(derivative(i, o * channels + c) + p), sum);
        store(to + p, sum);
      }
    });
    team.barrier();
  }

  /// After `seed` and before the adjoints of the other layers.
  KOKKOS_INLINE_FUNCTION void begin_reverse() const {
    if (map.branched()) merge_kernel().clear_bars();
  }

  /// bar(l) <- the adjoint of z of layer l, when all later layers have been through `pass_on`.
  KOKKOS_INLINE_FUNCTION void adjoint(int l) const {
    if (map.layers[l].merge != Merge::none) merge_kernel().reverse(l);
    layer_kernel().reverse_activation(map.layers[l], memory.layers[l], bar(l));
  }

  /// From layer l to the one that it takes its input from, if that is trained.
  KOKKOS_INLINE_FUNCTION void pass_on(int l) const {
    const LayerView& layer = map.layers[l];
    if (layer.source >= map.first) layer_kernel().backward(layer, bar(l), bar(layer.source), map.branched());
  }

  /// Sums the gradient after `seed`.
  KOKKOS_INLINE_FUNCTION void reverse(const GradientView& gradient) const {
    begin_reverse();
    for (int l = map.count - 1; l >= map.first; --l) {
      const LayerView& layer = map.layers[l];
      if (layer.merge == Merge::blend) merge_kernel().add_blend_gradient(l, gradient.blends[l - map.first]);
      adjoint(l);
      layer_kernel().gradient(layer, input(l), bar(l), memory.turned, gradient.weights[l - map.first],
                              gradient.biases[l - map.first]);
      pass_on(l);
    }
  }

  /// jv [residuals][points] along the direction packed in `tangents`, after `residual`.
  KOKKOS_INLINE_FUNCTION void tangent(const LayerView* tangents, double* jv) const {
    for (int l = map.first; l < map.count; ++l) {
      const int source = map.layers[l].source;
      layer_kernel().tangent(map.layers[l], tangents[l], input(l), source < map.first ? nullptr : bar(source),
                             memory.layers[l], bar(l));
      if (map.layers[l].merge != Merge::none) merge_kernel().tangent(l, tangents[l].blend);
    }
    const double* tangent_of_channels = bar(map.count - 1);
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
