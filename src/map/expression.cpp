#include "map/expression.hpp"

#include <bit>
#include <cmath>
#include <mutex>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include "base/error.hpp"
#include "map/expression_node.hpp"
#include "map/table.hpp"

namespace residua {
namespace {

std::uint64_t mixed(std::uint64_t h, std::uint64_t x) {
  h ^= x + 0x9e3779b97f4a7c15u + (h << 6) + (h >> 2);
  h *= 0xff51afd7ed558ccdu;
  return h ^ (h >> 32);
}

std::uint64_t structural_hash(const ExpressionNode& node) {
  std::uint64_t h = mixed(static_cast<std::uint64_t>(node.op), std::bit_cast<std::uint64_t>(node.value));
  h = mixed(h, static_cast<std::uint64_t>(node.index));
  for (const auto order : node.alpha.order) h = mixed(h, order);
  for (const Expression& a : node.arguments) h = mixed(h, a.hash());
  for (const double w : node.weights) h = mixed(h, std::bit_cast<std::uint64_t>(w));
  if (node.table)
    for (const char c : node.table->name()) h = mixed(h, static_cast<std::uint64_t>(c));
  return h;
}

bool same(const ExpressionNode& a, const ExpressionNode& b) {
  return a.op == b.op && std::bit_cast<std::uint64_t>(a.value) == std::bit_cast<std::uint64_t>(b.value) &&
         a.index == b.index && a.alpha == b.alpha && a.arguments == b.arguments && a.weights == b.weights &&
         a.table == b.table;
}

/// The nodes that live, by hash. Dead entries are swept when the table has doubled since the last sweep.
class Interner {
 public:
  std::shared_ptr<const ExpressionNode> find_or_add(ExpressionNode node) {
    const std::lock_guard lock(mutex_);
    const auto [begin, end] = nodes_.equal_range(node.hash);
    for (auto it = begin; it != end; ++it)
      if (auto found = it->second.lock(); found && same(*found, node)) return found;
    auto added = std::make_shared<const ExpressionNode>(std::move(node));
    nodes_.emplace(added->hash, added);
    if (nodes_.size() > sweep_at_) {
      std::erase_if(nodes_, [](const auto& entry) { return entry.second.expired(); });
      sweep_at_ = 2 * nodes_.size() + 1024;
    }
    return added;
  }

