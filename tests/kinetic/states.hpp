// States of kinetic systems for tests, given by a function of the angular mode and the wave vector: the same on any
// number of ranks.
#pragma once

#include <functional>

#include "base/random.hpp"
#include "kinetic/kinetic_system.hpp"

namespace residua::kinetic {

inline const Model reference{.alpha = -1, .beta = 0.8, .zeta = 1, .translation = 0.05, .rotation = 0.05, .length = 10};

/// A mode of g_n at the wave vector (p, q).
using Amplitude = std::function<Complex(int n, int p, int q)>;

/// A grid, a flow and a system on it.
struct Bench {
  Bench(int cells, std::unique_ptr<Angular> angular, const Communicator& comm, const Model& model = reference,
        Reductions reductions = Reductions::fast, std::optional<Margin> margin = {})
      : grid({cells, cells, model.length, model.length}, comm),
        flow(grid, model, 1e-13, reductions),
        system(grid, std::move(angular), flow, {model, reductions, margin}) {}

  std::vector<double> state(const Amplitude& amplitude) const {
    std::vector<double> u(system.local_size());
    auto* const modes = reinterpret_cast<Complex*>(u.data());
    for (int field = 0; field < system.angular().fields(); ++field)
      for (long k = 0; k < grid.modes(); ++k)
        modes[field * grid.modes() + k] = amplitude(field * system.angular().stride(), grid.p_of(k), grid.q_of(k));
    return u;
  }

  /// L u + N(u).
  std::vector<double> slope(const std::vector<double>& u) {
    std::vector<double> n(u.size()), rates(u.size() / 2);
    system.nonlinear(0, u, n);
    system.rates(rates);
    for (std::size_t i = 0; i < u.size(); ++i) n[i] += rates[i / 2] * u[i];
    return n;
  }

  /// The mode of g_n at (p, q), 0 when another rank has it.
  Complex at(const std::vector<double>& u, int n, int p, int q) const {
    const long k = grid.find(p, q);
    return k < 0 ? 0 : reinterpret_cast<const Complex*>(u.data())[system.angular().field_of(n) * grid.modes() + k];
  }

  FourierGrid grid;
  Flow flow;
  KineticSystem system;
};

inline std::unique_ptr<Angular> hierarchy(int moments) { return make_hierarchy(make_closure("truncation", moments)); }

/// Waves up to 2 of all angular modes on the isotropic state, smaller for higher ones; c is real, and odd modes are 0
/// unless `polar`.
inline Complex some_waves(int n, int p, int q, bool polar = false) {
  if (p == 0 && q == 0 && n == 0) return 1;
  if (std::abs(p) > 2 || std::abs(q) > 2 || (n % 2 != 0 && !polar)) return 0;
  const auto draw = [n](int a, int b) {
    const auto index = static_cast<std::uint64_t>((a + 2) * 5 + b + 2);
    return Complex(normal(9, 2 * static_cast<std::uint64_t>(n), index),
                   normal(9, 2 * static_cast<std::uint64_t>(n) + 1, index));
  };
  const double size = 0.03 * std::pow(0.3, n / 2);
  return n == 0 ? 0.5 * size * (draw(p, q) + std::conj(draw(-p, -q))) : size * draw(p, q);
}

inline Complex even_waves(int n, int p, int q) { return some_waves(n, p, q); }

/// The largest difference of complex numbers over all ranks.
inline double distance(const Communicator& comm, const std::vector<double>& a, const std::vector<double>& b) {
  double worst = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double difference = std::abs(a[i] - b[i]);
    worst = difference <= worst ? worst : difference;  // keeps what is no number
  }
  return comm.max(worst);
}

}  // namespace residua::kinetic
