// Another run that a run is compared with, frame by frame, as "The Well" does (Ohana et al., NeurIPS 2024): of each
// field the variance-scaled root mean square error
//
//     VRMSE = sqrt(<|a - b|^2> / (<|a - <a>|^2> + 1e-7))
//
// with a of the other run and <> the mean over the cells; and of all, the mean over the components of c, u, D and the
// strain rate E, 1 + 2 + 4 + 4 of them. 1 is the error of whoever knows the mean alone.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "io/state.hpp"
#include "kinetic/kinetic_system.hpp"

namespace residua {
class Deck;
}

namespace residua::kinetic {

class ReferenceRun {
 public:
  using Values = std::vector<std::pair<std::string, double>>;

  /// The deck's [reference]; nothing where it names no run. Throws InputError where that run has no frame at a time of
  /// the deck's outputs, or a window leaves them.
  static std::optional<ReferenceRun> of(const Deck& deck);

  /// vrmse, of all components, and vrmse_<field>, of the state with the modes u at an output. Counts for the windows.
  /// Collective; reproducible.
  Values compare(KineticSystem& system, double t, std::span<const double> u);

  /// vrmse_<window> and vrmse_<field>_<window>: means over the frames of each window.
  Values means() const;

  void save(State& state) const;
  void load(const State& state);

 private:
  struct Window {
    std::string name;
    long first = 0, last = 0;
    Values sums;
    double frames = 0;
  };

  double offset_ = 0, every_ = 0;
  std::vector<std::pair<double, std::filesystem::path>> frames_;  ///< by the other run's time
  std::vector<Window> windows_;
};

}  // namespace residua::kinetic
