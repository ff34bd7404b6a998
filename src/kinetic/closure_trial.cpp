#include "kinetic/closure_trial.hpp"

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "base/timer.hpp"

namespace residua::kinetic {

Frames run_frames(const SimulationSettings& settings, const Start& start, const std::vector<double>& times,
                  const Communicator& communicator, const Watch& watch) {
  Frames frames;
  Simulation simulation(settings, communicator);
  simulation.begin(start);
  for (const double time : times) {
    const Timer timer;
    bool reached = false;
    try {
      reached = simulation.advance(time, [&] { return watch(simulation); });
    } catch (const InputError&) {
      throw;
    } catch (const Error& error) {
      frames.failure = error.what();
    }
    frames.seconds += timer.seconds();
    if (!reached) return frames;
    KineticSystem& system = simulation.system();
    system.evaluate(time, simulation.state());
    const auto* const modes = reinterpret_cast<const Complex*>(simulation.state().data());
    const long count = system.grid().modes();
    const Complex* const z = modes + system.angular().field_of(2) * count;
    frames.z.emplace_back(z, z + count);
    frames.vorticity.emplace_back(system.flow().vorticity().begin(), system.flow().vorticity().end());
  }
  return frames;
}

std::vector<FrameError> frame_errors(const Frames& found, const Frames& reference, const SimulationSettings& settings,
                                     const Communicator& communicator) {
  const FourierGrid grid({settings.nx, settings.ny, settings.model.length, settings.model.length}, communicator);
  const auto relative = [&](const std::vector<Complex>& a, const std::vector<Complex>& b, bool velocity) {
    const auto weight = [&](long k) {  // |u_k| = |om_k| / |k|
      const double square = grid.kx(k) * grid.kx(k) + grid.ky(k) * grid.ky(k);
      return !velocity ? 1 : (square > 0 ? 1 / square : 0);
    };
    const double error = grid.sum(settings.reductions, [&](long k) { return weight(k) * std::norm(a[k] - b[k]); });
    return std::sqrt(error / grid.sum(settings.reductions, [&](long k) { return weight(k) * std::norm(b[k]); }));
  };
  std::vector<FrameError> errors;
  for (std::size_t i = 0; i < std::min(found.z.size(), reference.z.size()); ++i)
    errors.push_back(
        {relative(found.z[i], reference.z[i], false), relative(found.vorticity[i], reference.vorticity[i], true)});
  return errors;
}

}  // namespace residua::kinetic
