// Active learning: at which pair of alpha and zeta the next kinetic runs are made.
//
// Networks that are fitted to the same samples from other first weights agree where the samples say what f_{N+1} is.
// Where they do not, closed runs with them part: at each pair that has no kinetic runs yet, the networks k = 1 .. K
// lead from one start to z_k at the end of the runs, and the pair's score is the ensemble's spread
//
//     sqrt(sum_{k > 1} (|z_k - z_1| / |z_1|)^2 / (K - 1)),
//
// in which a pair of runs that do not both reach the end, since one leaves what is realizable, counts as 1, what
// predicting nothing has. The pair with the largest spread is next. What it costs is K fits, and K closed runs at each
// pair: little beside kinetic runs where those have many moments.
#pragma once

#include <functional>
#include <optional>

#include "closure/closure_runs.hpp"
#include "closure/closure_trial.hpp"
#include "kinetic/learned_closure.hpp"

namespace residua {
class RunContext;
}

namespace residua::kinetic {

/// Throws InputError when the keys of [active] do not fit the others.
void check_active(const Deck& deck);

class ActiveChoice {
 public:
  /// By the keys of [active]; the first pairs are drawn by fit.seed. Without rounds they are all pairs of [data].
  explicit ActiveChoice(const Deck& deck);

  /// The pairs that are to have kinetic runs so far, in the order in which they were chosen.
  std::vector<Pair> pairs() const;
  bool complete() const { return chosen_.size() == most_; }

  /// A network from first weights of this seed, fitted to all samples so far; none when the run has to stop.
  using Fit = std::function<std::optional<ClosureNetwork>(std::uint64_t seed)>;
  /// Adds a pair: metrics choice_<round>_alpha, .._zeta and, by spread, .._spread. False when the run has to stop, and
  /// nothing is chosen then. `start` is that of the closed runs. Collective.
  bool choose(RunContext& context, const SimulationSettings& settings, const Start& start, const Fit& fit,
              const Watch& watch);

  void save(State& state) const;
  void load(const State& state);

 private:
  std::vector<std::size_t> left() const;
  std::size_t draw(const std::vector<std::size_t>& from) const;

  std::vector<Pair> all_;
  std::vector<std::size_t> chosen_;  ///< of all_
  std::size_t first_ = 0, most_ = 0;
  std::size_t networks_ = 0;  ///< of the ensemble; 0: the choice is random
  std::uint64_t seed_;
};

}  // namespace residua::kinetic
