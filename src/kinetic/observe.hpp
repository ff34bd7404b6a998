// Figures of a state at one time: means, extremes, balances, and how well angle and space are resolved.
#pragma once

#include "io/fields.hpp"
#include "kinetic/kinetic_system.hpp"
#include "kinetic/start.hpp"

namespace residua::kinetic {

struct Observation {
  double mean_density = 0, least_density = 0;
  double mean_order = 0, most_order = 0;  ///< of |z|/c over the cells
  double speed = 0;                       ///< root mean square of |u|
  Flow::Power power;
  double space_tail = 0;    ///< root mean square of z in modes beyond 0.9 of those kept, over that of all of z
  double angle_tail = 0;    ///< that of the two angular fields at the top over that of c
  double unrealizable = 0;  ///< share of the cells whose moments no density has; of moment runs
  double wave = 0;          ///< size of the wave's part of z, where there is one
};

/// Of a state with the modes u. Collective; sums are reproducible.
Observation observe(KineticSystem& system, double t, std::span<const double> u, const std::optional<Wave>& wave);

/// The last term of `Observation` alone: cheap.
double angle_tail(const KineticSystem& system, std::span<const double> u);

/// c, order = |z|/c, director_x, director_y, u, v, vorticity. Collective.
FieldSet fields_of(KineticSystem& system, double t, std::span<const double> u);

}  // namespace residua::kinetic
