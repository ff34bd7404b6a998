// The chain rule of factorised weights, W_io = exp(s_o) V_io: between the parameters of a Network and a dense vector of
// the same layout that has W in the place of V and nothing in the place of s. For a network that is not factorised
// these are the identity.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "map/network.hpp"

namespace residua {

/// theta with W for V; it may be the head of the vector without the output layer.
std::vector<double> dense_parameters(const Network& network, std::span<const double> theta);

/// The dense direction of a direction v at theta: dW = exp(s) (dV + V ds).
std::vector<double> dense_direction(const Network& network, std::span<const double> theta, std::span<const double> v);

/// gradient += the derivatives in theta of what has the derivatives `dense` in the dense vector.
void add_pulled_back(const Network& network, std::span<const double> theta, std::span<const double> dense,
                     std::span<double> gradient);

/// The same in place for `rows` rows of a Jacobian, stored by columns.
void pull_back_rows(const Network& network, std::span<const double> theta, double* jacobian, std::ptrdiff_t rows,
                    std::ptrdiff_t ld);

}  // namespace residua
