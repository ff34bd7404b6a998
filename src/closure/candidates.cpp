#include "closure/candidates.hpp"

#include <fmt/format.h>

#include "deck/deck.hpp"
#include "kinetic/closure_network.hpp"

namespace residua::kinetic {

std::vector<Candidate> candidates(const Deck& deck, const ClosureNetwork& network, const std::vector<double>& before) {
  std::vector<Candidate> all = {
      {"learned", ClosureChoice{"learned", network.level, std::make_shared<ClosureNetwork>(network)}},
      {"quadratic", ClosureChoice{"quadratic", 1, nullptr}},
      {"bingham", ClosureChoice{"bingham", 1, nullptr}}};
  if (!before.empty()) {
    auto fitted = std::make_shared<ClosureNetwork>(network);
    fitted->weights = before;
    all.push_back({"fitted", ClosureChoice{"learned", network.level, fitted}});
  }
  for (const std::int64_t level : deck.list_of_integer("trial.middles"))
    all.push_back({fmt::format("middle_{}", level), ClosureChoice{"middle", static_cast<int>(level), nullptr}});
  for (const std::int64_t moments : deck.list_of_integer("trial.truncations"))
    all.push_back({fmt::format("truncated_{}", moments), {}, false, static_cast<int>(moments)});
  for (const std::int64_t angles : deck.list_of_integer("trial.angles"))
    all.push_back({fmt::format("angles_{}", angles), {}, true, static_cast<int>(angles)});
  return all;
}

}  // namespace residua::kinetic
