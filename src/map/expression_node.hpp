// The node behind an Expression, for the files that build expressions.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "map/expression.hpp"

namespace residua {

struct ExpressionNode {
  Op op = Op::constant;
  int index = 0;
  double value = 0;
  MultiIndex alpha;
  std::vector<Expression> arguments;
  std::vector<double> weights;
  std::shared_ptr<const Table> table;
  std::uint64_t hash = 0;
};

/// The one node of the process that is equal to `node`; its hash is set here. Arguments must be simplified already.
Expression intern(ExpressionNode node);

}  // namespace residua
