#include "solve/linear_step.hpp"

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "solve/lsqr_step.hpp"
#include "solve/normal_equations.hpp"
#include "solve/tsqr.hpp"

namespace residua {
namespace {

template <class Solver>
std::unique_ptr<Solver> take_rows(Evaluation& evaluation, std::span<const double> u) {
  Residual& residual = evaluation.residual();
  if (!residual.has_rows()) {
    throw Error("this residual has no explicit rows: take -tao_residua_lm_step lsqr");
  }
  const std::vector<RowSegment> segments = residual.segments();
  auto solver = std::make_unique<Solver>(residual.communicator(), static_cast<int>(residual.unknowns()), segments,
                                         residual.reductions());
  residual.stream_rows(evaluation.at(u),
                       [&](const RowChunk& chunk) { solver->add(chunk.first, chunk.data, chunk.ld, chunk.count); });
  solver->finish();
  return solver;
}

std::vector<double> negative(std::vector<double> v) {
  for (double& x : v) x = -x;
  return v;
}

std::vector<double> transposed_product(Evaluation& evaluation, std::span<const double> u, Vec w) {
  Residual& residual = evaluation.residual();
  const VecHandle g = residual.make_unknowns();
  residual.vjp(evaluation.at(u), w, g);
  return gather(residual.communicator(), g);
}

class CholeskyStep final : public LinearStep {
 public:
  std::string describe() const override { return "normal equations, Cholesky shared by the ranks"; }
  double least_damping() const override { return 1e-14; }

  void linearise(Evaluation& evaluation, std::span<const double> u) override {
    normal_ = take_rows<NormalEquations>(evaluation, u);
    gradient_ = normal_->projection();
    norms_ = normal_->column_norms();
  }

  std::optional<std::vector<double>> solve(double mu, std::span<const double> weights) override {
    auto x = normal_->solve(mu, weights);
    if (x) *x = negative(std::move(*x));
    return x;
  }

  std::vector<double> solve_for(Evaluation& evaluation, std::span<const double> u, Vec w) override {
    return negative(normal_->solve_again(transposed_product(evaluation, u, w)));
  }

 private:
  std::unique_ptr<NormalEquations> normal_;
};

class QrStep final : public LinearStep {
 public:
  std::string describe() const override { return "TSQR with damping rows"; }
  double least_damping() const override { return 1e-28; }  // tau = 1e-14

  void linearise(Evaluation& evaluation, std::span<const double> u) override {
    qr_ = take_rows<Tsqr>(evaluation, u);
    gradient_ = qr_->projection();
    norms_ = qr_->column_norms();
  }

  std::optional<std::vector<double>> solve(double mu, std::span<const double> weights) override {
    tau_ = std::sqrt(mu);
    weights_.assign(weights.begin(), weights.end());
    return negative(qr_->solve({.tau = tau_, .weights = weights_}).x);
  }

  std::vector<double> solve_for(Evaluation& evaluation, std::span<const double> u, Vec w) override {
    return negative(qr_->solve_normal(transposed_product(evaluation, u, w), {.tau = tau_, .weights = weights_}));
  }

 private:
  std::unique_ptr<Tsqr> qr_;
  double tau_ = 0;
  std::vector<double> weights_;
};

}  // namespace

const std::vector<std::string>& linear_step_names() {
  static const std::vector<std::string> names{"cholesky", "qr", "lsqr"};
  return names;
}

std::unique_ptr<LinearStep> make_linear_step(const std::string& name, const std::string& prefix) {
  if (name == "cholesky") return std::make_unique<CholeskyStep>();
  if (name == "qr") return std::make_unique<QrStep>();
  if (name == "lsqr") return std::make_unique<LsqrStep>(prefix);
  throw Error("no linear step is called " + name);
}

}  // namespace residua
