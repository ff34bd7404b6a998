// The classical solver: collocation in space and Radau in time, refined until two solutions agree.
//
// Each periodic coordinate has a Fourier line, each other one a Chebyshev line. A single coordinate whose equations are
// of even order has Chebyshev elements, on a circle too where Fourier modes do not do. First the resolution is found:
// as long as the last Chebyshev or Fourier coefficients of a line or an element are above the tolerance at any time
// step, it gets more points (an element is halved) and the solve starts anew. Then the problem is solved with a finer
// one, everything refined, and a tenth of the tolerance in time, until two solutions agree on the grid of the output.
// The error estimate is the relative L2 difference of the last two, that is, an estimate of the error of the coarser
// one.
//
// Rank 0 does all the work; the others wait and get the result, so that it is the same for any number of ranks.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "base/communicator.hpp"
#include "base/progress.hpp"
#include "io/axis.hpp"
#include "pinn/classical_form.hpp"

namespace residua::pinn {

struct ClassicalSettings {
  double tolerance;  ///< of the estimate
  long unknowns;     ///< most of them
  double seconds;    ///< most, of all solves together
};

ClassicalSettings classical_settings(const Deck& deck);

struct ClassicalSolution {
  std::vector<double> values;  ///< [unknowns][points of the grid], the grid's last axis the fastest
  double estimate = 0;         ///< of the relative L2 error, worst unknown
  bool converged = false;      ///< whether the estimate is below the tolerance
  double seconds = 0;          ///< of the solve that gave the values
  std::vector<int> points;     ///< in each space coordinate
  long unknowns = 0;
  long steps = 0;  ///< in time
};

/// Called now and then, on all ranks together; rank 0 knows the row. False ends the solve.
using Pulse = std::function<bool(const ProgressRow& row)>;

/// `axes`: of the output's grid, one for each coordinate in the problem's order. Nothing when `pulse` ended it. Error
/// when the equations cannot be solved, or not even two solutions were found within the limits. Collective.
std::optional<ClassicalSolution> solve_classical(const Problem& problem, const ClassicalForm& form,
                                                 const ClassicalSettings& settings, const std::vector<Axis>& axes,
                                                 const Communicator& comm, const Pulse& pulse);

}  // namespace residua::pinn
