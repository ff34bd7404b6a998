#include "solve/evaluation.hpp"

#include <cmath>

#include "base/error.hpp"

namespace residua {

Evaluation::Evaluation(Residual& residual) : residual_(residual), u_(residual.make_unknowns()) {}

Vec Evaluation::at(std::span<const double> u) {
  scatter(u, u_);
  return u_;
}

double Evaluation::loss(std::span<const double> u) {
  ++losses_;
  const double f = residual_.loss_at(u);
  if (!std::isfinite(f)) residual_.raise_failure();
  return f;
}

double Evaluation::loss_gradient(std::span<const double> u, std::span<double> g) {
  ++gradients_;
  const double f = residual_.loss_gradient_at(u, g);
  if (!std::isfinite(f)) residual_.raise_failure();
  return f;
}

void Evaluation::raise_not_finite(std::span<const double> u) {
  const VecHandle r = residual_.make_rows();
  residual_.evaluate(at(u), r);
  residual_.require_finite(r);
  throw Error("the gradient of the residual's norm is not finite, though the residual is");
}

double dot(std::span<const double> a, std::span<const double> b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

double norm(std::span<const double> a) { return std::sqrt(dot(a, a)); }

}  // namespace residua
