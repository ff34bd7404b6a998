// How far a closure is from turning with the fields.
#pragma once

#include "kinetic/kinetic_system.hpp"

namespace residua::kinetic {

/// |W(R f) - R W(f)| / |W(f)| over the modes of the state u of the closed system, R being the turn of fields and axes
/// by a right angle: 0 where the closure is equivariant, but for rounding, and for the flow's tolerance where it sees
/// that. Of a square grid. Collective.
double turn_defect(KineticSystem& system, const Closure& closure, double t, std::span<const double> u);

}  // namespace residua::kinetic
