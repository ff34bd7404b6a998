// The Lagrangian formulation of a scalar advection-diffusion-reaction equation on a periodic line (Mojgani, Balajewicz,
// Hassanzadeh, "Lagrangian PINNs", arXiv 2205.02902): points move with the solution, and no steep wave has to be
// carried through a fixed frame.
//
// The equation a u_t + b u_x + ... = 0 carries u with the speed v(t, x, u) = b / a. With labels s and positions
// X(t, s) = s + D(t, s), D(t0, s) = 0, the unknowns become u(t, s) and D(t, s):
//
//     D_t = v(t, X, u),    a (u_t - v u_X) + b u_X + ... = 0,   u_X = u_s / X_s,  u_XX = (u_X)_s / X_s, ...
//
// with the label Jacobian X_s = 1 + D_s: it belongs in every derivative, and advection cancels.
#pragma once

#include "pinn/solution.hpp"

namespace residua::pinn {

/// The problem in labels: the coordinate in space is s, the unknowns are those of `problem` and one more, D. Throws
/// InputError at the deck's key `formulation` when there is not one unknown, one equation of first order in time, time
/// and one periodic coordinate, or when v would hold derivatives of u.
Problem lagrangian(const Deck& deck, const Problem& problem);

/// The problem that is solved: `problem` as it is, or in labels, as the deck's `formulation` says.
Problem in_formulation(const Deck& deck, const Problem& problem);

/// Values [expressions][n] in the unknowns of a solution in labels, at places [dimension][n] (not labels) of window k:
/// the label of each place is found by Newton's method, kept by bisection inside of a bracket. Throws Error where
/// positions are not monotone in the labels, that is, where characteristics have crossed.
std::vector<double> evaluate_at_places(const Solution& solution, int k, std::span<const Expression> expressions,
                                       std::span<const double> places, long n);

}  // namespace residua::pinn
