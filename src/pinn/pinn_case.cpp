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

void check(const Deck& deck) {
  const Problem problem = make_problem(deck);
  const Windows windows(deck, problem);
  check_compatible(deck, problem);
  if (problem.coefficients.empty() && !problem.observations.empty())
    throw deck.error("observations", "observations serve to find coefficients, of which there are none",
                     "add pde.coefficients");
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
