// Gauss-Newton for a network that is linear in its unknowns: random features with output weights w.
//
// The field of the unknowns enters the residual through channels V at the points (values and derivatives of the
// networks). From any V, also one that no w gives, such as a pilot network's, an iteration solves
//
//     min_w  sum_p weight_p | r(V) + dr/dV (Phi w - V) |^2  + tau^2 |D w|^2
//
// by TSQR over all ranks, with D the column norms: never by normal equations, which would square the condition of Phi
// and lose 1e6 in accuracy on a smooth problem. Then V = Phi w, until the residual is what the linear problem said.
#pragma once

#include <optional>
#include <vector>

#include "base/communicator.hpp"
#include "base/reduction.hpp"
#include "map/point_map.hpp"
#include "pinn/collocation.hpp"

namespace residua::pinn {

/// A program to be satisfied at points.
struct FitBlock {
  const Ansatz::Part* part;  ///< r | dr/dN; outlives the fit
  Collocation at;
  std::optional<Collocation> less;  ///< the residual there, point by point, is subtracted: a periodic match
};

/// The blocks of a window: the equations inside, then the penalty conditions on their faces.
std::vector<FitBlock> blocks_of(const Solution& solution, const Ansatz& ansatz, PointKind kind, long count,
                                std::uint64_t seed, const DensityTree* density, const Communicator& comm);

struct FitResult {
  std::vector<double> theta;  ///< of the network: hidden parameters as given, output weights found
  double residual = 0;        ///< sqrt(sum weight r^2) over the points of the fit
  int iterations = 0;
  double condition = 0;  ///< of the last linear problem, columns scaled to norm 1
};

/// A network with parameters: where a fit starts.
struct FieldStart {
  const Network* network;
  const std::vector<double>* theta;
};

/// Collective. Starts at `start`. Throws Error when the residual is not finite.
FitResult fit_features(const std::vector<FitBlock>& blocks, const Network& network, std::vector<double> theta,
                       const FieldStart& start, const Communicator& comm, Reductions reductions);

/// sqrt(sum weight r^2) of a trained network at the points of the blocks: an estimate of the defect where the points
/// are others than those of the fit. Collective.
double residual_at(const std::vector<FitBlock>& blocks, const Network& network, const std::vector<double>& theta,
                   const Communicator& comm, Reductions reductions);

}  // namespace residua::pinn
