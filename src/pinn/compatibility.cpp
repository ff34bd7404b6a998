#include "pinn/compatibility.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "deck/deck.hpp"
#include "map/derivative.hpp"
#include "map/program.hpp"
#include "map/substitute.hpp"
#include "pinn/problem.hpp"

namespace residua::pinn {
namespace {

constexpr long samples = 64;
constexpr double slack = 1e-9;  // of the values' size: they may be typed with that many digits

bool built_in(const Condition& c) { return c.exact && c.kind != ConditionKind::periodic; }

/// Conditions D_a u = a and D_b u = b, D a derivative along their own coordinates or none, agree where D_b a = D_a b:
/// the largest difference of the two on the edge where the faces meet, over their size.
double disagreement(const Problem& problem, const Condition& a, const Condition& b) {
  const auto at_edge = [&](const Condition& of, const Condition& other) {
    Expression e = of.value;
    for (int k = 0; k < other.derivative; ++k) e = total_derivative(e, other.coordinate);
    return restrict_to(restrict_to(e, a.coordinate, problem.face(a)), b.coordinate, problem.face(b));
  };
  const Expression values[] = {at_edge(a, b), at_edge(b, a)};
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
      if (!built_in(a) || !built_in(b)) continue;
      const double difference = disagreement(problem, a, b);
      if (difference > slack)
        throw deck.error(
            b.path,
            fmt::format("`{}` is prescribed on faces that meet, with values or slopes that differ there by {:.2g}: {} "
                        "and {} cannot both be built in",
                        problem.unknowns[a.unknown], difference, a.path, b.path),
            "enforce = \"penalty\" for one of them");
    }
}

}  // namespace residua::pinn
