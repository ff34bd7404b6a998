// The solution found so far: one network for each time window, and how to evaluate it anywhere.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "io/state.hpp"
#include "map/network.hpp"
#include "map/point_map.hpp"
#include "pinn/ansatz.hpp"

namespace residua::pinn {

/// Values of a program of an Ansatz for one network with fixed parameters.
class Evaluator {
 public:
  Evaluator(Ansatz::Part part, const Network& network, std::span<const double> theta);

  int outputs() const { return part_.program.outputs(); }

  /// coordinates [dimension][n] and data [data channels][n], the point fastest; the result is [outputs][n].
  std::vector<double> operator()(std::span<const double> coordinates, std::span<const double> data, long n);

 private:
  Ansatz::Part part_;
  PointMap map_;
};

class Solution {
 public:
  explicit Solution(const Problem& problem) : problem_(problem) {}

  int windows() const { return static_cast<int>(windows_.size()); }
  const Ansatz& ansatz(int k) const { return *windows_[k].ansatz; }
  const Network& network(int k) const { return windows_[k].network; }
  const std::vector<double>& parameters(int k) const { return windows_[k].theta; }

  /// Window windows(), trained. All windows' ansatz must be made from the same problem and the same wanted expressions.
  void add(std::shared_ptr<const Ansatz> ansatz, Network network, std::vector<double> theta);

  /// Takes all windows away.
  void clear();

  /// Takes the last window away: it was only tried on.
  void remove_last();

  /// The windows' ranges and parameters, under "window_<k>/".
  void save(State& state) const;
  /// Takes saved windows up again; `network` makes the network of a window.
  void load(const State& state, std::span<const Expression> wanted,
            const std::function<Network(const TimeWindow&)>& network);

  /// Data channels of window k at points [dimension][n], whose time plays no part: the state at the start of the
  /// window, carried through all earlier windows. k may be windows(), the window in training, whose ansatz may belong
  /// to a problem with other parameters, if its data channels are those of the earlier windows. What has been carried
  /// to the places of late calls is kept: the same places asked for in every window cost one window each time.
  std::vector<double> start(const Ansatz& ansatz, int k, std::span<const double> coordinates, long n) const;

  /// Values [expressions][n] of expressions in the unknowns at points of window k. Of a problem in labels the points
  /// are places nevertheless.
  std::vector<double> evaluate(int k, std::span<const Expression> expressions, std::span<const double> coordinates,
                               long n) const;
  /// The same at labels.
  std::vector<double> evaluate_in_labels(int k, std::span<const Expression> expressions,
                                         std::span<const double> coordinates, long n) const;

  /// The same at points of any windows; where two meet, the earlier one counts. A time after the last window belongs to
  /// it.
  std::vector<double> evaluate(std::span<const Expression> expressions, std::span<const double> coordinates,
                               long n) const;

 private:
  struct Window {
    std::shared_ptr<const Ansatz> ansatz;
    Network network;
    std::vector<double> theta;
    std::unique_ptr<Evaluator> at_end;  ///< the data of the next window; none without data
  };

  /// The start of a window at some places in space.
  struct Carried {
    const Problem* problem;      ///< whose initial values
    std::vector<double> places;  ///< [dimension][n], the time is not used
    int window = 0;
    std::vector<double> data;  ///< [data channels][n]
  };

  int window_of(double time) const;
  const Carried& carry(const Ansatz& ansatz, int k, std::vector<double> places) const;

  const Problem& problem_;
  std::vector<Window> windows_;
  mutable std::vector<Carried> carried_;  ///< a cache, the latest last
};

}  // namespace residua::pinn
