// Sobol points, each a pure function of its number: the points of a set do not depend on the rank count.
//
// Direction numbers of S. Joe and F. Y. Kuo (SIAM J. Sci. Comput. 30, 2008, table new-joe-kuo-6), randomised by a
// digital shift: every coordinate's bits are exclusive-ored with a random word that depends on the seed alone.
#pragma once

#include <cstdint>
#include <span>

namespace residua {

inline constexpr int max_sobol_dimension = 21;

/// Point `index` of the sequence in [0, 1)^point.size(). Seed 0 is the unshifted sequence without its first point,
/// the origin.
void sobol_point(std::uint64_t seed, std::uint64_t index, std::span<double> point);

}  // namespace residua
