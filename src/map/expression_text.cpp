// Expressions as deck text.
#include <cmath>

#include <fmt/format.h>

#include "map/expression.hpp"
#include "map/table.hpp"

namespace residua {
namespace {

class Printer {
 public:
  explicit Printer(const ExpressionNames& names) : names_(names) {}

  /// How tightly the text of a node binds: 0 for what a sum may hold bare, 1 for a factor, 2 for the base of a power.
  enum Strength { loose, factor, base };

  std::string text(const Expression& e, Strength needed) const {
    const auto [body, strength] = plain(e);
    return strength < needed ? fmt::format("({})", body) : body;
  }

 private:
  std::pair<std::string, Strength> plain(const Expression& e) const {
    switch (e.op()) {
      case Op::constant:
        return {fmt::format("{}", e.value()), e.value() < 0 ? loose : base};
      case Op::coordinate:
        return {coordinate(e.index()), base};
      case Op::unknown:
        return {unknown(e), base};
      case Op::input:
        return {fmt::format("in{}", e.index()), base};
      case Op::parameter:
        return {fmt::format("p{}", e.index()), base};
      case Op::sum:
        return {sum(e), loose};
      case Op::product:
        return {product(e), e.value() < 0 ? loose : factor};
      case Op::table:
        return {table(e), base};
      case Op::less:
        return {infix(e, "<"), loose};
      case Op::less_equal:
        return {infix(e, "<="), loose};
      case Op::equal:
        return {infix(e, "=="), loose};
      default:
        return {fmt::format("{}({})", function_name(e.op()), arguments(e)), base};
    }
  }

  std::string coordinate(int i) const {
    const auto k = static_cast<std::size_t>(i);
    return k < names_.coordinates.size() ? names_.coordinates[k] : fmt::format("x{}", i);
  }

  std::string unknown(const Expression& e) const {
    const auto j = static_cast<std::size_t>(e.index());
    const std::string name = j < names_.unknowns.size() ? names_.unknowns[j] : fmt::format("u{}", e.index());
    if (e.alpha().total() == 0) return name;
    std::string list;
    for (int i = 0; i < max_coordinates; ++i)
      for (int k = 0; k < e.alpha()[i]; ++k) list += fmt::format(",{}", coordinate(i));
    return fmt::format("d({}{})", name, list);
  }

  std::string table(const Expression& e) const {
    std::string orders;
    if (e.alpha().total() > 0)
      for (std::size_t axis = 0; axis < e.arguments().size(); ++axis)
        orders += fmt::format("'{}", e.alpha()[static_cast<int>(axis)]);
    return fmt::format("{}{}({})", e.table()->name(), orders, arguments(e));
  }

  std::string arguments(const Expression& e) const {
    std::string list;
    for (const Expression& a : e.arguments()) list += fmt::format("{}{}", list.empty() ? "" : ",", text(a, loose));
    return list;
  }

  std::string infix(const Expression& e, const char* sign) const {
    return fmt::format("{} {} {}", text(e.arguments()[0], factor), sign, text(e.arguments()[1], factor));
  }

  std::string sum(const Expression& e) const {
    std::string out;
    for (std::size_t k = 0; k < e.arguments().size(); ++k) {
      const double w = e.weights()[k];
      out += w < 0 ? (out.empty() ? "-" : " - ") : (out.empty() ? "" : " + ");
      if (std::abs(w) != 1) out += fmt::format("{}*", std::abs(w));
      out += text(e.arguments()[k], factor);
    }
    if (e.value() != 0) out += fmt::format(" {} {}", e.value() < 0 ? "-" : "+", std::abs(e.value()));
    return out;
  }

  std::string product(const Expression& e) const {
    std::string above, below;
    if (std::abs(e.value()) != 1) above = fmt::format("{}", std::abs(e.value()));
    for (std::size_t k = 0; k < e.arguments().size(); ++k) {
      const double w = std::abs(e.weights()[k]);
      const bool divides = e.weights()[k] < 0;
      std::string& side = divides ? below : above;
      side += divides ? "/" : side.empty() ? "" : "*";
      side += text(e.arguments()[k], w == 1 && !divides ? factor : base);
      if (w != 1) side += fmt::format("^{}", w);
    }
    return fmt::format("{}{}{}", e.value() < 0 ? "-" : "", above.empty() ? "1" : above, below);
  }

  const ExpressionNames& names_;
};

}  // namespace

std::string to_string(const Expression& e, const ExpressionNames& names) {
  return Printer(names).text(e, Printer::loose);
}

}  // namespace residua
