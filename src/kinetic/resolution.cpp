#include "kinetic/resolution.hpp"

#include <algorithm>

#include "base/log.hpp"

namespace residua::kinetic {

void ResolutionWatch::look(double t, const Tails& tails, const std::string& whose) {
  largest_ = {std::max(largest_.space, tails.space), std::max(largest_.angle, tails.angle)};
  const auto beyond = [&](double tail, double limit, double& warned) {
    if (tail <= limit || (warned > 0 && (limits_.once || tail <= 10 * warned))) return false;
    warned = tail;
    return true;
  };
  if (beyond(tails.space, limits_.space, warned_.space))
    log().warn(
        "{}space is not resolved at t = {:.4g}: the shortest waves hold {:.1e} of the second moment, "
        "above grid.tolerance = {:.1e}; more grid.cells",
        whose, t, tails.space, limits_.space);
  if (beyond(tails.angle, limits_.angle, warned_.angle))
    log().warn(
        "{}the angle is not resolved at t = {:.4g}: the last angular modes are {:.1e} of the density, "
        "above angle.tolerance = {:.1e}; more {}",
        whose, t, tails.angle, limits_.angle, limits_.angle_key);
}

std::vector<double> ResolutionWatch::pack() const {
  return {largest_.space, largest_.angle, warned_.space, warned_.angle};
}

void ResolutionWatch::unpack(const std::vector<double>& packed) {
  largest_ = {packed.at(0), packed.at(1)};
  warned_ = {packed.at(2), packed.at(3)};
}

}  // namespace residua::kinetic
