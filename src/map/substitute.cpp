#include "map/substitute.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>
#include <unordered_set>

#include "map/derivative.hpp"

namespace residua {
namespace {

class Substitution {
 public:
  explicit Substitution(const LeafMap& leaf_map) : leaf_map_(leaf_map) {}

  Expression operator()(const Expression& e) {
    if (e.is_constant()) return e;
    if (const auto it = done_.find(e.id()); it != done_.end()) return it->second;
    Expression result = e.is_leaf() ? leaf_map_(e) : inside(e);
    done_.emplace(e.id(), result);
    return result;
  }

 private:
  Expression inside(const Expression& e) {
    std::vector<Expression> arguments;
    for (const Expression& a : e.arguments()) arguments.push_back((*this)(a));
    return arguments == e.arguments() ? e : rebuild(e, std::move(arguments));
  }

  const LeafMap& leaf_map_;
  std::unordered_map<const ExpressionNode*, Expression> done_;
};

void collect_leaves(const Expression& e, std::unordered_set<const ExpressionNode*>& seen,
                    std::vector<Expression>& found) {
  if (e.is_constant() || !seen.insert(e.id()).second) return;
  if (e.is_leaf()) found.push_back(e);
  for (const Expression& a : e.arguments()) collect_leaves(a, seen, found);
}

}  // namespace

std::vector<Expression> substitute(std::span<const Expression> expressions, const LeafMap& leaf_map) {
  Substitution substitution(leaf_map);
  std::vector<Expression> results;
  for (const Expression& e : expressions) results.push_back(substitution(e));
  return results;
}

Expression substitute(const Expression& e, const LeafMap& leaf_map) { return Substitution(leaf_map)(e); }

std::vector<Expression> replace_unknowns(std::span<const Expression> expressions, std::span<const Expression> forms) {
  std::map<UnknownDerivative, Expression> known;  // lower derivatives on the way to a higher one are kept
  const auto derivative = [&](const auto& self, int j, const MultiIndex& alpha) -> Expression {
    if (alpha.total() == 0) return forms[static_cast<std::size_t>(j)];
    if (const auto it = known.find({j, alpha}); it != known.end()) return it->second;
    int i = 0;
    while (alpha[i] == 0) ++i;
    Expression result = total_derivative(self(self, j, alpha - MultiIndex::unit(i)), i);
    known.emplace(UnknownDerivative{j, alpha}, result);
    return result;
  };
  return substitute(expressions, [&](const Expression& leaf) {
    const bool replaced = leaf.op() == Op::unknown && static_cast<std::size_t>(leaf.index()) < forms.size();
    return replaced ? derivative(derivative, leaf.index(), leaf.alpha()) : leaf;
  });
}

Expression restrict_to(const Expression& e, int coordinate, double value) {
  const Expression from = Expression::coordinate(coordinate);
  return substitute(e, [&](const Expression& leaf) { return leaf == from ? Expression(value) : leaf; });
}

std::vector<UnknownDerivative> unknown_derivatives(std::span<const Expression> expressions) {
  std::set<UnknownDerivative> found;
  for (const Expression& leaf : leaves(expressions))
    if (leaf.op() == Op::unknown) found.insert({leaf.index(), leaf.alpha()});
  return {found.begin(), found.end()};
}

std::vector<Expression> leaves(std::span<const Expression> expressions) {
  std::unordered_set<const ExpressionNode*> seen;
  std::vector<Expression> found;
  for (const Expression& e : expressions) collect_leaves(e, seen, found);
  return found;
}

}  // namespace residua
