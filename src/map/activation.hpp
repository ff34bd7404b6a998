// Activation functions by name.
#pragma once

#include <string>

namespace residua {

/// gelu is the exact one, x Phi(x) with Phi the normal distribution function.
enum class Activation { tanh, sin, gelu };

/// "tanh", "sin", "gelu".
std::string to_string(Activation activation);

/// The one of that name: Error when there is none.
Activation activation_of(const std::string& name);

}  // namespace residua
