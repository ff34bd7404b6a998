#include "kinetic/moment_system.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/error.hpp"
#include "kinetic/stress.hpp"

namespace residua::kinetic {
namespace {

constexpr double Model::*members[] = {&Model::alpha, &Model::beta, &Model::zeta, &Model::translation, &Model::rotation};

std::unique_ptr<Angular> hierarchy_of(Closure*& raw, std::unique_ptr<Closure> closure) {
  raw = closure.get();
  return make_hierarchy(std::move(closure));
}

}  // namespace

const std::vector<std::string>& differentiable_numbers() {
  static const std::vector<std::string> names = {"alpha", "beta", "zeta", "D_T", "D_R"};
  return names;
}

struct MomentSystem::Cells {
  KineticSystem::InCells at;
  const Complex* top;
  std::vector<Complex> turn;  ///< A
  long count;

  const Complex* moment(int m, int level) const { return m > level ? top : at.g[m]; }
};

MomentSystem::MomentSystem(const FourierGrid& grid, std::unique_ptr<Closure> closure, const Settings& settings)
    : settings_(settings),
      closure_(nullptr),
      flow_(grid, settings.model, settings.stress_tolerance, settings.reductions),
      system_(grid, hierarchy_of(closure_, std::move(closure)), flow_,
              {settings.model, settings.reductions, settings.margin}),
      closed_(system_, *closure_),
      rows_(grid),
      derivatives_(closure_->derivatives()),
      weights_(settings.closure_parameters ? closure_->parameters() : 0),
      rates_(system_.unknowns()),
      g_((fields() + derivatives_.size() + (closure_->sees_strain() ? 1 : 0)) * grid.cells()) {
  for (const std::string& name : settings.numbers) {
    const auto found = std::ranges::find(differentiable_numbers(), name);
    if (found == differentiable_numbers().end()) throw Error(fmt::format("the model has no number {}", name));
    numbers_.push_back(members[found - differentiable_numbers().begin()]);
  }
  system_.rates(rates_);
  for (std::vector<Complex>* each : {&top_, &next_, &change_.velocity, &change_.strain, &change_.vorticity})
    each->resize(grid.cells());
}

void MomentSystem::rates(std::span<double> rates) const { std::ranges::copy(rates_, rates.begin()); }

void MomentSystem::set_parameters(std::span<const double> p) {
  if (weights_ > 0) closure_->set_parameters(p.first(weights_));
  Model model = system_.model();
  for (std::size_t k = 0; k < numbers_.size(); ++k) model.*numbers_[k] = p[weights_ + k];
  system_.set_model(model);
}

ParameterSum MomentSystem::make_sum() const {
  if (settings_.reductions == Reductions::fast) return DifferentiableSystem::make_sum();
  return {parameters(), rows_.first_row(), rows_.rows(), grid().shape().ny};
}

Model MomentSystem::excess() const {
  return {.translation = system_.model().translation - settings_.model.translation,
          .rotation = system_.model().rotation - settings_.model.rotation};
}

void MomentSystem::add_linear(const Model& along, std::span<const double> u, std::span<double> to) const {
  if (along.translation == 0 && along.rotation == 0) return;
  const long modes = grid().modes();
  for (int m = 0; m < fields(); ++m)
    for (long k = 0; k < modes; ++k) {
      const double kx = grid().kx(k), ky = grid().ky(k);
      const double rate = -along.translation * (kx * kx + ky * ky) - 4.0 * m * m * along.rotation;
      complex_span(to)[m * modes + k] += rate * complex_span(u)[m * modes + k];
    }
}

void MomentSystem::nonlinear(double t, std::span<const double> u, std::span<double> n) {
  flow_.forget();
  system_.nonlinear(t, u, n);
  add_linear(excess(), u, n);
}

MomentSystem::Cells MomentSystem::evaluate(double t, std::span<const double> u) {
  flow_.forget();
  const KineticSystem::InCells at = system_.evaluate(t, u);
  const long cells = grid().cells();
  const int level = fields() - 1;
  Cells in{at, at.fourth.data(), std::vector<Complex>(cells), cells};
  if (level > 1) {
    closure_->apply(at.g, cells, top_.data());
    in.top = top_.data();
  }
  for (long i = 0; i < cells; ++i) in.turn[i] = at.strain[i] + system_.model().zeta * at.g[1][i];
  return in;
}

Model MomentSystem::differentiate(const Cells& in, std::span<const double> du, std::span<const double> dp) {
  const long cells = in.count;
  grid().to_cells(complex_span(du), fields(), g_);
  system_.differentiate(du, derivatives_, std::span(g_).subspan(fields() * cells, derivatives_.size() * cells));
  for (long i = 0; i < cells; ++i) g_[i] = g_[i].real();
  Model model = {};
  for (std::size_t k = 0; k < numbers_.size(); ++k) model.*numbers_[k] = dp[weights_ + k];
  closed_.jvp(in.at, dp.first(weights_), model, g_, next_, change_);
  return model;
}

void MomentSystem::jvp(double t, std::span<const double> u, std::span<const double> du, std::span<const double> dp,
                       std::span<double> dn) {
  const Cells in = evaluate(t, u);
  const Model model = differentiate(in, du, dp);
  const long cells = in.count;
  const int level = fields() - 1, width = grid().width();
  const Moments dg{g_.data(), cells};
  std::vector<Complex>& turn = change_.strain;
  for (long i = 0; i < cells; ++i) turn[i] += system_.model().zeta * dg[1][i] + model.zeta * in.at.g[1][i];

  const auto fill = [&](int row, int m, Complex* s, Complex* p, Complex* q) {
    const long first = static_cast<long>(row) * width;
    const Complex *const f = in.at.g[m], *const df = dg[m];
    for (long i = first; i < first + width; ++i, ++s, ++p, ++q) {
      const Complex v = in.at.velocity[i], dv = change_.velocity[i];
      *p = dv.real() * f[i] + v.real() * df[i];
      *q = dv.imag() * f[i] + v.imag() * df[i];
      *s = 0.0;
      if (m == 0) continue;
      const Complex above = in.moment(m + 1, level)[i], d_above = m < level ? dg[m + 1][i] : next_[i];
      *s = static_cast<double>(m) *
           (times({0, change_.vorticity[i].real()}, f[i]) + times({0, in.at.vorticity[i].real()}, df[i]) +
            times(turn[i], in.at.g[m - 1][i]) + times(in.turn[i], dg[m - 1][i]) - times(std::conj(turn[i]), above) -
            times(std::conj(in.turn[i]), d_above));
    }
  };
  grid().balance_to_modes(fields(), fill, complex_span(dn));
  add_linear(excess(), du, dn);
  add_linear(model, u, dn);
}

void MomentSystem::transpose_balance(const Cells& in, std::span<const double> n_bar) {
  const long cells = in.count, modes = grid().modes();
  const int level = fields() - 1;
  std::vector<Complex> waves(3 * modes), lines(3 * cells);
  for (std::vector<Complex>* each : {&g_, &next_, &change_.velocity, &change_.strain, &change_.vorticity})
    std::ranges::fill(*each, 0.0);
  for (int m = 0; m < fields(); ++m) {
    const Complex* const bar = complex_span(n_bar).data() + m * modes;
    for (long k = 0; k < modes; ++k) {
      waves[k] = bar[k];
      waves[modes + k] = times({0, grid().kx(k)}, bar[k]);
      waves[2 * modes + k] = times({0, grid().ky(k)}, bar[k]);
    }
    grid().to_cells(waves, 3, lines);
    const Complex *const f = in.at.g[m], *const above = in.moment(m + 1, level);
    Complex* const f_bar = g_.data() + m * cells;
    Complex* const above_bar = m < level ? f_bar + cells : next_.data();
    for (long i = 0; i < cells; ++i) {
      const Complex p = lines[cells + i], q = lines[2 * cells + i], v = in.at.velocity[i];
      change_.velocity[i] += Complex(dot(p, f[i]), dot(q, f[i]));
      f_bar[i] += v.real() * p + v.imag() * q;
      if (m == 0) continue;
      const Complex s = static_cast<double>(m) * lines[i], a = in.turn[i];
      change_.vorticity[i] += dot(s, {-f[i].imag(), f[i].real()});
      f_bar[i] += times({0, -in.at.vorticity[i].real()}, s);
      change_.strain[i] += times(s, std::conj(in.at.g[m - 1][i])) - times(std::conj(s), above[i]);
      f_bar[i - cells] += times(std::conj(a), s);
      above_bar[i] -= times(a, s);
    }
  }
}

void MomentSystem::pull_back(const Cells& in, std::span<double> u_bar, ParameterSum& p_bar) {
  const long cells = in.count;
  std::vector<Model> numbers(cells);
  for (long i = 0; i < cells; ++i) {  // A = e + zeta z
    numbers[i].zeta = dot(change_.strain[i], in.at.g[1][i]);
    g_[cells + i] += system_.model().zeta * change_.strain[i];
  }
  closed_.vjp(in.at, change_, next_, g_, numbers);
  for (long i = 0; i < cells; ++i) g_[i] = g_[i].real();
  grid().to_modes(std::span(g_).first(fields() * cells), fields(), complex_span(u_bar));
  if (!derivatives_.empty())
    system_.differentiate_transposed(std::span(g_).subspan(fields() * cells, derivatives_.size() * cells), derivatives_,
                                     complex_span(u_bar));

  const double mean = 1 / (static_cast<double>(grid().shape().nx) * grid().shape().ny);
  for (Complex& value : next_) value *= mean;
  std::vector<double> of_numbers(numbers_.size() * cells);
  for (std::size_t j = 0; j < numbers_.size(); ++j)
    for (long i = 0; i < cells; ++i) of_numbers[j * cells + i] = mean * numbers[i].*numbers_[j];
  add_in_leaves(in, of_numbers, p_bar);
}

void MomentSystem::add_in_leaves(const Cells& in, std::span<const double> of_numbers, ParameterSum& p_bar) const {
  const long cells = rows_.cells(), leaf = p_bar.leaves() == 1 ? cells : grid().shape().nx;
  if (weights_ > 0) {
    const int all = static_cast<int>(std::ssize(g_) / in.count);  // the strain rate, too
    const std::vector<Complex> f = rows_.of_cells({in.at.g.f, static_cast<std::size_t>(all * in.count)}, all),
                               bar = rows_.of_cells(next_, 1);
    closure_->vjp_parameters_in_leaves({f.data(), cells}, bar.data(), cells, leaf,
                                       [&](long k) { return p_bar.leaf(k).first(weights_); });
  }
  const std::vector<double> values = rows_.of_cells(of_numbers, static_cast<int>(numbers_.size()));
  for (std::size_t j = 0; j < numbers_.size(); ++j)
    for (long i = 0; i < cells; ++i) p_bar.leaf(i / leaf)[weights_ + j] += values[j * cells + i];
}

void MomentSystem::vjp(double t, std::span<const double> u, std::span<const double> n_bar, std::span<double> u_bar,
                       ParameterSum& p_bar) {
  const Cells in = evaluate(t, u);
  transpose_balance(in, n_bar);
  pull_back(in, u_bar, p_bar);
  add_linear(excess(), n_bar, u_bar);
  for (std::size_t j = 0; j < numbers_.size(); ++j) {
    if (numbers_[j] != &Model::translation && numbers_[j] != &Model::rotation) continue;
    Model along = {};
    along.*numbers_[j] = 1;
    std::vector<double> change(u.size());
    add_linear(along, u, change);
    const long modes = grid().modes();
    const double sum = grid().sum(settings_.reductions, [&](long k) {
      double of_mode = 0;
      for (int m = 0; m < fields(); ++m)
        of_mode +=
            dot(complex_span(n_bar)[m * modes + k], complex_span(std::span<const double>(change))[m * modes + k]);
      return of_mode;
    });
    if (p_bar.has_first_leaf()) p_bar.leaf(0)[weights_ + j] += sum;
  }
}

void MomentSystem::velocity(double t, std::span<const double> u, std::span<Complex> modes) {
  grid().to_modes(evaluate(t, u).at.velocity, 1, modes);
}

void MomentSystem::velocity_jvp(double t, std::span<const double> u, std::span<const double> du,
                                std::span<const double> dp, std::span<Complex> modes) {
  differentiate(evaluate(t, u), du, dp);
  grid().to_modes(change_.velocity, 1, modes);
}

void MomentSystem::velocity_vjp(double t, std::span<const double> u, std::span<const Complex> v_bar,
                                std::span<double> u_bar, ParameterSum& p_bar) {
  const Cells in = evaluate(t, u);
  for (std::vector<Complex>* each : {&g_, &next_, &change_.strain, &change_.vorticity}) std::ranges::fill(*each, 0.0);
  grid().to_cells(v_bar, 1, change_.velocity);
  pull_back(in, u_bar, p_bar);
}

}  // namespace residua::kinetic
