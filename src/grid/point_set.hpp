// Point sets in a box, split over the ranks.
//
// The points are numbered globally; a rank owns a contiguous range of whole leaves (groups of `points_per_leaf`
// points), so that sums over leaves can be made reproducible (base/reduction.hpp) and a point's place never depends on
// the rank count.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/communicator.hpp"

namespace residua {

/// A box: lo[i] <= x_i <= hi[i].
struct Box {
  std::vector<double> lo, hi;

  int dimension() const { return static_cast<int>(lo.size()); }
};

/// The contiguous range of points that one rank owns.
struct PointRange {
  long first = 0;
  long count = 0;
};

inline constexpr int points_per_leaf = 64;

/// Rank `rank`'s share of `total` points, in whole leaves but for the last.
PointRange share(long total, int rank, int ranks);

struct PointSet {
  int dimension = 0;
  long total = 0;                  ///< points on all ranks
  PointRange range;                ///< this rank's
  std::vector<double> coordinate;  ///< [dimension][range.count], the point fastest
  std::vector<double> weight;      ///< [range.count]: quadrature weights, which sum to 1 over all ranks

  double at(int i, long p) const { return coordinate[static_cast<std::size_t>(i * range.count + p)]; }
  double& at(int i, long p) { return coordinate[static_cast<std::size_t>(i * range.count + p)]; }
};

/// Where points lie: `sobol` (quasi-random), `gauss` (tensor product of Gauss-Legendre nodes; the count is rounded up
/// to a full product), `uniform` (pseudo-random).
enum class PointKind { sobol, gauss, uniform };

/// `count` points in the box. Coordinates with lo == hi (a face) take no random number.
PointSet make_points(PointKind kind, const Box& box, long count, std::uint64_t seed, const Communicator& comm);

/// A tensor grid with counts[i] nodes of the trapezoid rule in periodic coordinates (the upper end left out), of
/// Gauss-Legendre in the others, last coordinate fastest.
PointSet grid_points(const Box& box, std::span<const int> counts, const std::vector<bool>& periodic,
                     const Communicator& comm);

/// A tensor grid with counts[i] equidistant points per coordinate, ends included, last coordinate fastest.
PointSet tensor_points(const Box& box, std::span<const int> counts, const Communicator& comm);

}  // namespace residua
