#include "map/collapse.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <unordered_set>

#include <fmt/format.h>

#include "base/error.hpp"
#include "map/derivative.hpp"
#include "map/substitute.hpp"

namespace residua {
namespace {

using Gradient = std::vector<Expression>;

/// e = number * rest, with rest the same for all multiples of a product, and of a sum by its first weight.
std::pair<double, Expression> split_number(const Expression& e) {
  if (e.is_constant()) return {e.value(), 1.0};
  const double number = e.op() == Op::product ? e.value() : e.op() == Op::sum ? e.weights()[0] : 1.0;
  if (number == 1) return {1.0, e};
  if (e.op() == Op::product) return {number, e / number};
  std::vector<WeightedExpression> terms;
  for (std::size_t k = 0; k < e.arguments().size(); ++k) terms.emplace_back(e.arguments()[k], e.weights()[k] / number);
  return {number, make_sum(e.value() / number, std::move(terms))};
}

bool nearly_equal(double a, double b) { return std::abs(a - b) <= 4e-16 * (std::abs(a) + std::abs(b)); }

/// c with b = c * a, where there is such a constant.
std::optional<double> ratio(const Gradient& a, const Gradient& b) {
  std::optional<double> c;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i].is_constant(0) && b[i].is_constant(0)) continue;
    const auto [na, ra] = split_number(a[i]);
    const auto [nb, rb] = split_number(b[i]);
    if (na == 0 || nb == 0 || !(ra == rb) || (c && !nearly_equal(*c, nb / na))) return {};
    if (!c) c = nb / na;
  }
  return c;
}

/// What takes the place of a field's derivative: number * channel, or nothing when another term carries the channel.
struct Replacement {
  Channel channel;
  double number = 0;
};
using Replacements = std::map<MultiIndex, Replacement>;

/// The derivatives of one field that need not be there singly: of order two or more, and below no other.
std::vector<MultiIndex> top_derivatives(const std::vector<MultiIndex>& present) {
  std::vector<MultiIndex> top;
  for (const MultiIndex& alpha : present) {
    const auto needs_it = [&](const MultiIndex& other) { return other != alpha && other.contains(alpha); };
    if (alpha.total() >= 2 && std::ranges::none_of(present, needs_it)) top.push_back(alpha);
  }
  return top;
}

Replacements single_derivatives(const std::vector<MultiIndex>& present) {
  Replacements map;
  for (const MultiIndex& alpha : present) map[alpha] = {Channel(alpha), 1.0};
  return map;
}

/// Adds what a jump depends on: arguments of step and its kin, conditions. Gradients do not see these.
void collect_jumps(const Expression& e, std::unordered_set<const ExpressionNode*>& seen,
                   std::vector<Expression>& found) {
  if (!seen.insert(e.id()).second) return;
  const auto& a = e.arguments();
  switch (e.op()) {
    case Op::where:
      found.push_back(a[0]);
      break;
    case Op::floor:
    case Op::sign:
    case Op::step:
    case Op::less:
    case Op::less_equal:
    case Op::equal:
      found.insert(found.end(), a.begin(), a.end());
      break;
    default:
      break;
  }
  for (const Expression& argument : a) collect_jumps(argument, seen, found);
}

Replacements collapsed(std::span<const Expression> expressions, int field, const std::vector<MultiIndex>& present) {
  Replacements map = single_derivatives(present);
  std::vector<MultiIndex> open = top_derivatives(present);
  std::unordered_set<const ExpressionNode*> seen;
  std::vector<Expression> jumps;
  for (const Expression& e : expressions) collect_jumps(e, seen, jumps);
  for (const auto& [unknown, alpha] : unknown_derivatives(jumps))
    if (unknown == field) std::erase(open, alpha);
  while (!open.empty()) {
    const MultiIndex lead = open.back();  // that of the first coordinates
    const auto gradient_in = [&](const MultiIndex& alpha) {
      const Expression leaf = Expression::unknown(field, alpha);
      return jacobian(expressions, std::span(&leaf, 1));
    };
    const Gradient lead_gradient = gradient_in(lead);
    std::vector<std::pair<MultiIndex, double>> members{{lead, 1.0}};
    for (const MultiIndex& alpha : open)
      if (alpha != lead && alpha.total() == lead.total())
        if (const auto c = ratio(lead_gradient, gradient_in(alpha))) members.emplace_back(alpha, *c);
    if (members.size() > 1) {
      Channel channel;
      channel.terms = members;
      std::ranges::sort(channel.terms);
      for (const auto& [alpha, c] : members) map[alpha] = {channel, 0.0};
      map[lead].number = 1.0;  // z = D^lead + ...: put z for D^lead and 0 for the others
    }
    std::erase_if(open, [&](const MultiIndex& alpha) {
      return std::ranges::any_of(members, [&](const auto& member) { return member.first == alpha; });
    });
  }
  return map;
}

std::vector<std::vector<Channel>> wanted_channels(const std::vector<Replacements>& fields) {
  std::vector<std::vector<Channel>> wanted;
  for (const Replacements& field : fields) {
    auto& list = wanted.emplace_back();
    for (const auto& [alpha, replacement] : field)
      if (std::ranges::find(list, replacement.channel) == list.end()) list.push_back(replacement.channel);
  }
  return wanted;
}

ChannelSet shared_set(const std::vector<std::vector<Channel>>& wanted) {
  std::vector<Channel> all;
  for (const auto& list : wanted) all.insert(all.end(), list.begin(), list.end());
  return ChannelSet(all);
}

}  // namespace

ChannelForm collapse(std::span<const Expression> expressions, int first_field, int fields, int first_input,
                     bool allow_collapse) {
  std::vector<std::vector<MultiIndex>> present(static_cast<std::size_t>(fields));
  for (const auto& [unknown, alpha] : unknown_derivatives(expressions))
    if (unknown >= first_field && unknown < first_field + fields)
      present[static_cast<std::size_t>(unknown - first_field)].push_back(alpha);

  std::vector<Replacements> replacements;
  for (const auto& list : present) replacements.push_back(single_derivatives(list));
  ChannelForm form;
  form.wanted = wanted_channels(replacements);
  form.channels = shared_set(form.wanted);

  if (allow_collapse) {
    std::vector<Replacements> smaller;
    for (int j = 0; j < fields; ++j)
      smaller.push_back(collapsed(expressions, first_field + j, present[static_cast<std::size_t>(j)]));
    auto wanted = wanted_channels(smaller);
    if (ChannelSet set = shared_set(wanted); set.size() < form.channels.size()) {
      form.channels = std::move(set);
      form.wanted = std::move(wanted);
      replacements = std::move(smaller);
    }
  }

  form.expressions = substitute(expressions, [&](const Expression& leaf) -> Expression {
    if (leaf.op() != Op::unknown || leaf.index() < first_field || leaf.index() >= first_field + fields) return leaf;
    const int j = leaf.index() - first_field;
    const Replacement& replacement = replacements[static_cast<std::size_t>(j)].at(leaf.alpha());
    const int c = form.channels.find(replacement.channel);
    return replacement.number * Expression::input(first_input + j * form.channels.size() + c);
  });
  return form;
}

}  // namespace residua
