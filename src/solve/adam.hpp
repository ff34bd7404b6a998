// residua_adam: Adam (Kingma & Ba, arXiv 1412.6980), with a schedule of the learning rate:
//
//     m <- b1 m + (1 - b1) g,  v <- b2 v + (1 - b2) g^2,  u <- u - rate(k) m^ / (sqrt(v^) + eps)
//
//     constant:     rate(k) = rate
//     exponential:  rate(k) = rate decay^(k / period)
//     cosine:       rate(k) = rate (final + (1 - final) (1 + cos(pi min(k / period, 1))) / 2)
//
// g is evaluated once for each step, where the step before ended: a residual that changes before every step (batches of
// points) needs no `refresh`.
#pragma once

#include "solve/method.hpp"

namespace residua {

class Adam final : public TrainingMethod {
 public:
  std::string name() const override { return "residua_adam"; }
  void set_options(Options& options) override;
  std::string describe() const override;
  Progress set_up(Evaluation& evaluation, std::span<const double> u) override;
  Progress step(Evaluation& evaluation, std::vector<double>& u) override;
  Progress refresh(Evaluation& evaluation, std::span<const double> u) override;
  void save(State& state) const override;
  Progress load(const State& state, Evaluation& evaluation, std::span<const double> u) override;

  double rate(long iteration) const;

 private:
  // Options
  std::string schedule_ = "constant";
  double rate_ = 1e-3, decay_ = 0.9, final_ = 0;
  int period_ = 1000;
  double beta1_ = 0.9, beta2_ = 0.999, epsilon_ = 1e-8;

  // State
  long iteration_ = 0;
  std::vector<double> mean_, square_, gradient_;
};

}  // namespace residua
