// A network with its program as the kernels see it, and the memory of one block of points.
#pragma once

#include "map/kernels/embedding_kernel.hpp"
#include "map/program_view.hpp"

namespace residua {

/// Everything that does not change from block to block.
struct MapView {
  const LayerView* layers = nullptr;
  int count = 0;   ///< of layers
  int first = 0;   ///< the first trained layer
  int gates = -1;  ///< the layer U, before V; -1: a chain of layers
  JetView jets;
  EmbeddingView embedding;
  ProgramView program;
  const double* program_parameters = nullptr;
  int coordinates = 0;
  int data_channels = 0;
  int residuals = 0;

  /// Whether an output of a layer goes to more than one.
  KOKKOS_INLINE_FUNCTION bool branched() const { return gates >= 0; }
  KOKKOS_INLINE_FUNCTION const LayerView& output() const { return layers[count - 1]; }
  KOKKOS_INLINE_FUNCTION int network_channels() const { return output().out * jets.channels; }
};

/// The scratch memory of a block; `points` numbers per row.
struct BlockMemory {
  double* embedding = nullptr;          ///< [channels][features, padded]
  const LayerValues* layers = nullptr;  ///< [count]
  double* bar[2] = {nullptr, nullptr};  ///< [channels][widest layer, padded] each
  double* const* bars = nullptr;        ///< [count]: one for each layer's output where layers branch, as bar
  double* turned = nullptr;             ///< as bar
  double* work = nullptr;               ///< of the jets
  double* inputs = nullptr;             ///< of the program: coordinates | data | network channels
  double* outputs = nullptr;            ///< of the program: r_i | d r_i / d network channel | d r_i / d parameter
  double* registers = nullptr;          ///< of the program
};

/// Where gradients are summed: of trained layer l (counted from 0).
struct GradientView {
  double* const* weights = nullptr;
  double* const* biases = nullptr;
  double* blends = nullptr;  ///< [trained layers]; where layers branch
};

}  // namespace residua
