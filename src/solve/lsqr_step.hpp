// The step by LSQR (Paige & Saunders, ACM TOMS 8 (1982) 43): J is only ever applied. The unknowns are z = D s, so that
// the system is [J D^-1; sqrt(mu)] z = [-r; 0].
// KSP's own sums make its bits depend on the rank count, whatever the residual's reductions.
#pragma once

#include "solve/linear_step.hpp"

namespace residua {

class LsqrStep final : public LinearStep {
 public:
  explicit LsqrStep(std::string prefix) : prefix_(std::move(prefix)) {}

  std::string describe() const override { return "LSQR, options -" + prefix_ + "residua_lm_ksp_..."; }
  double least_damping() const override { return 1e-28; }
  void linearise(Evaluation& evaluation, std::span<const double> u) override;
  std::optional<std::vector<double>> solve(double mu, std::span<const double> weights) override;
  std::vector<double> solve_for(Evaluation& evaluation, std::span<const double> u, Vec w) override;

 private:
  static PetscErrorCode multiply(Mat, Vec, Vec);
  static PetscErrorCode multiply_transposed(Mat, Vec, Vec);
  std::vector<double> solve_for(Vec w);

  std::string prefix_;
  Residual* residual_ = nullptr;
  VecHandle u_, r_, scale_, unknowns_, rows_, stacked_;
  double root_ = 0;  ///< sqrt(mu)
  MatHandle matrix_;
  KspHandle ksp_;
};

}  // namespace residua
