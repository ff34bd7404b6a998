#include "kinetic/observe.hpp"

#include <cmath>

#include "grid/whole_rows.hpp"

namespace residua::kinetic {
namespace {

std::span<const Complex> field(const KineticSystem& system, std::span<const double> u, int number) {
  const auto modes = static_cast<std::size_t>(system.grid().modes());
  return complex_span(u).subspan(number * modes, modes);
}

/// Root mean square over the cells of what is in the modes.
double size_of(const FourierGrid& grid, std::span<const Complex> modes) {
  return std::sqrt(grid.sum(Reductions::reproducible, [&](long k) { return std::norm(modes[k]); }));
}

}  // namespace

double angle_tail(const KineticSystem& system, std::span<const double> u) {
  const FourierGrid& grid = system.grid();
  const int top = system.angular().fields() - 1;
  const double last = size_of(grid, field(system, u, top)), next = size_of(grid, field(system, u, top - 1));
  return std::max(last, next) / size_of(grid, field(system, u, 0));
}

double relative_difference(const FourierGrid& grid, Reductions reductions, std::span<const Complex> a,
                           std::span<const Complex> b, const std::function<double(long k)>& weight) {
  const double apart = grid.sum(reductions, [&](long k) { return weight(k) * std::norm(a[k] - b[k]); });
  const double size = grid.sum(reductions, [&](long k) { return weight(k) * std::norm(b[k]); });
  return size > 0 ? std::sqrt(apart / size) : 0;
}

std::span<const Complex> second_moment(const KineticSystem& system, std::span<const double> u) {
  return field(system, u, system.angular().field_of(2));
}

Tails tails_of(const KineticSystem& system, std::span<const double> u) {
  const FourierGrid& grid = system.grid();
  const std::span<const Complex> z = second_moment(system, u);
  const auto outer = [&](long k) {
    return std::abs(grid.p_of(k)) > 0.9 * grid.most_p() || std::abs(grid.q_of(k)) > 0.9 * grid.most_q();
  };
  const double all = size_of(grid, z);
  const double tail =
      std::sqrt(grid.sum(Reductions::reproducible, [&](long k) { return outer(k) ? std::norm(z[k]) : 0; }));
  return {all > 0 ? tail / all : 0, angle_tail(system, u)};
}

Observation observe(KineticSystem& system, double t, std::span<const double> u, const std::optional<Wave>& wave) {
  const FourierGrid& grid = system.grid();
  const Communicator& comm = grid.communicator();
  const auto in = system.evaluate(t, u);
  const std::span<const Complex> z = second_moment(system, u);
  const Complex* const cell_z = in.g[system.angular().field_of(2)];
  Observation seen;
  const auto order = [&](long i) { return std::abs(cell_z[i]) / in.g[0][i].real(); };
  double least = INFINITY, most = 0;
  for (long i = 0; i < grid.cells(); ++i) {
    least = std::min(least, in.g[0][i].real());
    most = std::max(most, order(i));
  }
  const long zero = grid.find(0, 0);
  seen.mean_density = comm.sum(zero >= 0 ? field(system, u, 0)[zero].real() : 0.0);
  seen.least_density = comm.min(least);
  seen.most_order = comm.max(most);
  seen.mean_order = mean_over_cells(grid, order);
  seen.speed = std::sqrt(mean_over_cells(grid, [&](long i) { return std::norm(in.velocity[i]); }));
  seen.power = system.flow().power();
  seen.tails = tails_of(system, u);
  seen.unrealizable = system.share_drawn_back();
  if (wave) {
    const auto part = [&](int p, int q) {
      const long k = grid.find(p, q);
      return k >= 0 ? times(std::conj(wave->direction()), z[k]).real() : 0.0;
    };
    seen.wave = std::abs(comm.sum(part(wave->p, wave->q)) + comm.sum(part(-wave->p, -wave->q)));
  }
  return seen;
}

CellFields cell_fields(KineticSystem& system, double t, std::span<const double> u) {
  const auto in = system.evaluate(t, u);
  const Complex* const z = in.g[system.angular().field_of(2)];
  CellFields fields;
  const auto add = [&](const char* name, const std::function<double(long)>& value) {
    std::vector<double>& field = fields[name];
    for (long i = 0; i < system.grid().cells(); ++i) field.push_back(value(i));
  };
  add("c", [&](long i) { return in.g[0][i].real(); });
  add("order", [&](long i) { return std::abs(z[i]) / in.g[0][i].real(); });
  add("director_x", [&](long i) { return std::cos(0.5 * std::arg(z[i])); });
  add("director_y", [&](long i) { return std::sin(0.5 * std::arg(z[i])); });
  add("D_xx", [&](long i) { return 0.5 * (in.g[0][i].real() + z[i].real()); });
  add("D_xy", [&](long i) { return 0.5 * z[i].imag(); });
  add("D_yy", [&](long i) { return 0.5 * (in.g[0][i].real() - z[i].real()); });
  add("u", [&](long i) { return in.velocity[i].real(); });
  add("v", [&](long i) { return in.velocity[i].imag(); });
  add("vorticity", [&](long i) { return in.vorticity[i].real(); });
  add("E_xx", [&](long i) { return in.strain[i].real(); });
  add("E_xy", [&](long i) { return in.strain[i].imag(); });
  return fields;
}

FieldSet fields_of(KineticSystem& system, double t, std::span<const double> u) {
  const FourierGrid& grid = system.grid();
  Axis x{"x", {}}, y{"y", {}};
  for (int i = 0; i < grid.shape().nx; ++i) x.values.push_back(grid.shape().length_x * i / grid.shape().nx);
  for (int j = 0; j < grid.shape().ny; ++j) y.values.push_back(grid.shape().length_y * j / grid.shape().ny);
  FieldSet fields({x, y}, "", grid.communicator());
  for (const auto& [name, own] : cell_fields(system, t, u)) {
    // the file's parts are not whole rows
    const std::vector<double> whole = grid.communicator().gather(WholeRows(grid).of_cells(own, 1));
    const auto first = whole.begin() + static_cast<std::ptrdiff_t>(fields.begin());
    fields.set(name, {first, first + static_cast<std::ptrdiff_t>(fields.local_size())});
  }
  return fields;
}

}  // namespace residua::kinetic
