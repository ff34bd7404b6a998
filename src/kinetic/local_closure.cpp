#include "kinetic/local_closure.hpp"

#include <algorithm>

#include "kinetic/model.hpp"

namespace residua::kinetic {

void LocalClosure::apply(Moments f, long cells, Complex* top) const {
  constexpr long block = 256;
  double x[block], g[block];
  for (long first = 0; first < cells; first += block) {
    const long count = std::min(block, cells - first);
    const Complex *c = f[0] + first, *z = f[1] + first;
    for (long i = 0; i < count; ++i) x[i] = std::norm(z[i]) / (c[i].real() * c[i].real());
    values(x, count, g);
    for (long i = 0; i < count; ++i) top[first + i] = g[i] / c[i].real() * times(z[i], z[i]);
  }
}

void LocalClosure::jvp(Moments f, Moments df, long cells, Complex* top) const {
  for (long i = 0; i < cells; ++i) {
    const double c = f[0][i].real(), dc = df[0][i].real();
    const Complex z = f[1][i], dz = df[1][i], square = times(z, z) / c;
    const double x = std::norm(z) / (c * c);
    const double dx = 2 * (z.real() * dz.real() + z.imag() * dz.imag()) / (c * c) - 2 * x * dc / c;
    const auto [g, slope] = at(x);
    top[i] = slope * dx * square + g * (2 / c * times(z, dz) - dc / c * square);
  }
}

void LocalClosure::vjp(Moments f, const Complex* top, long cells, Complex* df) const {
  for (long i = 0; i < cells; ++i) {
    const double c = f[0][i].real();
    const Complex z = f[1][i], square = times(z, z) / c;
    const double x = std::norm(z) / (c * c);
    const auto [g, slope] = at(x);
    const double along = times(std::conj(top[i]), square).real();
    df[i] = -(2 * slope * x + g) * along / c;
    df[f.stride + i] = 2 * slope * along / (c * c) * z + 2 * g / c * times(top[i], std::conj(z));
  }
}

}  // namespace residua::kinetic
