#include "solve/adam.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <sstream>

#include "base/error.hpp"

namespace residua {

void Adam::set_options(Options& options) {
  options.real("-tao_residua_adam_rate", "Learning rate", rate_);
  options.choice("-tao_residua_adam_schedule", "How the rate changes", {"constant", "exponential", "cosine"},
                 schedule_);
  options.integer("-tao_residua_adam_period", "Iterations in which the schedule acts", period_);
  options.real("-tao_residua_adam_decay", "Factor per period (exponential)", decay_);
  options.real("-tao_residua_adam_final", "Last rate over the first (cosine)", final_);
  options.real("-tao_residua_adam_beta1", "Memory of the mean", beta1_);
  options.real("-tao_residua_adam_beta2", "Memory of the square", beta2_);
  options.real("-tao_residua_adam_epsilon", "Added to the root of the square", epsilon_);
  if (period_ < 1) throw InputError("-tao_residua_adam_period must be at least 1");
}

std::string Adam::describe() const {
  std::ostringstream text;
  text << "rate: " << rate_ << ", " << schedule_;
  if (schedule_ != "constant") text << " over " << period_ << " iterations";
  text << "\nbetas: " << beta1_ << ", " << beta2_ << "; epsilon: " << epsilon_ << "\n";
  return text.str();
}

double Adam::rate(long iteration) const {
  const double t = static_cast<double>(iteration) / period_;
  if (schedule_ == "exponential") return rate_ * std::pow(decay_, t);
  if (schedule_ == "cosine") {
    return rate_ * (final_ + (1 - final_) * (1 + std::cos(std::numbers::pi * std::min(t, 1.0))) / 2);
  }
  return rate_;
}

Progress Adam::set_up(Evaluation& evaluation, std::span<const double> u) {
  iteration_ = 0;
  mean_.assign(u.size(), 0.0);
  square_.assign(u.size(), 0.0);
  return refresh(evaluation, u);
}

Progress Adam::refresh(Evaluation& evaluation, std::span<const double> u) {
  gradient_.resize(u.size());
  const double f = evaluation.loss_gradient(u, gradient_);
  const double size = norm(gradient_);
  if (!std::isfinite(f) || !std::isfinite(size)) evaluation.raise_not_finite(u);
  return {f, size};
}

Progress Adam::step(Evaluation& evaluation, std::vector<double>& u) {
  const double step = rate(iteration_++);
  const auto n = static_cast<double>(iteration_);
  const double correct1 = 1 / (1 - std::pow(beta1_, n)), correct2 = 1 / (1 - std::pow(beta2_, n));
  double length = 0;
  for (std::size_t i = 0; i < u.size(); ++i) {
    const double g = gradient_[i];
    mean_[i] = beta1_ * mean_[i] + (1 - beta1_) * g;
    square_[i] = beta2_ * square_[i] + (1 - beta2_) * g * g;
    const double change = step * correct1 * mean_[i] / (std::sqrt(correct2 * square_[i]) + epsilon_);
    u[i] -= change;
    length += change * change;
  }
  Progress progress = refresh(evaluation, u);
  progress.step_norm = std::sqrt(length);
  return progress;
}

void Adam::save(State& state) const {
  state.arrays["residua_adam/mean"] = mean_;
  state.arrays["residua_adam/square"] = square_;
  state.arrays["residua_adam/iteration"] = {static_cast<double>(iteration_)};
}

Progress Adam::load(const State& state, Evaluation& evaluation, std::span<const double> u) {
  mean_ = state.arrays.at("residua_adam/mean");
  square_ = state.arrays.at("residua_adam/square");
  iteration_ = static_cast<long>(state.arrays.at("residua_adam/iteration").at(0));
  return refresh(evaluation, u);
}

}  // namespace residua
