// From expressions to three-address code in single-assignment form: every instruction makes one new value.
//
// Sums become chains of additions with products fused in where a product serves that sum alone; integer powers become
// multiplications by repeated squaring, half-integer ones a square root besides. Equal instructions are one value.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <memory>
#include <span>
#include <tuple>
#include <vector>

#include "map/expression.hpp"

namespace residua {

/// A value of the code; negative: none.
using ValueId = int;

/// One instruction. Op::input stands for a program input (no instruction in the end); for the rest see operation.hpp.
struct LoweredValue {
  Op op = Op::fill;
  std::array<ValueId, 3> from{-1, -1, -1};
  double k = 0;
  int number = 0;     ///< which input, parameter or table
  MultiIndex orders;  ///< of a table's derivative

  /// The number k takes part by its bits, since a NaN has no place in an order.
  auto key() const { return std::make_tuple(op, from, std::bit_cast<std::uint64_t>(k), number, orders); }
  bool operator<(const LoweredValue& other) const { return key() < other.key(); }
};

struct LoweredCode {
  std::vector<LoweredValue> values;  ///< operands come before their use
  std::vector<ValueId> outputs;
  std::vector<std::shared_ptr<const Table>> tables;
};

/// Throws Error when an unknown is left. Coordinate i is input i, input(k) is input coordinates + k.
LoweredCode lower(std::span<const Expression> outputs, int coordinates);

}  // namespace residua
