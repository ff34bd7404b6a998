// One classical solve at a fixed resolution: by PETSc's TS in time, by its SNES where there is no time.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "pinn/classical_space.hpp"

namespace residua::pinn {

/// Told of every state that the solve accepts, with its time; false ends it.
using Watch = std::function<bool(double t, std::span<const double> u)>;

struct March {
  std::vector<std::vector<double>> states;  ///< at the times asked for; fewer when it was ended
  long steps = 0;
};

/// From the deck's initial state at `begin` through `times`, ascending. Every time is the end of a step, so that none
/// is interpolated. TS "residua_radau" (solve/radau.hpp) with relative tolerance `tolerance` unless PETSc's options say
/// otherwise. Error when the integrator gives up.
March march(ClassicalSpace& space, double begin, std::span<const double> times, double tolerance, const Watch& watch);

/// The steady state by Newton's method with a line search from `guess`. Error when it does not converge.
std::vector<double> solve_steady(ClassicalSpace& space, std::span<const double> guess);

}  // namespace residua::pinn
