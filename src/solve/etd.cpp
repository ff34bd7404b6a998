#include "solve/etd.hpp"

#include <cmath>
#include <memory>
#include <optional>
#include <utility>

#include "solve/exponential_rule.hpp"
#include "solve/step_method.hpp"

namespace residua {
namespace {

constexpr const char* type_name = "residua_etd";
// Of tries that leave the domain, each a quarter as long as the last:
constexpr int most_tries = 10;         ///< of one step
constexpr double shortest_try = 1e-8;  ///< over the time: steps must not creep up to the edge for ever

class Stepper {
 public:
  Stepper(SemilinearSystem& system, int order)
      : system_(system), order_(order), whole_(rule(system, order)), n_(whole_.stages() + 1) {
    if (!whole_.embedded()) half_.emplace(whole_);
    const auto n = static_cast<std::size_t>(system.local_size());
    for (auto* each : {&first_, &stage_, &end_, &mid_, &error_}) each->resize(n);
    for (std::vector<double>& each : n_) each.resize(n);
  }

  const std::vector<double>& end() const { return end_; }

  /// Steps are from u now, of which the slope may be known.
  void begin(double t, std::span<const double> u, Slope slope) {
    if (slope)
      first_ = *std::move(slope);
    else
      system_.nonlinear(t, u, first_);
  }
  /// At the end of the last step.
  Slope slope() const { return slope_is_known_ ? Slope(n_[whole_.stages()]) : Slope(); }

  /// One step from u, with its error where that is wanted.
  void step(double t, double h, std::span<const double> u, bool estimate) {
    n_[0] = first_;
    slope_is_known_ = estimate && !half_;
    step_from(t, h, whole_, u, end_);
    if (!estimate) return;
    if (half_) {
      do_in_halves(t, h / 2, u);
      return;
    }
    system_.nonlinear(t + h, end_, n_[whole_.stages()]);
    whole_.error(n_, error_);
  }

  /// The error of the last step over the tolerance.
  double error(double rtol, double atol) const {
    return std::sqrt(system_.squares(error_)) / (atol + rtol * std::sqrt(system_.squares(end_)));
  }
  int error_order() const { return half_ ? order_ + 1 : whole_.error_order(); }

 private:
  static ExponentialRule rule(const SemilinearSystem& system, int order) {
    std::vector<double> rates(system.local_size() / system.width());
    system.rates(rates);
    return {order, rates, system.width()};
  }

  /// After the step as a whole; the result of two of length h takes its place.
  void do_in_halves(double t, double h, std::span<const double> u) {
    std::swap(error_, end_);
    step_from(t, h, *half_, u, mid_);
    system_.nonlinear(t + h, mid_, n_[0]);
    step_from(t + h, h, *half_, mid_, end_);
    const double scale = 1 / (std::pow(2.0, order_) - 1);
    for (std::size_t i = 0; i < end_.size(); ++i) error_[i] = scale * (error_[i] - end_[i]);
  }

  /// With N(u) in n_[0].
  void step_from(double t, double h, ExponentialRule& rule, std::span<const double> u, std::vector<double>& end) {
    rule.set_step(h);
    for (int k = 1; k < rule.stages(); ++k) {
      rule.combine(k, u, n_, stage_);
      system_.nonlinear(t + rule.time(k), stage_, n_[k]);
    }
    rule.combine(rule.stages(), u, n_, end);
  }

  SemilinearSystem& system_;
  int order_;
  ExponentialRule whole_;
  std::optional<ExponentialRule> half_;  ///< where the error is estimated by two steps of half the length
  ExponentialRule::Stages n_;
  std::vector<double> first_, stage_, end_, mid_, error_;
  bool slope_is_known_ = false;
};

class Etd final : public StepMethod {
 public:
  void set_order(int order) { order_ = order; }

