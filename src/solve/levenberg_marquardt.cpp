#include "solve/levenberg_marquardt.hpp"

#include <algorithm>
#include <cmath>
#include <sstream>

#include "base/error.hpp"

namespace residua {
namespace {

constexpr double difference = 0.1;  // of second derivatives along a step, in units of it

}  // namespace

void LevenbergMarquardt::set_options(Options& options) {
  options.choice("-tao_residua_lm_step", "How the linear problem of a step is solved", linear_step_names(), step_name_);
  options.choice("-tao_residua_lm_scaling", "Damping weights: column norms, their running maximum, or 1",
                 {"columns", "max", "none"}, scaling_);
  options.real("-tao_residua_lm_damping", "Initial damping on scaled columns; 0: Gauss-Newton", initial_damping_);
  options.real("-tao_residua_lm_acceleration",
               "Largest acceleration, over the step, with which steps are curved; 0: straight steps", acceleration_);
  options.integer("-tao_residua_lm_attempts", "Rejected steps before an iteration gives up", attempts_);
  linear_ = make_linear_step(step_name_, options.prefix());
}

std::string LevenbergMarquardt::describe() const {
  std::ostringstream text;
  text << "step: " << linear_->describe() << "\nscaling: " << scaling_ << "\ninitial damping: " << initial_damping_
       << (initial_damping_ == 0 ? " (Gauss-Newton)" : "") << "\nacceleration: " << acceleration_
       << "\nattempts: " << attempts_ << "\ndamping: " << mu_ << "\n";
  return text.str();
}

Progress LevenbergMarquardt::set_up(Evaluation& evaluation, std::span<const double> u) {
  mu_ = initial_damping_;
  nu_ = 2;
  weights_.clear();
  return refresh(evaluation, u);
}

Progress LevenbergMarquardt::refresh(Evaluation& evaluation, std::span<const double> u) {
  objective_ = evaluation.loss(u);
  if (!std::isfinite(objective_)) evaluation.raise_not_finite(u);
  return linearise(evaluation, u);
}

Progress LevenbergMarquardt::linearise(Evaluation& evaluation, std::span<const double> u) {
  linear_->linearise(evaluation, u);
  std::vector<double> norms = linear_->column_norms();
  // A column far below the others is noise: to scale it up would only let noise steer the step.
  const double floor = 1e-14 * *std::max_element(norms.begin(), norms.end());
  if (scaling_ == "none" || floor == 0) {
    weights_.assign(norms.size(), 1.0);
  } else if (scaling_ == "max" && !weights_.empty()) {
    for (std::size_t i = 0; i < norms.size(); ++i) weights_[i] = std::max({weights_[i], norms[i], floor});
  } else {
    for (double& x : norms) x = std::max(x, floor);
    weights_ = std::move(norms);
  }
  Progress progress{objective_, norm(linear_->gradient())};
  if (!std::isfinite(progress.gradient_norm)) evaluation.raise_not_finite(u);
  return progress;
}

Progress LevenbergMarquardt::step(Evaluation& evaluation, std::vector<double>& u) {
  return initial_damping_ == 0 ? gauss_newton_step(evaluation, u) : damped_step(evaluation, u);
}

LevenbergMarquardt::Trial LevenbergMarquardt::attempt(Evaluation& evaluation, std::span<const double> u,
                                                      std::span<const double> s, double length) {
  Trial trial{{u.begin(), u.end()}};
  for (std::size_t i = 0; i < s.size(); ++i) trial.u[i] += length * s[i];
  trial.objective = evaluation.loss(trial.u);
  return trial;
}

Progress LevenbergMarquardt::accept(Evaluation& evaluation, std::vector<double>& u, Trial trial, double step_norm) {
  u = std::move(trial.u);
  objective_ = trial.objective;
  Progress progress = linearise(evaluation, u);
  progress.step_norm = step_norm;
  return progress;
}

Progress LevenbergMarquardt::stall() { return {objective_, norm(linear_->gradient()), 0, true}; }

Progress LevenbergMarquardt::damped_step(Evaluation& evaluation, std::vector<double>& u) {
  const double least = linear_->least_damping(), before = mu_;
  for (int i = 0; i < attempts_; ++i) {
    mu_ = std::max(mu_, least);
    const auto s = linear_->solve(mu_, weights_);
    if (s) {
      const double length = scaled_norm(*s);
      const double predicted = (mu_ * length * length - dot(linear_->gradient(), *s)) / 2;
      Trial trial = attempt(evaluation, u, curved(evaluation, u, *s), 1);
      if (trial.objective < objective_) {
        const double gain = predicted > 0 ? (objective_ - trial.objective) / predicted : 1;
        mu_ *= std::max(1.0 / 3, 1 - std::pow(2 * gain - 1, 3));
        nu_ = 2;
        return accept(evaluation, u, std::move(trial), norm(*s));
      }
    }
    mu_ *= nu_;
    nu_ *= 2;
  }
  mu_ = before;
  nu_ = 2;
  return stall();
}

double LevenbergMarquardt::scaled_norm(std::span<const double> s) const {
  double squares = 0;
  for (std::size_t k = 0; k < s.size(); ++k) squares += weights_[k] * weights_[k] * s[k] * s[k];
  return std::sqrt(squares);
}

std::vector<double> LevenbergMarquardt::curved(Evaluation& evaluation, std::span<const double> u,
                                               const std::vector<double>& s) {
  if (acceleration_ == 0) return s;
  Residual& residual = evaluation.residual();
  const VecHandle direction = residual.make_unknowns(), here = residual.make_rows(), ahead = residual.make_rows(),
                  slope = residual.make_rows();
  std::vector<double> path(u.begin(), u.end());
  for (std::size_t k = 0; k < s.size(); ++k) path[k] += difference * s[k];
  residual.evaluate(evaluation.at(path), ahead);
  residual.evaluate(evaluation.at(u), here);
  scatter(s, direction);
  residual.jvp(evaluation.at(u), direction, slope);
  {
    const VecReader r(here), js(slope);
    const VecWriter second(ahead);
    for (std::size_t i = 0; i < r.span().size(); ++i)
      second.span()[i] = 2 / difference * ((second.span()[i] - r.span()[i]) / difference - js.span()[i]);
  }
  const std::vector<double> a = linear_->solve_for(evaluation, u, ahead);
  std::vector<double> whole = s;
  if (!(2 * scaled_norm(a) <= acceleration_ * scaled_norm(s))) return whole;
  for (std::size_t k = 0; k < s.size(); ++k) whole[k] += a[k] / 2;
  return whole;
}

Progress LevenbergMarquardt::gauss_newton_step(Evaluation& evaluation, std::vector<double>& u) {
  const auto s = linear_->solve(linear_->least_damping(), weights_);
  if (!s) {
    throw Error("Gauss-Newton: the normal equations are singular to working precision; take -tao_residua_lm_step qr");
  }
  double length = 1;
  for (int i = 0; i < attempts_; ++i, length /= 2) {
    Trial trial = attempt(evaluation, u, *s, length);
    if (trial.objective < objective_) return accept(evaluation, u, std::move(trial), length * norm(*s));
  }
  return stall();
}

void LevenbergMarquardt::save(State& state) const {
  state.arrays["residua_lm/damping"] = {mu_, nu_};
  state.arrays["residua_lm/weights"] = weights_;
}

Progress LevenbergMarquardt::load(const State& state, Evaluation& evaluation, std::span<const double> u) {
  const std::vector<double>& damping = state.arrays.at("residua_lm/damping");
  mu_ = damping.at(0);
  nu_ = damping.at(1);
  weights_ = state.arrays.at("residua_lm/weights");
  return refresh(evaluation, u);
}

}  // namespace residua
