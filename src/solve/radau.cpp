#include "solve/radau.hpp"

#include <algorithm>
#include <cmath>
#include <memory>

#include "solve/radau_method.hpp"
#include "solve/step_method.hpp"

namespace residua {
namespace {

constexpr const char* type_name = "residua_radau";
constexpr int most_iterations = 20;

/// The stages of one step and how they are solved for.
class Stages {
 public:
  Stages(DaeSystem& system, int stages)
      : system_(system),
        method_(stages),
        n_(static_cast<std::size_t>(system.size())),
        scale_(static_cast<std::size_t>(system.fields())),
        u_((static_cast<std::size_t>(stages) + 1) * n_),
        du_(n_),
        r_(static_cast<std::size_t>(stages) * n_) {}

  /// A step from u at time t; false when Newton's method fails.
  bool solve(double t, double h, std::span<const double> u, double rtol, double atol) {
    predict(t, h, u);
    measure(u);
    std::vector<std::complex<double>> shifts;
    for (const std::complex<double>& eigenvalue : method_.eigenvalues) shifts.push_back(eigenvalue / h);
    linear_ = system_.factor(t, u, du_, shifts);
    double before = 0;
    for (int iteration = 0; iteration < most_iterations; ++iteration) {
      evaluate(t, h);
      const double change = correct(rtol, atol);
      if (!std::isfinite(change)) return false;
      if (change < 1e-3) return true;
      if (iteration > 0) {
        const double rate = change / before;
        if (rate < 1 && rate / (1 - rate) * change < 1e-5) return true;
        // Rounding ends the iteration as well, far below the size of the solution.
        if (rate > 0.8 && change * rtol < 1e-11) return true;
        if (iteration > 1 && rate > 0.6 && change * rtol > 1e-11) return false;
      }
      before = change;
    }
    return false;
  }

  /// The error of the last step over the tolerance.
  double error(double rtol, double atol) {
    for (int i = 1; i <= method_.s; ++i) measure(stage(i));
    double last = 0, before = 0;
    long count = 0;
    for (std::size_t k = 0; k < n_; ++k) {
      if (history_.empty() && !linear_.differential[k]) continue;  // it may jump at the start
      ++count;
      double a = 0, b = 0;
      for (int i = 0; i <= method_.s; ++i) {
        a += method_.last[i] * u_[i * n_ + k];
        b += method_.last_but_one[i] * u_[i * n_ + k];
      }
      const double weight = weight_of(k, rtol, atol);
      last += a * a * weight * weight;
      before += b * b * weight * weight;
    }
    if (count == 0) return 0;
    last = std::sqrt(last / static_cast<double>(count));
    before = std::sqrt(before / static_cast<double>(count));
    return last < before ? last * (last / before) : last;
  }

  int order() const { return method_.s + 1; }
  std::span<const double> stage(int i) const { return {u_.data() + i * n_, n_}; }
  std::span<const double> end() const { return stage(method_.s); }

  void accept(double t, double h) {
    from_ = t;
    length_ = h;
    history_ = u_;
  }

  void interpolate(double t, std::span<double> u) const {
    if (history_.empty()) throw Error("residua_radau: no step has been made to interpolate in");
    add_polynomial((t - from_) / length_, u);
  }

 private:
  void add_polynomial(double x, std::span<double> u) const {
    const std::vector<double> l = method_.lagrange(x);
    for (std::size_t k = 0; k < n_; ++k) {
      double sum = 0;
      for (int i = 0; i <= method_.s; ++i) sum += l[i] * history_[i * n_ + k];
      u[k] = sum;
    }
  }

