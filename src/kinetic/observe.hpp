// Figures of a state at one time: means, extremes, balances, and how well angle and space are resolved.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "io/fields.hpp"
#include "kinetic/kinetic_system.hpp"
#include "kinetic/start.hpp"

namespace residua::kinetic {

/// How much is at the ends of the spectra.
struct Tails {
  double space = 0;  ///< root mean square of z in modes beyond 0.9 of those kept, over that of all of z
  double angle = 0;  ///< that of the two angular fields at the top over that of c
};

struct Observation {
  double mean_density = 0, least_density = 0;
  double mean_order = 0, most_order = 0;  ///< of |z|/c over the cells
  double speed = 0;                       ///< root mean square of |u|
  Flow::Power power;
  Tails tails;
  double unrealizable = 0;  ///< share of the cells that are drawn back (realizable.hpp); of moment runs
  double wave = 0;          ///< size of the wave's part of z, where there is one
};

/// Of a state with the modes u. Collective; sums are reproducible.
Observation observe(KineticSystem& system, double t, std::span<const double> u, const std::optional<Wave>& wave);

/// `Observation::tails` alone, and the one in angle: cheap. Collective; reproducible.
Tails tails_of(const KineticSystem& system, std::span<const double> u);
double angle_tail(const KineticSystem& system, std::span<const double> u);

/// |a - b| / |b| over all modes k, whose squares count weight(k) times; 0 where b is. Collective.
double relative_difference(const FourierGrid& grid, Reductions reductions, std::span<const Complex> a,
                           std::span<const Complex> b, const std::function<double(long k)>& weight);

/// The modes of z in a state.
std::span<const Complex> second_moment(const KineticSystem& system, std::span<const double> u);

/// Fields in this rank's cells by their names: c, order = |z|/c, director_x, director_y, D_xx, D_xy, D_yy, u, v,
/// vorticity, E_xx, E_xy. Collective.
using CellFields = std::map<std::string, std::vector<double>>;
CellFields cell_fields(KineticSystem& system, double t, std::span<const double> u);

/// All of them as a set that can be written. Collective.
FieldSet fields_of(KineticSystem& system, double t, std::span<const double> u);

}  // namespace residua::kinetic
