// How fine the solution is, in each space direction, at each place: where features and points have to go.
//
// At sample points, with u scaled by the largest half range that it has had over the samples of any one time so far (in
// earlier windows, too: a wave may pass through zero everywhere at once),
//
//     m_i = max over unknowns, those that are inferred left out (noise would look fine), of
//           max( |d_i^2 u|^(1/2), |d_i^3 u|^(1/3), |d_i^4 u|^(1/4), floor / L_i )
//
// in 1 / length,
// L_i the side of the box. Between samples the largest that any sample casts, falling off with the distance in units of
// the sample's own length ("grading"):
//
//     m_i(x) = max_s m_i(s) / (1 + |m(s) (x - s)|_2).
#pragma once

#include <span>
#include <vector>

#include "pinn/problem.hpp"

namespace residua::pinn {

class Monitor {
 public:
  /// The floor everywhere: nothing is known yet but `scale`, the half range so far of each unknown.
  Monitor(const Problem& problem, std::vector<double> scale);

  /// The expressions that `add` wants evaluated: for each unknown its value, then the second to fourth derivatives
  /// along each space coordinate.
  static std::vector<Expression> expressions(const Problem& problem);

  /// Samples of one time at points [dimension][n], with values [expressions][n], beside those before; one that lies in
  /// the shadow of another is left out. The same on every rank.
  void add(std::span<const double> points, std::span<const double> values, long n);

  /// m by coordinate, at one point; 0 for time.
  std::vector<double> operator()(std::span<const double> point) const;

  const std::vector<double>& scale() const { return scale_; }

  /// The largest m_i of any sample.
  double finest() const;

 private:
  double distance(int i, double a, double b) const;  ///< along coordinate i, around a period

  const Problem& problem_;
  std::vector<int> space_;      ///< the coordinates other than time
  std::vector<double> scale_;   ///< by unknown
  std::vector<double> floor_;   ///< by coordinate
  std::vector<double> sample_;  ///< for each sample its point, then its m, both by coordinate
};

}  // namespace residua::pinn
