// The one shim that makes a one-step method for equations in time a TS type: -ts_type residua_radau, residua_etd. Step
// control, monitors, options and -ts_view are TS's own.
#pragma once

#include <petscts.h>

#include <memory>
#include <span>

#include "solve/options.hpp"

namespace residua {

/// What is allowed of a step's error.
struct StepTolerance {
  double relative = 0, absolute = 0;
  bool estimated = true;  ///< false: steps are not controlled, and no one asks for the error
};

/// Works on this rank's part of vectors. The application context of the TS is the system of equations.
class StepMethod {
 public:
  virtual ~StepMethod() = default;

  virtual void set_options(Options& options) = 0;
  /// `system` is the application context. Called before the first step, and after a reset.
  virtual void set_up(void* system) = 0;
  /// The next tries of a step are all from this u. Collective over the TS's ranks.
  virtual void begin(double /*t*/, std::span<const double> /*u*/) {}
  /// Tries a step from u; false when it cannot be made with this length. Collective over the TS's ranks.
  virtual bool step(double t, double h, std::span<const double> u, const StepTolerance& tolerance) = 0;
  /// Where the last step ends.
  virtual std::span<const double> end() const = 0;
  /// The last step's error over what is allowed. Collective.
  virtual double error(const StepTolerance& tolerance) = 0;
  /// The power of h that the error goes by.
  virtual int error_order() const = 0;
  /// The last step counts.
  virtual void accept(double /*t*/, double /*h*/) {}
  /// u at a time within the last step that counts. Error where the method has no such thing.
  virtual void interpolate(double t, std::span<double> u) const;
};

/// Makes the TS one of this method, which it owns: for the create function of a type.
void install(TS ts, std::unique_ptr<StepMethod> method);

/// The create function of the type of Method, for TSRegister.
template <class Method>
PetscErrorCode create_step_method(TS ts) {
  return petsc::guarded([&] { install(ts, std::make_unique<Method>()); });
}

/// The method of a TS whose type is one of ours.
StepMethod& step_method_of(TS ts);

}  // namespace residua
