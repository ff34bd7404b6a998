// Evaluation for tests: by a program, and node by node with no code shared with programs.
#pragma once

#include <cmath>
#include <span>
#include <stdexcept>
#include <vector>

#include "map/expression.hpp"
#include "map/program.hpp"
#include "map/table.hpp"

namespace residua::testing {

/// Program outputs of one point.
inline std::vector<double> run(const std::vector<Expression>& expressions, const std::vector<double>& inputs,
                               int coordinates, const std::vector<double>& parameters = {}) {
  const Program program(
      expressions, {coordinates, static_cast<int>(inputs.size()) - coordinates, static_cast<int>(parameters.size())});
  std::vector<double> outputs(expressions.size());
  program.evaluate(inputs, 1, outputs, parameters);
  return outputs;
}

/// The value at a point, coordinates only.
inline double at(const Expression& e, const std::vector<double>& coordinates) {
  return run({e}, coordinates, static_cast<int>(coordinates.size()))[0];
}

/// A walk over the tree, every node anew.
inline double walk(const Expression& e, std::span<const double> coordinates) {
  std::vector<double> a;
  for (const Expression& argument : e.arguments()) a.push_back(walk(argument, coordinates));
  switch (e.op()) {
    case Op::constant:
      return e.value();
    case Op::coordinate:
      return coordinates[static_cast<std::size_t>(e.index())];
    case Op::sum: {
      double total = e.value();
      for (std::size_t k = 0; k < a.size(); ++k) total += e.weights()[k] * a[k];
      return total;
    }
    case Op::product: {
      double total = e.value();
      for (std::size_t k = 0; k < a.size(); ++k) total *= std::pow(a[k], e.weights()[k]);
      return total;
    }
    case Op::where:
      return a[0] != 0 ? a[1] : a[2];
    default:
      if (is_unary_function(e.op())) return unary_function(e.op(), a[0]);
      if (is_binary_function(e.op())) return binary_function(e.op(), a[0], a[1]);
      throw std::logic_error("walk: node");
  }
}

}  // namespace residua::testing
