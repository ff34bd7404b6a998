// Symbolic derivatives of expressions.
//
// Total derivative in coordinate x_i, with u_j = u_j(x):   d e / d x_i = @e/@x_i + sum e_{D^a u_j} D^{a + e_i} u_j
// Partial derivative in a leaf: every other leaf held fixed.
// Where a function jumps or has a corner (sign, step, floor, comparisons, where, abs, min, max) the derivative is that
// of the smooth pieces.
#pragma once

#include <span>
#include <vector>

#include "map/expression.hpp"

namespace residua {

/// d e / d x_i. Throws InputError when a derivative of an unknown would pass max_derivative_order, or that of a table
/// is not there; Error when `e` holds a program input, which is not a function of coordinates.
Expression total_derivative(const Expression& e, int coordinate);

/// D^alpha e, total.
Expression total_derivative(const Expression& e, const MultiIndex& alpha);

/// @e / @leaf, for a coordinate, unknown derivative, input or parameter.
Expression partial_derivative(const Expression& e, const Expression& leaf);

/// @e_i / @leaf_k, i-major: expressions.size() x leaves.size().
std::vector<Expression> jacobian(std::span<const Expression> expressions, std::span<const Expression> leaves);

}  // namespace residua
