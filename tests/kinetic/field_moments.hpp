// Realizable moments on a grid, for networks of whole fields.
#pragma once

#include "grid/fourier_grid.hpp"
#include "kinetic/closure_form.hpp"
#include "kinetic/random_moments.hpp"
#include "kinetic/states.hpp"

namespace residua::kinetic::test {

constexpr NetworkKind field_kinds[] = {NetworkKind::cnn, NetworkKind::fno};

inline FourierGrid::Shape square(int cells) { return {cells, cells, reference.length, reference.length}; }

/// Realizable moments that belong to the cells, whatever rank has them: [2][cells].
inline std::vector<Complex> moments_of(const FourierGrid& grid, std::uint64_t seed) {
  const long all = static_cast<long>(grid.shape().nx) * grid.shape().ny;
  const std::vector<Complex> whole = random_moments(1, all, seed);
  std::vector<Complex> f;
  for (int m = 0; m < 2; ++m)
    for (long i = 0; i < grid.cells(); ++i) f.push_back(whole[m * all + grid.place(i)]);
  return f;
}

}  // namespace residua::kinetic::test