  /// The last step's polynomial goes on, where it does not have to go far. Not so for unknowns without time derivative:
  /// where the equations leave one undetermined (the mean of a pressure), its rounding would grow from step to step.
  void predict(double t, double h, std::span<const double> u) {
    std::ranges::copy(u, u_.begin());
    const bool known = !history_.empty() && std::abs(from_ + length_ - t) <= 1e-9 * length_ && h <= 1.5 * length_;
    for (int i = 1; i <= method_.s; ++i) {
      const std::span<double> stage(u_.data() + i * n_, n_);
      std::ranges::copy(u, stage.begin());
      if (!known) continue;
      add_polynomial(1 + method_.nodes[i] * h / length_, du_);
      for (std::size_t k = 0; k < n_; ++k)
        if (linear_.differential[k]) stage[k] = du_[k];
    }
    std::ranges::fill(du_, 0.0);
    if (!known) return;
    const double* d = &method_.derivative[(method_.s - 1) * (method_.s + 1)];
    for (int i = 0; i <= method_.s; ++i)
      for (std::size_t k = 0; k < n_; ++k) du_[k] += d[i] / length_ * history_[i * n_ + k];
  }

  void evaluate(double t, double h) {
    const int s = method_.s;
    for (int i = 1; i <= s; ++i) {
      std::ranges::fill(du_, 0.0);
      const double* d = &method_.derivative[(i - 1) * (s + 1)];
      // Differences from the first value, so that its rounding does not grow by 1 / h.
      for (int k = 1; k <= s; ++k)
        for (std::size_t p = 0; p < n_; ++p) du_[p] += d[k] / h * (u_[k * n_ + p] - u_[p]);
      system_.residual(t + method_.nodes[i] * h, stage(i), du_, {r_.data() + (i - 1) * n_, n_});
    }
  }

  /// Takes one Newton step; its size over the tolerance.
  double correct(double rtol, double atol) {
    const int s = method_.s;
    std::vector<double> change(r_.size(), 0.0);
    std::vector<std::complex<double>> c(n_);
    for (std::size_t e = 0; e < method_.eigenvalues.size(); ++e) {
      const std::complex<double>*left = &method_.left[e * s], *right = &method_.right[e * s];
      const double times = method_.eigenvalues[e].imag() == 0 ? 1 : 2;  // for the conjugate eigenvalue
      std::ranges::fill(c, 0.0);
      for (int i = 0; i < s; ++i)
        for (std::size_t p = 0; p < n_; ++p) c[p] -= left[i] * r_[i * n_ + p];
      linear_.solvers[e]->solve(c);
      for (int i = 0; i < s; ++i)
        for (std::size_t p = 0; p < n_; ++p)
          change[i * n_ + p] += times * (right[i].real() * c[p].real() - right[i].imag() * c[p].imag());
    }
    double sum = 0;
    for (int i = 0; i < s; ++i)
      for (std::size_t p = 0; p < n_; ++p) {
        const double step = change[i * n_ + p];
        u_[(i + 1) * n_ + p] += step;
        sum += std::pow(step * weight_of(p, rtol, atol), 2);
      }
    return std::sqrt(sum / static_cast<double>(change.size()));
  }

  void measure(std::span<const double> u) {
    const std::size_t fields = scale_.size();
    for (std::size_t k = 0; k < n_; ++k) scale_[k % fields] = std::max(scale_[k % fields], std::abs(u[k]));
  }

  double weight_of(std::size_t k, double rtol, double atol) const {
    return 1 / (atol + rtol * scale_[k % scale_.size()]);
  }

  DaeSystem& system_;
  RadauMethod method_;
  std::size_t n_;
  DaeSystem::Linearised linear_;
  std::vector<double> scale_;  ///< of each field, the largest value so far
  std::vector<double> u_;      ///< [s + 1][n]: the first value and the stages
  std::vector<double> du_, r_;
  double from_ = 0, length_ = 0;
  std::vector<double> history_;  ///< u_ of the last accepted step
};

class Radau final : public StepMethod {
 public:
  void set_options(Options& options) override {
    options.integer("-ts_radau_stages", "Stages of the Radau method", stages_);
    if (stages_ < 3 || stages_ > 13 || stages_ % 2 == 0)
      throw InputError("-ts_radau_stages is an odd number from 3 to 13");
  }
  void set_up(void* system) override { work_ = std::make_unique<Stages>(*static_cast<DaeSystem*>(system), stages_); }
  bool step(double t, double h, std::span<const double> u, const StepTolerance& allowed) override {
    return work_->solve(t, h, u, allowed.relative, allowed.absolute);
  }
  std::span<const double> end() const override { return work_->end(); }
  double error(const StepTolerance& allowed) override { return work_->error(allowed.relative, allowed.absolute); }
  int error_order() const override { return work_->order(); }
  void accept(double t, double h) override { work_->accept(t, h); }
  void interpolate(double t, std::span<double> u) const override { work_->interpolate(t, u); }

