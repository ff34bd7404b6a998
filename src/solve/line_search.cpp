#include "solve/line_search.hpp"

#include <algorithm>
#include <cmath>

namespace residua {
namespace {

/// Minimiser of the cubic through two points with their slopes, kept away from the ends.
double interpolate(const LinePoint& a, const LinePoint& b) {
  const double middle = (a.step + b.step) / 2;
  if (!std::isfinite(b.value) || !std::isfinite(b.slope)) return middle;
  const double t = a.slope + b.slope - 3 * (a.value - b.value) / (a.step - b.step);
  const double square = t * t - a.slope * b.slope;
  if (!(square >= 0)) return middle;
  const double root = std::copysign(std::sqrt(square), b.step - a.step);
  const double minimum = b.step - (b.step - a.step) * (b.slope + root - t) / (b.slope - a.slope + 2 * root);
  if (!std::isfinite(minimum)) return middle;
  const auto [low, high] = std::minmax(a.step, b.step);
  const double margin = 0.1 * (high - low);
  return std::clamp(minimum, low + margin, high - margin);
}

}  // namespace

std::optional<LinePoint> wolfe_search(const std::function<LinePoint(double)>& evaluate, const LinePoint& start,
                                      double first_step, const WolfeSettings& settings) {
  constexpr double growth = 2.5;
  LinePoint low = start;           // the best point with sufficient decrease so far
  std::optional<LinePoint> other;  // the end of the bracket that starts at `low`
  double step = first_step;
  for (int i = 0; i < settings.evaluations; ++i) {
    const LinePoint point = evaluate(step);
    const bool enough = std::isfinite(point.value) && std::isfinite(point.slope) &&
                        point.value <= start.value + settings.decrease * point.step * start.slope;
    if (!enough || (low.step > 0 && point.value >= low.value)) {
      other = point;
    } else {
      if (std::abs(point.slope) <= -settings.curvature * start.slope) return point;
      // The minimum lies on the side where the value falls.
      const double towards = other ? other->step - low.step : 1.0;
      if (point.slope * towards >= 0) other = low;
      low = point;
    }
    step = other ? interpolate(low, *other) : growth * step;
    if (step == low.step) break;
  }
  if (low.step > 0) return low;
  return std::nullopt;
}

}  // namespace residua
