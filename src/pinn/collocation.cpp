#include "pinn/collocation.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "base/random.hpp"
#include "deck/deck.hpp"

namespace residua::pinn {
namespace {

constexpr std::uint64_t points_stream = 0x9017;  // index 0: the interior; then one for each condition

void follow(const DensityTree& density, PointSet& set, const Box& box) {
  std::vector<double> point(static_cast<std::size_t>(set.dimension));
  for (long p = 0; p < set.range.count; ++p) {
    for (int i = 0; i < set.dimension; ++i) point[i] = (set.at(i, p) - box.lo[i]) / (box.hi[i] - box.lo[i]);
    set.weight[p] /= density.place(point);
    for (int i = 0; i < set.dimension; ++i) set.at(i, p) = point[i];
  }
}

/// As many points along each side of the face as inside, and twice as many for the edge effects.
long face_count(const Condition& c, int dimension, long interior) {
  if (c.points > 0) return c.points;
  if (dimension == 1) return 1;
  return 2 * static_cast<long>(std::ceil(std::pow(static_cast<double>(interior), 1 - 1.0 / dimension)));
}

}  // namespace

Box window_box(const Problem& problem, const TimeWindow& window) {
  Box box = problem.box;
  if (problem.time >= 0) {
    box.lo[problem.time] = window.begin;
    box.hi[problem.time] = window.end;
  }
  return box;
}

Collocation with_data(const Solution& solution, const Ansatz& ansatz, PointSet points) {
  std::vector<double> data = solution.start(ansatz, solution.windows(), points.coordinate, points.range.count);
  return {std::move(points), std::move(data)};
}

Collocation interior_points(const Solution& solution, const Ansatz& ansatz, PointKind kind, long count,
                            std::uint64_t seed, const DensityTree* density, const Communicator& comm) {
  const Box box = window_box(ansatz.problem(), ansatz.window());
  PointSet set = make_points(kind, box, count, subseed(seed, points_stream, 0), comm);
  if (density && kind != PointKind::gauss) follow(*density, set, box);
  return with_data(solution, ansatz, std::move(set));
}

void check_rows(const Deck& deck, const Problem& problem, long interior, std::size_t unknowns) {
  const long equations = std::ssize(problem.residual);
  long others = 0;
  for (const Condition& c : problem.conditions)
    if (!c.exact) others += face_count(c, problem.dimension(), interior);
  for (const Observations& o : problem.observations) others += o.count();
  const long rows = equations * interior + others, wanted = static_cast<long>(unknowns);
  if (rows >= wanted) return;
  throw deck.error(
      "points.count",
      fmt::format("these points make {} rows for {} unknown weights, which they do not determine", rows, wanted),
      fmt::format("points.count = {} or more", (wanted - others + equations - 1) / equations));
}

std::vector<PenaltyPoints> penalty_points(const Solution& solution, const Ansatz& ansatz, long interior,
                                          std::uint64_t seed, const Communicator& comm) {
  const Problem& problem = ansatz.problem();
  std::vector<PenaltyPoints> all;
  for (const Condition& c : problem.conditions) {
    if (c.exact) continue;
    Box face = window_box(problem, ansatz.window());
    if (c.high)
      face.lo[c.coordinate] = face.hi[c.coordinate];
    else
      face.hi[c.coordinate] = face.lo[c.coordinate];
    PointSet set = make_points(PointKind::sobol, face, face_count(c, problem.dimension(), interior),
                               subseed(seed, points_stream, 1 + all.size()), comm);
    for (double& w : set.weight) w *= c.weight * c.weight;
    PenaltyPoints points{with_data(solution, ansatz, set), {}};
    if (c.kind == ConditionKind::periodic) {
      for (long p = 0; p < set.range.count; ++p) set.at(c.coordinate, p) = problem.box.hi[c.coordinate];
      points.opposite = with_data(solution, ansatz, std::move(set));
    }
    all.push_back(std::move(points));
  }
  return all;
}

std::vector<Collocation> observation_points(const Solution& solution, const Ansatz& ansatz, const Communicator& comm) {
  std::vector<Collocation> all;
  for (const Observations& o : ansatz.problem().observations) {
    const long total = o.count();
    PointSet set{ansatz.problem().dimension(), total, share(total, comm.rank(), comm.size()), {}, {}};
    const auto [first, n] = set.range;
    for (int i = 0; i < set.dimension; ++i)
      set.coordinate.insert(set.coordinate.end(), o.points.begin() + i * total + first,
                            o.points.begin() + i * total + first + n);
    for (long p = first; p < first + n; ++p) set.weight.push_back(1 / (o.std[p] * o.std[p]));
    all.push_back(with_data(solution, ansatz, std::move(set)));
    all.back().data.insert(all.back().data.end(), o.value.begin() + first, o.value.begin() + first + n);
  }
  return all;
}

}  // namespace residua::pinn
