// The stages of the exponential Runge-Kutta rules of etd.hpp as sums with diagonal weights: with U_0 = u,
//
//     U_k = w_k u + sum_{j < k} w_kj N(U_j),   k = 1 .. s,
//
// of which U_s is the end of the step; weights are functions of h L. The transpose of such a sum has the same weights.
#pragma once

#include <span>
#include <vector>

namespace residua {

class ExponentialRule {
 public:
  /// [unknowns]: N of the states of the stages.
  using Stages = std::vector<std::vector<double>>;

  /// Of order 2 or 4; `rates` are L, one for each `width` unknowns.
  ExponentialRule(int order, std::span<const double> rates, int width);

  int stages() const { return order_; }
  void set_step(double h);
  /// When stage k is, from the step's start.
  double time(int k) const;

  /// out <- U_k of n[j] = N(U_j), j < k.
  void combine(int k, std::span<const double> u, const Stages& n, std::span<double> out) const;
  /// u and n[j] += the transpose of `combine` of `out`.
  void transpose(int k, std::span<const double> out, std::span<double> u, Stages& n) const;

 private:
  int number(int k, int term) const { return k * (order_ + 1) + term; }
  const std::vector<double>& weight(int k, int term) const { return weights_[number(k, term)]; }

  int order_, width_;
  double h_ = 0;
  std::vector<double> distinct_;              ///< rates: waves of one length have the same
  std::vector<std::size_t> place_;            ///< of each rate among them
  std::vector<std::vector<double>> weights_;  ///< [k][u, n_0, n_1, ..]; empty where it is 0
};

}  // namespace residua
