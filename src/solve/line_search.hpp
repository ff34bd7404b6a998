// A line search for the strong Wolfe conditions
//
//     f(a) <= f(0) + c1 a f'(0),   |f'(a)| <= c2 |f'(0)|
//
// by bracketing and safeguarded cubic interpolation (Nocedal & Wright, Numerical Optimization, 2nd ed., algorithms 3.5
// and 3.6).
#pragma once

#include <functional>
#include <optional>

namespace residua {

struct LinePoint {
  double step = 0;
  double value = 0;
  double slope = 0;  ///< d value / d step
};

struct WolfeSettings {
  double decrease = 1e-4;  ///< c1
  double curvature = 0.9;  ///< c2
  int evaluations = 30;
};

/// `evaluate` fills value and slope at a step; values that are not finite count as too long a step. Returns the point
/// accepted; one with sufficient decrease alone when the evaluations run out; nothing when there is none.
std::optional<LinePoint> wolfe_search(const std::function<LinePoint(double step)>& evaluate, const LinePoint& start,
                                      double first_step, const WolfeSettings& settings = {});

}  // namespace residua
