// What a trial compares with the kinetic equation.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "kinetic/closure.hpp"

namespace residua {
class Deck;
}

namespace residua::kinetic {

/// A closure, or the kinetic solver with so many moments or angles.
struct Candidate {
  std::string name;
  std::optional<ClosureChoice> closure;
  bool angles = false;
  int resolution = 0;
};

/// The network that was learned, with its weights before training through closed runs where these are not empty; the
/// closures in closed form; and what the deck names in [trial].
std::vector<Candidate> candidates(const Deck& deck, const ClosureNetwork& network, const std::vector<double>& before);

}  // namespace residua::kinetic
