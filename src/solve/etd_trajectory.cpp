#include "solve/etd_trajectory.hpp"

#include <algorithm>

namespace residua {
namespace {

std::vector<double> rates_of(const SemilinearSystem& system) {
  std::vector<double> rates(system.local_size() / system.width());
  system.rates(rates);
  return rates;
}

/// How many of n > 1 steps to do before the next state is kept, with so many slots, one at least.
long advance_of(long n, int slots) {
  // Reach with `s` states kept, the first counted, and each step done r times: binomial(s + r, s).
  const auto reach = [n](int s, long r) {
    double value = 1;
    for (int i = 1; i <= s && value < static_cast<double>(n); ++i) value *= static_cast<double>(r + i) / i;
    return value;
  };
  long sweeps = 1;
  while (reach(slots + 1, sweeps) < static_cast<double>(n)) ++sweeps;
  return std::clamp(static_cast<long>(reach(slots + 1, sweeps - 1)), 1L, n - 1);
}

}  // namespace

EtdTrajectory::EtdTrajectory(DifferentiableSystem& system, const Settings& settings)
    : system_(system),
      settings_(settings),
      rule_(settings.order, rates_of(system), system.width()),
      bar_(system.local_size()),
      stage_bar_(system.local_size()) {
  rule_.set_step(settings.step);
  for (ExponentialRule::Stages* each : {&states_, &n_, &n_bar_})
    each->assign(rule_.stages(), std::vector<double>(system.local_size()));
}

void EtdTrajectory::stages_from(long k, std::span<const double> u) {
  const double t = static_cast<double>(k) * settings_.step;
  std::ranges::copy(u, states_[0].begin());
  for (int stage = 1; stage < rule_.stages(); ++stage) {
    system_.nonlinear(t + rule_.time(stage - 1), states_[stage - 1], n_[stage - 1]);
    rule_.combine(stage, u, n_, states_[stage]);
  }
}

void EtdTrajectory::step(long k, std::span<double> u) {
  const int last = rule_.stages() - 1;
  stages_from(k, u);
  system_.nonlinear(static_cast<double>(k) * settings_.step + rule_.time(last), states_[last], n_[last]);
  rule_.combine(rule_.stages(), states_[0], n_, u);
}

void EtdTrajectory::run(std::span<const double> u0, const Visit& visit) {
  std::vector<double> u(u0.begin(), u0.end());
  visit(0, u);
  for (long k = 0; k < settings_.steps; ++k) {
    step(k, u);
    visit(k + 1, u);
  }
}

void EtdTrajectory::tangent(std::span<const double> u0, std::span<const double> du0, std::span<const double> dp,
                            const VisitTangent& visit) {
  std::vector<double> u(u0.begin(), u0.end()), du(du0.begin(), du0.end());
  visit(0, u, du);
  ExponentialRule::Stages dn = n_;
  for (long k = 0; k < settings_.steps; ++k) {
    const std::vector<double> before = du;
    step(k, u);
    for (int stage = 0; stage < rule_.stages(); ++stage) {
      const double t = static_cast<double>(k) * settings_.step + rule_.time(stage);
      system_.jvp(t, states_[stage], du, dp, dn[stage]);
      rule_.combine(stage + 1, before, dn, du);
    }
    visit(k + 1, u, du);
  }
}

void EtdTrajectory::adjoint(std::span<const double> u0, const Seed& seed, std::span<double> u0_bar,
                            ParameterSum& p_bar) {
  std::ranges::fill(bar_, 0.0);
  seed(settings_.steps, bar_);
  if (settings_.steps > 0) reverse(0, settings_.steps, u0, settings_.slots, seed, p_bar);
  std::ranges::copy(bar_, u0_bar.begin());
}

void EtdTrajectory::reverse(long first, long count, std::span<const double> u, int slots, const Seed& seed,
                            ParameterSum& p_bar) {
  while (count > 1) {
    const long ahead = slots > 0 ? advance_of(count, slots) : count - 1;
    std::vector<double> kept(u.begin(), u.end());
    for (long k = first; k < first + ahead; ++k) step(k, kept);
    reverse(first + ahead, count - ahead, kept, std::max(0, slots - 1), seed, p_bar);
    count = ahead;
  }
  step_back(first, u, seed, p_bar);
}

void EtdTrajectory::step_back(long k, std::span<const double> u, const Seed& seed, ParameterSum& p_bar) {
  stages_from(k, u);
  for (std::vector<double>& each : n_bar_) std::ranges::fill(each, 0.0);
  stage_bar_ = bar_;
  std::ranges::fill(bar_, 0.0);
  for (int stage = rule_.stages(); stage > 0; --stage) {
    rule_.transpose(stage, stage_bar_, bar_, n_bar_);
    const double t = static_cast<double>(k) * settings_.step + rule_.time(stage - 1);
    system_.vjp(t, states_[stage - 1], n_bar_[stage - 1], stage_bar_, p_bar);
  }
  for (std::size_t i = 0; i < bar_.size(); ++i) bar_[i] += stage_bar_[i];
  seed(k, bar_);
}

}  // namespace residua
