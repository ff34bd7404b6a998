// Gauss-Newton for a network that is linear in its unknowns, random features with output weights w, and for the unknown
// coefficients c of the equations.
//
// The field of the unknowns enters the residual through channels V at the points (values and derivatives of the
// networks). From any V, also one that no w gives, such as a pilot network's, an iteration solves
//
//     min_(w, c')  sum_p weight_p | r(V, c) + dr/dV (Phi w - V) + dr/dc (c' - c) |^2  + tau^2 |D (w, c')|^2
//
// by TSQR over all ranks, with D the column norms: never by normal equations, which would square the condition of Phi
// and lose 1e6 in accuracy on a smooth problem. Then V = Phi w and c = c', until the residual is what the linear
// problem said.
//
// Beside observations the rows are in units of their standard deviations: those of the equations and conditions as
// given, the others as `model_std` says. The covariance of c is then the last block of the inverse Gauss-Newton
// Hessian.
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
  std::optional<Collocation> less = {};  ///< the residual there, point by point, is subtracted: a periodic match
  bool is_observation = false;
};

/// The blocks of a window: the equations inside, then the penalty conditions on their faces, then the observations, the
/// weights of whose rows are 1 / std^2.
std::vector<FitBlock> blocks_of(const Solution& solution, const Ansatz& ansatz, PointKind kind, long count,
                                std::uint64_t seed, const DensityTree* density, const Communicator& comm);
/// The same with given points inside.
std::vector<FitBlock> blocks_at(const Solution& solution, const Ansatz& ansatz, Collocation inside, std::uint64_t seed,
                                const Communicator& comm);

struct FitResult {
  std::vector<double> theta;         ///< of the network: hidden parameters as given, output weights found
  std::vector<double> coefficients;  ///< found
  std::vector<double> covariance;    ///< of the coefficients, row-major; empty without observations
  double model_std = 1;              ///< beside observations the standard deviation of equations and conditions
  double residual = 0;               ///< sqrt(sum weight r^2) over the points of equations and conditions
  int iterations = 0;
  bool converged = false;
  double condition = 0;  ///< of the last linear problem, columns scaled to norm 1
};

/// A network with parameters, and coefficients: where a fit starts. `inferred`: as in the problem.
struct FieldStart {
  const Network* network;
  const std::vector<double>* theta;
  const std::vector<double>* coefficients;
  const std::vector<bool>* inferred;
};

enum class Effort {
  full,     ///< until Gauss-Newton has converged
  pilot,    ///< the same, but not along a valley of the coefficients in which it is slow
  one_step  ///< the linear problem at the start alone
};

/// Collective. Starts at `start`. `model_std`: root mean square of the residual of equations and conditions that counts
/// as one standard deviation; it plays no part without observations. Throws Error when the residual is not finite.
FitResult fit_features(const std::vector<FitBlock>& blocks, const Network& network, std::vector<double> theta,
                       const FieldStart& start, double model_std, const Communicator& comm, Reductions reductions,
                       Effort effort = Effort::full);

/// Standard deviations [functions][local points] of functions at points, linearised about a fitted network with
/// coefficients: sqrt(g' (J' J + tau^2 D^2)^-1 g), J the Jacobian of all rows and g that of the function. One QR more.
/// Collective.
std::vector<double> standard_deviations(const std::vector<FitBlock>& blocks, const Network& network,
                                        const std::vector<double>& theta, const std::vector<double>& coefficients,
                                        double model_std, const FitBlock& functions, const Communicator& comm,
                                        Reductions reductions);

/// sqrt(sum weight r^2) of a trained network at the points of the equations and conditions: an estimate of the defect
/// where the points are others than those of the fit. Collective.
double residual_at(const std::vector<FitBlock>& blocks, const Network& network, const std::vector<double>& theta,
                   const std::vector<double>& coefficients, const Communicator& comm, Reductions reductions);

}  // namespace residua::pinn
