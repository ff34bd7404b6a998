// A network and its point program in memory that host and device share, and its evaluation by one team per block of
// points: the kernels of src/map/kernels with one number to a lane.
#pragma once

#include <Kokkos_Core.hpp>
#include <span>
#include <vector>

#include "map/factorisation.hpp"
#include "map/kernels/block_kernel.hpp"
#include "map/kernels/packed_network.hpp"
#include "map/program_copy.hpp"

namespace residua::testing {

using Space = Kokkos::SharedSpace;
using Member = Kokkos::TeamPolicy<>::member_type;

inline constexpr int device_points = block_points<double>;
inline constexpr int device_rows = panel_rows<double>;
inline constexpr int team_size =
    Kokkos::SpaceAccessibility<Kokkos::HostSpace, Kokkos::DefaultExecutionSpace::memory_space>::accessible ? 1 : 32;

struct DeviceTeam {
  const Member& member;

  template <class Body>
  KOKKOS_FUNCTION void for_each(int n, const Body& body) const {
    for (int i = member.team_rank(); i < n; i += member.team_size()) body(i);
  }
  KOKKOS_FUNCTION int rank() const { return member.team_rank(); }
  KOKKOS_FUNCTION void barrier() const { member.team_barrier(); }
  KOKKOS_FUNCTION StridedLanes lanes() const { return {member.team_rank(), member.team_size()}; }
};

/// Shared memory, all zero to begin with, that lives as long as this object.
class Arena {
 public:
  template <class T>
  T* take(std::size_t count) {
    const Kokkos::View<char*, Space> bytes("arena", count * sizeof(T));
    blocks_.push_back(bytes);
    return reinterpret_cast<T*>(bytes.data());
  }
  template <class T>
  T* copy(std::span<const T> from) {
    T* to = take<T>(from.size());
    std::copy(from.begin(), from.end(), to);
    return to;
  }
  template <class T>
  T* copy(const std::vector<T>& from) {
    return copy(std::span<const T>(from));
  }

 private:
  std::vector<Kokkos::View<char*, Space>> blocks_;
};

/// What the team of one block of points works on.
struct DeviceBlock {
  BlockMemory memory;
  GradientView gradient;
  double* weight = nullptr;  ///< [residuals][points]
};

class DeviceMap {
 public:
  DeviceMap(const Network& network, const ChannelSet& set, const Program& program, std::span<const double> theta)
      : network_(network), theta_(theta.begin(), theta.end()), jets_(set), program_(program), packed_(network) {
    packed_.pack(network, dense_parameters(network, theta));
    std::vector<LayerView> layers;
    for (const LayerView& layer : packed_.layers()) layers.push_back(repacked(layer));
    map_.layers = arena_.copy(layers);
    map_.count = static_cast<int>(layers.size());
    map_.first = packed_.first();
    if (network.spec().architecture != Architecture::mlp) map_.gates = map_.first;
    map_.jets = {jets_.channels,
                 jets_.order,
                 static_cast<int>(jets_.products.size()),
                 static_cast<int>(jets_.terms.size()),
                 arena_.copy(jets_.products),
                 arena_.copy(jets_.terms),
                 static_cast<int>(jets_.leibniz.size()),
                 arena_.copy(jets_.leibniz)};
    map_.embedding = embedding(EmbeddingTables(network, set).view());
    map_.program = program_.view();
    map_.program_parameters = arena_.take<double>(program.shape().parameters);
    map_.coordinates = network.coordinates();
    map_.data_channels = program.shape().inputs - map_.network_channels();
    map_.residuals = program.outputs() / (1 + map_.network_channels());
  }

  int residuals() const { return map_.residuals; }

  /// r [residuals][count], and gradient += J' w with w [residuals][count]; inputs [coordinates | data][count].
  void residual_and_gradient(std::span<const double> inputs, std::span<const double> w, std::span<double> r,
                             std::span<double> gradient) {
    const int count = static_cast<int>(r.size()) / map_.residuals;
    const int blocks = (count + device_points - 1) / device_points;
    const int given = map_.coordinates + map_.data_channels;
    Arena arena;
    std::vector<DeviceBlock> host(blocks);
    for (int b = 0; b < blocks; ++b) {
      host[b] = block(arena);
      for (int k = 0; k < given * device_points; ++k) {
        const int p = std::min(b * device_points + k % device_points, count - 1);
        host[b].memory.inputs[k] = inputs[k / device_points * count + p];
      }
      for (int k = 0; k < map_.residuals * device_points; ++k) {
        const int p = b * device_points + k % device_points;
        host[b].weight[k] = p < count ? w[k / device_points * count + p] : 0;
      }
    }
    const DeviceBlock* shared = arena.copy(host);
    const MapView map = map_;
    Kokkos::parallel_for(
        Kokkos::TeamPolicy<>(blocks, team_size), KOKKOS_LAMBDA(const Member& member) {
          const DeviceBlock& own = shared[member.league_rank()];
          const DeviceTeam team{member};
          const BlockKernel<double, DeviceTeam> kernel{team, map, own.memory};
          kernel.residual();
          kernel.seed(own.weight, 0, map.residuals);
          kernel.reverse(own.gradient);
        });
    Kokkos::fence();
    for (int b = 0; b < blocks; ++b) {
      for (int k = 0; k < map_.residuals * device_points; ++k) {
        const int p = b * device_points + k % device_points;
        if (p < count) r[k / device_points * count + p] = host[b].memory.outputs[k];
      }
      add_gradient(host[b].gradient, gradient);
    }
  }

