#include "closure/closure_runs.hpp"

#include "deck/deck.hpp"

namespace residua::kinetic {

std::vector<Pair> pairs_of(const Deck& deck, const std::string& section) {
  const auto values = [&](const std::string& name) {
    for (const std::string& from : {section, std::string("data")})
      if (deck.has(from + "." + name)) return deck.list_of_real(from + "." + name);
    return std::vector<double>{deck.real("model." + name)};
  };
  std::vector<Pair> pairs;
  for (const double alpha : values("alpha"))
    for (const double zeta : values("zeta")) pairs.push_back({alpha, zeta});
  return pairs;
}

std::vector<ClosureRun> runs_of(const Deck& deck, const std::string& section, const std::vector<Pair>& pairs) {
  std::vector<ClosureRun> runs;
  for (const Pair& pair : pairs)
    for (const std::int64_t seed : deck.list_of_integer(section + ".seeds")) runs.push_back({pair, seed});
  return runs;
}

SimulationSettings at_pair(SimulationSettings settings, const Pair& pair) {
  settings.model.alpha = pair.alpha;
  settings.model.zeta = pair.zeta;
  return settings;
}

}  // namespace residua::kinetic
