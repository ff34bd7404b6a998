// All process grids of the ranks there are.
#pragma once

#include <vector>

#include "grid/fourier_layout.hpp"

namespace residua {

inline std::vector<ProcessGrid> process_grids(int ranks) {
  std::vector<ProcessGrid> grids;
  for (int along_x = 1; along_x <= ranks; ++along_x)
    if (ranks % along_x == 0) grids.push_back({ranks / along_x, along_x});
  return grids;
}

}  // namespace residua
