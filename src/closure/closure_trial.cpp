#include "closure/closure_trial.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "base/error.hpp"
#include "base/timer.hpp"
#include "closure/turn_defect.hpp"

namespace residua::kinetic {
namespace {

constexpr double look_every = 0.1;  ///< time between two looks at what is drawn back

}  // namespace

Frames run_frames(const SimulationSettings& settings, const Start& start, const std::vector<double>& times,
                  const Communicator& communicator, const Watch& watch) {
  Frames frames;
  Simulation simulation(settings, communicator);
  simulation.begin(start);
  const std::unique_ptr<Closure> closure =
      settings.closure ? make_closure(*settings.closure, settings.model, simulation.system().grid()) : nullptr;
  double looked = 0, looking = 0;
  const auto look = [&] {
    if (!closure) return;
    const Timer timer;
    looked = simulation.time();
    simulation.system().evaluate(looked, simulation.state());
    frames.unrealizable = std::max(frames.unrealizable, simulation.system().share_drawn_back());
    looking += timer.seconds();
  };
  look();
  for (const double time : times) {
    const Timer timer;
    bool reached = false;
    try {
      reached = simulation.advance(time, [&] {
        if (simulation.time() >= looked + look_every) look();
        return watch(simulation);
      });
    } catch (const InputError&) {
      throw;
    } catch (const Error& error) {
      frames.failure = error.what();
    }
    frames.seconds += timer.seconds() - std::exchange(looking, 0);
    if (!reached) return frames;
    look();
    looking = 0;
    frames.tails.push_back(tails_of(simulation.system(), simulation.state()));
    if (closure && settings.nx == settings.ny)
      frames.turn_defect =
          std::max(frames.turn_defect, turn_defect(simulation.system(), *closure, time, simulation.state()));
    KineticSystem& system = simulation.system();
    system.evaluate(time, simulation.state());
    const std::span<const Complex> z = second_moment(system, simulation.state());
    frames.z.emplace_back(z.begin(), z.end());
    frames.vorticity.emplace_back(system.flow().vorticity().begin(), system.flow().vorticity().end());
  }
  return frames;
}

std::vector<FrameError> frame_errors(const Frames& found, const Frames& reference, const SimulationSettings& settings,
                                     const Communicator& communicator) {
  const FourierGrid grid(shape_of(settings), communicator, process_grid_of(settings, communicator));
  const auto of_velocity = [&](long k) {  // |u_k| = |om_k| / |k|
    const double square = grid.kx(k) * grid.kx(k) + grid.ky(k) * grid.ky(k);
    return square > 0 ? 1 / square : 0;
  };
  const auto relative = [&](const std::vector<Complex>& a, const std::vector<Complex>& b,
                            const std::function<double(long)>& weight) {
    return relative_difference(grid, settings.reductions, a, b, weight);
  };
  std::vector<FrameError> errors;
  for (std::size_t i = 0; i < std::min(found.z.size(), reference.z.size()); ++i)
    errors.push_back({relative(found.z[i], reference.z[i], [](long) { return 1.0; }),
                      relative(found.vorticity[i], reference.vorticity[i], of_velocity)});
  return errors;
}

double rank_correlation(const std::vector<double>& a, const std::vector<double>& b) {
  const auto n = static_cast<double>(a.size());
  const auto ranks_of = [&](const std::vector<double>& values) {  // minus their mean
    std::vector<double> ranks;
    for (const double value : values) {
      const auto below = std::ranges::count_if(values, [&](double other) { return other < value; });
      const auto equal = std::ranges::count(values, value);
      ranks.push_back(static_cast<double>(below) + 0.5 * static_cast<double>(equal) - 0.5 * n);
    }
    return ranks;
  };
  const std::vector<double> x = ranks_of(a), y = ranks_of(b);
  const auto dot = [](const std::vector<double>& p, const std::vector<double>& q) {
    return std::inner_product(p.begin(), p.end(), q.begin(), 0.0);
  };
  const double size = std::sqrt(dot(x, x) * dot(y, y));
  return size > 0 ? dot(x, y) / size : 0;
}

}  // namespace residua::kinetic
