// The entropy identity of the kinetic equation: for S = int int Psi log Psi,
//
//     dS/dt = int 2 Re(conj(z) e) + 2 zeta |z|^2 - int int (D_T |grad Psi|^2 + D_R Psi_theta^2) / Psi
//
// by parts from Psi_t + div(u Psi) + d_theta(thetadot Psi) = D_T Lap Psi + D_R Psi_theta_theta, with
// d_theta thetadot = -2 p p : (E + 2 zeta D) + 2 zeta c.
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "states.hpp"

namespace residua::kinetic {
namespace {

constexpr int cells = 36, angles = 64;

/// A field of modes in space and angle, [field][mode], at the angle theta in the cells: factor(n, mode) times each
/// mode.
template <class Factor>
std::vector<Complex> in_cells(const Bench& bench, const std::vector<double>& u, const Factor& factor) {
  const FourierGrid& grid = bench.grid;
  const Angular& angular = bench.system.angular();
  const auto* const modes = reinterpret_cast<const Complex*>(u.data());
  std::vector<Complex> scaled(u.size() / 2), out(angular.fields() * grid.cells());
  for (int field = 0; field < angular.fields(); ++field)
    for (long k = 0; k < grid.modes(); ++k)
      scaled[field * grid.modes() + k] = factor(field * angular.stride(), k) * modes[field * grid.modes() + k];
  grid.to_cells(scaled, angular.fields(), out);
  return out;
}

struct Entropy {
  double rate = 0, expected = 0;
};

Entropy entropy_of(Bench& bench, const std::vector<double>& u) {
  const FourierGrid& grid = bench.grid;
  const int stride = bench.system.angular().stride(), fields = bench.system.angular().fields();
  const auto one = [](int, long) { return Complex(1); };
  const std::vector<Complex> slope = in_cells(bench, bench.slope(u), one), psi = in_cells(bench, u, one),
                             x = in_cells(bench, u, [&](int, long k) { return Complex(0, grid.kx(k)); }),
                             y = in_cells(bench, u, [&](int, long k) { return Complex(0, grid.ky(k)); }),
                             turned = in_cells(bench, u, [](int n, long) { return Complex(0, -n); });
  const KineticSystem::InCells at = bench.system.evaluate(0, u);
  const Model& model = bench.system.model();
  Entropy entropy;
  for (long i = 0; i < grid.cells(); ++i) {
    const Complex z = psi[bench.system.angular().field_of(2) * grid.cells() + i];
    entropy.expected += 2 * (std::conj(z) * at.strain[i]).real() + 2 * model.zeta * std::norm(z);
    for (int j = 0; j < angles; ++j) {
      const auto value = [&](const std::vector<Complex>& g) {
        double sum = g[i].real();
        for (int field = 1; field < fields; ++field)
          sum +=
              2 * (g[field * grid.cells() + i] * std::polar(1.0, -field * stride * 2 * std::numbers::pi * j / angles))
                      .real();
        return sum / angles;  // that of Psi, times the width of an angle
      };
      const double here = value(psi), flux = model.translation * (std::pow(value(x), 2) + std::pow(value(y), 2)) +
                                             model.rotation * std::pow(value(turned), 2);
      entropy.rate += value(slope) * (std::log(here * angles / (2 * std::numbers::pi)) + 1);
      entropy.expected -= flux / here;
    }
  }
  const double area = model.length * model.length / (cells * cells);
  const Communicator& comm = grid.communicator();
  return {comm.sum(entropy.rate) * area, comm.sum(entropy.expected) * area};
}

TEST(KineticSystem, EntropyChangesByItsIdentity) {
  const Communicator world;
  for (const bool grid_of_angles : {false, true}) {
    Bench bench(cells, grid_of_angles ? make_angle_grid(angles) : hierarchy(16), world);
    const std::vector<double> u = bench.state([&](int n, int p, int q) {
      return (n == 0 && p == 0 && q == 0 ? 1.0 : 0.3) * some_waves(n, p, q, grid_of_angles);
    });
    const Entropy entropy = entropy_of(bench, u);
    EXPECT_GT(std::abs(entropy.expected), 1e-2);
    EXPECT_NEAR(entropy.rate / entropy.expected, 1, 1e-9) << grid_of_angles;
  }
}

}  // namespace
}  // namespace residua::kinetic
