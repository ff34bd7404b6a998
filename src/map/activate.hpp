// An activation function over arrays.
#pragma once

#include <span>

#include "map/activation.hpp"

namespace residua {

/// y <- sigma(z) and slope <- sigma'(z), of one length; y may be z. The bits of an element do not depend on where it
/// stands.
void activate(Activation activation, std::span<const double> z, std::span<double> y, std::span<double> slope);

}  // namespace residua
