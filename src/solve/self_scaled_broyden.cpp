#include "solve/self_scaled_broyden.hpp"

#include <algorithm>
#include <cmath>
#include <sstream>

#include "base/error.hpp"

namespace residua {
namespace {

constexpr double negligible = 1e-8;  // relative decrease

struct Coefficients {
  double phi = 1, tau = 1;
};

Coefficients family(const std::string& variant, double b, double h, std::size_t unknowns) {
  if (variant == "bfgs") return {};
  if (variant == "ssbfgs") return {1, std::min(1.0, 1 / b)};
  const double a = std::max(b * h - 1, 1e-14);
  const double c = std::sqrt(a / (1 + a));
  const double rho = std::min(1.0, h * (1 - c));
  const double theta = std::max((rho - 1) / a, std::min(1 / rho, (1 - b) / b));
  const double power = unknowns > 1 ? std::pow(std::abs(1 + a * theta), -1.0 / static_cast<double>(unknowns - 1)) : 1;
  const double tau = theta <= 0 ? std::min(power, 1 / b) : power * std::min(1.0, 1 / b);
  return {(1 - theta) / (1 + a * theta), tau};
}

/// A fixed order of additions that the compiler can keep in vector registers, whatever the rows that a rank holds.
constexpr std::size_t lanes = 16;

double lane_sum(const double* lane) {
  double sum = 0;
  for (std::size_t i = 0; i < lanes; ++i) sum += lane[i];
  return sum;
}

double row_dot(const double* row, const double* x, std::size_t n) {
  double lane[lanes] = {};
  std::size_t j = 0;
  for (; j + lanes <= n; j += lanes) {
    for (std::size_t i = 0; i < lanes; ++i) lane[i] += row[j + i] * x[j + i];
  }
  for (; j < n; ++j) lane[j % lanes] += row[j] * x[j];
  return lane_sum(lane);
}

}  // namespace

void SelfScaledBroyden::set_options(Options& options) {
  options.choice("-tao_residua_ssbroyden_variant", "Member of the family", {"ssbroyden", "ssbfgs", "bfgs"}, variant_);
  options.real("-tao_residua_ssbroyden_decrease", "Wolfe's c1", wolfe_.decrease);
  options.real("-tao_residua_ssbroyden_curvature", "Wolfe's c2", wolfe_.curvature);
  options.integer("-tao_residua_ssbroyden_evaluations", "Evaluations in one line search", wolfe_.evaluations);
}

std::string SelfScaledBroyden::describe() const {
  std::ostringstream text;
  text << "variant: " << variant_ << "\nstrong Wolfe line search: c1 " << wolfe_.decrease << ", c2 " << wolfe_.curvature
       << ", at most " << wolfe_.evaluations << " evaluations\n";
  return text.str();
}

Progress SelfScaledBroyden::set_up(Evaluation& evaluation, std::span<const double> u) {
  comm_ = &evaluation.communicator();
  size_ = u.size();
  const auto rank = static_cast<std::size_t>(comm_->rank()), ranks = static_cast<std::size_t>(comm_->size());
  first_ = size_ * rank / ranks;
  last_ = size_ * (rank + 1) / ranks;
  gradient_.resize(size_);
  objective_ = evaluation.loss_gradient(u, gradient_);
  if (!std::isfinite(objective_)) evaluation.raise_not_finite(u);
  reset();
  return report();
}

Progress SelfScaledBroyden::refresh(Evaluation& evaluation, std::span<const double> u) {
  objective_ = evaluation.loss_gradient(u, gradient_);
  if (!std::isfinite(objective_)) evaluation.raise_not_finite(u);
  direction_ = product(gradient_);
  for (double& x : direction_) x = -x;
  return report();
}

void SelfScaledBroyden::reset() {
  fresh_ = true;
  h_.assign((last_ - first_) * size_, 0.0);
  for (std::size_t i = first_; i < last_; ++i) h_[(i - first_) * size_ + i] = 1;
  direction_ = gradient_;
  for (double& x : direction_) x = -x;
}

std::vector<double> SelfScaledBroyden::gather_rows(std::span<const double> part) const {
  return comm_->size() > 1 ? comm_->gather(part) : std::vector<double>(part.begin(), part.end());
}

std::vector<double> SelfScaledBroyden::product(std::span<const double> x) const {
  std::vector<double> part(last_ - first_);
  for (std::size_t i = 0; i < part.size(); ++i) part[i] = row_dot(&h_[i * size_], x.data(), size_);
  return gather_rows(part);
}

void SelfScaledBroyden::update(std::span<const double> s, std::span<const double> y, double sbs) {
  const double ys = dot(y, s);
  if (fresh_) {
    const double scale = ys / dot(y, y);
    for (double& x : h_) x *= scale;
    sbs = dot(s, s) / scale;
    fresh_ = false;
  }
  const std::vector<double> hy = product(y);
  const double yhy = dot(y, hy);
  const auto [phi, tau] = family(variant_, sbs / ys, yhy / ys, size_);
  std::vector<double> v(size_);
  for (std::size_t i = 0; i < size_; ++i) v[i] = s[i] / ys - hy[i] / yhy;

  std::vector<double> part(last_ - first_);
  for (std::size_t i = first_; i < last_; ++i) {
    double* row = &h_[(i - first_) * size_];
    const double along_hy = -hy[i] / yhy / tau, along_v = phi * yhy * v[i] / tau, along_s = s[i] / ys, keep = 1 / tau;
    for (std::size_t j = 0; j < size_; ++j) {
      row[j] = keep * row[j] + along_hy * hy[j] + along_v * v[j] + along_s * s[j];
    }
    part[i - first_] = -row_dot(row, gradient_.data(), size_);  // the row is in the cache
  }
  direction_ = gather_rows(part);
}

Progress SelfScaledBroyden::step(Evaluation& evaluation, std::vector<double>& u) {
  const double before = objective_;
  bool afresh = false;
  for (int attempt = 0; attempt < 2; ++attempt) {
    double slope = dot(gradient_, direction_);
    if (!(slope < 0)) {
      reset();
      slope = dot(gradient_, direction_);
    }
    if (slope == 0) break;
    std::vector<double> trial(size_), g(size_), best_g;
    double best = -1;
    const auto evaluate = [&](double step) {
      for (std::size_t i = 0; i < size_; ++i) trial[i] = u[i] + step * direction_[i];
      const double f = evaluation.loss_gradient(trial, g);
      if (std::isfinite(f) && f <= objective_ && (best < 0 || f < best)) {
        best = f;
        best_g = g;
      }
      return LinePoint{step, f, dot(g, direction_)};
    };
    const double first_step = fresh_ ? std::min(1.0, 1 / norm(gradient_)) : 1.0;
    const auto found = wolfe_search(evaluate, {0, objective_, slope}, first_step, wolfe_);
    if (!found || found->value >= objective_) {
      if (fresh_) break;
      reset();
      afresh = true;
      continue;
    }
    std::vector<double> s(size_), y(size_);
    for (std::size_t i = 0; i < size_; ++i) s[i] = found->step * direction_[i];
    for (std::size_t i = 0; i < size_; ++i) u[i] += found->step * direction_[i];
    // The point accepted need not be the one evaluated last.
    if (found->value == best) {
      g = std::move(best_g);
    } else {
      evaluation.loss_gradient(u, g);
    }
    for (std::size_t i = 0; i < size_; ++i) y[i] = g[i] - gradient_[i];
    objective_ = found->value;
    gradient_ = g;
    if (dot(y, s) > 1e-16 * norm(y) * norm(s)) {
      update(s, y, -found->step * found->step * slope);  // B s = -step g
    } else {
      reset();
    }
    Progress progress = report();
    progress.step_norm = norm(s);
    // Where the last direction failed and the gradient's gains nothing either, rounding is all that is left.
    progress.stalled = afresh && before - objective_ < negligible * before;
    return progress;
  }
  Progress progress = report();
  progress.stalled = true;
  return progress;
}

void SelfScaledBroyden::save(State& state) const {
  const std::vector<double> h = gather_rows(h_);
  state.arrays["residua_ssbroyden/inverse_hessian"] = h;
  state.arrays["residua_ssbroyden/gradient"] = gradient_;
  state.arrays["residua_ssbroyden/direction"] = direction_;
  state.arrays["residua_ssbroyden/scalars"] = {objective_, fresh_ ? 1.0 : 0.0};
}

Progress SelfScaledBroyden::load(const State& state, Evaluation& evaluation, std::span<const double> u) {
  set_up(evaluation, u);
  const std::vector<double>& h = state.arrays.at("residua_ssbroyden/inverse_hessian");
  if (h.size() != size_ * size_) throw Error("residua_ssbroyden: the saved state is for another number of unknowns");
  h_.assign(h.begin() + static_cast<long>(first_ * size_), h.begin() + static_cast<long>(last_ * size_));
  gradient_ = state.arrays.at("residua_ssbroyden/gradient");
  direction_ = state.arrays.at("residua_ssbroyden/direction");
  const std::vector<double>& scalars = state.arrays.at("residua_ssbroyden/scalars");
  objective_ = scalars.at(0);
  fresh_ = scalars.at(1) != 0;
  return report();
}

}  // namespace residua
