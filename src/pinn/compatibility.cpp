#include "pinn/compatibility.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "deck/deck.hpp"
#include "map/program.hpp"
#include "map/substitute.hpp"
#include "pinn/problem.hpp"

namespace residua::pinn {
namespace {

constexpr long samples = 64;
constexpr double slack = 1e-9;  // of the values' size: they may be typed with that many digits

bool value_built_in(const Condition& c) {
  return c.exact && c.kind != ConditionKind::neumann && c.kind != ConditionKind::periodic && c.derivative == 0;
}

/// The largest difference of two values on the edge where their faces meet, over the size of the values.
double disagreement(const Problem& problem, const Condition& a, const Condition& b) {
  const auto at_edge = [&](const Expression& e) {
    return restrict_to(restrict_to(e, a.coordinate, problem.face(a)), b.coordinate, problem.face(b));
  };
  const Expression values[] = {at_edge(a.value), at_edge(b.value)};
  const PointSet set = make_points(PointKind::sobol, problem.box, samples, 1, Communicator(MPI_COMM_SELF));
  std::vector<double> out(2 * samples);
  Program(values, {problem.dimension(), 0, 0}).evaluate(set.coordinate, samples, out);
  double difference = 0, size = 1;
  for (long p = 0; p < samples; ++p) {
    difference = std::max(difference, std::abs(out[p] - out[samples + p]));
    size = std::max({size, std::abs(out[p]), std::abs(out[samples + p])});
  }
  return difference / size;
}

}  // namespace

void check_compatible(const Deck& deck, const Problem& problem) {
  for (const Condition& a : problem.conditions)
    for (const Condition& b : problem.conditions) {
      if (&a >= &b || a.unknown != b.unknown || a.coordinate == b.coordinate) continue;
      if (!value_built_in(a) || !value_built_in(b)) continue;
      const double difference = disagreement(problem, a, b);
      if (difference > slack)
        throw deck.error(
            b.path,
            fmt::format("`{}` is prescribed on faces that meet, with values that differ there by {:.2g}: {} "
                        "and {} cannot both be built in",
                        problem.unknowns[a.unknown], difference, a.path, b.path),
            "enforce = \"penalty\" for one of them");
    }
}

}  // namespace residua::pinn
