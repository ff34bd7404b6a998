#include "grid/spectral_line.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace residua {
namespace {

constexpr int most_derivatives = 8;

/// The first row of each circulant, on a circle of length 2 pi.
std::vector<std::vector<double>> fourier_derivatives(const std::vector<double>& cosine,
                                                     const std::vector<double>& sine) {
  const auto n = static_cast<int>(cosine.size());
  std::vector<std::vector<double>> all;
  for (int order = 0; order <= most_derivatives; ++order) {
    const bool even = order % 2 == 0;
    const double sign = ((order + 1) / 2) % 2 == 0 ? 1 : -1;
    std::vector<double> row(n);
    for (int m = 0; m < n; ++m) {
      double sum = order == 0 ? 1 : 0;
      for (int k = 1; k < n / 2; ++k) {
        const auto at = static_cast<int>(static_cast<long>(k) * m % n);
        sum += 2 * sign * std::pow(k, order) * (even ? cosine[at] : sine[at]);
      }
      // The odd derivatives of the highest mode vanish at the nodes.
      if (even) sum += sign * std::pow(n / 2, order) * (m % 2 == 0 ? 1 : -1);
      row[m] = sum / n;
    }
    all.push_back(std::move(row));
  }
  return all;
}

double barycentric_weight(int k, int degree) { return (k % 2 == 0 ? 1.0 : -1.0) * (k == 0 || k == degree ? 0.5 : 1.0); }

std::vector<std::vector<double>> chebyshev_derivatives(int degree) {
  const int n = degree + 1;
  const double half = std::numbers::pi / (2 * degree);
  std::vector<std::vector<double>> all(1, std::vector<double>(static_cast<std::size_t>(n) * n));
  for (int i = 0; i < n; ++i) all[0][static_cast<std::size_t>(i) * n + i] = 1;
  for (int order = 1; order <= most_derivatives; ++order) {
    const std::vector<double>& lower = all.back();
    std::vector<double> d(lower.size());
    for (int i = 0; i < n; ++i) {
      double sum = 0;
      const std::size_t row = static_cast<std::size_t>(i) * n;
      for (int j = 0; j < n; ++j) {
        if (j == i) continue;
        const double distance = 2 * std::sin((i + j) * half) * std::sin((i - j) * half);  // x_i - x_j, no cancellation
        const double ratio = barycentric_weight(j, degree) / barycentric_weight(i, degree);
        d[row + j] = order / distance * (ratio * lower[row + i] - lower[row + j]);
        sum += d[row + j];
      }
      d[row + i] = -sum;
    }
    all.push_back(std::move(d));
  }
  return all;
}

}  // namespace

SpectralLine SpectralLine::fourier(double lo, double hi, int n) {
  SpectralLine line;
  line.fourier_ = true;
  line.edges_ = {lo, hi};
  line.position_ = line.element_ = {0};
  for (int k = 0; k < n; ++k) {
    line.nodes_.push_back(lo + (hi - lo) * k / n);
    line.cosine_.push_back(std::cos(2 * std::numbers::pi * k / n));
    line.sine_.push_back(std::sin(2 * std::numbers::pi * k / n));
  }
  line.derivatives_ = fourier_derivatives(line.cosine_, line.sine_);
  return line;
}

SpectralLine SpectralLine::chebyshev(std::vector<double> edges, int degree, bool circle) {
  SpectralLine line;
  line.circle_ = circle;
  line.edges_ = std::move(edges);
  const int elements = line.elements();
  line.position_.resize(elements);
  for (int b = 0; b < elements; ++b) {
    line.element_.push_back(!circle ? b : b % 2 == 0 ? b / 2 : elements - 1 - b / 2);
    line.position_[line.element_[b]] = b;
  }
  for (const int e : line.element_) {
    const double lo = line.edges_[e], hi = line.edges_[e + 1];
    for (int k = 0; k <= degree; ++k) {
      const double s = std::sin(std::numbers::pi * k / (2 * degree));
      line.nodes_.push_back(k == degree ? hi : lo + (hi - lo) * s * s);
    }
  }
  line.derivatives_ = chebyshev_derivatives(degree);
  return line;
}

