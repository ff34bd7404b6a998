#include "kinetic/closure_twin.hpp"

#include <cmath>

namespace residua::kinetic {

SimulationSettings twin_settings(SimulationSettings settings) {
  settings.closure = ClosureChoice{"middle", settings.closure->level + 1, nullptr, settings.closure->margin};
  return settings;
}

double difference_of(Simulation& run, Simulation& other) {
  const FourierGrid& grid = run.system().grid();
  const auto z_of = [&](Simulation& simulation) {
    return reinterpret_cast<const Complex*>(simulation.state().data()) +
           simulation.system().angular().field_of(2) * grid.modes();
  };
  const Complex *const z = z_of(run), *const other_z = z_of(other);
  const double size = grid.sum(Reductions::reproducible, [&](long k) { return std::norm(z[k]); });
  const double apart = grid.sum(Reductions::reproducible, [&](long k) { return std::norm(z[k] - other_z[k]); });
  return size > 0 ? std::sqrt(apart / size) : 0;
}

}  // namespace residua::kinetic
