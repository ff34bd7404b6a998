// A Residual seen by a training method: evaluations counted, failures raised.
#pragma once

#include <span>
#include <vector>

#include "solve/residual.hpp"

namespace residua {

class Evaluation {
 public:
  explicit Evaluation(Residual& residual);

  Residual& residual() { return residual_; }
  const Communicator& communicator() const { return residual_.communicator(); }
  std::size_t size() const { return static_cast<std::size_t>(residual_.unknowns()); }

  // Collective. A value that is not finite is returned as it is: a step that led there is to be rejected. What failed
  // on a rank, an exception in the residual, is thrown on all.

  /// |r(u)|^2 / 2
  double loss(std::span<const double> u);
  /// The same and g <- J' r
  double loss_gradient(std::span<const double> u, std::span<double> g);
  /// u as a vector, for the calls of residual() that need one; overwritten by the next call.
  Vec at(std::span<const double> u);

  /// Throws an Error that says where r(u) is not finite.
  [[noreturn]] void raise_not_finite(std::span<const double> u);

  long losses() const { return losses_; }
  long gradients() const { return gradients_; }

 private:
  Residual& residual_;
  VecHandle u_;
  long losses_ = 0, gradients_ = 0;
};

double dot(std::span<const double> a, std::span<const double> b);
double norm(std::span<const double> a);

}  // namespace residua
