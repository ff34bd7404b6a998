#include "kinetic/kinetic_system.hpp"

#include <algorithm>
#include <cmath>
#include <functional>

#include <fmt/format.h>

#include "base/error.hpp"
#include "grid/whole_rows.hpp"
#include "kinetic/realizable.hpp"
#include "solve/anderson.hpp"

namespace residua::kinetic {
namespace {

constexpr int most_turns = 50;  ///< of closure and flow, each with what the other gave

/// What D, or conj(D), multiplies a mode by.
Complex derivative_factor(const Derivative& derivative, double kx, double ky) {
  return derivative.conjugate ? Complex(ky, kx) : Complex(-ky, kx);
}

}  // namespace

KineticSystem::KineticSystem(const FourierGrid& grid, std::unique_ptr<Angular> angular, Flow& flow,
                             const Settings& settings)
    : grid_(grid),
      angular_(std::move(angular)),
      flow_(flow),
      settings_(settings),
      derivatives_(angular_->derivatives()) {
  g_.resize((angular_->fields() + derivatives_.size() + (angular_->sees_strain() ? 1 : 0)) * grid.cells());
  for (std::vector<Complex>* each : {&fourth_, &turn_}) each->resize(grid.cells());
  flow_cells_.resize(3 * grid.cells());
}

void KineticSystem::set_model(const Model& model) {
  settings_.model = model;
  flow_.set_model(model);
}

void KineticSystem::rates(std::span<double> rates) const {
  const Model& m = settings_.model;
  const long modes = grid_.modes();
  for (int field = 0; field < angular_->fields(); ++field) {
    const double n = field * angular_->stride();
    for (long k = 0; k < modes; ++k) {
      const double kx = grid_.kx(k), ky = grid_.ky(k);
      rates[field * modes + k] = -m.translation * (kx * kx + ky * ky) - n * n * m.rotation;
    }
  }
}

void KineticSystem::differentiate(std::span<const double> u, std::span<const Derivative> wanted,
                                  std::span<Complex> cells) const {
  const long count = grid_.modes();
  const std::span<const Complex> modes = complex_span(u);
  std::vector<Complex> derived(wanted.size() * count);
  for (std::size_t j = 0; j < wanted.size(); ++j) {
    const Complex* const from = modes.data() + angular_->field_of(2 * wanted[j].moment) * count;
    for (long k = 0; k < count; ++k)
      derived[j * count + k] = times(derivative_factor(wanted[j], grid_.kx(k), grid_.ky(k)), from[k]);
  }
  grid_.to_cells(derived, static_cast<int>(wanted.size()), cells);
}

void KineticSystem::differentiate_transposed(std::span<const Complex> cells, std::span<const Derivative> wanted,
                                             std::span<Complex> modes) const {
  const long count = grid_.modes();
  std::vector<Complex> derived(wanted.size() * count);
  grid_.to_modes(cells, static_cast<int>(wanted.size()), derived);
  for (std::size_t j = 0; j < wanted.size(); ++j) {
    Complex* const to = modes.data() + angular_->field_of(2 * wanted[j].moment) * count;
    for (long k = 0; k < count; ++k)
      to[k] += times(std::conj(derivative_factor(wanted[j], grid_.kx(k), grid_.ky(k))), derived[j * count + k]);
  }
}

KineticSystem::InCells KineticSystem::evaluate(double t, std::span<const double> u) {
  const long cells = grid_.cells();
  grid_.to_cells(complex_span(u), angular_->fields(), g_);
  if (!derivatives_.empty())
    differentiate(u, derivatives_, std::span(g_).subspan(angular_->fields() * cells, derivatives_.size() * cells));
  for (long i = 0; i < cells; ++i) g_[i] = g_[i].real();
  const Moments g{g_.data(), cells};
  check(t);
  const Complex* fourth = nullptr;
  try {
    fourth = solve_flow();
  } catch (const OutOfDomain& error) {
    throw OutOfDomain(fmt::format("at t = {:.6g}: {}", t, error.what()));
  } catch (const Error& error) {
    throw Error(fmt::format("at t = {:.6g}: {}", t, error.what()));
  }
  flow_.to_cells(flow_cells_);
  const auto part = [&](long k) { return std::span<const Complex>(flow_cells_).subspan(k * cells, cells); };
  if (angular_->sees_strain()) std::ranges::copy(part(1), g_.end() - cells);
  return {g, {fourth, static_cast<std::size_t>(cells)}, part(0), part(1), part(2)};
}

const Complex* KineticSystem::solve_flow() {
  const long cells = grid_.cells();
  const Moments g{g_.data(), cells};
  const Complex *const c = g[0], *const z = g[angular_->field_of(2)];
  if (!angular_->sees_strain() || angular_->fields() > 2) {
    const Complex* const w = angular_->fourth(g, cells, fourth_.data());
    flow_.solve(c, z, w);
    return w;
  }
  std::vector<double> x(2 * grid_.modes()), f(x.size());
  const auto vorticity = [&] { return real_span(flow_.vorticity()); };
  Anderson iteration(flow_.dots());
  const DotPair square{f, f};
  for (int turn = 0; turn < most_turns; ++turn) {
    std::ranges::copy(vorticity(), x.begin());
    flow_.strain_to_cells(std::span(g_).last(cells));
    const Complex* const w = angular_->fourth(g, cells, fourth_.data());
    flow_.solve(c, z, w);
    std::ranges::transform(vorticity(), x, f.begin(), std::minus<>());
    const double size = mean_over_cells(
        grid_, [&](long i) { return std::norm(active_stress(settings_.model, c[i].real(), z[i], w[i])); });
    if (std::sqrt(flow_.dots()({&square, 1})[0]) <= 2 * flow_.tolerance() * std::sqrt(size)) return w;
    iteration.advance(x, f);
    flow_.set_vorticity(complex_span(std::span<const double>(x)));
  }
  throw Error(fmt::format(
      "the flow and the closure, which sees its strain rate, did not agree after {} turns: the closure answers too "
      "strongly to it here; fit it to such states, without closure.strain, or with closure.level = 2",
      most_turns));
}

void KineticSystem::nonlinear(double t, std::span<const double> u, std::span<double> n) {
  const InCells in = evaluate(t, u);
  const long cells = grid_.cells();
  const int width = grid_.width();
  const Complex* const z = in.g[angular_->field_of(2)];
  const Complex *const strain = in.strain.data(), *const velocity = in.velocity.data();
  const double zeta = settings_.model.zeta;
  for (long i = 0; i < cells; ++i) turn_[i] = strain[i] + zeta * z[i];
  const FlowCells flow{in.g, cells, in.fourth.data(), turn_.data(), in.vorticity.data()};
  angular_->begin(flow);
  const std::span<Complex> balance = complex_span(n);
  const auto flux = [&](int row, Complex* to) {
    const long at = static_cast<long>(row) * width;
    const Complex *const c = in.g[0] + at, *const flow_here = velocity + at;
    for (int i = 0; i < width; ++i) to[i] = c[i].real() * flow_here[i];
  };
  grid_.divergence_to_modes(flux, balance.first(grid_.modes()));
  const auto fill = [&](int row, int field, Complex* s, Complex* p, Complex* q) {
    const long at = static_cast<long>(row) * width;
    angular_->source(flow, field + 1, at, width, s);
    const Complex *const g = in.g[field + 1] + at, *const flow_here = velocity + at;
    for (int i = 0; i < width; ++i) {
      p[i] = flow_here[i].real() * g[i];
      q[i] = flow_here[i].imag() * g[i];
    }
  };
  grid_.balance_to_modes(angular_->fields() - 1, fill, balance.subspan(grid_.modes()));
}

double KineticSystem::squares(std::span<const double> v) const {
  const long modes = grid_.modes();
  const std::span<const Complex> values = complex_span(v);
  return grid_.sum(settings_.reductions, [&](long k) {
    double sum = 0;
    for (int field = 0; field < angular_->fields(); ++field) sum += std::norm(values[field * modes + k]);
    return sum;
  });
}

double KineticSystem::share_drawn_back() const {
  return static_cast<double>(communicator().sum(drawn_back_)) / grid_.shape().nx / grid_.shape().ny;
}

void KineticSystem::check(double t) {
  const Moments g{g_.data(), grid_.cells()};
  const Complex* const z = g[angular_->field_of(2)];
  const int level = angular_->fields() - 1;
  std::vector<double> worst;  // excess, m, its measure, x, y, c, |z|
  const auto judge = [&](long i, const Realizability& found) {
    const double excess = found.failed == 0 ? INFINITY : found.measure;
    if (!worst.empty() && !(excess > worst[0])) return;
    worst = {excess,        static_cast<double>(found.failed), found.measure, grid_.x(i), grid_.y(i), g[0][i].real(),
             std::abs(z[i])};
  };
  if (settings_.margin) {
    const DrawnBack found =
        draw_back(g_.data(), g.stride, level, doubtful_cells(g, level, g.stride), *settings_.margin);
    drawn_back_ = found.moved;
    for (const auto& [cell, why] : found.beyond) judge(cell, why);
  } else {
    for (long i = 0; i < grid_.cells(); ++i)
      if (const double c = g[0][i].real(); !std::isfinite(c + z[i].real() + z[i].imag())) judge(i, {0, c});
  }
  if (!communicator().any(!worst.empty())) return;
  const std::vector<double> all = communicator().gather(worst);
  std::size_t first = 0;
  for (std::size_t r = 7; r < all.size(); r += 7)
    if (all[r] > all[first]) first = r;
  const double* const v = all.data() + first;
  const std::string where =
      fmt::format("t = {:.6g}, x = {:.6g}, y = {:.6g}: c = {:.6g}, |z|/c = {:.6g}", t, v[3], v[4], v[5], v[6] / v[5]);
  if (!settings_.margin)
    throw OutOfDomain(
        fmt::format("the solution is no longer finite at {}; a smaller time.step, or time.tolerance", where));
  const std::string what =
      v[1] < 1 ? "" : fmt::format(", and moment {} is outside of its disc by {:.6g} c", v[1], v[2]);
  throw OutOfDomain(fmt::format("the state is not realizable, no distribution has these moments: {}{}", where, what));
}

}  // namespace residua::kinetic
