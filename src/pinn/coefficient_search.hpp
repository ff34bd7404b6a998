// Unknown coefficients of an equation whose solution takes several time windows: an outer search around whole solves.
//
//     min_c  |r(c)|^2,   r = (quantity predicted with c - measured value) / std
//
// by Levenberg-Marquardt on c. The Jacobian comes from finite differences, is kept up to date by Broyden's rank-one
// formula (C. G. Broyden, Math. Comp. 19 (1965) 577), and is taken anew at the end, where the covariance (J' J)^-1 is
// asked of it. A solve costs far more than anything here.
#pragma once

#include <vector>

#include "io/state.hpp"
#include "pinn/problem.hpp"

namespace residua::pinn {

/// Whether the coefficients of the problem are found around whole solves: where there is time, and the deck does not
/// ask for one window. Coefficients without observations are then an InputError.
bool search_in_windows(const Deck& deck, const Problem& problem);

/// The expression with numbers for the coefficients.
Expression at_coefficients(const Expression& e, const std::vector<double>& coefficients);

/// The problem with numbers for its coefficients, and without observations.
Problem with_coefficients(const Problem& problem, const std::vector<double>& coefficients);

/// What each coefficient is counted in where it is trained like a weight: the size of its start, or 1 where that is 0.
std::vector<double> coefficient_units(const Problem& problem);

/// The problem whose coefficients are those numbers over `units`.
Problem in_units(const Problem& problem, const std::vector<double>& units);

class CoefficientSearch {
 public:
  explicit CoefficientSearch(std::vector<double> start);

  bool done() const { return phase_ == Phase::done; }
  /// The coefficients to solve with; when done, the best.
  const std::vector<double>& next() const { return trial_; }
  /// r at next(). Throws Error when it is not finite at the start.
  void tell(const std::vector<double>& residual);

  /// |r| at the best.
  double residual_norm() const;
  /// Of the best, row-major, when done.
  const std::vector<double>& covariance() const { return covariance_; }
  /// Solves so far.
  int solves() const { return solves_; }

  void save(State& state) const;
  void load(const State& state);

 private:
  enum class Phase { start, differences, step, done };

  void difference();  ///< the next trial for a column of the Jacobian, or a step after the last
  void step();        ///< the next trial of Levenberg-Marquardt, or the end
  void judge(const std::vector<double>& residual);

  Phase phase_ = Phase::start;
  std::vector<double> best_, trial_;
  std::vector<double> residual_;  ///< at the best
  std::vector<double> jacobian_;  ///< [coefficients][residuals]
  std::vector<double> covariance_;
  double damping_ = 1e-3;
  int column_ = 0, solves_ = 0, rejected_ = 0;
  bool fresh_ = false;  ///< the Jacobian was taken at the best
};

}  // namespace residua::pinn
