#include "map/derivative.hpp"

#include <cmath>
#include <numbers>
#include <unordered_map>

#include <fmt/format.h>

#include "base/error.hpp"

namespace residua {
namespace {

/// One derivative operator, applied to a graph with every node differentiated once.
class Differentiator {
 public:
  virtual ~Differentiator() = default;

  Expression operator()(const Expression& e) {
    if (e.is_constant()) return 0.0;
    if (const auto it = done_.find(e.id()); it != done_.end()) return it->second;
    Expression derivative = e.is_leaf() ? leaf(e) : chain(e);
    done_.emplace(e.id(), derivative);
    return derivative;
  }

 private:
  virtual Expression leaf(const Expression& e) = 0;

  Expression chain(const Expression& e) {
    if (e.op() == Op::sum) return sum(e);
    if (e.op() == Op::product) return product(e);
    if (e.op() == Op::table) return table(e);
    if (e.op() == Op::where) {
      const auto& a = e.arguments();
      return apply(Op::where, {a[0], (*this)(a[1]), (*this)(a[2])});
    }
    return is_unary_function(e.op()) ? unary(e) : binary(e);
  }

  Expression sum(const Expression& e) {
    std::vector<WeightedExpression> terms;
    for (std::size_t k = 0; k < e.arguments().size(); ++k)
      terms.emplace_back((*this)(e.arguments()[k]), e.weights()[k]);
    return make_sum(0, std::move(terms));
  }

  /// v sum_k w_k a_k' a_k^(w_k - 1) prod_{l != k} a_l^w_l
  Expression product(const Expression& e) {
    std::vector<WeightedExpression> terms;
    for (std::size_t k = 0; k < e.arguments().size(); ++k) {
      const Expression inner = (*this)(e.arguments()[k]);
      if (inner.is_constant(0)) continue;
      std::vector<WeightedExpression> factors;
      for (std::size_t l = 0; l < e.arguments().size(); ++l)
        factors.emplace_back(e.arguments()[l], e.weights()[l] - (l == k ? 1 : 0));
      factors.emplace_back(inner, 1);
      terms.emplace_back(make_product(e.value() * e.weights()[k], std::move(factors)), 1);
    }
    return make_sum(0, std::move(terms));
  }

  Expression table(const Expression& e) {
    Expression total;
    for (std::size_t axis = 0; axis < e.arguments().size(); ++axis) {
      const Expression inner = (*this)(e.arguments()[axis]);
      if (inner.is_constant(0)) continue;
      const MultiIndex orders = e.alpha() + MultiIndex::unit(static_cast<int>(axis));
      total = total + inner * Expression::table(e.table(), e.arguments(), orders);
    }
    return total;
  }

  Expression unary(const Expression& e) {
    const Expression& a = e.arguments()[0];
    const Expression inner = (*this)(a);
    return inner.is_constant(0) ? inner : outer(e, a) * inner;
  }

  /// f'(a) of e = f(a), in terms of e itself where that saves a function.
  static Expression outer(const Expression& e, const Expression& a) {
    const auto gauss = [&](double factor) { return factor * apply(Op::exp, {-(a * a)}); };
    switch (e.op()) {
      case Op::cbrt:
        return 1.0 / (3.0 * e * e);
      case Op::exp:
        return e;
      case Op::log:
        return 1.0 / a;
      case Op::log10:
        return std::numbers::log10e / a;
      case Op::sin:
        return apply(Op::cos, {a});
      case Op::cos:
        return -apply(Op::sin, {a});
      case Op::tan:
        return 1.0 + e * e;
      case Op::asin:
        return 1.0 / sqrt(1.0 - a * a);
      case Op::acos:
        return -1.0 / sqrt(1.0 - a * a);
      case Op::atan:
        return 1.0 / (1.0 + a * a);
      case Op::sinh:
        return apply(Op::cosh, {a});
      case Op::cosh:
        return apply(Op::sinh, {a});
      case Op::tanh:
        return 1.0 - e * e;
      case Op::asinh:
        return 1.0 / sqrt(1.0 + a * a);
      case Op::acosh:
        return 1.0 / (sqrt(a - 1.0) * sqrt(a + 1.0));
      case Op::atanh:
        return 1.0 / (1.0 - a * a);
      case Op::erf:
        return gauss(2 * std::numbers::inv_sqrtpi);
      case Op::erfc:
        return gauss(-2 * std::numbers::inv_sqrtpi);
      case Op::abs:
        return apply(Op::sign, {a});
      default:  // floor, sign, step
        return 0.0;
    }
  }

  Expression binary(const Expression& e) {
    const Expression &a = e.arguments()[0], &b = e.arguments()[1];
    switch (e.op()) {
      case Op::pow:
        return power(e, a, b);
      case Op::atan2:
        return (b * (*this)(a)-a * (*this)(b)) / (a * a + b * b);
      case Op::min:
        return apply(Op::where, {apply(Op::less, {b, a}), (*this)(b), (*this)(a)});
      case Op::max:
        return apply(Op::where, {apply(Op::less, {a, b}), (*this)(b), (*this)(a)});
      default:  // comparisons
        return 0.0;
    }
  }

  /// (a^b)' = b a^(b-1) a' + a^b log(a) b', the second term absent where b' = 0, so that a may be negative there.
  Expression power(const Expression& e, const Expression& a, const Expression& b) {
    const Expression da = (*this)(a), db = (*this)(b);
    Expression total;
    if (!da.is_constant(0)) total = b * pow(a, b - 1.0) * da;
    if (!db.is_constant(0)) total = total + e * apply(Op::log, {a}) * db;
    return total;
  }

  std::unordered_map<const ExpressionNode*, Expression> done_;
};

class TotalDifferentiator final : public Differentiator {
 public:
  explicit TotalDifferentiator(int coordinate) : coordinate_(coordinate) {}

 private:
  Expression leaf(const Expression& e) override {
    switch (e.op()) {
      case Op::coordinate:
        return e.index() == coordinate_ ? 1.0 : 0.0;
      case Op::unknown:
        return Expression::unknown(e.index(), e.alpha() + MultiIndex::unit(coordinate_));
      case Op::input:
        throw Error(fmt::format("total_derivative: program input {} is not a function of coordinates", e.index()));
      default:
        return 0.0;
    }
  }

  int coordinate_;
};

class PartialDifferentiator final : public Differentiator {
 public:
  explicit PartialDifferentiator(Expression leaf) : leaf_(std::move(leaf)) {}

 private:
  Expression leaf(const Expression& e) override { return e == leaf_ ? 1.0 : 0.0; }

  Expression leaf_;
};

}  // namespace

Expression total_derivative(const Expression& e, int coordinate) { return TotalDifferentiator(coordinate)(e); }

Expression total_derivative(const Expression& e, const MultiIndex& alpha) {
  Expression derivative = e;
  for (int i = 0; i < max_coordinates; ++i)
    for (int k = 0; k < alpha[i]; ++k) derivative = total_derivative(derivative, i);
  return derivative;
}

Expression partial_derivative(const Expression& e, const Expression& leaf) { return PartialDifferentiator(leaf)(e); }

std::vector<Expression> jacobian(std::span<const Expression> expressions, std::span<const Expression> leaves) {
  std::vector<Expression> entries(expressions.size() * leaves.size());
  for (std::size_t k = 0; k < leaves.size(); ++k) {
    PartialDifferentiator derivative(leaves[k]);
    for (std::size_t i = 0; i < expressions.size(); ++i) entries[i * leaves.size() + k] = derivative(expressions[i]);
  }
  return entries;
}

}  // namespace residua
