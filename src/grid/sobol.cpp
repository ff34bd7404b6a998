#include "grid/sobol.hpp"

#include <array>

#include "base/error.hpp"
#include "base/random.hpp"

namespace residua {
namespace {

constexpr int bits = 48;

struct Polynomial {
  int degree;
  unsigned coefficients;
  std::array<unsigned, 7> start;  // m_1 .. m_degree
};

constexpr std::array<Polynomial, max_sobol_dimension - 1> polynomials{{
    {1, 0, {1}},
    {2, 1, {1, 3}},
    {3, 1, {1, 3, 1}},
    {3, 2, {1, 1, 1}},
    {4, 1, {1, 1, 3, 3}},
    {4, 4, {1, 3, 5, 13}},
    {5, 2, {1, 1, 5, 5, 17}},
    {5, 4, {1, 1, 5, 5, 5}},
    {5, 7, {1, 1, 7, 11, 19}},
    {5, 11, {1, 1, 5, 1, 1}},
    {5, 13, {1, 1, 1, 3, 11}},
    {5, 14, {1, 3, 5, 5, 31}},
    {6, 1, {1, 3, 3, 9, 7, 49}},
    {6, 13, {1, 1, 1, 15, 21, 21}},
    {6, 16, {1, 3, 1, 13, 27, 49}},
    {6, 19, {1, 1, 1, 15, 7, 5}},
    {6, 22, {1, 3, 1, 15, 13, 25}},
    {6, 25, {1, 1, 5, 5, 19, 61}},
    {7, 1, {1, 3, 7, 11, 23, 15, 103}},
    {7, 4, {1, 3, 7, 13, 13, 15, 69}},
}};

using Directions = std::array<std::array<std::uint64_t, bits>, max_sobol_dimension>;

Directions make_directions() {
  Directions v{};
  for (int k = 0; k < bits; ++k) v[0][k] = 1ULL << (bits - 1 - k);
  for (int dimension = 1; dimension < max_sobol_dimension; ++dimension) {
    const Polynomial& p = polynomials[dimension - 1];
    auto& w = v[dimension];
    for (int k = 0; k < bits; ++k) {
      if (k < p.degree) {
        w[k] = static_cast<std::uint64_t>(p.start[k]) << (bits - 1 - k);
        continue;
      }
      w[k] = w[k - p.degree] ^ (w[k - p.degree] >> p.degree);
      for (int j = 1; j < p.degree; ++j)
        if ((p.coefficients >> (p.degree - 1 - j)) & 1U) w[k] ^= w[k - j];
    }
  }
  return v;
}

}  // namespace

void sobol_point(std::uint64_t seed, std::uint64_t index, std::span<double> point) {
  static const Directions directions = make_directions();
  if (point.size() > max_sobol_dimension) throw Error("Sobol points have at most 21 coordinates");
  const std::uint64_t n = seed == 0 ? index + 1 : index;
  const std::uint64_t gray = n ^ (n >> 1);
  for (std::size_t i = 0; i < point.size(); ++i) {
    std::uint64_t word = 0;
    if (seed != 0) word = static_cast<std::uint64_t>(uniform(seed, 0x50b01, i) * static_cast<double>(1ULL << bits));
    for (int k = 0; k < bits; ++k)
      if ((gray >> k) & 1U) word ^= directions[i][k];
    // The half keeps a point off the faces of the box.
    point[i] = (static_cast<double>(word) + 0.5) / static_cast<double>(1ULL << bits);
  }
}

}  // namespace residua
