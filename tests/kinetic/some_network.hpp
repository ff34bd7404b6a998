// Networks as closures, with weights that nothing was fitted to.
#pragma once

#include "kinetic/learned_closure.hpp"

namespace residua::kinetic::test {

inline constexpr Model model{.alpha = -2, .beta = 0.8, .zeta = 3, .translation = 0.05, .rotation = 0.05, .length = 10};

/// Its numbers, with weights `size` times as large as they are before a fit.
inline ClosureNetwork with_numbers(ClosureNetwork network, double size) {
  network.fixed = {-2, 0.8, 3, 0.05};
  network.hidden = {8, 8};
  const ClosureForm form = network.form();
  network.mean.assign(form.invariants(), 0.4);
  network.deviation.assign(form.invariants(), 0.7);
  network.sizes.assign(form.covariants(), 0.3);
  network.weights = network.first_weights(3);
  for (double& w : network.weights) w *= size;
  return network;
}

inline ClosureNetwork some_network(int level, bool gradients, std::vector<std::string> parameters, double size = 1) {
  ClosureNetwork network;
  network.level = level;
  network.gradients = gradients;
  network.parameters = std::move(parameters);
  return with_numbers(network, size);
}

/// One that sees the strain rate, with gradients or without.
inline ClosureNetwork some_network_of_strain(int level, bool gradients, double size = 1) {
  ClosureNetwork network;
  network.level = level;
  network.gradients = gradients;
  network.strain = true;
  return with_numbers(network, size);
}

/// One that does not turn with the axes, of level 1.
inline ClosureNetwork some_network(NetworkKind kind, std::vector<std::string> parameters, double size = 1) {
  ClosureNetwork network;
  network.kind = kind;
  network.parameters = std::move(parameters);
  network.activation = Activation::sin;
  network.modes = 2;
  return with_numbers(network, size);
}

}  // namespace residua::kinetic::test
