#include "kinetic/closure_defect.hpp"

#include <algorithm>
#include <cmath>

#include "grid/whole_rows.hpp"
#include "kinetic/closed_flow.hpp"
#include "kinetic/learned_closure.hpp"
#include "kinetic/realizable.hpp"

namespace residua::kinetic {
namespace {

constexpr double far = 5;            ///< deviations
constexpr double least_size = 0.01;  ///< of f_{N+1}, to which the defect is relative
constexpr double least_deviation = 1e-3;

/// The state's change in time, in cells, behind it that of the derivatives that the closure sees, and a row for that of
/// the strain rate.
std::vector<Complex> slope_in_cells(KineticSystem& system, const Closure& closure, double t,
                                    std::span<const double> u) {
  const FourierGrid& grid = system.grid();
  std::vector<double> slope(u.size()), rates(u.size() / 2);
  system.nonlinear(t, u, slope);
  system.rates(rates);
  for (std::size_t i = 0; i < u.size(); ++i) slope[i] += rates[i / 2] * u[i];
  const std::vector<Derivative> derivatives = closure.derivatives();
  const int fields = closure.level() + 1;
  std::vector<Complex> cells((fields + derivatives.size() + (closure.sees_strain() ? 1 : 0)) * grid.cells());
  grid.to_cells(complex_span(std::span(slope)), fields, cells);
  const std::size_t first = fields * grid.cells(), count = derivatives.size() * grid.cells();
  if (!derivatives.empty()) system.differentiate(slope, derivatives, std::span(cells).subspan(first, count));
  return cells;
}

/// top <- the change of W of the state `in`, evaluated last, with that of the moments.
void change_of_top(KineticSystem& system, const Closure& closure, const KineticSystem::InCells& in,
                   std::vector<Complex>& slope, std::vector<Complex>& top) {
  const std::size_t cells = top.size();
  if (!closure.sees_strain()) {
    closure.jvp(in.g, {slope.data(), static_cast<long>(cells)}, static_cast<long>(cells), top.data());
    return;
  }
  ClosedFlow::Cells flow{std::vector<Complex>(cells), std::vector<Complex>(cells), std::vector<Complex>(cells)};
  ClosedFlow(system, closure).jvp(in, {}, {}, slope, top, flow);
}

}  // namespace

ClosureDefect closure_defect(KineticSystem& system, const Closure& closure, double t, std::span<const double> u) {
  const FourierGrid& grid = system.grid();
  const Model& model = system.model();
  const long cells = grid.cells(), modes = grid.modes();
  const int level = closure.level(), m = level + 1, width = grid.width();
  std::vector<Complex> slope = slope_in_cells(system, closure, t, u);
  const auto in = system.evaluate(t, u);
  std::vector<Complex> fields((m + 1) * cells), rate(cells), next(cells);
  std::copy_n(in.g[0], m * cells, fields.begin());
  Complex* const top = fields.data() + m * cells;
  closure.apply(in.g, cells, top);
  change_of_top(system, closure, in, slope, rate);
  middles_of_next({fields.data(), cells}, m, cells, next.data());
  std::vector<Complex> balance(modes), rate_modes(modes), top_modes(modes);
  grid.balance_to_modes(
      1,
      [&](int row, int, Complex* s, Complex* p, Complex* q) {
        const long at = static_cast<long>(row) * width;
        for (long i = at; i < at + width; ++i, ++s, ++p, ++q) {
          const Complex turn = in.strain[i] + model.zeta * in.g[1][i];
          *s = static_cast<double>(m) * (times(Complex(0, in.vorticity[i].real()), top[i]) +
                                         times(turn, in.g[level][i]) - times(std::conj(turn), next[i]));
          *p = in.velocity[i].real() * top[i];
          *q = in.velocity[i].imag() * top[i];
        }
      },
      balance);
  grid.to_modes(rate, 1, rate_modes);
  grid.to_modes({top, static_cast<std::size_t>(cells)}, 1, top_modes);
  const double defect = grid.sum(Reductions::reproducible, [&](long k) {
    const double square = grid.kx(k) * grid.kx(k) + grid.ky(k) * grid.ky(k);
    const double decay = -model.translation * square - 4.0 * m * m * model.rotation;
    return std::norm(rate_modes[k] - balance[k] - decay * top_modes[k]);
  });
  const double size = grid.sum(Reductions::reproducible, [&](long k) { return std::norm(top_modes[k]); });
  return {std::sqrt(defect), std::sqrt(defect / (size + least_size * least_size))};
}

TrainingDistance training_distance(KineticSystem& system, const ClosureNetwork& network, double t,
                                   std::span<const double> u) {
  const FourierGrid& grid = system.grid();
  const long cells = grid.cells();
  const auto count = static_cast<long>(network.mean.size());
  std::vector<double> values(count * cells);
  std::vector<double> parameters;
  for (const std::string& name : network.parameters) parameters.push_back(model_value(system.model(), name));
  const ClosureForm form = network.form();
  std::vector<double> raw(form.raw() * cells);
  form.load(system.evaluate(t, u).g, cells, parameters, raw);
  ClosureInvariants(form).evaluate(raw, cells, values);
  std::vector<double> square(cells), largest(cells);
  for (long k = 0; k < count; ++k)
    for (long i = 0; i < cells; ++i) {
      const double deviations =
          std::abs(values[k * cells + i] - network.mean[k]) / std::max(network.deviation[k], least_deviation);
      square[i] += deviations * deviations / static_cast<double>(count);
      largest[i] = std::max(largest[i], deviations);
    }
  return {std::sqrt(mean_over_cells(grid, [&](long i) { return square[i]; })),
          mean_over_cells(grid, [&](long i) { return largest[i] > far ? 1.0 : 0.0; })};
}

}  // namespace residua::kinetic
