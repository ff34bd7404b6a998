#include "pinn/lagrangian.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "base/error.hpp"
#include "deck/deck.hpp"
#include "map/derivative.hpp"
#include "map/substitute.hpp"

namespace residua::pinn {
namespace {

constexpr int most_iterations = 100;
constexpr double label_tolerance = 1e-14;  // of the period

/// The coordinate that points move along.
int space_of(const Problem& problem) { return problem.time == 0 ? 1 : 0; }

void check(const Deck& deck, const Problem& problem) {
  const auto refuse = [&](const std::string& why) {
    return deck.error("formulation", why,
                      "\"lagrangian\" is for one equation of first order in time for one unknown, on a periodic line");
  };
  if (problem.fields() != 1 || problem.residual.size() != 1) throw refuse("there is more than one equation");
  if (problem.time < 0 || problem.dimension() != 2) throw refuse("the coordinates are not time and one more");
  if (!problem.periodic[space_of(problem)]) throw refuse("the coordinate in space is not periodic, built in exactly");
  for (const UnknownDerivative& d : unknown_derivatives(problem.residual))
    if (d.alpha[problem.time] > 1 || (d.alpha[problem.time] == 1 && d.alpha[space_of(problem)] > 0))
      throw refuse("a derivative in time is not of first order");
  if (problem.has_inferred()) throw refuse("an unknown is inferred");
  if (!problem.coefficients.empty() || !problem.observations.empty())
    throw refuse("coefficients and observations are not for labels");
  if (problem.quantities.size() > 1) throw refuse("further quantities would be taken in labels");
  if (!problem.known.front().is_constant(0)) throw refuse("the known part would move with the labels");
}

/// v of the header, in the places and u.
Expression speed(const Deck& deck, const Problem& problem) {
  const Expression& r = problem.residual.front();
  const Expression a = partial_derivative(r, Expression::unknown(0, MultiIndex::unit(problem.time)));
  const Expression b = partial_derivative(r, Expression::unknown(0, MultiIndex::unit(space_of(problem))));
  if (a.is_constant(0)) throw deck.error("formulation", "no derivative in time occurs in the equation");
  const Expression v = b / a;
  const Expression one[] = {v};
  for (const UnknownDerivative& d : unknown_derivatives(one))
    if (!(d.alpha == MultiIndex{}))
      throw deck.error("formulation", "the speed that carries the solution holds derivatives of it");
  return v;
}

/// Expressions in places turned into expressions in labels.
class InLabels {
 public:
  InLabels(const Problem& problem, int displacement)
      : time_(problem.time), space_(space_of(problem)), displacement_(Expression::unknown(displacement)) {}

  /// `v`: the speed, in labels already; it is not used where no derivative in time occurs.
  Expression operator()(const Expression& e, const Expression& v) const {
    return substitute(e, [&](const Expression& leaf) {
      if (leaf.op() == Op::coordinate && leaf.index() == space_) return leaf + displacement_;
      if (leaf.op() != Op::unknown) return leaf;
      Expression u = Expression::unknown(leaf.index());
      for (int k = 0; k < leaf.alpha()[space_]; ++k) u = along(u);
      if (leaf.alpha()[time_] == 1) u = total_derivative(u, time_) - v * along(u);
      return u;
    });
  }

 private:
  /// The derivative in the place.
  Expression along(const Expression& u) const {
    return total_derivative(u, space_) / (1.0 + total_derivative(displacement_, space_));
  }

  int time_, space_;
  Expression displacement_;
};

}  // namespace

Problem lagrangian(const Deck& deck, const Problem& problem) {
  check(deck, problem);
  const int displacement = 1;
  const InLabels in_labels(problem, displacement);
  const Expression v = in_labels(speed(deck, problem), Expression(0.0));
  Problem moving = problem;
  moving.unknowns.push_back("displacement of " + problem.coordinates[space_of(problem)]);
  moving.arguments.push_back(moving.arguments.front());
  moving.inferred.push_back(false);
  moving.quantities.push_back(moving.unknowns.back());
  moving.quantity_forms.push_back(Expression::unknown(displacement));
  moving.residual = {in_labels(problem.residual.front(), v),
                     Expression::unknown(displacement, MultiIndex::unit(problem.time)) - v};
  moving.known.push_back(Expression(0.0));
  moving.scale.push_back(0.5 * (problem.box.hi[space_of(problem)] - problem.box.lo[space_of(problem)]));
  moving.reference.clear();
  moving.in_labels = true;
  Condition start{};
  start.kind = ConditionKind::initial;
  start.unknown = displacement;
  start.coordinate = problem.time;
  start.value = Expression(0.0);
  start.exact = true;
  start.path = "formulation";
  moving.conditions.push_back(start);
  return moving;
}

Problem in_formulation(const Deck& deck, const Problem& problem) {
  return deck.text("formulation") == "lagrangian" ? lagrangian(deck, problem) : problem;
}

std::vector<double> evaluate_at_places(const Solution& solution, int k, std::span<const Expression> expressions,
                                       std::span<const double> places, long n) {
  const Problem& problem = solution.ansatz(k).problem();
  const int space = space_of(problem), displacement = problem.fields() - 1;
  const double lo = problem.box.lo[space], period = problem.box.hi[space] - lo;
  const Expression move[] = {Expression::unknown(displacement),
                             Expression::unknown(displacement, MultiIndex::unit(space))};
  std::vector<double> points(places.begin(), places.end());
  std::vector<double> label(static_cast<std::size_t>(n)), low, high;
  // D is periodic: points are evaluated inside of the box.
  const auto evaluate = [&](std::span<const Expression> e) {
    for (long p = 0; p < n; ++p) points[space * n + p] = label[p] - period * std::floor((label[p] - lo) / period);
    return solution.evaluate_in_labels(k, e, points, n);
  };
  // D varies by less than a period while X is monotone, so that the label lies that near to x - D(any label).
  std::fill(label.begin(), label.end(), lo);
  const std::vector<double> anywhere = evaluate(move);
  for (long p = 0; p < n; ++p) {
    label[p] = places[space * n + p] - anywhere[p];
    low.push_back(label[p] - period);
    high.push_back(label[p] + period);
  }
  // Each place ends by itself: its label must not depend on which others are looked for beside it.
  std::vector<bool> found(static_cast<std::size_t>(n));
  for (int i = 0; i < most_iterations && std::ranges::count(found, true) < n; ++i) {
    const std::vector<double> d = evaluate(move);
    for (long p = 0; p < n; ++p) {
      if (found[p]) continue;
      const double miss = label[p] + d[p] - places[space * n + p], slope = 1 + d[n + p];
      (miss > 0 ? high : low)[p] = label[p];
      double next = label[p] - miss / slope;
      if (!(next >= low[p] && next <= high[p])) next = 0.5 * (low[p] + high[p]);
      found[p] = std::abs(next - label[p]) <= label_tolerance * (period + std::abs(label[p]));
      label[p] = next;
    }
  }
  const std::vector<double> d = evaluate(move);
  for (long p = 0; p < n; ++p)
    if (!(d[n + p] > -1))
      throw Error(fmt::format("lagrangian: characteristics have crossed at {} = {:.4g}", problem.coordinates[space],
                              places[space * n + p]));
  return evaluate(expressions);
}

}  // namespace residua::pinn
