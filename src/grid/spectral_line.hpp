// Nodes on an interval with spectral differentiation and interpolation.
//
// Fourier: n (even) equispaced nodes of a periodic interval, the upper end left out. Chebyshev: elements between given
// edges, each with the p + 1 Chebyshev-Gauss-Lobatto nodes x_k = -cos(pi k / p); a node where two elements meet is
// there twice. Elements on a circle are numbered from both ends, first, last, second, last but one: so neighbours are
// near each other in the order of the nodes, and what couples them is a band. Derivatives of order l by the recursion
// of B. D. Welfert (SIAM J. Numer. Anal. 34, 1997) with the diagonal as minus the sum of the row; interpolation by the
// barycentric formula (J.-P. Berrut, L. N. Trefethen, SIAM Review 46, 2004), trigonometric sums in the periodic case.
#pragma once

#include <span>
#include <vector>

namespace residua {

/// sum_k weights[k] f(node first + k)
struct Stencil {
  int first = 0;
  std::vector<double> weights;
};

class SpectralLine {
 public:
  static SpectralLine fourier(double lo, double hi, int n);
  static SpectralLine chebyshev(std::vector<double> edges, int degree, bool circle = false);

  bool fourier() const { return fourier_; }
  /// Of elements: whether the last joins the first.
  bool circle() const { return circle_; }
  int size() const { return static_cast<int>(nodes_.size()); }
  int elements() const { return static_cast<int>(edges_.size()) - 1; }
  /// Nodes of one element.
  int block() const { return size() / elements(); }
  const std::vector<double>& nodes() const { return nodes_; }
  const std::vector<double>& edges() const { return edges_; }
  /// The first, lowest node of an element; elements are counted along the line.
  int first_node(int element) const { return position_[element] * block(); }

  /// The derivative of the given order, 0 to 8, at a node, within the node's element.
  Stencil derivative(int node, int order) const;

  /// The same at all nodes, from values [size()], with less rounding: on a circle by way of the Fourier coefficients,
  /// so that the rounding of high modes, which high derivatives magnify, stays with them; in elements from differences.
  std::vector<double> differentiate(std::span<const double> values, int order) const;

  /// The value at any point of the interval; one outside by rounding belongs to the element at the end.
  Stencil interpolation(double x) const;

  /// For each element, along the line, the largest of its last three Chebyshev (or Fourier) coefficients: what has not
  /// been resolved is about as large. values [size()].
  std::vector<double> tails(std::span<const double> values) const;

 private:
  int element_of(int node) const { return element_[node / block()]; }
  double length(int element) const { return edges_[element + 1] - edges_[element]; }

  bool fourier_ = false, circle_ = false;
  std::vector<double> edges_, nodes_;
  std::vector<int> position_, element_;           ///< of an element in the order of the nodes, and the reverse
  std::vector<std::vector<double>> derivatives_;  ///< by order; [block][block] on [-1, 1], or a circulant's first row
  std::vector<double> cosine_, sine_;             ///< of 2 pi m / n, on a circle
};

}  // namespace residua
