// The sums of exponential Runge-Kutta rules (exponential_weights.hpp) over all unknowns: with U_0 = u,
//
//     U_k = w_k u + sum_{j < k} w_kj N(U_j),   k = 1 .. s,
//
// with diagonal weights, functions of h L. The transpose of such a sum has the same weights.
#pragma once

#include <span>
#include <vector>

#include "solve/exponential_weights.hpp"

namespace residua {

class ExponentialRule {
 public:
  /// [unknowns]: N of the states of the stages.
  using Stages = std::vector<std::vector<double>>;

  /// Of order 2, 4 or 5; `rates` are L, one for each `width` unknowns.
  ExponentialRule(int order, std::span<const double> rates, int width);

  int stages() const { return form_.stages; }
  /// Whether it has an estimate of its error.
  bool embedded() const { return form_.error > 0; }
  /// The power of h that this goes by.
  int error_order() const { return form_.error; }
  void set_step(double h);
  /// When stage k is, from the step's start.
  double time(int k) const { return form_.nodes[k] * h_; }

  /// out <- U_k of n[j] = N(U_j), j < k.
  void combine(int k, std::span<const double> u, const Stages& n, std::span<double> out) const;
  /// out <- the error of U_s of n[j] = N(U_j), j <= s: how far it is from the embedded rule of lower order.
  void error(const Stages& n, std::span<double> out) const;
  /// u and n[j] += the transpose of `combine` of `out`.
  void transpose(int k, std::span<const double> out, std::span<double> u, Stages& n) const;

 private:
  /// out <- the sum of row k; without u where that is null.
  void sum(int k, const double* u, const Stages& n, std::span<double> out) const;

  int order_, width_;
  ExponentialOrder form_;
  double h_ = 0;
  std::vector<double> distinct_;  ///< rates
  std::vector<long> place_;       ///< of each rate in distinct_
  ExponentialWeights of_distinct_, weights_;
};

}  // namespace residua
