// The memory that one block of points needs, allocated once. Host side.
#pragma once

#include <vector>

#include "map/kernels/block_kernel.hpp"
#include "map/kernels/packed_network.hpp"

namespace residua {

class BlockScratch {
 public:
  explicit BlockScratch(const MapView& map);

  BlockMemory memory() { return memory_; }

 private:
  double* take(int rows);

  std::vector<AlignedVector> buffers_;
  std::vector<LayerValues> layers_;
  std::vector<double*> bars_;
  BlockMemory memory_;
};

}  // namespace residua
