// What a deck says of a trained network: its description and its stages of training.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "map/network.hpp"
#include "pinn/causal.hpp"
#include "pinn/group_weights.hpp"
#include "pinn/problem.hpp"

namespace residua {
class Deck;
}

namespace residua::pinn {

struct Stage {
  std::string method;
  std::string step, scaling;  ///< of Levenberg-Marquardt; empty for the others
  long iterations = 0;
  double seconds = 0;                        ///< 0: no limit
  std::map<std::string, double> parameters;  ///< other values than those of the deck
  long resample = 0;
  double adaptive = 0;
  long batch = 0;    ///< points of an iteration; 0: all
  long reweigh = 0;  ///< iterations between two looks at the weights
  Balance balance = Balance::none;
  CausalSettings causal;
};

/// Coefficients are trained in one window; InputError where there are more.
void check_coefficients(const Deck& deck, const Problem& problem);

/// Levenberg-Marquardt with new points now and then, where the deck has none.
std::vector<Stage> stages_of(const Deck& deck, const Problem& problem);

/// The problem of each stage that has parameters of its own, in units as `problem`, the deck's.
std::vector<std::optional<Problem>> curriculum_of(const Deck& deck, const Problem& problem,
                                                  const std::vector<Stage>& stages);

/// Over the whole range of time; see `in_window`.
NetworkSpec spec_of(const Deck& deck, const Problem& problem);

/// The network of a window, whose time it sees from -1 to 1.
Network in_window(NetworkSpec spec, const Problem& problem, double begin, double end);

}  // namespace residua::pinn
