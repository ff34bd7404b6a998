#include "pinn/classical_form.hpp"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>

#include "deck/deck.hpp"
#include "map/substitute.hpp"

namespace residua::pinn {
namespace {

/// How much equation i is the equation of unknown j: by its highest derivative of it, time first.
int claim(const Problem& problem, int i, int j) {
  int best = -1000000;
  const Expression one[] = {problem.residual[i]};
  for (const UnknownDerivative& u : unknown_derivatives(one)) {
    if (u.unknown != j) continue;
    const int in_time = problem.time < 0 ? 0 : u.alpha[problem.time];
    best = std::max(best, 100 * in_time + u.alpha.total());
  }
  return best;
}

/// The assignment with the largest sum of claims; the deck's order where nothing is gained by another.
std::vector<int> match(const Problem& problem) {
  const int m = problem.fields();
  std::vector<int> order(m);
  std::iota(order.begin(), order.end(), 0);
  constexpr int most = 7;  // m! assignments are tried
  if (m > most) return order;
  std::vector<int> claims(m * m), best = order;
  for (int i = 0; i < m; ++i)
    for (int j = 0; j < m; ++j) claims[i * m + j] = claim(problem, i, j);
  const auto sum = [&] {
    int total = 0;
    for (int j = 0; j < m; ++j) total += claims[order[j] * m + j];
    return total;
  };
  int largest = sum();
  while (std::ranges::next_permutation(order).found)
    if (sum() > largest) {
      largest = sum();
      best = order;
    }
  return best;
}

void check_initial(const Deck& deck, const Problem& problem, const ClassicalForm& form) {
  for (int j = 0; j < problem.fields(); ++j)
    for (int derivative = 0; derivative < 2; ++derivative) {
      const auto given = std::ranges::find_if(problem.conditions, [&](const Condition& c) {
        return c.kind == ConditionKind::initial && c.unknown == j && c.derivative == derivative;
      });
      if (given == problem.conditions.end() && derivative < form.time_order[j])
        throw deck.error("conditions", fmt::format("the classical solver needs the initial {} of `{}`",
                                                   derivative == 0 ? "value" : "time derivative", problem.unknowns[j]));
      if (given != problem.conditions.end() && derivative > 0 && derivative >= form.time_order[j])
        throw deck.error(given->path, fmt::format("the equations have no second time derivative of `{}`: the classical "
                                                  "solver cannot prescribe its first",
                                                  problem.unknowns[j]));
    }
}

void check_faces(const Deck& deck, const Problem& problem, const ClassicalForm& form) {
  for (int d = 0; d < form.directions(); ++d) {
    if (form.periodic[d]) continue;
    int first_orders = 0, on_first = 0;
    const std::string& name = problem.coordinates[form.space[d]];
    for (int j = 0; j < problem.fields(); ++j) {
      const auto count = static_cast<int>(std::ranges::count_if(problem.conditions, [&](const Condition& c) {
        return c.kind != ConditionKind::initial && c.coordinate == form.space[d] && c.unknown == j;
      }));
      const int order = form.order[j][d];
      if (order < 2) {
        first_orders += order;
        on_first += count;
      } else if (count != order) {
        throw deck.error("conditions",
                         fmt::format("`{}` of order {} in `{}` needs {} conditions on the two faces; there "
                                     "are {}",
                                     problem.unknowns[j], order, name, order, count));
      }
    }
    if (on_first > first_orders)
      throw deck.error("conditions", fmt::format("more conditions in `{}` than the first-order equations take", name));
  }
}

}  // namespace

ClassicalForm classical_form(const Deck& deck, const Problem& problem) {
  ClassicalForm form;
  if (!problem.coefficients.empty())
    throw deck.error("pde", "the classical solver needs every coefficient of the equations to be known");
  if (problem.has_inferred())
    throw deck.error("pde.arguments", "the classical solver needs every function of the equations to be known");
  if (problem.residual.size() > problem.unknowns.size())
    throw deck.error("pde.residual", fmt::format("the classical solver needs as many equations as unknowns: {}",
                                                 problem.unknowns.size()));
  for (int i = 0; i < problem.dimension(); ++i) {
    if (i == problem.time) continue;
    form.space.push_back(i);
    form.periodic.push_back(problem.periodic[i] || std::ranges::any_of(problem.conditions, [&](const Condition& c) {
                              return c.kind == ConditionKind::periodic && c.coordinate == i;
                            }));
  }
  if (form.directions() > 3)
    throw deck.error("pde.coordinates", "the classical solver has a tensor grid: at most three space coordinates");
  form.time_order.assign(problem.unknowns.size(), 0);
  form.order.assign(problem.unknowns.size(), std::vector<int>(form.space.size()));
  for (const UnknownDerivative& u : unknown_derivatives(problem.residual)) {
    if (problem.time >= 0)
      form.time_order[u.unknown] = std::max<int>(form.time_order[u.unknown], u.alpha[problem.time]);
    for (int d = 0; d < form.directions(); ++d)
      form.order[u.unknown][d] = std::max<int>(form.order[u.unknown][d], u.alpha[form.space[d]]);
  }
  form.states = problem.fields();
  for (int j = 0; j < problem.fields(); ++j) {
    if (form.time_order[j] > 2)
      throw deck.error("pde.residual", fmt::format("`{}` is of order {} in time: the classical solver goes up to 2",
                                                   problem.unknowns[j], form.time_order[j]));
    form.velocity.push_back(form.time_order[j] == 2 ? form.states++ : -1);
  }
  form.equation = match(problem);
  check_initial(deck, problem, form);
  check_faces(deck, problem, form);
  return form;
}

}  // namespace residua::pinn
