// Implicit differential(-algebraic) systems F(t, u, du/dt) = 0 that one rank holds whole, for PETSc's TS.
#pragma once

#include <complex>
#include <memory>
#include <span>
#include <vector>

#include "solve/band_matrix.hpp"

namespace residua {

/// Solves (dF/du + shift dF/d(du/dt)) x = b, in place.
class ShiftedSolver {
 public:
  virtual ~ShiftedSolver() = default;
  virtual void solve(std::span<std::complex<double>> b) const = 0;
};

class DaeSystem {
 public:
  virtual ~DaeSystem() = default;

  virtual int size() const = 0;
  /// Unknown i belongs to field i % fields(); each field has a size of its own against which errors are measured.
  virtual int fields() const = 0;
  virtual BandMatrix make_matrix() const = 0;

  virtual void residual(double t, std::span<const double> u, std::span<const double> du, std::span<double> r) = 0;

  /// Adds dF/du and dF/d(du/dt) to matrices of the shape of make_matrix().
  virtual void linearise(double t, std::span<const double> u, std::span<const double> du, BandMatrix& j,
                         BandMatrix& m) = 0;

  struct Linearised {
    std::vector<std::unique_ptr<ShiftedSolver>> solvers;  ///< one for each shift
    /// Which unknowns have a time derivative. The value of another one at the start of a step plays no part.
    std::vector<char> differential;
  };

  /// What implicit methods need at a point. By default exact, by LU factors of the matrices; a system may do with an
  /// approximation that is good enough for simplified Newton steps. Error when a matrix is singular.
  virtual Linearised factor(double t, std::span<const double> u, std::span<const double> du,
                            std::span<const std::complex<double>> shifts);
};

}  // namespace residua
