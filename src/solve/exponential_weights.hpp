// The weights of the exponential Runge-Kutta rules of etd.hpp as functions of L: with U_0 = u,
//
//     U_k = w_k0 u + sum_{j < k} w_k,j+1 N(U_j),   k = 1 .. s,
//
// of which U_s is the end of the step; of an embedded pair, row s + 1 is the same sum over j <= s, without u, and the
// estimate of its error.
#pragma once

#include <array>
#include <span>
#include <vector>

namespace residua {

/// [k][u, N(U_0), N(U_1), ..][rates]; empty where it is 0 for all L.
using ExponentialWeights = std::array<std::array<std::vector<double>, 8>, 8>;

/// What belongs to an order, 2, 4 or 5, and to no step.
struct ExponentialOrder {
  int stages;                   ///< s
  int error;                    ///< the power of h that the estimate of an embedded pair goes by; 0: none
  std::array<double, 7> nodes;  ///< c_k: U_k is at c_k h
};
ExponentialOrder exponential_order(int order);

/// w <- the weights of steps of length h, for L = rates <= 0. A rate's do not depend on where it stands.
void set_exponential_weights(int order, double h, std::span<const double> rates, ExponentialWeights& w);

}  // namespace residua
