// Expressions: scalar formulas as a shared graph, kept simplified as they are built.
//
// An `Expression` is a handle to an immutable node. Equal formulas are one node of the process (hash consing), so that
// `==` compares pointers and a common subexpression is found by being the same node. Two n-ary nodes carry arithmetic:
//
//     sum      v + sum_k w_k a_k          a_k distinct, w_k != 0, no a_k constant
//     product  v * prod_k a_k ^ w_k       a_k distinct, w_k constant and != 0, no a_k constant
//
// with arguments in an order that depends on their structure only: x + y and y + x are one node, like terms and equal
// factors merge, and constants fold. Simplification assumes formulas to be defined where they are used (x / x = 1,
// 0 * e = 0), and is otherwise exact in real arithmetic.
//
// Everything here is for set-up on the host; `Program` (program.hpp) is what evaluates.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "map/multi_index.hpp"
#include "map/operation.hpp"

namespace residua {

class Table;
struct ExpressionNode;

/// Derivatives of an unknown beyond this order are refused.
inline constexpr int max_derivative_order = 8;

class Expression {
 public:
  Expression() : Expression(0.0) {}
  Expression(double value);  // NOLINT: a number is an expression

  /// Coordinate i of the point, 0 <= i < max_coordinates.
  static Expression coordinate(int i);

  /// D^alpha of field j. Fields are the unknowns of a problem; a caller may number others behind them (known functions
  /// of which only derivatives at the points will be given). Throws InputError beyond max_derivative_order.
  static Expression unknown(int j, const MultiIndex& alpha = {});

  /// Number k of the program's inputs behind the coordinates. It has no derivative in a coordinate.
  static Expression input(int k);

  /// Run-time parameter k, the same at all points.
  static Expression parameter(int k);

  /// D^orders of a tabulated function at the given arguments, one for each axis of the table.
  /// Throws InputError when the interpolant has no such derivative or the number of arguments is wrong.
  static Expression table(std::shared_ptr<const Table> table, std::vector<Expression> arguments,
                          const MultiIndex& orders = {});

  Op op() const;
  /// The number of a constant; v of a sum or product; 0 for other nodes.
  double value() const;
  /// Which coordinate, unknown, input or parameter.
  int index() const;
  /// The derivative taken of an unknown or a table.
  const MultiIndex& alpha() const;
  const std::vector<Expression>& arguments() const;
  /// w_k of a sum or product.
  const std::vector<double>& weights() const;
  const std::shared_ptr<const Table>& table() const;
  /// The same in every process and every run.
  std::uint64_t hash() const;

  bool is_constant() const { return op() == Op::constant; }
  bool is_constant(double v) const { return is_constant() && value() == v; }
  bool is_leaf() const { return op() <= Op::parameter; }

  /// The node's address, a key for memoisation while the expression lives.
  const ExpressionNode* id() const { return node_.get(); }

  friend bool operator==(const Expression& a, const Expression& b) { return a.node_ == b.node_; }

 private:
  friend Expression intern(ExpressionNode node);
  explicit Expression(std::shared_ptr<const ExpressionNode> node) : node_(std::move(node)) {}

  std::shared_ptr<const ExpressionNode> node_;
};

/// A term w * a of a sum, or a factor a ^ w of a product.
using WeightedExpression = std::pair<Expression, double>;

/// v + sum_k w_k a_k, simplified.
Expression make_sum(double value, std::vector<WeightedExpression> terms);

/// v * prod_k a_k ^ w_k, simplified.
Expression make_product(double value, std::vector<WeightedExpression> factors);

/// A function of one, two or three arguments, folded where all are constant.
Expression apply(Op op, std::vector<Expression> arguments);

/// The same node with other arguments, simplified anew. A leaf is returned as it is.
Expression rebuild(const Expression& e, std::vector<Expression> arguments);

Expression operator+(const Expression& a, const Expression& b);
Expression operator-(const Expression& a, const Expression& b);
Expression operator-(const Expression& a);
Expression operator*(const Expression& a, const Expression& b);
Expression operator/(const Expression& a, const Expression& b);
Expression pow(const Expression& a, const Expression& b);
Expression sqrt(const Expression& a);

/// Names for to_string; a missing name prints as x0, u0.
struct ExpressionNames {
  std::vector<std::string> coordinates;
  std::vector<std::string> unknowns;
};

/// A deck text with the same meaning, inputs as in0 and parameters as p0: for messages and tests.
std::string to_string(const Expression& e, const ExpressionNames& names = {});

}  // namespace residua
