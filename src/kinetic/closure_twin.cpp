#include "kinetic/closure_twin.hpp"

namespace residua::kinetic {

SimulationSettings twin_settings(SimulationSettings settings) {
  settings.closure = ClosureChoice{"middle", settings.closure->level + 1, nullptr, settings.closure->margin};
  return settings;
}

double difference_of(Simulation& run, Simulation& other) {
  return relative_difference(run.system().grid(), Reductions::reproducible,
                             second_moment(other.system(), other.state()), second_moment(run.system(), run.state()),
                             [](long) { return 1.0; });
}

}  // namespace residua::kinetic
