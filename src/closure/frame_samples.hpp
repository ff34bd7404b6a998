// Whole frames of kinetic runs: what closures of whole fields are fitted to.
#pragma once

#include <memory>
#include <vector>

#include "io/state.hpp"
#include "kinetic/simulation.hpp"

namespace residua::kinetic {

/// c, z and w in this rank's whole rows of cells, [3][cells], and the root mean square of w over all cells.
struct FrameSample {
  std::vector<Complex> moments;
  double size = 0;
};

class FrameSamples {
 public:
  /// Collective.
  FrameSamples(const SimulationSettings& settings, const Communicator& communicator);

  /// In slabs, on any process grid.
  const FourierGrid& grid() const { return grid_; }
  const std::vector<FrameSample>& frames() const { return frames_; }

  /// Adds the simulation's present state. Collective, like what follows.
  void record(Simulation& simulation);

  void save(State& state) const;
  void load(const State& state);

 private:
  FourierGrid grid_;
  std::vector<FrameSample> frames_;
};

}  // namespace residua::kinetic
