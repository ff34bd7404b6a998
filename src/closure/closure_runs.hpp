// Which kinetic runs a closure is fitted to, and which it is tried out against.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kinetic/simulation.hpp"

namespace residua {
class Deck;
}

namespace residua::kinetic {

/// Numbers of the model that a closure may have to serve a range of.
struct Pair {
  double alpha = 0, zeta = 0;
};

/// A run of the deck's model with these numbers in it, from a random start.
struct ClosureRun {
  Pair pair;
  std::int64_t seed = 0;
};

/// All pairs of `<section>.alpha` and `<section>.zeta`; where one is not given, [data] or else [model] has it.
std::vector<Pair> pairs_of(const Deck& deck, const std::string& section);

/// Each of `<section>.seeds` at each pair, the seeds fastest.
std::vector<ClosureRun> runs_of(const Deck& deck, const std::string& section, const std::vector<Pair>& pairs);

/// The same with the pair in the model.
SimulationSettings at_pair(SimulationSettings settings, const Pair& pair);

}  // namespace residua::kinetic
