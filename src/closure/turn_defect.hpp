// How far a closure is from turning with the fields.
#pragma once

#include "kinetic/kinetic_system.hpp"

namespace residua::kinetic {

/// |W(R f) - R W(f)| / |W(f)| over the modes of the state u of the closed system, R being the turn of fields and axes
/// by a right angle: 0 but for rounding where the closure is equivariant. Of a square grid. Collective.
double turn_defect(const KineticSystem& system, const Closure& closure, std::span<const double> u);

}  // namespace residua::kinetic
