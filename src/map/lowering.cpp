#include "map/lowering.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <unordered_map>

#include <fmt/format.h>

#include "base/error.hpp"

namespace residua {
namespace {

constexpr double largest_multiplied_power = 64;  // beyond, pow() is as fast and no less accurate

/// How often each node is read by other nodes or by outputs.
void count_uses(const Expression& e, std::unordered_map<const ExpressionNode*, int>& uses) {
  if (++uses[e.id()] > 1) return;
  for (const Expression& a : e.arguments()) count_uses(a, uses);
}

class Lowering {
 public:
  Lowering(std::span<const Expression> outputs, int coordinates) : coordinates_(coordinates) {
    for (const Expression& e : outputs) count_uses(e, uses_);
    for (const Expression& e : outputs) code_.outputs.push_back(value_of(e));
  }

  LoweredCode take() && { return std::move(code_); }

 private:
  /// A product as the factors above and below its fraction bar.
  struct Fraction {
    std::vector<ValueId> above, below;
  };

  ValueId value_of(const Expression& e) {
    if (const auto it = done_.find(e.id()); it != done_.end()) return it->second;
    const ValueId value = make(e);
    done_.emplace(e.id(), value);
    return value;
  }

  ValueId make(const Expression& e) {
    switch (e.op()) {
      case Op::constant:
        return fill(e.value());
      case Op::coordinate:
        return leaf(Op::input, e.index());
      case Op::input:
        return leaf(Op::input, coordinates_ + e.index());
      case Op::parameter:
        return leaf(Op::load_parameter, e.index());
      case Op::unknown:
        throw Error(fmt::format("Program: {} is left in an expression; unknowns must be substituted", to_string(e)));
      case Op::sum:
        return sum(e);
      case Op::product:
        return product(e);
      case Op::table:
        return table(e);
      default:
        return add({e.op(), arguments(e), 0, 0, {}});
    }
  }

  ValueId add(LoweredValue value) {
    const bool commutes = value.op == Op::add || value.op == Op::multiply || value.op == Op::multiply_add ||
                          value.op == Op::subtract_product;
    if (commutes && value.from[0] > value.from[1]) std::swap(value.from[0], value.from[1]);
    const auto [it, added] = known_.try_emplace(value, static_cast<ValueId>(code_.values.size()));
    if (added) code_.values.push_back(value);
    return it->second;
  }
  ValueId leaf(Op op, int number) { return add({op, {-1, -1, -1}, 0, number, {}}); }
  ValueId fill(double k) { return add({Op::fill, {-1, -1, -1}, k, 0, {}}); }
  ValueId emit(Op op, ValueId a, ValueId b = -1, ValueId c = -1) { return add({op, {a, b, c}, 0, 0, {}}); }
  ValueId emit_number(Op op, double k, ValueId a, ValueId b = -1) { return add({op, {a, b, -1}, k, 0, {}}); }

  std::array<ValueId, 3> arguments(const Expression& e) {
    std::array<ValueId, 3> from{-1, -1, -1};
    for (std::size_t k = 0; k < e.arguments().size(); ++k) from[k] = value_of(e.arguments()[k]);
    return from;
  }

  ValueId table(const Expression& e) {
    const auto it = std::ranges::find(code_.tables, e.table());
    const auto number = static_cast<int>(it - code_.tables.begin());
    if (it == code_.tables.end()) code_.tables.push_back(e.table());
    return add({Op::table, arguments(e), 0, number, e.alpha()});
  }

  ValueId sum(const Expression& e) {
    const std::size_t first = first_term(e);
    ValueId total = begin_sum(e.value(), e.weights()[first], value_of(e.arguments()[first]));
    for (std::size_t k = 0; k < e.arguments().size(); ++k)
      if (k != first) total = add_term(total, e.weights()[k], e.arguments()[k]);
    return total;
  }

