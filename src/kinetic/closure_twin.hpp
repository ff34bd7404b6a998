// A closed run's own estimate of its error: beside it the same run with one moment more, which ends in the middle of
// what is realizable (middle.hpp), and how far the two are apart.
//
// The twin's f_{N+1} obeys the equation of which the closed run's W has the defect r (closure_defect.hpp). So where the
// two are close, their difference is what the system, linearised along the run, makes of r, to first order: with all
// that the flow makes of errors, and all that alignment makes of them, which damps them in strong flow. Later it is of
// the size of z, as errors are. It has the error of the twin in it: of a closure that is better than the twin it is the
// twin's error.
#pragma once

#include "kinetic/simulation.hpp"

namespace residua::kinetic {

/// Those of the twin of a run that has a closure.
SimulationSettings twin_settings(SimulationSettings settings);

/// |z - z'| / |z| of two runs of the same grid, z that of the first. Collective; reproducible.
double difference_of(Simulation& run, Simulation& other);

}  // namespace residua::kinetic
