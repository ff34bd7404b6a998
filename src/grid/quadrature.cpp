#include "grid/quadrature.hpp"

#include <cmath>
#include <numbers>

#include "base/error.hpp"

namespace residua {

Quadrature gauss_legendre(int n) {
  if (n < 1) throw Error("a quadrature rule needs at least one node");
  Quadrature rule;
  rule.nodes.resize(n);
  rule.weights.resize(n);
  for (int i = 0; i < n; ++i) {
    double z = std::cos(std::numbers::pi * (i + 0.75) / (n + 0.5));
    double slope = 0;
    for (int iteration = 0; iteration < 100; ++iteration) {
      double p = 1, previous = 0;
      for (int k = 1; k <= n; ++k) {
        const double older = previous;
        previous = p;
        p = ((2 * k - 1) * z * previous - (k - 1) * older) / k;
      }
      slope = n * (z * p - previous) / (z * z - 1);
      const double step = p / slope;
      z -= step;
      if (std::abs(step) < 1e-16) break;
    }
    rule.nodes[n - 1 - i] = (1 + z) / 2;
    rule.weights[n - 1 - i] = 1 / ((1 - z * z) * slope * slope);
  }
  return rule;
}

Quadrature periodic_trapezoid(int n) {
  if (n < 1) throw Error("a quadrature rule needs at least one node");
  Quadrature rule;
  for (int i = 0; i < n; ++i) rule.nodes.push_back(static_cast<double>(i) / n);
  rule.weights.assign(rule.nodes.size(), 1.0 / n);
  return rule;
}

}  // namespace residua
