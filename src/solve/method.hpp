// A training method: minimises |r(u)|^2 / 2 one iteration at a time, and can be stopped, saved and taken up again
// between any two. Registered as a Tao type by solve/tao_method.hpp, and run by solve/trainer.hpp.
//
// The unknowns are replicated: every rank holds all P of them, and steps in the same way.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "io/state.hpp"
#include "solve/evaluation.hpp"
#include "solve/options.hpp"

namespace residua {

/// What an iteration reached. The same on every rank.
struct Progress {
  double objective = 0;      ///< |r|^2 / 2
  double gradient_norm = 0;  ///< |J' r|
  double step_norm = 0;
  bool stalled = false;  ///< no step reduces the objective any more: u is as good as rounding allows
};

class TrainingMethod {
 public:
  virtual ~TrainingMethod() = default;

  /// The Tao type.
  virtual std::string name() const = 0;

  /// Reads the method's options, or lists them for -help.
  virtual void set_options(Options& options) = 0;

  /// One line per setting, for -tao_view.
  virtual std::string describe() const = 0;

  /// Starts at u, with no memory. Collective, like all that follows.
  virtual Progress set_up(Evaluation& evaluation, std::span<const double> u) = 0;

  /// One iteration: u is replaced by a better one, or left as it is.
  virtual Progress step(Evaluation& evaluation, std::vector<double>& u) = 0;

  /// The residual has changed (new points, new weights): evaluates anew at u, and keeps of its memory what stays valid.
  virtual Progress refresh(Evaluation& evaluation, std::span<const double> u) = 0;

  /// All that the next step depends on, u apart. Names begin with the method's own.
  virtual void save(State& state) const = 0;
  /// Takes it up again: the steps that follow have the same bits as if nothing had happened.
  virtual Progress load(const State& state, Evaluation& evaluation, std::span<const double> u) = 0;
};

/// Levenberg-Marquardt, self-scaled Broyden, Adam: what `make_method` knows, by Tao type.
const std::vector<std::string>& method_names();
std::unique_ptr<TrainingMethod> make_method(const std::string& name);

}  // namespace residua
