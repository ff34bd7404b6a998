// Collocation points of a time window: where the equation and the penalty conditions are asked to hold.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "grid/density_tree.hpp"
#include "grid/point_set.hpp"
#include "pinn/solution.hpp"

namespace residua::pinn {

/// Points with what a point program needs there, and the weights of their rows: the loss is 1/2 sum weight r^2, the
/// mean square over the window where the weights are a quadrature.
struct Collocation {
  PointSet points;
  std::vector<double> data;  ///< [data channels][local points]
};

/// The box of a time window.
Box window_box(const Problem& problem, const TimeWindow& window);

/// Points with the data of the present window at them.
Collocation with_data(const Solution& solution, const Ansatz& ansatz, PointSet points);

/// `count` points inside the window, as dense as `density` says where there is one (with the weights of importance
/// sampling; only for Sobol and uniform points).
Collocation interior_points(const Solution& solution, const Ansatz& ansatz, PointKind kind, long count,
                            std::uint64_t seed, const DensityTree* density, const Communicator& comm);

/// This rank's share of the measurements of each of Problem::observations; the measured values are the last data
/// channel, the weights 1 / std^2.
std::vector<Collocation> observation_points(const Solution& solution, const Ansatz& ansatz, const Communicator& comm);

/// Throws InputError when equations at `interior` points, penalties, observations and priors have together fewer rows
/// than there are `unknowns`, which nothing would determine.
void check_rows(const Deck& deck, const Problem& problem, long interior, std::size_t unknowns);

struct PenaltyPoints {
  Collocation at;
  std::optional<Collocation> opposite;  ///< for a periodic match: the same points on the upper face
};

/// Points on the face of each penalty condition, in the order of Ansatz::penalties(), their weights multiplied by the
/// square of the condition's. `interior` is the count inside, from which the number on a face follows when the deck
/// gives none.
std::vector<PenaltyPoints> penalty_points(const Solution& solution, const Ansatz& ansatz, long interior,
                                          std::uint64_t seed, const Communicator& comm);

}  // namespace residua::pinn
