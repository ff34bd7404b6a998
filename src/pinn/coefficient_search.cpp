#include "pinn/coefficient_search.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/error.hpp"
#include "deck/deck.hpp"
#include "map/substitute.hpp"
#include "solve/lapack.hpp"

namespace residua::pinn {
namespace {

constexpr double difference_step = 1e-3;  // of a coefficient
constexpr int most_solves = 100;
constexpr double least_gain = 1e-6;               // of |r|^2
constexpr double exact = 1e-11;                   // of the variances: measurements without noise are met
constexpr int most_rejected = 6;                  // in a row: the solves are not accurate enough to go on
constexpr int most_rejected_old = 2;              // with a Jacobian from elsewhere: a new one is due
constexpr double step_back = 20, step_on = 0.05;  // factors of the damping

double norm(const std::vector<double>& v) { return std::sqrt(std::inner_product(v.begin(), v.end(), v.begin(), 0.0)); }

bool finite(const std::vector<double>& v) {
  return std::ranges::all_of(v, [](double x) { return std::isfinite(x); });
}

/// Solves the small symmetric system (A + damping diag A) x = b, or inverts A when b is the identity. A is n x n.
std::vector<double> solve_normal(std::vector<double> a, std::vector<double> b, int n, double damping) {
  const int columns = static_cast<int>(b.size()) / n;
  for (int i = 0; i < n; ++i) a[i * n + i] *= 1 + damping;
  int info = 0;
  dpotrf_("L", &n, a.data(), &n, &info);
  if (info != 0) throw Error("coefficients: the measurements do not tell them apart");
  const double one = 1;
  dtrsm_("L", "L", "N", "N", &n, &columns, &one, a.data(), &n, b.data(), &n);
  dtrsm_("L", "L", "T", "N", &n, &columns, &one, a.data(), &n, b.data(), &n);
  return b;
}

}  // namespace

bool search_in_windows(const Deck& deck, const Problem& problem) {
  if (problem.coefficients.empty() || problem.time < 0) return false;
  if (deck.has("windows.count") && deck.integer("windows.count") == 1) return false;
  if (problem.observations.empty())
    throw deck.error("pde.coefficients", "coefficients are found by observations, of which there are none",
                     "add [[observations]], or windows.count = 1 where conditions determine them");
  return true;
}

Expression at_coefficients(const Expression& e, const std::vector<double>& coefficients) {
  return substitute(e, [&](const Expression& leaf) {
    return leaf.op() == Op::parameter ? Expression(coefficients[static_cast<std::size_t>(leaf.index())]) : leaf;
  });
}

Problem with_coefficients(const Problem& problem, const std::vector<double>& coefficients) {
  Problem fixed = problem;
  for (Expression& r : fixed.residual) r = at_coefficients(r, coefficients);
  for (Condition& c : fixed.conditions) c.value = at_coefficients(c.value, coefficients);
  fixed.coefficients.clear();
  fixed.coefficients_start.clear();
  fixed.observations.clear();
  return fixed;
}

std::vector<double> coefficient_units(const Problem& problem) {
  std::vector<double> units;
  for (double start : problem.coefficients_start) units.push_back(start == 0 ? 1 : std::abs(start));
  return units;
}

Problem in_units(const Problem& problem, const std::vector<double>& units) {
  const auto scaled = [&](const Expression& e) {
    return substitute(e, [&](const Expression& leaf) {
      return leaf.op() == Op::parameter ? units[static_cast<std::size_t>(leaf.index())] * leaf : leaf;
    });
  };
  Problem other = problem;
  for (Expression& r : other.residual) r = scaled(r);
  for (Condition& c : other.conditions) c.value = scaled(c.value);
  for (Observations& o : other.observations) o.quantity = scaled(o.quantity);
  for (std::size_t k = 0; k < units.size(); ++k) other.coefficients_start[k] /= units[k];
  return other;
}

CoefficientSearch::CoefficientSearch(std::vector<double> start) : best_(start), trial_(std::move(start)) {}

double CoefficientSearch::residual_norm() const { return norm(residual_); }

void CoefficientSearch::tell(const std::vector<double>& residual) {
  ++solves_;
  switch (phase_) {
    case Phase::start:
      if (!finite(residual)) throw Error("coefficients: the solution is not finite where their search starts");
      residual_ = residual;
      jacobian_.assign(best_.size() * residual.size(), 0.0);
      phase_ = Phase::differences;
      column_ = 0;
      difference();
      break;
    case Phase::differences: {
      const double h = trial_[column_] - best_[column_];
      for (std::size_t i = 0; i < residual.size(); ++i)
        jacobian_[column_ * residual.size() + i] = (residual[i] - residual_[i]) / h;
      ++column_;
      difference();
      break;
    }
    case Phase::step:
      judge(residual);
      break;
    case Phase::done:
      break;
  }
}

void CoefficientSearch::difference() {
  trial_ = best_;
  if (column_ == static_cast<int>(best_.size())) {
    fresh_ = true;
    step();
    return;
  }
  const double c = best_[column_];
  trial_[column_] += difference_step * (c == 0 ? 1.0 : c);
}

void CoefficientSearch::step() {
  const int n = static_cast<int>(best_.size());
  const std::size_t m = residual_.size();
  const auto column = [&](int k) { return jacobian_.begin() + static_cast<long>(k * m); };
  std::vector<double> normal(static_cast<std::size_t>(n * n)), slope(static_cast<std::size_t>(n)), identity = normal;
  for (int i = 0; i < n; ++i) {
    for (int j = 0; j < n; ++j) normal[i * n + j] = std::inner_product(column(i), column(i + 1), column(j), 0.0);
    slope[i] = -std::inner_product(column(i), column(i + 1), residual_.begin(), 0.0);
    identity[i * n + i] = 1;
  }
  covariance_ = solve_normal(normal, identity, n, 0);
  const std::vector<double> full = solve_normal(normal, slope, n, 0), move = solve_normal(normal, slope, n, damping_);
  double gain = 0;  // of the full step in |r|^2
  for (int k = 0; k < n; ++k) {
    trial_[k] = best_[k] + move[k];
    gain += full[k] * slope[k];
  }
  const bool at_rest = gain <= std::max(least_gain * std::pow(norm(residual_), 2), exact * static_cast<double>(m));
  if (solves_ >= most_solves || (fresh_ && (at_rest || rejected_ >= most_rejected))) {
    phase_ = Phase::done;
    trial_ = best_;
  } else if (!fresh_ && (at_rest || rejected_ >= most_rejected_old)) {
    phase_ = Phase::differences;
    column_ = 0;
    rejected_ = 0;
    difference();
  } else {
    phase_ = Phase::step;
  }
}

void CoefficientSearch::judge(const std::vector<double>& residual) {
  if (!finite(residual) || norm(residual) >= norm(residual_)) {
    damping_ *= step_back;
    ++rejected_;
    step();
    return;
  }
  const std::size_t n = best_.size(), m = residual_.size();
  double square = 0;
  for (std::size_t k = 0; k < n; ++k) square += (trial_[k] - best_[k]) * (trial_[k] - best_[k]);
  for (std::size_t i = 0; i < m; ++i) {
    double missed = residual[i] - residual_[i];
    for (std::size_t k = 0; k < n; ++k) missed -= jacobian_[k * m + i] * (trial_[k] - best_[k]);
    for (std::size_t k = 0; k < n; ++k) jacobian_[k * m + i] += missed * (trial_[k] - best_[k]) / square;
  }
  best_ = trial_;
  residual_ = residual;
  damping_ = std::max(1e-12, step_on * damping_);
  rejected_ = 0;
  fresh_ = false;
  step();
}

void CoefficientSearch::save(State& state) const {
  state.arrays["search/best"] = best_;
  state.arrays["search/trial"] = trial_;
  state.arrays["search/residual"] = residual_;
  state.arrays["search/jacobian"] = jacobian_;
  state.arrays["search/covariance"] = covariance_;
  state.arrays["search/place"] = {static_cast<double>(phase_),    damping_,
                                  static_cast<double>(column_),   static_cast<double>(solves_),
                                  static_cast<double>(rejected_), static_cast<double>(fresh_)};
}

void CoefficientSearch::load(const State& state) {
  best_ = state.arrays.at("search/best");
  trial_ = state.arrays.at("search/trial");
  residual_ = state.arrays.at("search/residual");
  jacobian_ = state.arrays.at("search/jacobian");
  covariance_ = state.arrays.at("search/covariance");
  const std::vector<double>& a = state.arrays.at("search/place");
  phase_ = static_cast<Phase>(static_cast<int>(a.at(0)));
  damping_ = a.at(1);
  column_ = static_cast<int>(a.at(2));
  solves_ = static_cast<int>(a.at(3));
  rejected_ = static_cast<int>(a.at(4));
  fresh_ = a.at(5) != 0;
}

}  // namespace residua::pinn
