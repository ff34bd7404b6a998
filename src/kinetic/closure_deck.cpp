#include "kinetic/closure_deck.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "deck/deck.hpp"

namespace residua::kinetic {

ClosureNetwork network_of(const Deck& deck) {
  ClosureNetwork network;
  network.kind = network_kind(deck.text("closure.network"));
  network.level = static_cast<int>(deck.integer("closure.level"));
  network.gradients = deck.flag("closure.gradients");
  network.parameters = deck.list_of_text("closure.parameters");
  for (const std::int64_t width : deck.list_of_integer("closure.hidden"))
    network.hidden.push_back(static_cast<int>(width));
  network.activation = activation_of(deck.text("closure.activation"));
  if (network.kind != NetworkKind::invariant && network.level != 1)
    throw deck.error("closure.network", "only an invariant network is for other levels than 1", "closure.level = 1");
  if (network.kind != NetworkKind::invariant && network.gradients)
    throw deck.error("closure.gradients", "only an invariant network sees gradients",
                     "closure.network = \"invariant\"");
  try {
    network.form();
  } catch (const Error& error) {
    throw deck.error("closure.parameters", error.what());
  }
  return network;
}

TrainerSettings fit_settings(const Deck& deck) {
  const long iterations = deck.integer("fit.iterations");
  TrainerSettings settings{"residua_" + deck.text("fit.method"), "closure_", iterations, {}};
  if (deck.text("fit.method") == "lmvm") settings.method = "lmvm";
  if (deck.text("fit.method") == "adam")
    settings.options = {{"tao_residua_adam_schedule", "cosine"},
                        {"tao_residua_adam_period", std::to_string(std::max(1L, iterations))}};
  return settings;
}

}  // namespace residua::kinetic
