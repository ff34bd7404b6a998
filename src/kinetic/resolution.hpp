// Whether a run of the kinetic equation is resolved in space and angle: what its spectra hold at their ends
// (observe.hpp) against what the deck tolerates, told while it runs and kept for the end.
#pragma once

#include <string>
#include <vector>

#include "kinetic/observe.hpp"

namespace residua::kinetic {

class ResolutionWatch {
 public:
  struct Limits {
    double space = 0;       ///< grid.tolerance
    double angle = 0;       ///< angle.tolerance; infinite where there is no tail in angle
    std::string angle_key;  ///< of what there has to be more of then
    bool once = false;      ///< one warning of a tail; else another one each time that it has grown tenfold
  };

  explicit ResolutionWatch(Limits limits) : limits_(std::move(limits)) {}

  /// Warns of a tail beyond its limit. `whose` begins the message.
  void look(double t, const Tails& tails, const std::string& whose = "");
  /// What follows is another run: warnings begin again.
  void begin_run() { warned_ = {}; }

  const Tails& largest() const { return largest_; }  ///< of all runs

  std::vector<double> pack() const;
  void unpack(const std::vector<double>& packed);

 private:
  Limits limits_;
  Tails largest_, warned_;
};

}  // namespace residua::kinetic
