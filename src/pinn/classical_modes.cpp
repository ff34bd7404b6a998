#include "pinn/classical_modes.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace residua::pinn {
namespace {

using Complex = std::complex<double>;

/// The inverse of a [n][n], row by row, by elimination with full pivoting; rows and columns without a pivot give zero.
std::vector<Complex> invert(std::vector<Complex> a, int n) {
  std::vector<Complex> b(n * n), inverse(n * n);
  for (int i = 0; i < n; ++i) b[i * n + i] = 1;
  // The rows differ in size by their orders of derivatives.
  for (int i = 0; i < n; ++i) {
    double largest = 0;
    for (int k = 0; k < n; ++k) largest = std::max(largest, std::abs(a[i * n + k]));
    if (largest == 0) continue;
    for (int k = 0; k < n; ++k) {
      a[i * n + k] /= largest;
      b[i * n + k] /= largest;
    }
  }
  std::vector<int> column_of(n, -1);
  std::vector<char> used(n);
  for (int step = 0; step < n; ++step) {
    int row = -1, column = -1;
    double largest = 1e-13;
    for (int i = 0; i < n; ++i)
      for (int k = 0; k < n; ++k)
        if (column_of[i] < 0 && !used[k] && std::abs(a[i * n + k]) > largest) {
          largest = std::abs(a[i * n + k]);
          row = i;
          column = k;
        }
    if (row < 0) break;
    column_of[row] = column;
    used[column] = 1;
    for (int i = 0; i < n; ++i) {
      if (i == row) continue;
      const Complex factor = a[i * n + column] / a[row * n + column];
      for (int k = 0; k < n; ++k) {
        a[i * n + k] -= factor * a[row * n + k];
        b[i * n + k] -= factor * b[row * n + k];
      }
    }
  }
  for (int i = 0; i < n; ++i)
    if (column_of[i] >= 0)
      for (int k = 0; k < n; ++k) inverse[column_of[i] * n + k] = b[i * n + k] / a[i * n + column_of[i]];
  return inverse;
}

/// (i k)^order on a circle of n points; odd derivatives of the highest mode vanish at the points.
Complex symbol(const SpectralLine& line, int mode, int order) {
  const int n = line.size(), k = mode <= n / 2 ? mode : mode - n;
  if (2 * mode == n && order % 2 == 1) return 0;
  const double length = line.edges()[1] - line.edges()[0];
  Complex product = 1;
  for (int i = 0; i < order; ++i) product *= Complex(0, 2 * std::numbers::pi * k / length);
  return product;
}

}  // namespace

ModeSolver::ModeSolver(const std::vector<SpectralLine>& lines, int states, std::span<const ModeTerm> terms,
                       Complex shift)
    : lines_(lines), states_(states) {
  for (const SpectralLine& line : lines) modes_ *= line.size();
  for (int mode = 0; mode < modes_; ++mode) {
    std::vector<Complex> matrix(states * states);
    for (const ModeTerm& term : terms) {
      Complex value = term.factor * (term.slope ? shift : 1);
      int rest = mode;
      for (std::size_t d = lines.size(); d-- > 0; rest /= lines[d].size())
        value *= symbol(lines[d], rest % lines[d].size(), term.order[d]);
      matrix[term.row * states + term.state] += value;
    }
    const std::vector<Complex> inverse = invert(std::move(matrix), states);
    inverse_.insert(inverse_.end(), inverse.begin(), inverse.end());
  }
}

void ModeSolver::solve(std::span<Complex> b) const {
  transform(b, -1);
  std::vector<Complex> x(states_);
  for (int mode = 0; mode < modes_; ++mode) {
    const Complex* inverse = &inverse_[static_cast<std::size_t>(mode) * states_ * states_];
    const std::span<Complex> here = b.subspan(static_cast<std::size_t>(mode) * states_, states_);
    for (int s = 0; s < states_; ++s) {
      x[s] = 0;
      for (int row = 0; row < states_; ++row) x[s] += inverse[s * states_ + row] * here[row];
    }
    for (int s = 0; s < states_; ++s) here[s] = x[s] / static_cast<double>(modes_);
  }
  transform(b, 1);
}

void ModeSolver::transform(std::span<Complex> values, int sign) const {
  int stride = modes_ * states_;
  for (const SpectralLine& line : lines_) {
    const int n = line.size();
    stride /= n;
    std::vector<Complex> root(n), in(n);
    for (int k = 0; k < n; ++k) root[k] = std::polar(1.0, sign * 2 * std::numbers::pi * k / n);
    for (int p = 0; p < modes_ * states_; ++p) {
      if (p / stride % n != 0) continue;
      for (int k = 0; k < n; ++k) in[k] = values[p + k * stride];
      for (int k = 0; k < n; ++k) {
        double real = 0, imaginary = 0;
        for (int j = 0, at = 0; j < n; ++j, at = at + k < n ? at + k : at + k - n) {
          real += in[j].real() * root[at].real() - in[j].imag() * root[at].imag();
          imaginary += in[j].real() * root[at].imag() + in[j].imag() * root[at].real();
        }
        values[p + k * stride] = {real, imaginary};
      }
    }
  }
}

}  // namespace residua::pinn
