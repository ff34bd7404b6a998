#include "pinn/boundary.hpp"

#include <algorithm>

#include "map/derivative.hpp"
#include "map/substitute.hpp"

namespace residua::pinn {
namespace {

enum class Built { nothing, value, slope };

/// The condition of unknown j that is built in on a face, or nullptr.
const Condition* prescribed(const Problem& problem, int j, int coordinate, bool high) {
  const auto found = std::ranges::find_if(problem.conditions, [&](const Condition& c) {
    const bool on_face = c.kind == ConditionKind::dirichlet || c.kind == ConditionKind::neumann;
    return on_face && c.exact && c.unknown == j && c.coordinate == coordinate && c.high == high;
  });
  return found == problem.conditions.end() ? nullptr : &*found;
}

Built built(const Condition* c) {
  if (!c) return Built::nothing;
  return c->derivative == 0 ? Built::value : Built::slope;
}

/// The polynomials of the table in the header, in the distance from the face whose condition is `here`; `s` is that
/// distance over the length, and `length` is negative on the high face.
Expression factor_of(Built here, Built there, const Expression& s) {
  if (here != Built::value) return 1.0;
  if (there == Built::slope) return s * (2.0 - s);
  return there == Built::value ? 2.0 * s : s;
}

Expression lift_of(Built here, Built there, const Expression& s, double length) {
  if (here == Built::value) return there == Built::value ? 1.0 - s : Expression(1.0);
  if (there == Built::value) return length * (s - 1.0);
  return there == Built::slope ? length * s * (1.0 - 0.5 * s) : length * s;
}

}  // namespace

Boundary boundary_of(const Problem& problem, int j) {
  Boundary b{1.0, 0.0, Expression::unknown(problem.fields() + j)};
  for (int i = 0; i < problem.dimension(); ++i) {
    const Condition* lo = prescribed(problem, j, i, false);
    const Condition* hi = prescribed(problem, j, i, true);
    if (!lo && !hi) continue;
    const double length = problem.box.hi[i] - problem.box.lo[i];
    const Expression s = (Expression::coordinate(i) - problem.box.lo[i]) / length, r = 1.0 - s;
    const auto missing = [&](const Condition& c) {
      Expression found = problem.known[j] + b.lift;
      if (c.derivative > 0) found = total_derivative(found, i);
      return restrict_to(c.value - found, i, problem.face(c));
    };
    Expression lift = b.lift;
    if (lo) lift = lift + lift_of(built(lo), built(hi), s, length) * missing(*lo);
    if (hi) lift = lift + lift_of(built(hi), built(lo), r, -length) * missing(*hi);
    b.lift = lift;
    b.factor = b.factor * factor_of(built(lo), built(hi), s) * factor_of(built(hi), built(lo), r);
    if (built(lo) != Built::slope && built(hi) != Built::slope) continue;
    Expression phi = length * s * r;
    if (built(lo) == built(hi))
      phi = phi * (1.0 - 2.0 * s);
    else if (built(hi) == Built::slope)
      phi = -phi;
    b.network = b.network - phi * total_derivative(b.network, i);
  }
  return b;
}

}  // namespace residua::pinn