 private:
  static int padded(int n) { return (n + device_rows - 1) / device_rows * device_rows; }

  /// From the panels of the host's packs to those of the device.
  LayerView repacked(const LayerView& host) {
    LayerView layer = host;
    layer.in_padded = padded(host.in);
    layer.out_padded = padded(host.out);
    layer.forward = repacked(host.forward, host.out, host.in);
    layer.backward = repacked(host.backward, host.in, host.out);
    double* bias = arena_.take<double>(layer.out_padded);
    std::copy_n(host.bias, host.out, bias);
    layer.bias = bias;
    layer.inputs = layer.outputs = nullptr;
    return layer;
  }

  const double* repacked(const double* from, int count, int depth) {
    constexpr int rows = panel_rows<NativePack>;
    double* to = arena_.take<double>(padded(count) * depth);
    for (int i = 0; i < count; ++i) {
      for (int k = 0; k < depth; ++k) {
        to[(i / device_rows * depth + k) * device_rows + i % device_rows] =
            from[(i / rows * depth + k) * rows + i % rows];
      }
    }
    return to;
  }

  EmbeddingView embedding(EmbeddingView view) {
    const auto copied = [this](const auto* from, int n) { return arena_.copy(std::span(from, n)); };
    view.features_padded = padded(view.features);
    view.coordinate = copied(view.coordinate, view.inputs);
    view.harmonics = copied(view.harmonics, view.inputs);
    view.offset = copied(view.offset, view.inputs);
    view.scale = copied(view.scale, view.inputs);
    view.order = copied(view.order, view.channels);
    view.coefficient = copied(view.coefficient, view.channels * view.inputs);
    return view;
  }

  DeviceBlock block(Arena& arena) const {
    const auto rows = [&](int n) { return arena.take<double>(static_cast<std::size_t>(n) * device_points); };
    const int channels = map_.jets.channels;
    DeviceBlock b;
    std::vector<LayerValues> values;
    std::vector<double*> weights, biases, bars;
    int widest = 0;
    for (int l = 0; l < map_.count; ++l) {
      const LayerView& layer = map_.layers[l];
      LayerValues v;
      v.z = rows(channels * layer.out_padded);
      v.y = layer.linear ? v.z : rows(channels * layer.out_padded);
      v.kept = rows(layer.kept * layer.out_padded);
      if (layer.merge != Merge::none) v.merged = rows(channels * layer.out_padded);
      if (map_.branched()) bars.push_back(rows(channels * layer.out_padded));
      values.push_back(v);
      widest = std::max({widest, layer.in_padded, layer.out_padded});
      if (l < map_.first) continue;
      weights.push_back(arena.take<double>(layer.in_padded * layer.out_padded));
      biases.push_back(arena.take<double>(layer.out_padded));
    }
    b.memory.layers = arena.copy(values);
    b.memory.bars = arena.copy(bars);
    b.memory.embedding = rows(channels * map_.embedding.features_padded);
    b.memory.bar[0] = rows(channels * widest);
    b.memory.bar[1] = rows(channels * widest);
    b.memory.turned = rows(channels * widest);
    b.memory.work = arena.take<double>(static_cast<std::size_t>(team_size) * jet_work<double>(map_.jets));
    b.memory.inputs = rows(map_.coordinates + map_.data_channels + map_.network_channels());
    b.memory.outputs = rows(map_.program.outputs);
    b.memory.registers = rows(map_.program.registers);
    b.gradient = {arena.copy(weights), arena.copy(biases), arena.take<double>(weights.size())};
    b.weight = rows(map_.residuals);
    return b;
  }

  void add_gradient(const GradientView& from, std::span<double> gradient) const {
    std::vector<double> dense(gradient.size());
    for (std::size_t l = 0; l < network_.layers().size(); ++l) {
      const LayerShape& shape = network_.layers()[l];
      const int length = padded(shape.out);
      for (const LayerBlock& block : shape.blocks)
        for (int i = 0; i < block.in; ++i)
          for (int o = 0; o < block.out; ++o)
            dense[block.weights + i * block.out + o] +=
                from.weights[l][(block.first_in + i) * length + block.first_out + o];
      for (int o = 0; o < shape.out; ++o) dense[shape.biases + o] += from.biases[l][o];
      if (shape.merge == Merge::blend) dense[shape.blend] += from.blends[l];
    }
    add_pulled_back(network_, theta_, dense, gradient);
  }

  Network network_;
  std::vector<double> theta_;
  JetTable jets_;
  ProgramCopy<Space> program_;
  PackedNetwork packed_;
  Arena arena_;
  MapView map_;
};

}  // namespace residua::testing
