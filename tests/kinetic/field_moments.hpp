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
  const long all = static_cast<long>(grid.shape().nx) * grid.shape().ny,
             first = static_cast<long>(grid.first_row()) * grid.shape().nx;
  const std::vector<Complex> whole = random_moments(1, all, seed);
  std::vector<Complex> f(whole.begin() + first, whole.begin() + first + grid.cells());
  f.insert(f.end(), whole.begin() + all + first, whole.begin() + all + first + grid.cells());
  return f;
}

}  // namespace residua::kinetic::test
