// What tells, in a run by itself, how far a closure is from the kinetic equation.
//
// The closed hierarchy says how f_{N+1} = W(f) changes in time, by the chain rule; the hierarchy's own equation for
// f_{N+1} says it, too, but for f_{N+2}. With m = N + 1 (model.hpp) the defect is
//
//     r = d/dt W(f) - [m (i om W + A f_N - conj(A) F) - div(u W) + D_T Lap W - 4 m^2 D_R W]
//
// with the derivative along the closed flow, and for f_{N+2} the middle F of what is realizable after f_0 .. f_N, W:
// an estimate, which is exact for Poisson kernels, and all that is not known here. What r makes of z is what
// closure_twin.hpp tells.
#pragma once

#include <span>
#include <vector>

#include "kinetic/kinetic_system.hpp"

namespace residua::kinetic {

struct ClosureNetwork;

/// Root mean squares over the modes that the grid keeps.
struct ClosureDefect {
  double rate = 0;      ///< |r|
  double relative = 0;  ///< |r| / sqrt(|W|^2 + 0.01^2): the rate, in 1/time, at which the closure goes wrong
};

/// Of the state with the modes u of a system whose hierarchy ends with `closure`. Collective; reproducible.
ClosureDefect closure_defect(KineticSystem& system, const Closure& closure, double t, std::span<const double> u);

/// Where a state lies in what a learned closure was fitted to.
struct TrainingDistance {
  double deviations = 0;  ///< root mean square over cells and invariants of (I - mean) / deviation: 1 in training
  double outside = 0;     ///< share of the cells in which one is above 5
};

/// Collective; reproducible.
TrainingDistance training_distance(KineticSystem& system, const ClosureNetwork& network, double t,
                                   std::span<const double> u);

}  // namespace residua::kinetic