 private:
  int stages_ = 7;
  std::unique_ptr<Stages> work_;
};

PetscErrorCode implicit_function(TS, PetscReal t, Vec u, Vec du, Vec r, void* context) {
  return petsc::guarded([&] {
    const VecReader values(u), slopes(du);
    const VecWriter out(r);
    static_cast<DaeSystem*>(context)->residual(t, values.span(), slopes.span(), out.span());
  });
}

PetscErrorCode implicit_jacobian(TS, PetscReal t, Vec u, Vec du, PetscReal shift, Mat, Mat matrix, void* context) {
  return petsc::guarded([&] {
    DaeSystem& system = *static_cast<DaeSystem*>(context);
    BandMatrix j = system.make_matrix(), m = system.make_matrix();
    const VecReader values(u), slopes(du);
    system.linearise(t, values.span(), slopes.span(), j, m);
    fill_dense(j, m, shift, matrix);
  });
}

}  // namespace

void fill_dense(const BandMatrix& j, const BandMatrix& m, double shift, Mat matrix) {
  RESIDUA_PETSC(MatZeroEntries(matrix));
  double* entries = nullptr;
  RESIDUA_PETSC(MatDenseGetArray(matrix, &entries));
  for (int c = 0; c < j.size(); ++c)
    for (int r = j.first_row(c); r < j.end_row(c); ++r)
      entries[static_cast<std::size_t>(c) * j.size() + r] = j(r, c) + shift * m(r, c);
  RESIDUA_PETSC(MatDenseRestoreArray(matrix, &entries));
  RESIDUA_PETSC(MatAssemblyBegin(matrix, MAT_FINAL_ASSEMBLY));
  RESIDUA_PETSC(MatAssemblyEnd(matrix, MAT_FINAL_ASSEMBLY));
}

TsHandle make_ts(DaeSystem& system, double tolerance) {
  RESIDUA_PETSC(TSRegister(type_name, create_step_method<Radau>));
  TsHandle ts;
  RESIDUA_PETSC(TSCreate(PETSC_COMM_SELF, ts.address()));
  RESIDUA_PETSC(TSSetApplicationContext(ts, &system));
  RESIDUA_PETSC(TSSetType(ts, type_name));
  RESIDUA_PETSC(TSSetProblemType(ts, TS_NONLINEAR));
  RESIDUA_PETSC(TSSetMaxSNESFailures(ts, -1));
  RESIDUA_PETSC(TSSetErrorIfStepFails(ts, PETSC_FALSE));
  RESIDUA_PETSC(TSSetMaxStepRejections(ts, 60));
  RESIDUA_PETSC(TSSetMaxSteps(ts, 10000000));
  RESIDUA_PETSC(TSSetExactFinalTime(ts, TS_EXACTFINALTIME_MATCHSTEP));
  RESIDUA_PETSC(TSSetIFunction(ts, nullptr, implicit_function, &system));
  RESIDUA_PETSC(TSSetTolerances(ts, tolerance * 1e-3, nullptr, tolerance, nullptr));
  RESIDUA_PETSC(TSSetFromOptions(ts));
  PetscBool own = PETSC_FALSE;
  RESIDUA_PETSC(PetscObjectTypeCompare(reinterpret_cast<PetscObject>(ts.get()), type_name, &own));
  if (!own) {
    MatHandle matrix;
    RESIDUA_PETSC(MatCreateSeqDense(PETSC_COMM_SELF, system.size(), system.size(), nullptr, matrix.address()));
    RESIDUA_PETSC(TSSetIJacobian(ts, matrix, matrix, implicit_jacobian, &system));
  }
  return ts;
}

}  // namespace residua
