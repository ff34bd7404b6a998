#include "grid/point_set.hpp"

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "base/random.hpp"
#include "grid/quadrature.hpp"
#include "grid/sobol.hpp"

namespace residua {
namespace {

constexpr std::uint64_t uniform_stream = 0x901275;

PointSet empty_set(int dimension, long total, const Communicator& comm) {
  PointSet set;
  set.dimension = dimension;
  set.total = total;
  set.range = share(total, comm.rank(), comm.size());
  set.coordinate.resize(static_cast<std::size_t>(dimension * set.range.count));
  set.weight.assign(static_cast<std::size_t>(set.range.count), 1.0 / static_cast<double>(total));
  return set;
}

std::vector<int> free_coordinates(const Box& box) {
  std::vector<int> free;
  for (int i = 0; i < box.dimension(); ++i)
    if (box.lo[i] < box.hi[i]) free.push_back(i);
  return free;
}

double scaled(const Box& box, int i, double s) { return box.lo[i] + s * (box.hi[i] - box.lo[i]); }

PointSet gauss_points(const Box& box, long count, const Communicator& comm) {
  const std::vector<int> free = free_coordinates(box);
  const double dimensions = std::max<double>(1, static_cast<double>(free.size()));
  const int n = std::max(1, static_cast<int>(std::ceil(std::pow(static_cast<double>(count), 1 / dimensions) - 1e-9)));
  long total = 1;
  for (std::size_t k = 0; k < free.size(); ++k) total *= n;
  const Quadrature rule = gauss_legendre(n);
  PointSet set = empty_set(box.dimension(), total, comm);
  for (long p = 0; p < set.range.count; ++p) {
    for (int i = 0; i < box.dimension(); ++i) set.at(i, p) = box.lo[i];
    long rest = set.range.first + p;
    set.weight[p] = 1;
    for (auto i = free.rbegin(); i != free.rend(); ++i, rest /= n) {
      set.at(*i, p) = scaled(box, *i, rule.nodes[rest % n]);
      set.weight[p] *= rule.weights[rest % n];
    }
  }
  return set;
}

}  // namespace

PointRange share(long total, int rank, int ranks) {
  const long leaves = (total + points_per_leaf - 1) / points_per_leaf;
  const long first = leaves * rank / ranks * points_per_leaf;
  const long last = std::min(total, leaves * (rank + 1) / ranks * points_per_leaf);
  return {first, std::max(0L, last - first)};
}

PointSet make_points(PointKind kind, const Box& box, long count, std::uint64_t seed, const Communicator& comm) {
  if (count < 1) throw Error("a point set needs at least one point");
  if (kind == PointKind::gauss) return gauss_points(box, count, comm);
  const std::vector<int> free = free_coordinates(box);
  PointSet set = empty_set(box.dimension(), count, comm);
  std::vector<double> s(free.size());
  for (long p = 0; p < set.range.count; ++p) {
    const auto number = static_cast<std::uint64_t>(set.range.first + p);
    if (kind == PointKind::sobol)
      sobol_point(seed, number, s);
    else
      for (std::size_t k = 0; k < s.size(); ++k) s[k] = uniform(seed, uniform_stream, number * s.size() + k);
    for (int i = 0; i < box.dimension(); ++i) set.at(i, p) = box.lo[i];
    for (std::size_t k = 0; k < s.size(); ++k) set.at(free[k], p) = scaled(box, free[k], s[k]);
  }
  return set;
}

PointSet grid_points(const Box& box, std::span<const int> counts, const std::vector<bool>& periodic,
                     const Communicator& comm) {
  long total = 1;
  std::vector<Quadrature> rules;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    total *= counts[i];
    rules.push_back(periodic[i] ? periodic_trapezoid(counts[i]) : gauss_legendre(counts[i]));
  }
  PointSet set = empty_set(box.dimension(), total, comm);
  for (long p = 0; p < set.range.count; ++p) {
    long rest = set.range.first + p;
    set.weight[p] = 1;
    for (int i = box.dimension() - 1; i >= 0; --i) {
      const auto node = static_cast<std::size_t>(rest % counts[i]);
      set.at(i, p) = scaled(box, i, rules[i].nodes[node]);
      set.weight[p] *= rules[i].weights[node];
      rest /= counts[i];
    }
  }
  return set;
}

PointSet tensor_points(const Box& box, std::span<const int> counts, const Communicator& comm) {
  long total = 1;
  for (int n : counts) total *= n;
  PointSet set = empty_set(box.dimension(), total, comm);
  for (long p = 0; p < set.range.count; ++p) {
    long rest = set.range.first + p;
    for (int i = box.dimension() - 1; i >= 0; --i) {
      const int n = counts[i];
      set.at(i, p) = n == 1 ? box.lo[i] : scaled(box, i, static_cast<double>(rest % n) / (n - 1));
      rest /= n;
    }
  }
  return set;
}

}  // namespace residua
