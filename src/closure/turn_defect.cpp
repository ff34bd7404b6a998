#include "closure/turn_defect.hpp"

#include <cmath>

namespace residua::kinetic {
namespace {

/// R f_m of modes of this rank: (R f_m)(x, y) = (-1)^m f_m(y, -x).
std::vector<Complex> turned(const FourierGrid& grid, std::span<const Complex> modes, int m) {
  const Communicator self(MPI_COMM_SELF);
  const FourierGrid whole(grid.shape(), self);
  const std::vector<double> all = grid.communicator().gather(real_span(modes));
  std::vector<Complex> result(grid.modes());
  for (long k = 0; k < grid.modes(); ++k) {
    const long from = whole.find(grid.q_of(k), -grid.p_of(k));
    const Complex value(all[2 * from], all[2 * from + 1]);
    result[k] = m % 2 == 0 ? value : -value;
  }
  return result;
}

/// The modes of W of the state u.
std::vector<Complex> top_of(KineticSystem& system, const Closure& closure, double t, std::span<const double> u) {
  const FourierGrid& grid = system.grid();
  std::vector<Complex> top(grid.cells()), modes(grid.modes());
  closure.apply(system.evaluate(t, u).g, grid.cells(), top.data());
  grid.to_modes(top, 1, modes);
  return modes;
}

}  // namespace

double turn_defect(KineticSystem& system, const Closure& closure, double t, std::span<const double> u) {
  const FourierGrid& grid = system.grid();
  const std::span<const Complex> modes = complex_span(u);
  std::vector<double> other;
  for (int m = 0; m <= closure.level(); ++m)
    for (const Complex value : turned(grid, modes.subspan(m * grid.modes(), grid.modes()), m))
      other.insert(other.end(), {value.real(), value.imag()});
  const std::vector<Complex> found = top_of(system, closure, t, other),
                             expected = turned(grid, top_of(system, closure, t, u), closure.level() + 1);
  const double error = grid.sum(Reductions::reproducible, [&](long k) { return std::norm(found[k] - expected[k]); });
  return std::sqrt(error / grid.sum(Reductions::reproducible, [&](long k) { return std::norm(expected[k]); }));
}

}  // namespace residua::kinetic
