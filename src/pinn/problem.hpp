// The mathematical problem that a deck states: equations, conditions and known parts as expressions.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "grid/point_set.hpp"
#include "map/expression.hpp"

namespace residua {
class Deck;
}

namespace residua::pinn {

enum class ConditionKind { initial, dirichlet, neumann, periodic };

/// A condition on one unknown on one face; a deck's `at = "both"` gives two. A periodic coordinate is here only when
/// its condition is a penalty: one condition for each unknown and each derivative that has to match, with the lower
/// face.
struct Condition {
  ConditionKind kind;
  int unknown;
  int coordinate;    ///< whose face; time for an initial condition
  bool high;         ///< the upper face
  int derivative;    ///< order of the derivative along the coordinate that is prescribed, or that has to match
  Expression value;  ///< in the coordinates
  bool exact;
  double weight;     ///< of the rows of a penalty
  long points;       ///< on the face; 0: chosen
  std::string path;  ///< of its table in the deck, for messages
};

/// Measured values of an expression at points, or a prior: that it is 0, at points all over the domain.
struct Observations {
  Expression quantity;
  std::vector<double> points;      ///< [dimension][n]
  std::vector<double> value, std;  ///< [n]
  std::string path;                ///< of its table in the deck, for messages
  bool is_prior = false;

  long count() const { return static_cast<long>(value.size()); }
};

struct Problem {
  std::vector<std::string> coordinates;
  Box box;
  int time = -1;               ///< which coordinate, or -1
  std::vector<bool> periodic;  ///< coordinates whose periodicity is built in
  std::vector<std::string> unknowns;
  std::vector<std::vector<bool>> arguments;  ///< of each unknown, by coordinate: whether it is a function of it
  std::vector<bool> inferred;                ///< of each unknown: whether the deck gives its arguments
  std::vector<std::string> coefficients;     ///< unknown numbers: Expression::parameter(k) of residuals and penalties
  std::vector<double> coefficients_start;
  std::vector<double> scale;         ///< of each unknown, a half range that is known beforehand, or 0
  std::vector<Expression> residual;  ///< in Expression::unknown(j, alpha), coordinates and coefficients
  std::vector<Expression> known;     ///< of each unknown, zero where the deck gives none
  std::vector<Condition> conditions;
  std::vector<Observations> observations;  ///< then the priors
  std::vector<std::string> quantities;     ///< what is written and measured: the unknowns, then those of the deck
  std::vector<Expression> quantity_forms;  ///< in the unknowns
  std::vector<Expression> reference;       ///< of each quantity; empty without closed forms
  bool in_labels = false;                  ///< the coordinate in space is a label that moves: pinn/lagrangian.hpp

  int dimension() const { return box.dimension(); }
  int fields() const { return static_cast<int>(unknowns.size()); }
  long measurements() const;  ///< without priors
  bool has_inferred() const;  ///< any unknown
  double face(const Condition& c) const { return c.high ? box.hi[c.coordinate] : box.lo[c.coordinate]; }
};

/// The unknowns that are inferred, as expressions.
std::vector<Expression> inferred_unknowns(const Problem& problem);

/// Reads and checks everything that can be known before the run: names, expressions, the order of the equations,
/// conditions that contradict each other. Reads tables and observations. Throws InputError located in the deck.
/// `parameters`: values that take the place of those of pde.parameters.
Problem make_problem(const Deck& deck, const std::map<std::string, double>& parameters = {});

}  // namespace residua::pinn
