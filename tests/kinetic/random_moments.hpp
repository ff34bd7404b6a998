// Moments to try closures on.
#pragma once

#include <cmath>
#include <cstdint>
#include <vector>

#include "base/random.hpp"
#include "grid/fourier_grid.hpp"

namespace residua::kinetic::test {

/// [level + 1][cells]: moments of a density that is a sum of a few positive bumps, so that they are realizable.
inline std::vector<Complex> random_moments(int level, long cells, std::uint64_t seed) {
  std::vector<Complex> f((level + 1) * cells);
  for (long i = 0; i < cells; ++i)
    for (int bump = 0; bump < 3; ++bump) {
      const auto index = static_cast<std::uint64_t>(3 * i + bump);
      const double weight = uniform(seed, 0, index), angle = 7 * uniform(seed, 1, index),
                   width = std::pow(uniform(seed, 2, index), 3);
      for (int m = 0; m <= level; ++m)
        f[m * cells + i] += weight * std::exp(-width * m * m) * std::polar(1.0, 2 * m * angle);
    }
  return f;
}

inline std::vector<Complex> random_complex(std::size_t size, std::uint64_t stream) {
  std::vector<Complex> values(size);
  for (std::size_t i = 0; i < size; ++i) values[i] = {normal(5, stream, 2 * i), normal(5, stream, 2 * i + 1)};
  return values;
}

}  // namespace residua::kinetic::test
