// A problem as the classical solver sees it: which unknowns move in time, and which equation is whose.
//
// An unknown u of second order in time brings its velocity v = du/dt along as a further state, and u_tt becomes v_t.
#pragma once

#include <vector>

#include "pinn/problem.hpp"

namespace residua {
class Deck;
}

namespace residua::pinn {

struct ClassicalForm {
  std::vector<int> space;               ///< the coordinates other than time
  std::vector<bool> periodic;           ///< in each of `space`, whether exactly or by a penalty
  std::vector<int> time_order;          ///< of each unknown: 0, 1 or 2
  std::vector<std::vector<int>> order;  ///< [unknown][direction]: the highest derivative that occurs
  std::vector<int> equation;            ///< of each unknown: the equation whose rows give way to its conditions
  std::vector<int> velocity;            ///< of each unknown: the state that is its velocity, or -1
  int states = 0;                       ///< the unknowns, and behind them the velocities

  int directions() const { return static_cast<int>(space.size()); }
};

/// InputError, located in the deck, where the classical solver cannot treat the problem: more than three space
/// coordinates, more equations than unknowns, an order in time above two, initial values that are missing, or on a face
/// fewer or more conditions than the order asks for.
ClassicalForm classical_form(const Deck& deck, const Problem& problem);

}  // namespace residua::pinn
