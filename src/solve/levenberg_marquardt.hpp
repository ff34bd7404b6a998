// residua_lm: Levenberg-Marquardt. Each iteration solves
//
//     min |J s + r|^2 + mu |D s|^2,   D the largest norms that J's columns have had so far
//
// (J. J. More, LNM 630, 1978: a parameter that has lost its influence, as the weights of a saturated neuron do, is not
// set free), and compares what the residual did with what the linear model said:
//
//     rho = (f(u) - f(u + s)) / (1/2 (mu |D s|^2 - g's)),   f = |r|^2 / 2, g = J'r.
//
// A step that does not reduce f is rejected and mu multiplied by nu, nu by 2; else mu is multiplied by
// max(1/3, 1 - (2 rho - 1)^3) (H. B. Nielsen, IMM-REP-1999-05, DTU).
//
// The step is curved (geodesic acceleration: M. K. Transtrum, J. P. Sethna, arXiv:1201.5885): where r'' is the second
// derivative of r along s, by a difference, u moves by s + a/2 with
//
//     a = argmin |J a + r''|^2 + mu |D a|^2,   as far as 2 |D a| <= acceleration |D s|, else by s.
//
// In a narrow curved valley, which the loss of a network is, steps can be much longer so. It costs three evaluations of
// r or products with J and one more solution with the same matrix: little beside J'J.
//
// With `damping` 0 it is Gauss-Newton with a fixed damping that is not felt, and straight steps are halved until they
// reduce f: for residuals that are linear in the unknowns, or nearly.
#pragma once

#include <memory>

#include "solve/linear_step.hpp"
#include "solve/method.hpp"

namespace residua {

class LevenbergMarquardt final : public TrainingMethod {
 public:
  std::string name() const override { return "residua_lm"; }
  void set_options(Options& options) override;
  std::string describe() const override;
  Progress set_up(Evaluation& evaluation, std::span<const double> u) override;
  Progress step(Evaluation& evaluation, std::vector<double>& u) override;
  Progress refresh(Evaluation& evaluation, std::span<const double> u) override;
  void save(State& state) const override;
  Progress load(const State& state, Evaluation& evaluation, std::span<const double> u) override;

 private:
  struct Trial {
    std::vector<double> u;
    double objective = 0;
  };

  Progress linearise(Evaluation& evaluation, std::span<const double> u);
  Progress damped_step(Evaluation& evaluation, std::vector<double>& u);
  Progress gauss_newton_step(Evaluation& evaluation, std::vector<double>& u);
  Trial attempt(Evaluation& evaluation, std::span<const double> u, std::span<const double> s, double length);
  Progress accept(Evaluation& evaluation, std::vector<double>& u, Trial trial, double step_norm);
  Progress stall();
  /// |D s|
  double scaled_norm(std::span<const double> s) const;
  /// s + a/2, or s
  std::vector<double> curved(Evaluation& evaluation, std::span<const double> u, const std::vector<double>& s);

  // Options
  std::string step_name_ = "cholesky";
  std::string scaling_ = "max";
  double initial_damping_ = 1e-3;
  int attempts_ = 20;
  double acceleration_ = 0.75;

  // State
  double mu_ = 0, nu_ = 2;
  std::vector<double> weights_;  ///< D

  std::unique_ptr<LinearStep> linear_ = make_linear_step(step_name_, "");
  double objective_ = 0;
};

}  // namespace residua