 private:
  std::mutex mutex_;
  std::unordered_multimap<std::uint64_t, std::weak_ptr<const ExpressionNode>> nodes_;
  std::size_t sweep_at_ = 1024;
};

ExpressionNode leaf(Op op, int index, const MultiIndex& alpha = {}) {
  ExpressionNode node;
  node.op = op;
  node.index = index;
  node.alpha = alpha;
  return node;
}

ExpressionNode with_arguments(Op op, std::vector<Expression> arguments) {
  ExpressionNode node;
  node.op = op;
  node.arguments = std::move(arguments);
  return node;
}

}  // namespace

Expression intern(ExpressionNode node) {
  static Interner interner;
  node.hash = structural_hash(node);
  return Expression(interner.find_or_add(std::move(node)));
}

Expression::Expression(double value) {
  ExpressionNode node;
  node.value = value == 0 ? 0.0 : value;  // one zero, without a sign
  *this = intern(std::move(node));
}

Expression Expression::coordinate(int i) {
  if (i < 0 || i >= max_coordinates) throw Error(fmt::format("coordinate {} of at most {}", i, max_coordinates));
  return intern(leaf(Op::coordinate, i));
}

Expression Expression::unknown(int j, const MultiIndex& alpha) {
  if (alpha.total() > max_derivative_order)
    throw InputError(
        fmt::format("a derivative of order {}; the highest order is {}", alpha.total(), max_derivative_order));
  return intern(leaf(Op::unknown, j, alpha));
}

Expression Expression::input(int k) { return intern(leaf(Op::input, k)); }

Expression Expression::parameter(int k) { return intern(leaf(Op::parameter, k)); }

Expression Expression::table(std::shared_ptr<const Table> table, std::vector<Expression> arguments,
                             const MultiIndex& orders) {
  if (arguments.size() != table->axes().size())
    throw InputError(fmt::format("table '{}' has {} axes, and {} arguments are given", table->name(),
                                 table->axes().size(), arguments.size()));
  for (std::size_t axis = 0; axis < arguments.size(); ++axis)
    if (orders[static_cast<int>(axis)] > table->max_order())
      throw InputError(fmt::format("table '{}' of degree {} has no continuous derivative of order {} in '{}'",
                                   table->name(), table->degree(), orders[static_cast<int>(axis)],
                                   table->axes()[axis]));
  ExpressionNode node = with_arguments(Op::table, std::move(arguments));
  node.alpha = orders;
  node.table = std::move(table);
  return intern(std::move(node));
}

Op Expression::op() const { return node_->op; }
double Expression::value() const { return node_->value; }
int Expression::index() const { return node_->index; }
const MultiIndex& Expression::alpha() const { return node_->alpha; }
const std::vector<Expression>& Expression::arguments() const { return node_->arguments; }
const std::vector<double>& Expression::weights() const { return node_->weights; }
const std::shared_ptr<const Table>& Expression::table() const { return node_->table; }
std::uint64_t Expression::hash() const { return node_->hash; }

Expression apply(Op op, std::vector<Expression> arguments) {
  const auto constant = [&](std::size_t i) { return arguments[i].is_constant(); };
  if (is_unary_function(op)) {
    if (constant(0)) return unary_function(op, arguments[0].value());
    if (op == Op::sqrt) return make_product(1, {{arguments[0], 0.5}});
  } else if (is_binary_function(op)) {
    if (constant(0) && constant(1)) return binary_function(op, arguments[0].value(), arguments[1].value());
    if (op == Op::pow && constant(1)) return make_product(1, {{arguments[0], arguments[1].value()}});
    if ((op == Op::min || op == Op::max) && arguments[0] == arguments[1]) return arguments[0];
  } else if (op == Op::where) {
    if (constant(0)) return arguments[arguments[0].value() != 0 ? 1 : 2];
    if (arguments[1] == arguments[2]) return arguments[1];
  } else {
    throw Error("apply: not a function");
  }
  return intern(with_arguments(op, std::move(arguments)));
}

Expression rebuild(const Expression& e, std::vector<Expression> arguments) {
  if (e.op() == Op::sum || e.op() == Op::product) {
    std::vector<WeightedExpression> weighted;
    for (std::size_t k = 0; k < arguments.size(); ++k) weighted.emplace_back(std::move(arguments[k]), e.weights()[k]);
    return e.op() == Op::sum ? make_sum(e.value(), std::move(weighted)) : make_product(e.value(), std::move(weighted));
  }
  if (e.op() == Op::table) return Expression::table(e.table(), std::move(arguments), e.alpha());
  return e.is_leaf() ? e : apply(e.op(), std::move(arguments));
}

Expression operator+(const Expression& a, const Expression& b) { return make_sum(0, {{a, 1}, {b, 1}}); }
Expression operator-(const Expression& a, const Expression& b) { return make_sum(0, {{a, 1}, {b, -1}}); }
Expression operator-(const Expression& a) { return make_product(-1, {{a, 1}}); }
Expression operator*(const Expression& a, const Expression& b) { return make_product(1, {{a, 1}, {b, 1}}); }
Expression operator/(const Expression& a, const Expression& b) { return make_product(1, {{a, 1}, {b, -1}}); }
Expression pow(const Expression& a, const Expression& b) { return apply(Op::pow, {a, b}); }
Expression sqrt(const Expression& a) { return apply(Op::sqrt, {a}); }

}  // namespace residua
