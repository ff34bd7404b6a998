// The linear problem of a Levenberg-Marquardt step: s that minimises |J s + r|^2 + mu |D s|^2, in three ways.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "solve/evaluation.hpp"
#include "solve/options.hpp"

namespace residua {

class LinearStep {
 public:
  virtual ~LinearStep() = default;

  virtual void set_options(Options&) {}
  virtual std::string describe() const = 0;

  /// Takes J and r at u. Collective, like `solve`.
  virtual void linearise(Evaluation& evaluation, std::span<const double> u) = 0;

  /// s, replicated; nothing when mu is too small for this way of solving.
  virtual std::optional<std::vector<double>> solve(double mu, std::span<const double> weights) = 0;

  /// s with w [rows] in the place of r: the same J, mu and weights as in the last `solve` that had an answer, at the u
  /// of the last `linearise`. Collective.
  virtual std::vector<double> solve_for(Evaluation& evaluation, std::span<const double> u, Vec w) = 0;

  /// J'r and the norms of J's columns, at the last `linearise`. Without explicit rows the norms are 1.
  const std::vector<double>& gradient() const { return gradient_; }
  const std::vector<double>& column_norms() const { return norms_; }

  /// The damping that makes a Gauss-Newton step (on scaled columns) and is not felt.
  virtual double least_damping() const = 0;

 protected:
  std::vector<double> gradient_, norms_;
};

/// `cholesky`: normal equations, the ranks share a Cholesky factorisation. `qr`: TSQR, the damping rows appended to R:
/// never squares the condition. `lsqr`: PETSc's KSPLSQR on J v and J'w alone; its options begin with
/// -<prefix>residua_lm_.
const std::vector<std::string>& linear_step_names();
std::unique_ptr<LinearStep> make_linear_step(const std::string& name, const std::string& prefix);

}  // namespace residua
