#include "kinetic/start_waves.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/error.hpp"
#include "kinetic/model.hpp"

namespace residua::kinetic {

void add_higher_moments(const FourierGrid& grid, int fields, std::span<double> u) {
  if (fields < 3) return;
  const long cells = grid.cells(), modes = grid.modes();
  std::vector<Complex> f(fields * cells);
  grid.to_cells(complex_span(u).first(2 * modes), 2, std::span(f).first(2 * cells));
  for (int m = 2; m < fields; ++m)
    for (long i = 0; i < cells; ++i) f[m * cells + i] = times(f[(m - 1) * cells + i], f[cells + i] / f[i].real());
  grid.to_modes(std::span(f).subspan(2 * cells), fields - 2, complex_span(u).subspan(2 * modes));
}

StartWaves::StartWaves(const FourierGrid& grid, int fields, int most, std::span<const double> measured, double scale)
    : grid_(grid), fields_(fields), most_(most), scale_(scale), measured_(count()) {
  if (most > std::min(grid.most_p(), grid.most_q()))
    throw Error(fmt::format("the grid keeps wave numbers up to {} only", std::min(grid.most_p(), grid.most_q())));
  const long modes = grid.modes();
  density_.assign(complex_span(measured).begin(), complex_span(measured).begin() + modes);
  long x = 0;
  for (int p = -most; p <= most; ++p)
    for (int q = -most; q <= most; ++q, x += 2) {
      const long k = grid.find(p, q);
      if (k < 0) continue;
      for (long part = 0; part < 2; ++part) {
        owned_.push_back(x + part);
        mode_.push_back(2 * k + part);
        measured_[x + part] = measured[2 * (modes + k) + part];
      }
    }
  grid.communicator().sum(measured_);
}

void StartWaves::spread(std::span<const double> x, std::span<Complex> z) const {
  std::ranges::fill(z, 0.0);
  auto* const values = reinterpret_cast<double*>(z.data());
  for (std::size_t i = 0; i < owned_.size(); ++i) values[mode_[i]] = x[owned_[i]];
}

void StartWaves::fill(std::span<const double> x, std::span<double> u) const {
  const long modes = grid_.modes();
  std::ranges::copy(density_, complex_span(u).begin());
  spread(x, complex_span(u).subspan(modes, modes));
  add_higher_moments(grid_, fields_, u);
}

std::vector<Complex> StartWaves::slopes(std::span<const double> x) const {
  const long cells = grid_.cells(), modes = grid_.modes();
  std::vector<Complex> waves(2 * modes), at(2 * cells), slopes((fields_ - 2) * cells);
  std::ranges::copy(density_, waves.begin());
  spread(x, std::span(waves).subspan(modes));
  grid_.to_cells(waves, 2, at);
  for (long i = 0; i < cells; ++i) {
    const Complex ratio = at[cells + i] / at[i].real();
    Complex power = 1;
    for (int m = 2; m < fields_; ++m) {
      power = times(power, ratio);
      slopes[(m - 2) * cells + i] = static_cast<double>(m) * power;
    }
  }
  return slopes;
}

void StartWaves::jvp(std::span<const double> x, std::span<const double> dx, std::span<double> du) const {
  const long cells = grid_.cells(), modes = grid_.modes();
  const std::span<Complex> to = complex_span(du);
  std::ranges::fill(to.first(modes), 0.0);
  spread(dx, to.subspan(modes, modes));
  if (fields_ < 3) return;
  std::vector<Complex> change = slopes(x), dz(cells);
  grid_.to_cells(to.subspan(modes, modes), 1, dz);
  for (int m = 2; m < fields_; ++m)
    for (long i = 0; i < cells; ++i) change[(m - 2) * cells + i] = times(change[(m - 2) * cells + i], dz[i]);
  grid_.to_modes(change, fields_ - 2, to.subspan(2 * modes));
}

void StartWaves::vjp(std::span<const double> x, std::span<const double> u_bar, std::span<double> x_bar) const {
  const long cells = grid_.cells(), modes = grid_.modes();
  std::vector<Complex> z_bar(modes);
  if (fields_ > 2) {
    const std::vector<Complex> slope = slopes(x);
    std::vector<Complex> f_bar((fields_ - 2) * cells), sum(cells);
    grid_.to_cells(complex_span(u_bar).subspan(2 * modes), fields_ - 2, f_bar);
    for (int m = 2; m < fields_; ++m)
      for (long i = 0; i < cells; ++i)
        sum[i] += times(std::conj(slope[(m - 2) * cells + i]), f_bar[(m - 2) * cells + i]);
    grid_.to_modes(sum, 1, z_bar);
  }
  for (long k = 0; k < modes; ++k) z_bar[k] += complex_span(u_bar)[modes + k];
  const auto* const values = reinterpret_cast<const double*>(z_bar.data());
  for (std::size_t i = 0; i < owned_.size(); ++i) x_bar[owned_[i]] += values[mode_[i]];
}

}  // namespace residua::kinetic
