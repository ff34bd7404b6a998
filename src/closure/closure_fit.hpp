// A closure's network fitted to samples of kinetic runs ("a priori"): least squares of
//
//     (W(f_0 .. f_N) - f_{N+1}) / (size^2 + 0.01^2)^(1/4)
//
// with the root mean square of f_{N+1} over the sample's frame for its size, in all weights. Later errors depend on
// absolute ones of f_{N+1}: each makes f_N wrong by about |z| times it (model.hpp), in proportion to the state while
// that grows. Early ones are relative to what there is. The square root of the size is between the two.
#pragma once

#include <functional>
#include <memory>

#include "base/reduction.hpp"
#include "closure/moment_samples.hpp"
#include "kinetic/closure_network.hpp"
#include "solve/trainer.hpp"

namespace residua::kinetic {

/// A network that is described but for its numbers, before the fit: its inputs scaled as the samples are, its weights
/// drawn by the seed.
ClosureNetwork begin_closure(ClosureNetwork network, const MomentSamples& samples, std::uint64_t seed);

/// The residual above, of a network of `begin_closure` for these samples, whose squares count `weight` times.
/// Collective.
std::unique_ptr<Residual> sample_residual(const ClosureNetwork& network, const MomentSamples& samples,
                                          Reductions reductions, const Communicator& communicator, double weight = 1);

/// Samples that a fit does not see: its weights are those with the least loss of them, and it ends when that has not
/// fallen for `patience` iterations.
struct HeldBackSamples {
  std::unique_ptr<Residual> residual;
  long patience = 0;
};

class ClosureFit {
 public:
  using Hook = Trainer::Hook;
  /// Changes the residual for an iteration.
  using NextBatch = std::function<void(long iteration)>;

  /// Of a network's weights. Collective.
  ClosureFit(std::unique_ptr<Residual> residual, const TrainerSettings& settings, NextBatch next_batch = {},
             HeldBackSamples held_back = {});

  /// For a restart: the next `run` goes on where `save` was called in the hook.
  void resume(const State& state);
  void save(State& state) const { trainer_.save(state); }

  /// Fits; `network` gets the weights found. Throws Error when the method fails.
  Outcome run(ClosureNetwork& network, const Hook& hook);

 private:
  std::unique_ptr<Residual> residual_, held_back_;
  Trainer trainer_;
  NextBatch next_batch_;
  long first_iteration_ = 0;
};

/// |W - f_{N+1}| / |f_{N+1}| over the samples.
double closure_error(const ClosureNetwork& network, const MomentSamples& samples);

}  // namespace residua::kinetic
