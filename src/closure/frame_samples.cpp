#include "closure/frame_samples.hpp"

#include <cmath>

#include "grid/whole_rows.hpp"

namespace residua::kinetic {
namespace {

constexpr int moments = 3;  ///< of a frame

}  // namespace

FrameSamples::FrameSamples(const SimulationSettings& settings, const Communicator& communicator)
    : grid_(shape_of(settings), communicator) {}

void FrameSamples::record(Simulation& simulation) {
  KineticSystem& system = simulation.system();
  const KineticSystem::InCells in = system.evaluate(simulation.time(), simulation.state());
  FrameSample& frame = frames_.emplace_back();
  const WholeRows rows(system.grid());
  for (int m = 0; m < moments; ++m) {
    const Complex* const f = in.g[system.angular().field_of(2 * m)];
    const std::vector<Complex> whole = rows.of_cells({f, static_cast<std::size_t>(system.grid().cells())}, 1);
    frame.moments.insert(frame.moments.end(), whole.begin(), whole.end());
  }
  const Complex* const w = frame.moments.data() + 2 * grid_.cells();
  frame.size = std::sqrt(mean_over_cells(grid_, [&](long i) { return std::norm(w[i]); }));
}

void FrameSamples::save(State& state) const {
  std::vector<double>&all = state.arrays["frames/moments"], &sizes = state.arrays["frames/sizes"];
  for (const FrameSample& frame : frames_) {
    sizes.push_back(frame.size);
    for (int m = 0; m < moments; ++m) {
      const auto* const first = reinterpret_cast<const double*>(frame.moments.data() + m * grid_.cells());
      const std::vector<double> whole = grid_.communicator().gather({first, first + 2 * grid_.cells()});
      all.insert(all.end(), whole.begin(), whole.end());
    }
  }
}

void FrameSamples::load(const State& state) {
  const int nx = grid_.shape().nx;
  const long all_cells = static_cast<long>(nx) * grid_.shape().ny, first = static_cast<long>(grid_.first_row()) * nx;
  const auto* from = reinterpret_cast<const Complex*>(state.arrays.at("frames/moments").data()) + first;
  frames_.clear();
  for (const double size : state.arrays.at("frames/sizes")) {
    FrameSample& frame = frames_.emplace_back();
    frame.size = size;
    for (int m = 0; m < moments; ++m, from += all_cells)
      frame.moments.insert(frame.moments.end(), from, from + grid_.cells());
  }
}

}  // namespace residua::kinetic
