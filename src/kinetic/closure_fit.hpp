// A closure's network fitted to samples of kinetic runs ("a priori"): least squares of
//
//     (W(f_0 .. f_N) - f_{N+1}) / (size^2 + 0.01^2)^(1/4)
//
// with the root mean square of f_{N+1} over the sample's frame for its size, in all weights. Later errors depend on
// absolute ones of f_{N+1}: each makes f_N wrong by about |z| times it (model.hpp), in proportion to the state while
// that grows. Early ones are relative to what there is. The square root of the size is between the two.
#pragma once

#include <functional>

#include "base/reduction.hpp"
#include "kinetic/learned_closure.hpp"
#include "kinetic/moment_samples.hpp"
#include "solve/trainer.hpp"

namespace residua::kinetic {

/// A network that is described but for its numbers, before the fit: its inputs scaled as the samples are, its weights
/// drawn by the seed.
ClosureNetwork begin_closure(ClosureNetwork network, const MomentSamples& samples, std::uint64_t seed);

class ClosureFit {
 public:
  using Hook = Trainer::Hook;

  /// Collective. `network` must be of `begin_closure` for these samples.
  ClosureFit(const ClosureNetwork& network, const MomentSamples& samples, const TrainerSettings& settings,
             Reductions reductions, const Communicator& communicator);
  ~ClosureFit();

  /// For a restart: the next `run` goes on where `save` was called in the hook.
  void resume(const State& state);
  void save(State& state) const;

  /// Fits; `network` gets the weights found. Throws Error when the method fails.
  Outcome run(ClosureNetwork& network, const Hook& hook);

 private:
  struct Work;
  std::unique_ptr<Work> work_;
};

/// |W - f_{N+1}| / |f_{N+1}| over the samples.
double closure_error(const ClosureNetwork& network, const MomentSamples& samples);

}  // namespace residua::kinetic
