#include "kinetic/moment_system.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/error.hpp"

namespace residua::kinetic {
namespace {

constexpr double Model::*members[] = {&Model::alpha, &Model::beta, &Model::zeta, &Model::translation, &Model::rotation};

std::unique_ptr<Angular> hierarchy_of(Closure*& raw, std::unique_ptr<Closure> closure) {
  raw = closure.get();
  return make_hierarchy(std::move(closure));
}

/// Re(conj(a) b).
double dot(Complex a, Complex b) { return a.real() * b.real() + a.imag() * b.imag(); }

/// What the stress in a cell depends on, or the derivative of that.
struct StressInput {
  double c;
  Complex z, w;
};

/// The derivative of sigma (model.hpp) at fixed strain rate e, along d and dm.
Complex stress_jvp(const Model& m, const StressInput& in, Complex e, const Model& dm, const StressInput& d) {
  const Complex aligned = in.c * in.z - times(std::conj(in.z), in.w), strained = in.c * e + times(std::conj(e), in.w);
  const Complex d_aligned = d.c * in.z + in.c * d.z - times(std::conj(d.z), in.w) - times(std::conj(in.z), d.w);
  return 0.5 * (dm.alpha * in.z + m.alpha * d.z) - 0.25 * (dm.zeta * m.beta + m.zeta * dm.beta) * aligned -
         0.25 * m.zeta * m.beta * d_aligned + 0.25 * dm.beta * strained +
         0.25 * m.beta * (d.c * e + times(std::conj(e), d.w));
}

/// Its transpose of s; to `model` the numbers' part is added.
StressInput stress_vjp(const Model& m, const StressInput& in, Complex e, Complex s, Model& model) {
  const Complex aligned = in.c * in.z - times(std::conj(in.z), in.w), strained = in.c * e + times(std::conj(e), in.w);
  model.alpha += 0.5 * dot(s, in.z);
  model.beta += 0.25 * (dot(s, strained) - m.zeta * dot(s, aligned));
  model.zeta -= 0.25 * m.beta * dot(s, aligned);
  const double align = 0.25 * m.zeta * m.beta, strain = 0.25 * m.beta;
  return {strain * dot(s, e) - align * dot(s, in.z),
          (0.5 * m.alpha - align * in.c) * s + align * times(std::conj(s), in.w), times(align * in.z + strain * e, s)};
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
      derivatives_(closure_->derivatives()),
      weights_(settings.closure_parameters ? closure_->parameters() : 0),
      rates_(system_.unknowns()),
      g_((fields() + derivatives_.size()) * grid.cells()) {
  for (const std::string& name : settings.numbers) {
    const auto found = std::ranges::find(differentiable_numbers(), name);
    if (found == differentiable_numbers().end()) throw Error(fmt::format("the model has no number {}", name));
    numbers_.push_back(members[found - differentiable_numbers().begin()]);
  }
  system_.rates(rates_);
  for (std::vector<Complex>* each : {&top_, &next_, &stress_, &velocity_, &strain_, &vorticity_})
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
  return {parameters(), grid().first_row(), grid().rows(), grid().shape().ny};
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
  std::ranges::fill(flow_.vorticity(), 0.0);
  system_.nonlinear(t, u, n);
  add_linear(excess(), u, n);
}

MomentSystem::Cells MomentSystem::evaluate(double t, std::span<const double> u) {
  std::ranges::fill(flow_.vorticity(), 0.0);
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
  system_.differentiate(du, derivatives_, std::span(g_).subspan(fields() * cells));
  for (long i = 0; i < cells; ++i) g_[i] = g_[i].real();
  const Moments dg{g_.data(), cells};
  closure_->jvp(in.at.g, dg, cells, next_.data());
  if (weights_ > 0) closure_->jvp_parameters(in.at.g, dp.first(weights_), cells, next_.data());
  Model model = {};
  for (std::size_t k = 0; k < numbers_.size(); ++k) model.*numbers_[k] = dp[weights_ + k];

  const Complex* const dw = fields() > 2 ? dg[2] : next_.data();
  const auto moments = [](Moments f, const Complex* w, long i) { return StressInput{f[0][i].real(), f[1][i], w[i]}; };
  for (long i = 0; i < cells; ++i)
    stress_[i] = stress_jvp(system_.model(), moments(in.at.g, in.at.fourth.data(), i), in.at.strain[i], model,
                            moments(dg, dw, i));
  flow_.jvp(stress_, velocity_, strain_, vorticity_);
  return model;
}

void MomentSystem::jvp(double t, std::span<const double> u, std::span<const double> du, std::span<const double> dp,
                       std::span<double> dn) {
  const Cells in = evaluate(t, u);
  const Model model = differentiate(in, du, dp);
  const long cells = in.count;
  const int level = fields() - 1, nx = grid().shape().nx;
  const Moments dg{g_.data(), cells};
  std::vector<Complex>& turn = strain_;
  for (long i = 0; i < cells; ++i) turn[i] += system_.model().zeta * dg[1][i] + model.zeta * in.at.g[1][i];

  const auto fill = [&](int row, int m, Complex* s, Complex* p, Complex* q) {
    const long first = static_cast<long>(row) * nx;
    const Complex *const f = in.at.g[m], *const df = dg[m];
    for (long i = first; i < first + nx; ++i, ++s, ++p, ++q) {
      const Complex v = in.at.velocity[i], dv = velocity_[i];
      *p = dv.real() * f[i] + v.real() * df[i];
      *q = dv.imag() * f[i] + v.imag() * df[i];
      *s = 0.0;
      if (m == 0) continue;
      const Complex above = in.moment(m + 1, level)[i], d_above = m < level ? dg[m + 1][i] : next_[i];
      *s = static_cast<double>(m) *
           (times({0, vorticity_[i].real()}, f[i]) + times({0, in.at.vorticity[i].real()}, df[i]) +
            times(turn[i], in.at.g[m - 1][i]) + times(in.turn[i], dg[m - 1][i]) - times(std::conj(turn[i]), above) -
            times(std::conj(in.turn[i]), d_above));
    }
  };
  grid().balance_to_modes(fields(), fill, complex_span(dn));
  add_linear(excess(), du, dn);
  add_linear(model, u, dn);
}

std::vector<Complex> MomentSystem::transpose_balance(const Cells& in, std::span<const double> n_bar) {
  const long cells = in.count, modes = grid().modes();
  const int level = fields() - 1;
  std::vector<Complex> turn(cells), waves(3 * modes), lines(3 * cells);
  for (std::vector<Complex>* each : {&g_, &next_, &velocity_, &vorticity_}) std::ranges::fill(*each, 0.0);
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
      velocity_[i] += Complex(dot(p, f[i]), dot(q, f[i]));
      f_bar[i] += v.real() * p + v.imag() * q;
      if (m == 0) continue;
      const Complex s = static_cast<double>(m) * lines[i], a = in.turn[i];
      vorticity_[i] += dot(s, {-f[i].imag(), f[i].real()});
      f_bar[i] += times({0, -in.at.vorticity[i].real()}, s);
      turn[i] += times(s, std::conj(in.at.g[m - 1][i])) - times(std::conj(s), above[i]);
      f_bar[i - cells] += times(std::conj(a), s);
      above_bar[i] -= times(a, s);
    }
  }
  return turn;
}

void MomentSystem::pull_back(const Cells& in, const std::vector<Complex>& turn, std::span<double> u_bar,
                             ParameterSum& p_bar) {
  const long cells = in.count;
  const int level = fields() - 1, nx = grid().shape().nx;
  flow_.vjp(velocity_, turn, vorticity_, stress_);

  std::vector<Model> numbers(p_bar.leaves());
  const long leaf = p_bar.leaves() == 1 ? cells : nx;
  Complex* const w_bar = level > 1 ? g_.data() + 2 * cells : next_.data();
  for (long i = 0; i < cells; ++i) {
    Model& sum = numbers[i / leaf];
    sum.zeta += dot(turn[i], in.at.g[1][i]);
    const StressInput bar = stress_vjp(system_.model(), {in.at.g[0][i].real(), in.at.g[1][i], in.at.fourth[i]},
                                       in.at.strain[i], stress_[i], sum);
    g_[i] += bar.c;
    g_[cells + i] += system_.model().zeta * turn[i] + bar.z;
    w_bar[i] += bar.w;
  }
  std::vector<Complex> behind(g_.size());
  closure_->vjp(in.at.g, next_.data(), cells, behind.data());
  for (std::size_t i = 0; i < g_.size(); ++i) g_[i] += behind[i];
  for (long i = 0; i < cells; ++i) g_[i] = g_[i].real();
  grid().to_modes(std::span(g_).first(fields() * cells), fields(), complex_span(u_bar));
  if (!derivatives_.empty())
    system_.differentiate_transposed(std::span(g_).subspan(fields() * cells), derivatives_, complex_span(u_bar));

  const double mean = 1 / (static_cast<double>(nx) * grid().shape().ny);
  for (Complex& value : next_) value *= mean;
  if (weights_ > 0)
    closure_->vjp_parameters_in_leaves(in.at.g, next_.data(), cells, leaf,
                                       [&](long k) { return p_bar.leaf(k).first(weights_); });
  for (long k = 0; k < p_bar.leaves(); ++k)
    for (std::size_t j = 0; j < numbers_.size(); ++j) p_bar.leaf(k)[weights_ + j] += mean * numbers[k].*numbers_[j];
}

void MomentSystem::vjp(double t, std::span<const double> u, std::span<const double> n_bar, std::span<double> u_bar,
                       ParameterSum& p_bar) {
  const Cells in = evaluate(t, u);
  pull_back(in, transpose_balance(in, n_bar), u_bar, p_bar);
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
  grid().to_modes(velocity_, 1, modes);
}

void MomentSystem::velocity_vjp(double t, std::span<const double> u, std::span<const Complex> v_bar,
                                std::span<double> u_bar, ParameterSum& p_bar) {
  const Cells in = evaluate(t, u);
  for (std::vector<Complex>* each : {&g_, &next_, &vorticity_}) std::ranges::fill(*each, 0.0);
  grid().to_cells(v_bar, 1, velocity_);
  pull_back(in, std::vector<Complex>(in.count), u_bar, p_bar);
}

}  // namespace residua::kinetic
