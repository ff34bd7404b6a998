#include "pinn/ansatz.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "map/collapse.hpp"
#include "map/derivative.hpp"
#include "map/substitute.hpp"
#include "pinn/boundary.hpp"

namespace residua::pinn {
namespace {

int initial_values(const Problem& problem, int j) {
  return static_cast<int>(std::ranges::count_if(problem.conditions, [&](const Condition& c) {
    return c.kind == ConditionKind::initial && c.unknown == j && c.exact;
  }));
}

int start_field(const Problem& problem, int j, int order) { return 2 * problem.fields() + 2 * j + order; }

Expression form_of(const Problem& problem, const TimeWindow& window, int j) {
  const auto [factor, lift, network] = boundary_of(problem, j);
  const int p = initial_values(problem, j);
  if (p == 0) return problem.known[j] + lift + factor * network;
  const Expression t = Expression::coordinate(problem.time);
  const Expression elapsed = t - window.begin, s = elapsed / (window.end - window.begin);
  Expression form = problem.known[j] + Expression::unknown(start_field(problem, j, 0)) + lift -
                    restrict_to(lift, problem.time, window.begin);
  if (p == 1) return form + s * factor * network;
  const Expression slope = restrict_to(total_derivative(lift, problem.time), problem.time, window.begin);
  return form + elapsed * (Expression::unknown(start_field(problem, j, 1)) - slope) + s * s * factor * network;
}

Expression penalty_of(const Problem& problem, const Condition& c) {
  MultiIndex alpha{};
  for (int k = 0; k < c.derivative; ++k) alpha = alpha + MultiIndex::unit(c.coordinate);
  const Expression left = Expression::unknown(c.unknown, alpha);
  if (c.kind != ConditionKind::initial) return left - c.value;
  return left - total_derivative(problem.known[c.unknown], alpha) -
         Expression::unknown(start_field(problem, c.unknown, c.derivative));
}

/// The derivative in time of the given order and then D^alpha of u_j - K_j.
Expression start_value(const Problem& problem, const StartChannel& channel, const Expression& u) {
  Expression value = u - problem.known[channel.unknown];
  if (channel.order == 1) value = total_derivative(value, problem.time);
  return total_derivative(value, channel.alpha);
}

}  // namespace

Ansatz::Ansatz(const Problem& problem, const TimeWindow& window, std::span<const Expression> wanted)
    : problem_(problem), window_(window) {
  std::vector<Expression> penalties, all(problem.residual);
  for (int j = 0; j < problem.fields(); ++j) forms_.push_back(form_of(problem, window, j));
  for (const Condition& c : problem.conditions)
    if (!c.exact) penalties.push_back(penalty_of(problem, c));
  all.insert(all.end(), penalties.begin(), penalties.end());
  all.insert(all.end(), problem.quantity_forms.begin(), problem.quantity_forms.end());
  for (const Observations& o : problem.observations) all.push_back(o.quantity);
  all.insert(all.end(), wanted.begin(), wanted.end());
  bool grown = collect(all);
  while (grown) grown = collect(next_start());

  residual_ = compile(problem.residual, true);
  for (const Expression& e : penalties) penalties_.push_back(compile({&e, 1}, true));
  for (const Observations& o : problem.observations) {
    const Expression misfit = o.quantity - Expression::input(static_cast<int>(data_.size()));
    observations_.push_back(compile({&misfit, 1}, true, 1));
  }
  next_ = compile(next_start(), false);
}

std::vector<Expression> Ansatz::next_start() const {
  std::vector<Expression> values;
  for (const StartChannel& channel : data_)
    values.push_back(start_value(problem_, channel, Expression::unknown(channel.unknown)));
  return values;
}

bool Ansatz::depends(int j, const MultiIndex& alpha) const {
  for (int i = 0; i < problem_.dimension(); ++i)
    if (alpha[i] > 0 && !problem_.arguments[j][i]) return false;
  return true;
}

bool Ansatz::collect(std::span<const Expression> expressions) {
  const int first = 2 * problem_.fields();
  const std::size_t before = data_.size();
  for (const UnknownDerivative& u : unknown_derivatives(replace_unknowns(expressions, forms_))) {
    if (u.unknown < first || u.alpha[problem_.time] > 0) continue;
    const StartChannel channel{(u.unknown - first) / 2, (u.unknown - first) % 2, u.alpha};
    if (std::ranges::find(data_, channel) == data_.end()) data_.push_back(channel);
  }
  return data_.size() > before;
}

Ansatz::Part Ansatz::compile(std::span<const Expression> expressions, bool derivatives, int measured) const {
  const int m = problem_.fields(), data = static_cast<int>(data_.size()) + measured;
  const std::vector<Expression> in_networks =
      substitute(replace_unknowns(expressions, forms_), [&](const Expression& leaf) {
        if (leaf.op() != Op::unknown) return leaf;
        if (leaf.index() < 2 * m) return depends(leaf.index() - m, leaf.alpha()) ? leaf : Expression(0.0);
        if (leaf.alpha()[problem_.time] > 0) return Expression(0.0);
        const StartChannel channel{(leaf.index() - 2 * m) / 2, leaf.index() % 2, leaf.alpha()};
        const auto it = std::ranges::find(data_, channel);
        if (it == data_.end()) throw Error("ansatz: an expression was not announced as wanted");
        return Expression::input(static_cast<int>(it - data_.begin()));
      });
  ChannelForm form = collapse(in_networks, m, m, data);
  std::vector<Expression> outputs = form.expressions;
  const int channels = m * form.channels.size();
  const int coefficients = derivatives ? static_cast<int>(problem_.coefficients.size()) : 0;
  if (derivatives) {
    std::vector<Expression> inputs, parameters;
    for (int k = 0; k < channels; ++k) inputs.push_back(Expression::input(data + k));
    for (int k = 0; k < coefficients; ++k) parameters.push_back(Expression::parameter(k));
    for (const std::vector<Expression>& leaves : {inputs, parameters}) {
      const std::vector<Expression> partial = jacobian(form.expressions, leaves);
      outputs.insert(outputs.end(), partial.begin(), partial.end());
    }
  }
  return {form.channels, Program(outputs, {problem_.dimension(), data + channels, coefficients})};
}

Ansatz::Part Ansatz::evaluate(std::span<const Expression> expressions) const { return compile(expressions, false); }
Ansatz::Part Ansatz::linearise(std::span<const Expression> expressions) const { return compile(expressions, true); }

std::vector<Expression> first_start(const Problem& problem, std::span<const StartChannel> data) {
  std::vector<Expression> values;
  for (const StartChannel& channel : data)
    for (const Condition& c : problem.conditions)
      if (c.kind == ConditionKind::initial && c.unknown == channel.unknown && c.derivative == channel.order) {
        Expression known = problem.known[c.unknown];
        if (channel.order == 1) known = total_derivative(known, problem.time);
        const Expression at_start = restrict_to(c.value - known, problem.time, problem.box.lo[problem.time]);
        values.push_back(total_derivative(at_start, channel.alpha));
      }
  return values;
}

}  // namespace residua::pinn
