// residua_ssbroyden: quasi-Newton with the self-scaled Broyden family, the inverse Hessian H dense.
//
//     H+ = (H - H y y'H / y'Hy + phi y'Hy v v') / tau + s s'/y's,   v = s / y's - H y / y'Hy
//
// With b = s'Bs / y's (B = H^-1, B s = -a g), h = y'Hy / y's, a = b h - 1, c = sqrt(a / (1 + a)):
//     theta in [(rho - 1)/a, 1/rho] nearest to (1 - b)/b,  rho = min(1, h (1 - c)),   phi = (1 - theta)/(1 + a theta)
//     tau = min(1/b, (1 + a theta)^(-1/(P-1)))              for theta <= 0
//     tau = (1 + a theta)^(-1/(P-1)) min(1, 1/b)            for theta > 0
// (M. Al-Baali, Comput. Optim. Appl. 9 (1998) 191; Urban, Stefanou, Pons, arXiv 2405.04230, "Unveiling the optimization
// process in PINNs"). The variant `ssbfgs` has phi = 1, tau = min(1, 1/b); `bfgs` phi = tau = 1.
//
// H is P x P, its rows split over the ranks: 8 P^2 / ranks bytes each, read twice and written once per iteration. Steps
// satisfy the strong Wolfe conditions. The same bits on any rank count when the residual's gradient has them.
#pragma once

#include "solve/line_search.hpp"
#include "solve/method.hpp"

namespace residua {

class SelfScaledBroyden final : public TrainingMethod {
 public:
  std::string name() const override { return "residua_ssbroyden"; }
  void set_options(Options& options) override;
  std::string describe() const override;
  Progress set_up(Evaluation& evaluation, std::span<const double> u) override;
  Progress step(Evaluation& evaluation, std::vector<double>& u) override;
  Progress refresh(Evaluation& evaluation, std::span<const double> u) override;
  void save(State& state) const override;
  Progress load(const State& state, Evaluation& evaluation, std::span<const double> u) override;

 private:
  void reset();
  std::vector<double> gather_rows(std::span<const double> part) const;
  /// H x
  std::vector<double> product(std::span<const double> x) const;
  /// H+ from s, y = g+ - g and s'Bs, and at once the next direction -H+ g+ (gradient_ is g+ already).
  void update(std::span<const double> s, std::span<const double> y, double sbs);
  Progress report() const { return {objective_, norm(gradient_)}; }

  // Options
  std::string variant_ = "ssbroyden";
  WolfeSettings wolfe_;

  // State
  bool fresh_ = true;  ///< H is the identity and takes its scale from the next step
  double objective_ = 0;
  std::vector<double> gradient_, direction_;
  std::vector<double> h_;  ///< rows first_ .. last_ - 1, row by row

  const Communicator* comm_ = nullptr;
  std::size_t size_ = 0, first_ = 0, last_ = 0;
};

}  // namespace residua
