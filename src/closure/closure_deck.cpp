#include "closure/closure_deck.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/error.hpp"
#include "deck/deck.hpp"

namespace residua::kinetic {
namespace {

void check_spectral(const Deck& deck, const ClosureNetwork& network) {
  if (std::ranges::count(network.hidden, network.hidden.front()) != std::ssize(network.hidden))
    throw deck.error("closure.hidden", "the layers of a Fourier network have one number of channels");
  const std::vector<std::int64_t> cells = deck.list_of_integer("grid.cells");
  const std::int64_t kept = (std::ranges::min(cells) - 1) / 3;
  if (network.modes > kept)
    throw deck.error("closure.modes", fmt::format("the grid keeps wave numbers up to {}", kept), "more grid.cells");
}

}  // namespace

ClosureNetwork network_of(const Deck& deck) {
  ClosureNetwork network;
  network.kind = network_kind(deck.text("closure.network"));
  network.level = static_cast<int>(deck.integer("closure.level"));
  network.gradients = deck.flag("closure.gradients");
  network.strain = deck.flag("closure.strain");
  network.parameters = deck.list_of_text("closure.parameters");
  for (const std::int64_t width : deck.list_of_integer("closure.hidden"))
    network.hidden.push_back(static_cast<int>(width));
  network.activation = activation_of(deck.text("closure.activation"));
  if (network.kind == NetworkKind::fno) network.modes = static_cast<int>(deck.integer("closure.modes"));
  if (network.kind != NetworkKind::invariant && network.level != 1)
    throw deck.error("closure.network", "only an invariant network is for other levels than 1", "closure.level = 1");
  if (network.kind != NetworkKind::invariant && network.gradients)
    throw deck.error("closure.gradients", "only an invariant network sees gradients",
                     "closure.network = \"invariant\"");
  if (network.kind != NetworkKind::invariant && network.strain)
    throw deck.error("closure.strain", "only an invariant network sees the strain rate",
                     "closure.network = \"invariant\"");
  if (network.kind == NetworkKind::fno) check_spectral(deck, network);
  try {
    network.form();
  } catch (const Error& error) {
    throw deck.error("closure.parameters", error.what(), "fewer of them");
  }
  return network;
}

TrainerSettings fit_settings(const Deck& deck) {
  const long iterations = deck.integer("fit.iterations");
  const std::string& method = deck.text("fit.method");
  const bool of_fields = network_of(deck).of_fields();
  if (of_fields && method == "lm")
    throw deck.error("fit.method", "a network of whole fields has no rows for Levenberg-Marquardt",
                     "fit.method = \"adam\"");
  if (!of_fields && deck.has("fit.batch"))
    throw deck.error("fit.batch", "batches are of whole frames, and this network sees single cells");
  if (deck.given("fit.patience") && deck.real("fit.held_back") == 0)
    throw deck.error("fit.patience", "the fit ends early only by data that are held back", "fit.held_back = 0.2");
  TrainerSettings settings{method == "lmvm" ? method : "residua_" + method, "closure_", iterations, {}};
  if (method == "adam")
    settings.options = {{"tao_residua_adam_rate", fmt::format("{}", deck.real("fit.rate"))},
                        {"tao_residua_adam_schedule", "cosine"},
                        {"tao_residua_adam_period", std::to_string(std::max(1L, iterations))}};
  return settings;
}

}  // namespace residua::kinetic
