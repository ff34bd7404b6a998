#include "pinn/pinn_case.hpp"

#include "deck/deck.hpp"
#include "pinn/classical_case.hpp"
#include "pinn/compatibility.hpp"
#include "pinn/feature_case.hpp"
#include "pinn/keys.hpp"
#include "pinn/measure.hpp"
#include "pinn/network_case.hpp"
#include "pinn/problem.hpp"
#include "pinn/windows.hpp"
#include "run/case.hpp"

namespace residua::pinn {
namespace {

std::unique_ptr<Case> make(const Deck& deck) {
  const std::string& method = deck.text("method");
  return method == "network"     ? make_network_case(deck)
         : method == "classical" ? make_classical_case(deck)
                                 : make_feature_case(deck);
}

/// Measurements belong to one window, but those by which coefficients alone are searched for around whole solves.
void check_observations(const Deck& deck, const Problem& problem, const Windows& windows) {
  if (problem.observations.empty() || windows.single()) return;
  if (!problem.coefficients.empty() && !problem.has_inferred()) return;
  throw deck.error(deck.has("windows") ? "windows" : "observations",
                   "measurements are fitted in one time window, if not by coefficients alone", "windows.count = 1");
}

void check(const Deck& deck) {
  const Problem problem = make_problem(deck);
  const Windows windows(deck, problem);
  check_compatible(deck, problem);
  check_observations(deck, problem, windows);
  check_measure(deck, problem);
  make(deck);  // has demands of its own: on stages, for one
}

}  // namespace

void register_case() {
  residua::register_case(
      {"pinn", "A physics-informed network: the equation of the deck, solved by driving a network's residual to zero",
       declare_keys, check, make});
}

}  // namespace residua::pinn