Stencil SpectralLine::derivative(int node, int order) const {
  const std::vector<double>& d = derivatives_[order];
  const int n = block(), i = node % n;
  const double scale = std::pow((fourier_ ? 2 * std::numbers::pi : 2) / length(element_of(node)), order);
  Stencil stencil{node - i, std::vector<double>(n)};
  for (int j = 0; j < n; ++j)
    stencil.weights[j] = scale * (fourier_ ? d[(i - j + n) % n] : d[static_cast<std::size_t>(i) * n + j]);
  return stencil;
}

std::vector<double> SpectralLine::differentiate(std::span<const double> values, int order) const {
  std::vector<double> result(values.size());
  if (!fourier_) {
    const int n = block();
    for (int i = 0; i < size(); ++i) {
      const int first = i / n * n;
      const double scale = std::pow(2 / length(element_of(i)), order);
      const double* row = &derivatives_[order][static_cast<std::size_t>(i % n) * n];
      const double here = order == 0 ? 0 : values[i];
      double sum = 0;
      for (int j = 0; j < n; ++j) sum += row[j] * (values[first + j] - here);
      result[i] = scale * sum;
    }
    return result;
  }
  const int n = size();
  const double step = 2 * std::numbers::pi / (edges_[1] - edges_[0]);
  for (int k = 0; k <= n / 2; ++k) {
    const bool highest = k == n / 2;
    if ((k == 0 && order > 0) || (highest && order % 2 == 1)) continue;
    double c = 0, s = 0;
    for (int j = 0, at = 0; j < n; ++j, at = at + k < n ? at + k : at + k - n) {
      c += values[j] * cosine_[at];
      s += values[j] * sine_[at];
    }
    const double factor = std::pow(k * step, order) / n * (k == 0 || highest ? 1 : 2);
    // (d/dx)^order turns (c, s) by a quarter for each order.
    const double sign = order % 4 == 1 || order % 4 == 2 ? -1 : 1;
    const double a = sign * factor * (order % 2 == 0 ? c : -s), b = sign * factor * (order % 2 == 0 ? s : c);
    for (int j = 0, at = 0; j < n; ++j, at = at + k < n ? at + k : at + k - n)
      result[j] += a * cosine_[at] + b * sine_[at];
  }
  return result;
}

Stencil SpectralLine::interpolation(double x) const {
  const int n = block();
  const auto above = std::upper_bound(edges_.begin() + 1, edges_.end() - 1, x);
  const auto element = static_cast<int>(above - edges_.begin()) - 1;
  Stencil stencil{first_node(element), std::vector<double>(n)};
  for (int k = 0; k < n; ++k)
    if (x == nodes_[stencil.first + k]) {
      stencil.weights[k] = 1;
      return stencil;
    }
  double sum = 0;
  for (int k = 0; k < n; ++k) {
    const double distance = x - nodes_[stencil.first + k];
    if (fourier_) {
      const double angle = 2 * std::numbers::pi * distance / (edges_[1] - edges_[0]);
      // 1 + 2 sum cos(k a) + cos(n a / 2), over n, in closed form
      const double half = std::sin(angle / 2);
      stencil.weights[k] = std::abs(half) < 1e-14 ? 1 : std::sin(n * angle / 2) * std::cos(angle / 2) / (n * half);
    } else {
      stencil.weights[k] = barycentric_weight(k, n - 1) / distance;
      sum += stencil.weights[k];
    }
  }
  if (!fourier_)
    for (double& w : stencil.weights) w /= sum;
  return stencil;
}

std::vector<double> SpectralLine::tails(std::span<const double> values) const {
  const int n = block();
  std::vector<double> all;
  for (int e = 0; e < elements(); ++e) {
    double largest = 0;
    for (int back = 0; back < 3; ++back) {
      const int k = fourier_ ? n / 2 - back : n - 1 - back;
      double c = 0, s = 0;
      for (int j = 0; j < n; ++j) {
        const double f = values[first_node(e) + j] / (fourier_ ? n : n - 1);
        if (fourier_) {
          const double angle = 2 * std::numbers::pi * static_cast<double>(static_cast<long>(j) * k % n) / n;
          c += 2 * f * std::cos(angle);
          s += 2 * f * std::sin(angle);
        } else {
          const double end = j == 0 || j == n - 1 ? 1 : 2;
          c += end * f *
               std::cos(std::numbers::pi * static_cast<double>(static_cast<long>(j) * k % (2 * n - 2)) / (n - 1));
        }
      }
      largest = std::max(largest, std::hypot(c, s));
    }
    all.push_back(largest);
  }
  return all;
}

}  // namespace residua