  /// Where to begin a sum: with a term of weight 1, rather one that is no product to be fused.
  std::size_t first_term(const Expression& e) const {
    std::size_t first = 0;
    for (std::size_t k = e.arguments().size(); k-- > 0;)
      if (e.weights()[k] == 1 && (e.weights()[first] != 1 || !fuses(e.arguments()[k]))) first = k;
    return first;
  }

  /// Whether a term serves one sum alone and is a product, so that it needs no instruction of its own.
  bool fuses(const Expression& term) const {
    return term.op() == Op::product && term.value() == 1 && uses_.at(term.id()) == 1;
  }

  ValueId begin_sum(double v, double w, ValueId a) {
    if (w == 1) return v == 0 ? a : emit_number(Op::add_number, v, a);
    if (w == -1) return emit_number(Op::number_minus, v, a);
    const ValueId scaled = emit_number(Op::multiply_number, w, a);
    return v == 0 ? scaled : emit_number(Op::add_number, v, scaled);
  }

  ValueId add_term(ValueId total, double w, const Expression& term) {
    if (std::abs(w) != 1) return emit_number(Op::scale_add, w, value_of(term), total);
    const Op fused = w == 1 ? Op::multiply_add : Op::subtract_product;
    if (fuses(term)) {
      const Fraction fraction = factors(term);
      if (fraction.below.empty() && fraction.above.size() >= 2) {
        const std::span<const ValueId> above(fraction.above);
        return emit(fused, multiplied(above.first(above.size() - 1)), above.back(), total);
      }
    }
    const ValueId a = value_of(term);
    return w == 1 ? emit(Op::add, a, total) : emit(Op::subtract, total, a);
  }

  ValueId product(const Expression& e) {
    const Fraction fraction = factors(e);
    const double v = e.value();
    if (fraction.above.empty()) return emit_number(Op::number_over, v, multiplied(fraction.below));
    const ValueId above = multiplied(fraction.above);
    const ValueId quotient = fraction.below.empty() ? above : emit(Op::divide, above, multiplied(fraction.below));
    return v == 1 ? quotient : emit_number(Op::multiply_number, v, quotient);
  }

  ValueId multiplied(std::span<const ValueId> factors) {
    ValueId result = factors[0];
    for (const ValueId factor : factors.subspan(1)) result = emit(Op::multiply, result, factor);
    return result;
  }

  /// Values to multiply and to divide by; a lone square is two values, so that it can be fused into a sum.
  Fraction factors(const Expression& e) {
    Fraction fraction;
    if (e.weights().size() == 1 && e.weights()[0] == 2) {
      fraction.above.assign(2, value_of(e.arguments()[0]));
      return fraction;
    }
    for (std::size_t k = 0; k < e.arguments().size(); ++k) {
      const double w = e.weights()[k];
      auto& side = w < 0 ? fraction.below : fraction.above;
      add_power(value_of(e.arguments()[k]), std::abs(w), side);
    }
    return fraction;
  }

  /// Appends values whose product is a^w, w > 0.
  void add_power(ValueId a, double w, std::vector<ValueId>& side) {
    const double whole = std::floor(w), rest = w - whole;
    if (whole > largest_multiplied_power || (rest != 0 && rest != 0.5)) {
      side.push_back(emit(Op::pow, a, fill(w)));
      return;
    }
    if (rest == 0.5) side.push_back(emit(Op::sqrt, a));
    if (whole > 0) side.push_back(integer_power(a, static_cast<int>(whole)));
  }

  ValueId integer_power(ValueId a, int n) {
    if (n == 1) return a;
    const ValueId half = integer_power(a, n / 2);
    const ValueId even = emit(Op::multiply, half, half);
    return n % 2 == 0 ? even : emit(Op::multiply, even, a);
  }

  int coordinates_;
  LoweredCode code_;
  std::unordered_map<const ExpressionNode*, int> uses_;
  std::unordered_map<const ExpressionNode*, ValueId> done_;
  std::map<LoweredValue, ValueId> known_;
};

}  // namespace

LoweredCode lower(std::span<const Expression> outputs, int coordinates) {
  return Lowering(outputs, coordinates).take();
}

}  // namespace residua
