// Substitution: an expression with its leaves replaced.
#pragma once

#include <functional>
#include <span>
#include <utility>
#include <vector>

#include "map/expression.hpp"

namespace residua {

/// The expression that takes a leaf's place; return the leaf itself to keep it.
using LeafMap = std::function<Expression(const Expression& leaf)>;

/// Every expression with its leaves (constants excepted) replaced by leaf_map(leaf), simplified anew. A derivative of
/// an unknown is a leaf of its own.
std::vector<Expression> substitute(std::span<const Expression> expressions, const LeafMap& leaf_map);
Expression substitute(const Expression& e, const LeafMap& leaf_map);

/// u_j = forms[j] put into every expression: D^alpha u_j becomes the total derivative D^alpha forms[j]. Unknowns behind
/// forms.size() stay. With forms[j] = B_j + C_j * unknown(k) this is how an ansatz is built in.
std::vector<Expression> replace_unknowns(std::span<const Expression> expressions, std::span<const Expression> forms);

/// The expression with coordinate i set to a number: its restriction to a face. Derivatives of unknowns keep their
/// meaning, taken at points of the face.
Expression restrict_to(const Expression& e, int coordinate, double value);

struct UnknownDerivative {
  int unknown;
  MultiIndex alpha;
  auto operator<=>(const UnknownDerivative&) const = default;
};

/// The derivatives of unknowns that occur, sorted, each once.
std::vector<UnknownDerivative> unknown_derivatives(std::span<const Expression> expressions);

/// The leaves (constants excepted) that occur, each once, in the order of a walk through the expressions.
std::vector<Expression> leaves(std::span<const Expression> expressions);

}  // namespace residua
