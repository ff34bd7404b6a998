#include "solve/lsqr_step.hpp"

#include <algorithm>
#include <cmath>

#include "base/error.hpp"

namespace residua {
namespace {

LsqrStep* context(Mat matrix) {
  void* pointer = nullptr;
  RESIDUA_PETSC(MatShellGetContext(matrix, &pointer));
  return static_cast<LsqrStep*>(pointer);
}

}  // namespace

PetscErrorCode LsqrStep::multiply(Mat matrix, Vec z, Vec y) {
  return petsc::guarded([&] {
    LsqrStep& self = *context(matrix);
    RESIDUA_PETSC(VecPointwiseDivide(self.unknowns_, z, self.scale_));
    self.residual_->jvp(self.u_, self.unknowns_, self.rows_);
    const VecReader head(self.rows_), tail(z);
    const VecWriter out(y);
    const auto next = std::copy(head.span().begin(), head.span().end(), out.span().begin());
    std::transform(tail.span().begin(), tail.span().end(), next, [&](double x) { return self.root_ * x; });
  });
}

PetscErrorCode LsqrStep::multiply_transposed(Mat matrix, Vec y, Vec z) {
  return petsc::guarded([&] {
    LsqrStep& self = *context(matrix);
    {
      const VecReader in(y);
      const VecWriter head(self.rows_);
      std::copy_n(in.span().begin(), head.span().size(), head.span().begin());
    }
    self.residual_->vjp(self.u_, self.rows_, self.unknowns_);
    RESIDUA_PETSC(VecPointwiseDivide(self.unknowns_, self.unknowns_, self.scale_));
    const VecReader in(y), transposed(self.unknowns_);
    const VecWriter out(z);
    const std::span<const double> tail = in.span().last(out.span().size());
    for (std::size_t i = 0; i < out.span().size(); ++i) out.span()[i] = transposed.span()[i] + self.root_ * tail[i];
  });
}

void LsqrStep::linearise(Evaluation& evaluation, std::span<const double> u) {
  residual_ = &evaluation.residual();
  const Communicator& comm = residual_->communicator();
  const auto local = static_cast<PetscInt>(residual_->local_unknowns());
  const auto local_rows = static_cast<PetscInt>(residual_->local_rows());
  u_ = residual_->make_unknowns();
  unknowns_ = residual_->make_unknowns();
  scale_ = residual_->make_unknowns();
  r_ = residual_->make_rows();
  rows_ = residual_->make_rows();
  stacked_ = make_vec(comm, local_rows + local);
  scatter(u, u_);
  residual_->evaluate(u_, r_);
  residual_->vjp(u_, r_, unknowns_);
  gradient_ = gather(comm, unknowns_);
  norms_.assign(gradient_.size(), 1.0);

  matrix_ = MatHandle();
  RESIDUA_PETSC(
      MatCreateShell(comm.mpi(), local_rows + local, local, PETSC_DETERMINE, PETSC_DETERMINE, this, matrix_.address()));
  RESIDUA_PETSC(MatShellSetOperation(matrix_, MATOP_MULT, reinterpret_cast<petsc::Operation>(multiply)));
  RESIDUA_PETSC(
      MatShellSetOperation(matrix_, MATOP_MULT_TRANSPOSE, reinterpret_cast<petsc::Operation>(multiply_transposed)));
  ksp_ = KspHandle();
  RESIDUA_PETSC(KSPCreate(comm.mpi(), ksp_.address()));
  RESIDUA_PETSC(KSPSetType(ksp_, KSPLSQR));
  RESIDUA_PETSC(KSPSetOperators(ksp_, matrix_, matrix_));
  PC pc = nullptr;
  RESIDUA_PETSC(KSPGetPC(ksp_, &pc));
  RESIDUA_PETSC(PCSetType(pc, PCNONE));
  RESIDUA_PETSC(KSPSetTolerances(ksp_, 1e-10, 1e-300, PETSC_DEFAULT, static_cast<PetscInt>(2 * norms_.size())));
  RESIDUA_PETSC(KSPSetOptionsPrefix(ksp_, (prefix_ + "residua_lm_").c_str()));
  RESIDUA_PETSC(KSPSetFromOptions(ksp_));
}

std::optional<std::vector<double>> LsqrStep::solve(double mu, std::span<const double> weights) {
  root_ = std::sqrt(mu);
  scatter(weights, scale_);
  return solve_for(r_);
}

std::vector<double> LsqrStep::solve_for(Evaluation&, std::span<const double>, Vec w) { return solve_for(w); }

std::vector<double> LsqrStep::solve_for(Vec w) {
  {
    const VecReader r(w);
    const VecWriter out(stacked_);
    std::fill(out.span().begin(), out.span().end(), 0.0);
    std::transform(r.span().begin(), r.span().end(), out.span().begin(), [](double x) { return -x; });
  }
  const VecHandle z = residual_->make_unknowns();
  RESIDUA_PETSC(KSPSolve(ksp_, stacked_, z));
  RESIDUA_PETSC(VecPointwiseDivide(z, z, scale_));
  return gather(residual_->communicator(), z);
}

}  // namespace residua
