#include "closure/turn_defect.hpp"

#include <cmath>

namespace residua::kinetic {
namespace {

/// R f_m of modes of this rank: (R f_m)(x, y) = (-1)^m f_m(y, -x).
std::vector<Complex> turned(const FourierGrid& grid, std::span<const Complex> modes, int m) {
  const Communicator self(MPI_COMM_SELF);
  const FourierGrid whole(grid.shape(), self);
  const std::vector<double> all =
      grid.communicator().gather({reinterpret_cast<const double*>(modes.data()), 2 * modes.size()});
  std::vector<Complex> result(grid.modes());
  for (long k = 0; k < grid.modes(); ++k) {
    const long from = whole.find(grid.q_of(k), -grid.p_of(k));
    const Complex value(all[2 * from], all[2 * from + 1]);
    result[k] = m % 2 == 0 ? value : -value;
  }
  return result;
}

/// The modes of W of the state u.
std::vector<Complex> top_of(const KineticSystem& system, const Closure& closure, std::span<const double> u) {
  const FourierGrid& grid = system.grid();
  const std::vector<Derivative> derivatives = closure.derivatives();
  const int fields = closure.level() + 1;
  const long cells = grid.cells();
  std::vector<Complex> f((fields + derivatives.size()) * cells), top(cells), modes(grid.modes());
  grid.to_cells(complex_span(u), fields, f);
  for (long i = 0; i < cells; ++i) f[i] = f[i].real();
  if (!derivatives.empty()) system.differentiate(u, derivatives, std::span(f).subspan(fields * cells));
  closure.apply({f.data(), cells}, cells, top.data());
  grid.to_modes(top, 1, modes);
  return modes;
}

}  // namespace

double turn_defect(const KineticSystem& system, const Closure& closure, std::span<const double> u) {
  const FourierGrid& grid = system.grid();
  const std::span<const Complex> modes = complex_span(u);
  std::vector<double> other;
  for (int m = 0; m <= closure.level(); ++m)
    for (const Complex value : turned(grid, modes.subspan(m * grid.modes(), grid.modes()), m))
      other.insert(other.end(), {value.real(), value.imag()});
  const std::vector<Complex> found = top_of(system, closure, other),
                             expected = turned(grid, top_of(system, closure, u), closure.level() + 1);
  const double error = grid.sum(Reductions::reproducible, [&](long k) { return std::norm(found[k] - expected[k]); });
  return std::sqrt(error / grid.sum(Reductions::reproducible, [&](long k) { return std::norm(expected[k]); }));
}

}  // namespace residua::kinetic
