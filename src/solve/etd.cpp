#include "solve/etd.hpp"

#include <cmath>
#include <memory>

#include "solve/phi.hpp"
#include "solve/step_method.hpp"

namespace residua {
namespace {

constexpr const char* type_name = "residua_etd";

/// The numbers of a method for one length of step, one for each entry of L.
struct Coefficients {
  double h = 0;
  std::vector<double> whole, half;              ///< e^{hL}, e^{hL/2}
  std::vector<double> stage, first, mid, last;  ///< weights of N: in the stages, and at the end

  void set(double step, int order, std::span<const double> rates) {
    if (h == step) return;
    h = step;
    for (std::vector<double>* each : {&whole, &half, &stage, &first, &mid, &last}) each->resize(rates.size());
    for (std::size_t i = 0; i < rates.size(); ++i) {
      const auto [e, one, two, three] = phi_functions(h * rates[i]);
      whole[i] = e;
      if (order == 2) {
        first[i] = h * one;
        last[i] = h * two;
        continue;
      }
      const auto at_half = phi_functions(h / 2 * rates[i]);
      half[i] = at_half[0];
      stage[i] = h / 2 * at_half[1];
      first[i] = h * (one - 3 * two + 4 * three);
      mid[i] = h * (2 * two - 4 * three);
      last[i] = h * (4 * three - two);
    }
  }
};

class Stepper {
 public:
  Stepper(SemilinearSystem& system, int order)
      : system_(system), order_(order), width_(system.width()), rates_(system.local_size() / width_) {
    system.rates(rates_);
    const auto n = static_cast<std::size_t>(system.local_size());
    for (auto* each : {&start_, &n_, &a_, &stage_, &sum_, &end_, &mid_, &once_}) each->resize(n);
  }

  const std::vector<double>& end() const { return end_; }

  /// One step from u, and again in two halves for the error; the result is `end`.
  void step(double t, double h, std::span<const double> u, bool estimate) {
    system_.nonlinear(t, u, start_);
    step_from(t, h, whole_, u, start_, estimate ? once_ : end_);
    if (!estimate) return;
    step_from(t, h / 2, half_, u, start_, mid_);
    system_.nonlinear(t + h / 2, mid_, start_);
    step_from(t + h / 2, h / 2, half_, mid_, start_, end_);
  }

  /// The error of the last step over the tolerance.
  double error(double rtol, double atol) {
    for (std::size_t i = 0; i < end_.size(); ++i) once_[i] -= end_[i];
    const double scale = 1 / (std::pow(2.0, order_) - 1);
    return scale * std::sqrt(system_.squares(once_)) / (atol + rtol * std::sqrt(system_.squares(end_)));
  }

 private:
  template <class Body>
  void each(const Body& body) const {
    std::size_t i = 0;
    for (std::size_t g = 0; g < rates_.size(); ++g)
      for (int part = 0; part < width_; ++part, ++i) body(g, i);
  }

  void step_from(double t, double h, Coefficients& k, std::span<const double> u, const std::vector<double>& n1,
                 std::vector<double>& end) {
    k.set(h, order_, rates_);
    if (order_ == 2) {
      each([&](std::size_t g, std::size_t i) { a_[i] = k.whole[g] * u[i] + k.first[g] * n1[i]; });
      system_.nonlinear(t + h, a_, n_);
      each([&](std::size_t g, std::size_t i) { end[i] = a_[i] + k.last[g] * (n_[i] - n1[i]); });
      return;
    }
    each([&](std::size_t g, std::size_t i) { a_[i] = k.half[g] * u[i] + k.stage[g] * n1[i]; });
    system_.nonlinear(t + h / 2, a_, n_);
    each([&](std::size_t g, std::size_t i) {
      stage_[i] = k.half[g] * u[i] + k.stage[g] * n_[i];
      sum_[i] = n_[i];
    });
    system_.nonlinear(t + h / 2, stage_, n_);
    each([&](std::size_t g, std::size_t i) {
      stage_[i] = k.half[g] * a_[i] + k.stage[g] * (2 * n_[i] - n1[i]);
      sum_[i] += n_[i];
    });
    system_.nonlinear(t + h, stage_, n_);
    each([&](std::size_t g, std::size_t i) {
      end[i] = k.whole[g] * u[i] + k.first[g] * n1[i] + k.mid[g] * sum_[i] + k.last[g] * n_[i];
    });
  }

  SemilinearSystem& system_;
  int order_, width_;
  std::vector<double> rates_;
  Coefficients whole_, half_;
  std::vector<double> start_, n_, a_, stage_, sum_, end_, mid_, once_;
};

class Etd final : public StepMethod {
 public:
  void set_order(int order) { order_ = order; }

  void set_options(Options& options) override {
    options.integer("-ts_etd_order", "Order of the method: 2 or 4", order_);
    if (order_ != 2 && order_ != 4) throw InputError("-ts_etd_order is 2 or 4");
  }
  void set_up(void* system) override {
    work_ = std::make_unique<Stepper>(*static_cast<SemilinearSystem*>(system), order_);
  }
  bool step(double t, double h, std::span<const double> u, const StepTolerance& allowed) override {
    work_->step(t, h, u, allowed.estimated);
    return true;
  }
  std::span<const double> end() const override { return work_->end(); }
  double error(const StepTolerance& allowed) override { return work_->error(allowed.relative, allowed.absolute); }
  int error_order() const override { return order_ + 1; }

 private:
  int order_ = 4;
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

}  // namespace

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
  if (settings.tolerance > 0)
    RESIDUA_PETSC(TSSetTolerances(ts, 0, nullptr, settings.tolerance, nullptr));
  else
    RESIDUA_PETSC(TSAdaptSetType(adapt, TSADAPTNONE));
  RESIDUA_PETSC(TSSetFromOptions(ts));
  return ts;
}

}  // namespace residua
