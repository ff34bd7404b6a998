// Sums and products in their canonical form.
#include <algorithm>
#include <cmath>
#include <tuple>

#include "map/expression.hpp"
#include "map/expression_node.hpp"

namespace residua {
namespace {

/// An order of nodes that depends on their structure only: leaves by kind and number, then the rest by hash. Two
/// different nodes with equal hashes (never seen) would only miss a merge.
bool before(const Expression& a, const Expression& b) {
  const auto key = [](const Expression& e) {
    return std::make_tuple(!e.is_leaf(), e.is_leaf() ? e.op() : Op::table, e.index(), e.alpha().total(), e.hash());
  };
  return key(a) < key(b);
}

/// Sorts, adds the weights of equal expressions, drops zeros.
void merge(std::vector<WeightedExpression>& list) {
  std::ranges::stable_sort(list, [](const auto& a, const auto& b) { return before(a.first, b.first); });
  std::size_t kept = 0;
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (kept > 0 && list[kept - 1].first == list[i].first) {
      list[kept - 1].second += list[i].second;
    } else {
      if (kept > 0 && list[kept - 1].second == 0) --kept;
      if (kept != i) list[kept] = std::move(list[i]);
      ++kept;
    }
  }
  if (kept > 0 && list[kept - 1].second == 0) --kept;
  list.erase(list.begin() + static_cast<std::ptrdiff_t>(kept), list.end());
}

Expression n_ary(Op op, double value, std::vector<WeightedExpression>&& list) {
  ExpressionNode node;
  node.op = op;
  node.value = value;
  for (auto& [argument, weight] : list) {
    node.arguments.push_back(std::move(argument));
    node.weights.push_back(weight);
  }
  return intern(std::move(node));
}

bool is_integer(double x) { return x == std::nearbyint(x); }

/// The parts of e = v + sum w_k a_k or v * prod a_k ^ w_k.
std::vector<WeightedExpression> parts(const Expression& e) {
  std::vector<WeightedExpression> list;
  for (std::size_t k = 0; k < e.arguments().size(); ++k) list.emplace_back(e.arguments()[k], e.weights()[k]);
  return list;
}

/// Adds w * e to value + list, opening up sums of weight 1 or -1 and the number in front of products.
void add_term(const Expression& e, double w, double& value, std::vector<WeightedExpression>& list) {
  if (w == 0) return;
  if (e.is_constant()) {
    value += w * e.value();
  } else if (e.op() == Op::sum && std::abs(w) == 1) {
    value += w * e.value();
    for (const auto& [a, v] : parts(e)) list.emplace_back(a, w * v);
  } else if (e.op() == Op::product && e.value() != 1) {
    add_term(make_product(1, parts(e)), w * e.value(), value, list);
  } else {
    list.emplace_back(e, w);
  }
}

/// Multiplies value * list by e ^ w, opening up products where (ab)^w = a^w b^w holds for all real a and b.
void add_factor(const Expression& e, double w, double& value, std::vector<WeightedExpression>& list) {
  if (w == 0) return;
  if (e.is_constant()) {
    value = w == -1 ? value / e.value() : value * std::pow(e.value(), w);
  } else if (e.op() == Op::product && is_integer(w)) {
    value *= std::pow(e.value(), w);
    for (const auto& [a, v] : parts(e)) list.emplace_back(a, v * w);
  } else if (e.op() == Op::product && e.value() > 0 && e.value() != 1) {
    value *= std::pow(e.value(), w);
    add_factor(make_product(1, parts(e)), w, value, list);
  } else {
    list.emplace_back(e, w);
  }
}

bool opens_in_sum(const WeightedExpression& term) { return term.first.op() == Op::sum && std::abs(term.second) == 1; }

bool opens_in_product(const WeightedExpression& factor) {
  return factor.first.op() == Op::product && is_integer(factor.second);
}

}  // namespace

Expression make_sum(double value, std::vector<WeightedExpression> terms) {
  std::vector<WeightedExpression> list;
  do {  // merging can give a weight of 1 to a sum that had another: open it in the next round
    list.clear();
    for (const auto& [e, w] : terms) add_term(e, w, value, list);
    merge(list);
    terms = list;
  } while (std::ranges::any_of(list, opens_in_sum));
  if (list.empty()) return value;
  if (value == 0 && list.size() == 1) return make_product(list[0].second, {{list[0].first, 1}});
  return n_ary(Op::sum, value, std::move(list));
}

Expression make_product(double value, std::vector<WeightedExpression> factors) {
  std::vector<WeightedExpression> list;
  do {
    list.clear();
    for (const auto& [e, w] : factors) add_factor(e, w, value, list);
    merge(list);
    factors = list;
  } while (std::ranges::any_of(list, opens_in_product));
  if (value == 0 || list.empty()) return value;
  if (list.size() == 1 && list[0].second == 1) {
    if (value == 1) return list[0].first;
    if (value == -1 && list[0].first.op() == Op::sum) return make_sum(0, {{list[0].first, -1}});
  }
  return n_ary(Op::product, value, std::move(list));
}

}  // namespace residua