  void set_options(Options& options) override {
    options.integer("-ts_etd_order", "Order of the method: 2, 4 or 5", order_);
    if (order_ != 2 && order_ != 4 && order_ != 5) throw InputError("-ts_etd_order is 2, 4 or 5");
  }
  void set_up(void* system) override {
    work_ = std::make_unique<Stepper>(*static_cast<SemilinearSystem*>(system), order_);
  }
  void begin(double t, std::span<const double> u) override {
    tries_outside_ = 0;
    work_->begin(t, u, std::exchange(first_slope_, {}));
  }
  void set_first_slope(Slope slope) { first_slope_ = std::move(slope); }
  Slope last_slope() const { return work_->slope(); }
  bool step(double t, double h, std::span<const double> u, const StepTolerance& allowed) override {
    try {
      work_->step(t, h, u, allowed.estimated);
      return true;
    } catch (const OutOfDomain&) {
      const bool last = ++tries_outside_ == most_tries || h < shortest_try * (std::abs(t) + h);
      if (last || !allowed.estimated) throw;
      return false;
    }
  }
  std::span<const double> end() const override { return work_->end(); }
  double error(const StepTolerance& allowed) override { return work_->error(allowed.relative, allowed.absolute); }
  int error_order() const override { return work_->error_order(); }

 private:
  int order_ = 4;
  int tries_outside_ = 0;
  Slope first_slope_;
  std::unique_ptr<Stepper> work_;
};

/// L u + N(t, u), for other types.
PetscErrorCode right_hand_side(TS, PetscReal t, Vec u, Vec f, void* context) {
  return petsc::guarded([&] {
    auto& system = *static_cast<SemilinearSystem*>(context);
    const VecReader values(u);
    const VecWriter out(f);
    system.nonlinear(t, values.span(), out.span());
    const int width = system.width();
    std::vector<double> rates(system.local_size() / width);
    system.rates(rates);
    for (std::size_t i = 0; i < values.span().size(); ++i) out.span()[i] += rates[i / width] * values.span()[i];
  });
}

/// Null where options chose another type.
Etd* etd_of(TS ts) {
  PetscBool ours = PETSC_FALSE;
  RESIDUA_PETSC(PetscObjectTypeCompare(reinterpret_cast<PetscObject>(ts), type_name, &ours));
  return ours ? &static_cast<Etd&>(step_method_of(ts)) : nullptr;
}

}  // namespace

void set_first_slope(TS ts, Slope slope) {
  if (Etd* const method = etd_of(ts)) method->set_first_slope(std::move(slope));
}

Slope last_slope(TS ts) {
  const Etd* const method = etd_of(ts);
  return method ? method->last_slope() : Slope();
}

TsHandle make_etd(SemilinearSystem& system, const EtdSettings& settings, const char* prefix) {
  RESIDUA_PETSC(TSRegister(type_name, create_step_method<Etd>));
  TsHandle ts;
  RESIDUA_PETSC(TSCreate(system.communicator().mpi(), ts.address()));
  RESIDUA_PETSC(TSSetOptionsPrefix(ts, prefix));
  RESIDUA_PETSC(TSSetApplicationContext(ts, &system));
  RESIDUA_PETSC(TSSetType(ts, type_name));
  static_cast<Etd&>(step_method_of(ts)).set_order(settings.order);
  RESIDUA_PETSC(TSSetProblemType(ts, TS_NONLINEAR));
  RESIDUA_PETSC(TSSetErrorIfStepFails(ts, PETSC_FALSE));
  RESIDUA_PETSC(TSSetMaxStepRejections(ts, 60));
  RESIDUA_PETSC(TSSetMaxSteps(ts, PETSC_MAX_INT));
  RESIDUA_PETSC(
      TSSetExactFinalTime(ts, settings.tolerance > 0 ? TS_EXACTFINALTIME_MATCHSTEP : TS_EXACTFINALTIME_STEPOVER));
  RESIDUA_PETSC(TSSetRHSFunction(ts, nullptr, right_hand_side, &system));
  RESIDUA_PETSC(TSSetTimeStep(ts, settings.step));
  TSAdapt adapt = nullptr;
  RESIDUA_PETSC(TSGetAdapt(ts, &adapt));
  RESIDUA_PETSC(TSAdaptSetSafety(adapt, PETSC_DEFAULT, 1));
  if (settings.tolerance > 0)
    RESIDUA_PETSC(TSSetTolerances(ts, 0, nullptr, settings.tolerance, nullptr));
  else
    RESIDUA_PETSC(TSAdaptSetType(adapt, TSADAPTNONE));
  RESIDUA_PETSC(TSSetFromOptions(ts));
  return ts;
}

}  // namespace residua
